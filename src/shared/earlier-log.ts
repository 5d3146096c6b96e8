import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** Something that the hub said; `at` is milliseconds since the epoch. */
export interface LogEntry {
  readonly at: number;
  readonly level: 'info' | 'warn' | 'error';
  /** Which process it is of; `hub`, or `screen` for what was done there. */
  readonly source: string;
  readonly text: string;
}

/** As much of the log's end as is read, bytes. */
const TAIL = 256 * 1024;

/** What pino writes for the supervisor; see log.ts. */
const Line = z.object({
  level: z.number(),
  time: z.number(),
  msg: z.string(),
  source: z.string().optional(),
});

/** What the hub wrote down before this screen was there, oldest first; empty where its log cannot be read. */
export function earlierLog(home: string): LogEntry[] {
  return endOf(join(home, 'logs', 'supervisor.log'))
    .split('\n')
    .flatMap(entryOf);
}

function entryOf(text: string): LogEntry[] {
  try {
    const { level, time, msg, source = 'hub' } = Line.parse(JSON.parse(text));
    return [{ at: time, level: level >= 50 ? 'error' : level >= 40 ? 'warn' : 'info', source, text: msg }];
  } catch {
    // The first line is cut, the last may be half written.
    return [];
  }
}

function endOf(path: string): string {
  let file: number | null = null;
  try {
    file = openSync(path, 'r');
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.min(size, TAIL));
    readSync(file, bytes, 0, bytes.length, size - bytes.length);
    return bytes.toString('utf8');
  } catch {
    return '';
  } finally {
    if (file !== null) closeSync(file);
  }
}
