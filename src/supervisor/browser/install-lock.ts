import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startToken } from '../../shared/port-holder.ts';

/** How often a waiting process looks again, in milliseconds. */
const LOOK_EVERY = 250;

/**
 * Runs `work` while no other process of this machine runs one in the same folder. A lock whose holder is gone
 * is broken. Rejects with the signal's reason on abort.
 */
export async function withInstallLock<T>(
  folder: string,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'install.lock');
  while (!take(path)) {
    if (!held(path)) rmSync(path, { force: true });
    else await delay(LOOK_EVERY, undefined, { signal });
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function take(path: string): boolean {
  try {
    writeFileSync(path, `${process.pid} ${startToken(process.pid)}`, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function held(path: string): boolean {
  try {
    const [pid, token] = readFileSync(path, 'utf8').split(' ');
    return startToken(Number(pid)) === token;
  } catch {
    return false;
  }
}
