import { chmodSync, existsSync, mkdirSync, mkdtempSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { HubError } from '../../shared/errors.ts';
import { describeHolder, isAlive } from '../../shared/port-holder.ts';
import { commandLine } from './command-line.ts';
import { defaultProfiles } from './default-profiles.ts';

/** The folder that a browser keeps its cookies, logins and settings in. */
export interface Profile {
  path: string;
  /** Made for one run and removed with it. */
  temporary: boolean;
}

/** The prefix of temporary profiles' folders. */
const TEMPORARY = 'cdp-hub-profile-';

/** The hub's own persistent profile, private to the user. */
export function persistentProfile(profiles: string): Profile {
  const path = join(profiles, 'default');
  refuseDefaultProfile(path);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  chmodSync(path, 0o700);
  return { path, temporary: false };
}

export function temporaryProfile(): Profile {
  return { path: mkdtempSync(join(tmpdir(), TEMPORARY)), temporary: true };
}

/** Removes a temporary profile; another path is left alone. A browser that just died may still write: retried. */
export async function removeTemporary(profile: Profile): Promise<void> {
  if (!isTemporary(profile)) return;
  await rm(profile.path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }).catch(() => {});
}

/** The same at once, for a process that is about to end; what cannot be removed is left to the next start. */
export function removeTemporaryNow(profile: Profile): void {
  if (!isTemporary(profile)) return;
  try {
    rmSync(profile.path, { recursive: true, force: true });
  } catch {
    // ENOTEMPTY: a dying process wrote once more.
  }
}

/** The path too must be one of ours: a record that somebody edited must not remove what is not. */
function isTemporary({ path, temporary }: Profile): boolean {
  return temporary && path.startsWith(join(tmpdir(), TEMPORARY));
}

/** Throws BROWSER_FAILED for a profile that a browser of the user's uses by itself. */
export function refuseDefaultProfile(path: string, known: string[] = defaultProfiles()): void {
  const real = existsSync(path) ? realpathSync(path) : path;
  const match = known.find((folder) => [folder, join(folder, 'Default')].includes(real));
  if (!match) return;
  throw new HubError(
    'BROWSER_FAILED',
    `${path} is the profile that your browser uses by itself: since version 136 Chrome opens no DevTools port on it`,
    'Use the hub’s own profile (log in there once), or allow remote debugging in that browser at chrome://inspect/#remote-debugging and let the hub attach to it.',
  );
}

/**
 * Makes a profile fit for a start: stale announcements go, and a lock that another machine left is broken.
 * Returns what was done. Throws BROWSER_FAILED where a living browser has the profile.
 */
export async function prepareProfile(path: string): Promise<string[]> {
  rmSync(join(path, 'DevToolsActivePort'), { force: true });
  // The launcher appends to these: what an earlier browser said would be read as this one's.
  for (const log of ['chrome-out.log', 'chrome-err.log']) rmSync(join(path, log), { force: true });

  const lock = readLock(path);
  if (!lock) return [];
  if (lock.host !== hostname()) {
    for (const name of ['SingletonLock', 'SingletonSocket', 'SingletonCookie']) {
      rmSync(join(path, name), { force: true });
    }
    return [`the profile carried the lock of another machine (${lock.host}): removed`];
  }
  if (isAlive(lock.pid) && (await socketAnswers(join(path, 'SingletonSocket')))) {
    throw new HubError(
      'BROWSER_FAILED',
      `the profile ${path} is in use by the browser ${describeHolder({ pid: lock.pid, command: commandLine(lock.pid).slice(0, 120), age: null })}`,
      `Close that browser (kill ${lock.pid}), or start with --isolated for a temporary profile.`,
    );
  }
  return [];
}

/** Chrome's lock is a symbolic link that leads nowhere: `HOST-PID` (chrome/browser/process_singleton_posix.cc). */
export function readLock(path: string): { host: string; pid: number } | null {
  try {
    const [, host, pid] = /^(.*)-(\d+)$/.exec(readlinkSync(join(path, 'SingletonLock'))) ?? [];
    return host && pid ? { host, pid: Number(pid) } : null;
  } catch {
    return null;
  }
}

/** The lock's pid may be another process's by now; whoever listens on the socket has the profile. */
function socketAnswers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const done = (answers: boolean) => {
      socket.destroy();
      resolve(answers);
    };
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
    socket.setTimeout(1000, () => done(false));
  });
}
