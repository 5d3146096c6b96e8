import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import type { StateFolder } from './state-folder.ts';

export type { Logger };

/** A log of one process as NDJSON in the state folder; nothing ever goes to the terminal, where a screen may be. */
export function openLog(state: StateFolder, name: string): Logger {
  return pino(
    { name, level: process.env.CDP_HUB_LOG_LEVEL ?? 'info', base: { pid: process.pid } },
    pino.destination({ dest: join(state.logs, `${name}.log`), mkdir: true, sync: true, mode: 0o600 }),
  );
}
