import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';

/** How often a group is looked at while we wait for its end, in milliseconds. */
const LOOK_EVERY = 25;

/** Signals a process group by its leader's pid; a group that is gone is no error. Windows ends the whole tree. */
export function killGroup(leader: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (process.platform === 'win32') {
    void execa('taskkill', ['/pid', String(leader), '/T', '/F'], { reject: false, stdio: 'ignore' });
    return;
  }
  try {
    process.kill(-leader, signal);
  } catch {
    // ESRCH: nobody is left in it.
  }
}

/**
 * True while a process of the group lives. Zombies do not count: in a container whose first process never
 * reaps, they stay for good.
 */
export function groupLives(leader: number): boolean {
  if (!signalReaches(process.platform === 'win32' ? leader : -leader)) return false;
  return process.platform !== 'linux' || groupMembers(leader).length > 0;
}

/** Waits at most `ms` for the group's end; true when it is gone. */
export async function groupGone(leader: number, ms: number): Promise<boolean> {
  const end = performance.now() + ms;
  while (groupLives(leader)) {
    if (performance.now() >= end) return false;
    await delay(LOOK_EVERY);
  }
  return true;
}

function signalReaches(target: number): boolean {
  try {
    process.kill(target, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * The living pids of a group, from /proc; proc_pid_stat(5): state, ppid, pgrp follow the name in parentheses.
 * A main thread is a zombie while its other threads still end: such a process has its sockets yet.
 */
function groupMembers(leader: number): number[] {
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const ended = (fields[0] === 'Z' || fields[0] === 'X') && Number(fields[17]) <= 1;
      return Number(fields[2]) === leader && !ended ? [Number(entry)] : [];
    } catch {
      return [];
    }
  });
}
