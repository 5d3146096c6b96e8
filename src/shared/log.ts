import { renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import type { StateFolder } from './state-folder.ts';

export type { Logger };

/** Size in bytes from which a log makes room at the next start; the one before is kept as `.1`. */
const KEEP = 5 * 1024 * 1024;

/** A log of one process as NDJSON in the state folder; nothing ever goes to the terminal, where a screen may be. */
export function openLog(state: StateFolder, name: string): Logger {
  const path = join(state.logs, `${name}.log`);
  keepSmall(path);
  return pino(
    { name, level: process.env.CDP_HUB_LOG_LEVEL ?? 'info', base: { pid: process.pid } },
    pino.destination({ dest: path, mkdir: true, sync: true, mode: 0o600 }),
  );
}

function keepSmall(path: string): void {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat && stat.size > KEEP) renameSync(path, `${path}.1`);
}
