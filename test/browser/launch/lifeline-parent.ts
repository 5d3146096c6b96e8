/**
 * A program that launches a browser as the supervisor does, says which, and stays: a test kills it with
 * SIGKILL and looks at what is left. Arguments: the state folder's home, the browser's path.
 */
import { makeStateFolder, stateFolder } from '../../../src/shared/state-folder.ts';
import { startBrowser } from '../../../src/supervisor/browser/browser.ts';
import { configOf, hooksOf } from './kit.ts';

const [home = '', path = ''] = process.argv.slice(2);
const state = stateFolder({ CDP_HUB_HOME: home });
makeStateFolder(state);
const browser = await startBrowser(configOf({ path, isolated: true }), state, hooksOf());
process.stdout.write(`${JSON.stringify({ pid: browser.pid, port: browser.endpoint.port })}\n`);
