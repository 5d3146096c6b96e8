import { accessSync, constants, existsSync, lstatSync, mkdirSync, rmdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import envPaths from 'env-paths';
import { HubError, messageOf } from './errors.ts';

/** Where one hub keeps everything that outlives a process. `CDP_HUB_HOME` moves all of it. */
export interface StateFolder {
  readonly home: string;
  /** Control socket (a named pipe on Windows), mode 0600. */
  readonly socket: string;
  /** Who runs the hub: pid and start time, so that a recycled pid is never taken for it. */
  readonly lock: string;
  /** The browser that this hub launched last: pid and GUID, so that no hub attaches to a dying one of its own. */
  readonly browserRecord: string;
  /** What `/api/v2` is asked with: made anew by every supervisor, mode 0600. */
  readonly controlToken: string;
  /** What clients must have where the hub was told to make one: kept over its starts, mode 0600. */
  readonly accessToken: string;
  readonly profiles: string;
  readonly logs: string;
  readonly cache: string;
  /** The files of the MCP sessions, which go with them. */
  readonly artifacts: string;
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
    controlToken: join(home, 'control-token'),
    accessToken: join(home, 'token'),
    profiles: join(home, 'profiles'),
    logs: join(home, 'logs'),
    artifacts: join(home, 'artifacts'),
    cache: moved ? join(home, 'cache') : paths.cache,
  };
}

/**
 * Makes the folders that are not there, private to the user (0700); those that are keep their modes. Throws
 * USAGE where the home is not for this user alone to write, or cannot be made.
 */
export function makeStateFolder(state: StateFolder): void {
  try {
    for (const dir of [state.home, state.profiles, state.logs]) makeFolder(dir);
    refuseOpen(state.home);
    accessSync(state.home, constants.W_OK);
    if (process.platform !== 'win32') makeSocketFolder(dirname(state.socket));
  } catch (error) {
    if (error instanceof HubError) throw error;
    throw new HubError(
      'USAGE',
      `the state folder ${state.home} cannot be used: ${messageOf(error)}`,
      'Set CDP_HUB_HOME to a folder that you may write to, e.g. CDP_HUB_HOME=~/.cdp-hub',
      error,
    );
  }
}

/** Removes what {@link makeStateFolder} made outside the home, once the socket is gone. */
export function removeSocketFolder(state: StateFolder): void {
  const dir = dirname(state.socket);
  if (process.platform === 'win32' || dir === state.home) return;
  try {
    rmdirSync(dir);
  } catch (error) {
    if (!isCode(error, 'ENOENT') && !isCode(error, 'ENOTEMPTY')) throw error;
  }
}

/** mkdir -p, but one that ends: Node's own never returns where a parent can hold no folders (/proc). */
function makeFolder(dir: string): void {
  try {
    mkdirSync(dir, { mode: 0o700 });
  } catch (error) {
    if (isCode(error, 'EEXIST') && statSync(dir).isDirectory()) return;
    if (!isCode(error, 'ENOENT') || dirname(dir) === dir || existsSync(dirname(dir))) throw error;
    makeFolder(dirname(dir));
    mkdirSync(dir, { mode: 0o700 });
  }
}

/** In a folder that others write to, they could put theirs where we look for ours. */
function refuseOpen(dir: string): void {
  if (process.platform === 'win32' || (statSync(dir).mode & 0o022) === 0) return;
  throw new HubError(
    'USAGE',
    `the state folder ${dir} is open for others to write to`,
    'Set CDP_HUB_HOME to a folder of your own inside it, or close it: chmod go-w',
  );
}

/** The socket's folder may stand in a shared /tmp: it must be ours alone, or nothing is opened there. */
function makeSocketFolder(dir: string): void {
  makeFolder(dir);
  const stat = lstatSync(dir);
  if (!stat.isDirectory() || stat.uid !== process.getuid?.()) {
    throw new HubError(
      'CONTROL',
      `the control socket's folder ${dir} belongs to somebody else`,
      'Set CDP_HUB_HOME to a short path of your own, e.g. CDP_HUB_HOME=~/.cdp-hub',
    );
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === code;
}

function socketPath(home: string): string {
  if (process.platform === 'win32') return `\\\\.\\pipe\\cdp-hub-${digestOf(home)}`;
  const path = join(home, 'control.sock');
  if (Buffer.byteLength(path) <= SOCKET_PATH_MAX) return path;
  return join(tmpdir(), `cdp-hub-${process.getuid?.() ?? 0}-${digestOf(home)}`, 'control.sock');
}

/** Loaded where it is needed, which is seldom: it takes 4 MB, and `cdp-hub mcp` is a process for each agent. */
function digestOf(home: string): string {
  const { createHash } = process.getBuiltinModule('node:crypto');
  return createHash('sha256').update(home).digest('hex').slice(0, 16);
}
