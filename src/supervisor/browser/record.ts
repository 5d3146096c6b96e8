import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isAlive, startToken } from '../../shared/port-holder.ts';

/** The browser that a hub launched last, as the state folder keeps it. */
export interface BrowserRecord {
  pid: number;
  /** When it started, so that a recycled pid is never taken for it. */
  startToken: string;
  /** The id in its browser-level WebSocket address. */
  guid: string;
  port: number;
  profile: string;
  /** The profile is a temporary one, to be removed with the browser. */
  temporary: boolean;
  /** The supervisor that started it. */
  supervisor: number;
}

/** Null where there is none, or none that can be read: a broken file never stops a start. */
export function readRecord(path: string): BrowserRecord | null {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

export function writeRecord(path: string, record: BrowserRecord): void {
  writeFileSync(path, JSON.stringify(record), { mode: 0o600 });
}

export function dropRecord(path: string): void {
  rmSync(path, { force: true });
}

/** True while the very process that the record names lives. */
export function recordLives(record: BrowserRecord): boolean {
  return isAlive(record.pid) && startToken(record.pid) === record.startToken;
}

function isRecord(value: unknown): value is BrowserRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, startToken, guid, port, profile, temporary, supervisor } = value as Record<string, unknown>;
  return (
    Number.isInteger(pid) &&
    Number(pid) > 1 &&
    typeof startToken === 'string' &&
    typeof guid === 'string' &&
    Number.isInteger(port) &&
    typeof profile === 'string' &&
    typeof temporary === 'boolean' &&
    Number.isInteger(supervisor)
  );
}
