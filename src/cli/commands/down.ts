import { EXIT } from '../../shared/errors.ts';
import { stateFolder } from '../../shared/state-folder.ts';
import { ControlClient } from '../control-client.ts';
import { readEnvironment } from '../environment.ts';

/** `cdp-hub down`: resolves when everything is gone. A hub that does not run is down already: exit code 0. */
export async function down({ json, now }: { json: boolean; now: boolean }): Promise<number> {
  const state = stateFolder(readEnvironment());
  const client = await ControlClient.connect(state.socket);
  if (client) {
    await client.request('stop', { now, reason: 'cdp-hub down', drainMs: 10_000 });
    await client.closed;
  }
  const text = client ? 'the hub is stopped' : 'no hub runs';
  process.stdout.write(json ? `${JSON.stringify({ stopped: client !== null })}\n` : `${text}\n`);
  return EXIT.ok;
}
