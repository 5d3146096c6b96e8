import { resolve } from 'node:path';
import { givenFlags, resolveConfig, type UpFlags } from '../../shared/config.ts';
import { stateFolder } from '../../shared/state-folder.ts';
import { hasScreen, hasTerminal, readEnvironment } from '../environment.ts';
import { follow, type View } from '../follow.ts';
import { joinOrStart } from '../start-supervisor.ts';

export interface UpOptions {
  flags: UpFlags;
  version: string;
  detach: boolean;
  view: View;
}

/**
 * `cdp-hub up`: starts the hub and owns it, so that the hub goes when this command goes, or joins the one that
 * runs and leaves it alone at the end.
 */
export async function up({ flags, version, detach, view }: UpOptions): Promise<number> {
  const env = readEnvironment();
  // Without a terminal nobody can be asked, and installing is what makes the first start work.
  const config = resolveConfig({ ...flags, yes: flags.yes ?? !hasTerminal() }, env, version);
  // The supervisor runs in another folder, where a relative path would mean something else.
  if (config.browser.path) config.browser.path = resolve(config.browser.path);
  const screen = view.tui && !view.json && !detach && hasScreen();
  const { client, started } = await joinOrStart(config, stateFolder(env), env);
  const snapshot = await client.attach({ owner: started, traffic: screen, flags: givenFlags(flags) });
  if (!started && !view.json)
    process.stderr.write(`joined the hub that runs (pid ${snapshot.pids.supervisor})\n`);
  return follow(client, { owner: started, detach, screen, json: view.json });
}
