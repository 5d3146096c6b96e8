import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { HUB_MARK } from './flags.ts';

/** A process's command line, arguments joined by blanks; empty where the system does not tell (Windows). */
export function commandLine(pid: number): string {
  try {
    if (process.platform === 'linux') {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    }
    if (process.platform === 'win32') return '';
    return execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], {
      encoding: 'utf8',
      timeout: 2000,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return '';
  }
}

/** The state folder of the hub that launched this browser; null where no hub did. */
export function hubOf(command: string): string | null {
  const at = command.indexOf(` ${HUB_MARK}`);
  if (at === -1) return null;
  // The last of our flags, and the start page after it: a folder's name may hold blanks.
  return command.slice(at + 1 + HUB_MARK.length).replace(/ (?:--|about:blank).*$/, '');
}

/** The profile that a browser was told to use; null where it uses its own. */
export function profileOf(command: string): string | null {
  return (
    / --user-data-dir=(.+?)(?= --|$)/.exec(command)?.[1]?.replace(/ (?:about:blank|https?:\S*)$/, '') ?? null
  );
}
