import { resolve } from 'node:path';
import { givenFlags, resolveConfig, type UpFlags } from '../../shared/config.ts';
import { HubError } from '../../shared/errors.ts';
import { stateFolder } from '../../shared/state-folder.ts';
import { accessToken, type TokenFlags } from '../access-token.ts';
import { hasScreen, hasTerminal, readEnvironment } from '../environment.ts';
import { follow, type View } from '../follow.ts';
import { joinOrStart } from '../start-supervisor.ts';

export interface UpOptions {
  flags: Omit<UpFlags, 'token' | 'tokenFile'> & TokenFlags;
  version: string;
  detach: boolean;
  /** The `.env` of the working directory counts. */
  dotenv: boolean;
  view: View;
}

/**
 * `cdp-hub up`: starts the hub and owns it, so that the hub goes when this command goes, or joins the one that
 * runs and leaves it alone at the end.
 */
export async function up({ flags: given, version, detach, dotenv, view }: UpOptions): Promise<number> {
  const env = dotenv ? readEnvironment() : { ...process.env };
  if (given.idleExit !== undefined && !detach) throw onlyDetached();
  const state = stateFolder(env);
  const { token, tokenFile, ...others } = given;
  const flags = absolute({ ...others, ...accessToken({ token, tokenFile }, env, state) });
  // Without a terminal nobody can be asked, and installing is what makes the first start work.
  const config = resolveConfig({ ...flags, yes: flags.yes ?? !hasTerminal() }, absoluteEnv(env), version);
  const screen = view.tui && !view.json && !detach && hasScreen();
  const { client, started } = await joinOrStart(config, state, env);
  // A hub that was started from these very flags has them.
  const wanted = started ? [] : givenFlags({ ...flags, ...plainPorts(flags) });
  const snapshot = await client.attach({ owner: started, traffic: screen, flags: wanted });
  if (!started && !view.json)
    process.stderr.write(`joined the hub that runs (pid ${snapshot.pids.supervisor})\n`);
  return follow(client, { owner: started, detach, screen, json: view.json, yes: flags.yes ?? false });
}

/** One that belongs to a command ends with that. */
function onlyDetached(): HubError {
  return new HubError(
    'USAGE',
    '--idle-exit is for a hub that nobody owns, and this one ends when `up` does',
    'Add --detach, or drop --idle-exit.',
  );
}

/** The supervisor runs in another folder, where a relative path would mean something else. */
function absolute(flags: UpFlags): UpFlags {
  const { browserPath, tokenFile, uploadDir } = flags;
  return {
    ...flags,
    ...(browserPath && { browserPath: resolve(browserPath) }),
    ...(tokenFile && { tokenFile: resolve(tokenFile) }),
    ...(uploadDir && { uploadDir: uploadDir.map((dir) => resolve(dir)) }),
  };
}

function absoluteEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const path = env.CDP_HUB_BROWSER_PATH;
  return path ? { ...env, CDP_HUB_BROWSER_PATH: resolve(path) } : env;
}

/** `09223` is 9223. */
function plainPorts(flags: UpFlags): UpFlags {
  const names = ['port', 'proxyPort', 'browserPort'] as const;
  return Object.fromEntries(
    names.flatMap((name) => (flags[name] ? [[name, String(Number(flags[name]))]] : [])),
  );
}
