import { HubError } from '../../shared/errors.ts';
import { stateFolder } from '../../shared/state-folder.ts';
import { ControlClient } from '../control-client.ts';
import { hasScreen, readEnvironment } from '../environment.ts';
import { follow, type View } from '../follow.ts';

/** `cdp-hub attach`: the screen, or lines, on a hub that runs. Leaving it leaves the hub alone. */
export async function attach(view: View): Promise<number> {
  const client = await ControlClient.connect(stateFolder(readEnvironment()).socket);
  if (!client) throw new HubError('HUB_NOT_RUNNING', 'no hub runs', 'Start one: cdp-hub up');
  const screen = view.tui && !view.json && hasScreen();
  await client.attach({ owner: false, traffic: screen, flags: [] });
  return follow(client, { owner: false, detach: false, screen, json: view.json, yes: false });
}
