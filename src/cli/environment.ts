import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { DOTENV_NAMES } from '../shared/config.ts';
import { HubError } from '../shared/errors.ts';

/**
 * The environment with a `.env` of the working directory under it: only the names that the hub knows are read
 * from the file, and nothing of it reaches the browser or any other process.
 */
export function readEnvironment(cwd = process.cwd()): NodeJS.ProcessEnv {
  const file = readDotEnv(`${cwd}/.env`);
  const known = Object.fromEntries(DOTENV_NAMES.flatMap((name) => (file[name] ? [[name, file[name]]] : [])));
  return { ...known, ...process.env };
}

/** A terminal that a full screen may be drawn on. CI and dumb terminals have none, whatever isTTY says. */
export function hasScreen(): boolean {
  return hasTerminal() && process.env.TERM !== 'dumb' && !process.env.CI;
}

/** A person may be there to answer. */
export function hasTerminal(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true;
}

function readDotEnv(path: string): NodeJS.Dict<string> {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EISDIR') return {};
    throw new HubError('USAGE', `${path} cannot be read`, 'Mend it or move it away.', error);
  }
}
