import { HubError } from '../shared/errors.ts';
import { stateFolder } from '../shared/state-folder.ts';
import { ControlClient } from './control-client.ts';
import { readEnvironment } from './environment.ts';

/** A connection to the hub that runs. Throws HUB_NOT_RUNNING where none does. */
export async function connectToHub(): Promise<ControlClient> {
  const client = await ControlClient.connect(stateFolder(readEnvironment()).socket);
  if (!client) throw new HubError('HUB_NOT_RUNNING', 'no hub runs', 'Start one: cdp-hub up');
  return client;
}
