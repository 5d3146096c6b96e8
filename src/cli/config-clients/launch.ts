import { accessSync, constants, realpathSync } from 'node:fs';
import { delimiter, join, resolve, sep } from 'node:path';
import { bridgeArguments, type Launch, type Wishes } from './entries.ts';
import type { Place, Scope } from './places.ts';

/** The program that asks. */
export interface Self {
  /** Node itself. */
  node: string;
  /** The file that is the command `cdp-hub`. */
  main: string;
}

/**
 * How a client starts `cdp-hub mcp`. By the full paths, as programs with windows have another PATH than a shell and
 * Windows starts no `.cmd`; by its name in a project's file, which others have as well, where the PATH has this very
 * command. A state folder that was moved is named, as some clients pass on few variables.
 */
export function launchOf({ node, main }: Self, scope: Scope, wishes: Wishes, place: Place): Launch {
  const args = bridgeArguments(wishes);
  const home = place.env.CDP_HUB_HOME;
  const env = home ? { CDP_HUB_HOME: resolve(place.cwd, home) } : {};
  const byName = scope === 'project' && place.platform !== 'win32' && isOnPath(main, place.env.PATH ?? '');
  return byName ? { command: 'cdp-hub', args, env } : { command: node, args: [main, ...args], env };
}

/** npm puts the folders of a project's own packages on the PATH of what it runs: nobody else has them there. */
function isOnPath(main: string, path: string): boolean {
  return path
    .split(delimiter)
    .filter((folder) => folder && !folder.split(sep).includes('node_modules') && !folder.includes('_npx'))
    .some((folder) => {
      try {
        const file = join(folder, 'cdp-hub');
        accessSync(file, constants.X_OK);
        return realpathSync(file) === realpathSync(main);
      } catch {
        return false;
      }
    });
}
