import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { startToken } from '../shared/port-holder.ts';

/** Who holds a lock: a pid alone may have been given to another process since. */
export interface LockHolder {
  pid: number;
  token: string;
}

/**
 * Takes the lock file for this process, or says who holds it. A lock whose holder is gone (or whose pid now
 * belongs to a process with another start time) is replaced: a stale file never stops a start.
 *
 * The file comes to its name complete, by link(2), which fails where it exists. A stale one is renamed away
 * first and checked again under its new name, so of two starters that saw the same stale lock only one moves
 * it, and a fresh lock that was moved by mistake goes back.
 */
export function takeLock(path: string): LockHolder | null {
  const own: LockHolder = { pid: process.pid, token: startToken(process.pid) ?? '' };
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  writeFileSync(draft, JSON.stringify(own), { mode: 0o600 });
  try {
    for (;;) {
      if (link(draft, path)) return null;
      const holder = readLock(path);
      if (holder && isHeld(holder)) return holder;
      moveAside(path, `${draft}.stale`);
    }
  } finally {
    unlinkSync(draft);
  }
}

/** Gives the lock up, if it is still this process's. */
export function releaseLock(path: string): void {
  if (readLock(path)?.pid === process.pid) unlinkSync(path);
}

/** The live process that holds the lock, or null. */
export function lockHolder(path: string): LockHolder | null {
  const holder = readLock(path);
  return holder && isHeld(holder) ? holder : null;
}

function isHeld(holder: LockHolder): boolean {
  return startToken(holder.pid) === holder.token;
}

function moveAside(path: string, aside: string): void {
  try {
    renameSync(path, aside);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return;
    throw error;
  }
  const moved = readLock(aside);
  if (moved && isHeld(moved)) link(aside, path);
  unlinkSync(aside);
}

/** True when it was linked, false where the name exists. */
function link(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Null where there is none, or where its content is no lock (a torn write of another program). */
function readLock(path: string): LockHolder | null {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof value !== 'object' || value === null) return null;
    const { pid, token } = value as Partial<LockHolder>;
    return typeof pid === 'number' && typeof token === 'string' ? { pid, token } : null;
  } catch (error) {
    if (error instanceof SyntaxError || isCode(error, 'ENOENT')) return null;
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code;
}
