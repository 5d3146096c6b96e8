import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { execa } from 'execa';

/** What the machine asks of a browser's command line. */
export interface Surroundings {
  platform: NodeJS.Platform;
  root: boolean;
  display: boolean;
  container: boolean;
  /** False where an unprivileged process may not open a user namespace, which Chrome's sandbox needs. */
  userNamespaces: boolean;
  /** Size of /dev/shm in bytes; null where there is none. */
  shm: number | null;
}

/** Docker gives 64 MiB, where a single larger page crashes its tab. */
const SHM_ENOUGH = 512 * 1024 * 1024;

/** What follows for the browser, and the sentences that tell the user so. */
export interface Adaptation {
  headless: boolean;
  noSandbox: boolean;
  smallShm: boolean;
  notes: string[];
}

/** `headless`: what the user said; null leaves it to the display. */
export function adapt(machine: Surroundings, headless: boolean | null): Adaptation {
  const notes: string[] = [];
  const linux = machine.platform === 'linux';
  const hide = headless ?? !machine.display;
  if (hide && headless === null) notes.push('no display: the browser runs headless');

  const noNamespaces = linux && machine.container && !machine.root && !machine.userNamespaces;
  const noSandbox = (linux && machine.root) || noNamespaces;
  if (noNamespaces) {
    notes.push('a container without user namespaces: the browser runs with --no-sandbox');
  } else if (noSandbox) {
    notes.push('root: the browser runs with --no-sandbox');
  }

  const smallShm = linux && machine.shm !== null && machine.shm < SHM_ENOUGH;
  if (smallShm && machine.shm !== null) {
    notes.push(
      `/dev/shm is small (${Math.round(machine.shm / 1024 / 1024)} MiB): the browser shares memory through /tmp`,
    );
  }
  return { headless: hide, noSandbox, smallShm, notes };
}

export async function surroundings(env: NodeJS.ProcessEnv = process.env): Promise<Surroundings> {
  const { platform } = process;
  const linux = platform === 'linux';
  const root = process.getuid?.() === 0;
  const container = linux && inContainer(env);
  return {
    platform,
    root,
    display: !linux || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY),
    container,
    userNamespaces: !container || root || (await canUnshare()),
    shm: linux ? shmSize() : null,
  };
}

function inContainer(env: NodeJS.ProcessEnv): boolean {
  if (env.container || existsSync('/.dockerenv') || existsSync('/run/.containerenv')) return true;
  try {
    return /docker|kubepods|containerd|lxc/.test(readFileSync('/proc/1/cgroup', 'utf8'));
  } catch {
    return false;
  }
}

/** Trying is the only test: seccomp, AppArmor and sysctl can each forbid it. */
async function canUnshare(): Promise<boolean> {
  const { exitCode } = await execa('unshare', ['--user', 'true'], { reject: false, timeout: 2000 });
  return exitCode === 0;
}

function shmSize(): number | null {
  try {
    const { blocks, bsize } = statfsSync('/dev/shm');
    return blocks * bsize;
  } catch {
    return null;
  }
}
