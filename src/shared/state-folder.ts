import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import envPaths from 'env-paths';
import { HubError } from './errors.ts';

/** Where one hub keeps everything that outlives a process. `CDP_HUB_HOME` moves all of it. */
export interface StateFolder {
  readonly home: string;
  /** Control socket (a named pipe on Windows), mode 0600. */
  readonly socket: string;
  /** Who runs the hub: pid and start time, so that a recycled pid is never taken for it. */
  readonly lock: string;
  /** The browser that this hub launched last: pid and GUID, so that no hub attaches to a dying one of its own. */
  readonly browserRecord: string;
  readonly profiles: string;
  readonly logs: string;
  readonly cache: string;
}

/** Longest path that `sun_path` takes on every platform we run on (104 on macOS, 108 on Linux), less the NUL. */
const SOCKET_PATH_MAX = 103;

export function stateFolder(env: NodeJS.ProcessEnv = process.env): StateFolder {
  const paths = envPaths('cdp-hub', { suffix: '' });
  const moved = env.CDP_HUB_HOME;
  const home = moved ? resolve(moved) : process.platform === 'linux' ? paths.log : paths.data;
  return {
    home,
    socket: socketPath(home),
    lock: join(home, 'supervisor.lock'),
    browserRecord: join(home, 'browser.json'),
    profiles: join(home, 'profiles'),
    logs: join(home, 'logs'),
    cache: moved ? join(home, 'cache') : paths.cache,
  };
}

/** Makes the folders, private to the user (0700), also where they existed with wider modes. */
export function makeStateFolder(state: StateFolder): void {
  for (const dir of [state.home, state.profiles, state.logs]) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  }
  chmodSync(state.home, 0o700);
  if (process.platform !== 'win32') makeSocketFolder(dirname(state.socket));
}

/** The socket's folder may stand in a shared /tmp: it must be ours alone, or nothing is opened there. */
function makeSocketFolder(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const stat = lstatSync(dir);
  if (!stat.isDirectory() || stat.uid !== process.getuid?.()) {
    throw new HubError(
      'CONTROL',
      `the control socket's folder ${dir} belongs to somebody else`,
      `Set CDP_HUB_HOME to a short path of your own, e.g. CDP_HUB_HOME=~/.cdp-hub`,
    );
  }
  chmodSync(dir, 0o700);
}

function socketPath(home: string): string {
  const digest = createHash('sha256').update(home).digest('hex').slice(0, 16);
  if (process.platform === 'win32') return `\\\\.\\pipe\\cdp-hub-${digest}`;
  const path = join(home, 'control.sock');
  if (Buffer.byteLength(path) <= SOCKET_PATH_MAX) return path;
  return join(tmpdir(), `cdp-hub-${process.getuid?.() ?? 0}-${digest}`, 'control.sock');
}
