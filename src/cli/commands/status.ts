import { EXIT } from '../../shared/errors.ts';
import { stateFolder } from '../../shared/state-folder.ts';
import { ControlClient } from '../control-client.ts';
import { readEnvironment } from '../environment.ts';
import { statusText } from '../plain.ts';

/** `cdp-hub status`: exit code 0 while a hub runs, 1 when none does. */
export async function status(json: boolean): Promise<number> {
  const state = stateFolder(readEnvironment());
  const client = await ControlClient.connect(state.socket);
  if (!client) {
    process.stdout.write(json ? '{"running":false}\n' : 'no hub runs; start one with: cdp-hub up\n');
    return EXIT.failure;
  }
  await using _ = client;
  const snapshot = await client.request('snapshot', {});
  process.stdout.write(
    `${json ? JSON.stringify({ running: true, ...snapshot }) : statusText(snapshot, Date.now())}\n`,
  );
  return EXIT.ok;
}
