import type { ChildProcess } from 'node:child_process';
import fs, { closeSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Launcher } from 'chrome-launcher';
import { HubError, messageOf } from '../../shared/errors.ts';
import { type BrowserExit, startFailure, tailOf } from './explain.ts';
import { PipeConnection } from './pipe.ts';
import { askVersion, guidOf } from './probe.ts';
import { groupGone, killGroup } from './process-group.ts';

export interface LaunchOptions {
  path: string;
  profile: string;
  /** The whole command line (flags.ts), the start page excepted. */
  flags: string[];
  /** Milliseconds until the browser must have opened its port. */
  readyMs: number;
  signal: AbortSignal;
}

/** A browser that we started, verified to be the one that answers on its port. */
export interface Started {
  pid: number;
  port: number;
  wsUrl: string;
  /** The major version, `156`. */
  version: string;
  pipe: PipeConnection;
  /** Resolves when the browser's main process is gone and its group with it. */
  exited: Promise<BrowserExit>;
}

/** 127.0.0.1:PORT belongs to somebody else: Chrome then listens on [::1] and says nothing. */
export class PortLost extends Error {}

/** How often stderr is looked at during a start, in milliseconds: the line comes after 100 to 300. */
const LOOK_EVERY = 20;

/** How long a browser that just answered over stderr may take for its first HTTP answer, in milliseconds. */
const FIRST_ANSWER = 10_000;

/** How long the rest of a group may outlive its killed leader, in milliseconds. */
const GROUP_END = 700;

/**
 * Starts a browser in a process group of its own and waits until it answers. Throws BROWSER_FAILED as soon as
 * it ends or cannot be started, PortLost where its port was taken, the signal's reason on abort; in all three
 * cases nothing of it is left running.
 */
export async function launchChrome(options: LaunchOptions): Promise<Started> {
  const { pid, pipe, exited } = await spawnChrome(options);
  try {
    const { wsUrl, version } = await untilReady(options, { pipe, exited });
    return { pid, port: Number(new URL(wsUrl).port), wsUrl, version, pipe, exited };
  } catch (error) {
    killGroup(pid, 'SIGKILL');
    await exited;
    throw error;
  }
}

interface Spawned {
  pid: number;
  pipe: PipeConnection;
  exited: Promise<BrowserExit>;
}

interface Ready {
  wsUrl: string;
  version: string;
}

/** Resolves with the verified address; whatever comes first of an end, an abort and the deadline rejects. */
async function untilReady(options: LaunchOptions, { pipe, exited }: Omit<Spawned, 'pid'>): Promise<Ready> {
  const over = new AbortController();
  const failure = Promise.withResolvers<never>();
  exited.then(
    (exit) => failure.reject(startFailure(options.path, exit)),
    () => {},
  );
  const onAbort = () => failure.reject(options.signal.reason);
  options.signal.addEventListener('abort', onAbort);
  if (options.signal.aborted) onAbort();
  const timer = setTimeout(() => failure.reject(tooSlow(options)), options.readyMs);

  const ready = async () => {
    const wsUrl = await announced(options.profile, over.signal);
    const { host, hostname, port } = new URL(wsUrl);
    if (hostname !== '127.0.0.1') throw new PortLost(`it listens on ${host} instead of 127.0.0.1`);
    await verify(Number(port), guidOf(wsUrl));
    // A pipe that closed means an exit, whose reason says more.
    const version = await pipe.send('Browser.getVersion').catch(() => exited);
    return { wsUrl, version: majorOf(version) };
  };
  try {
    return await Promise.race([failure.promise, ready()]);
  } finally {
    over.abort();
    clearTimeout(timer);
    options.signal.removeEventListener('abort', onAbort);
    // The race is over: a later end of the browser is no failure of its start.
    failure.promise.catch(() => {});
  }
}

interface Spawned {
  pid: number;
  pipe: PipeConnection;
  exited: Promise<BrowserExit>;
}

/**
 * Through chrome-launcher, without its port: with one it would adopt whatever answers there, and poll on after
 * an exit. Its `launch` spawns before its first turn of the loop, so listeners are in time for `error`.
 */
async function spawnChrome(options: LaunchOptions): Promise<Spawned> {
  const opened: number[] = [];
  const openSync: typeof fs.openSync = (...args) => {
    const descriptor = fs.openSync(...args);
    opened.push(descriptor);
    return descriptor;
  };
  const launcher = new Launcher(
    {
      chromePath: options.path,
      chromeFlags: options.flags,
      userDataDir: options.profile,
      ignoreDefaultFlags: true,
      handleSIGINT: false,
      logLevel: 'silent',
    },
    { fs: { ...fs, openSync } },
  );

  try {
    const { launching, spawned } = withoutHeadless(() => {
      const launching = launcher.launch();
      const child = launcher.chromeProcess;
      return {
        launching,
        spawned: child ? follow(options, child, () => launcher.remoteDebuggingPipes) : null,
      };
    });
    const [, result] = await Promise.all([launching, spawned]);
    if (!result) throw new Error('chrome-launcher started nothing');
    return result;
  } catch (error) {
    throw error instanceof HubError ? error : cannotStart(options.path, error);
  } finally {
    // The launcher keeps its two log files open for good: two descriptors for every restart.
    for (const descriptor of opened) closeSync(descriptor);
  }
}

/** chrome-launcher reads HEADLESS from our environment into the command line, where no later flag undoes it. */
function withoutHeadless<T>(run: () => T): T {
  const { HEADLESS } = process.env;
  delete process.env.HEADLESS;
  try {
    return run();
  } finally {
    if (HEADLESS !== undefined) process.env.HEADLESS = HEADLESS;
  }
}

/** Rejects with BROWSER_FAILED where the process could not be started at all. */
function follow(
  options: LaunchOptions,
  child: ChildProcess,
  pipes: () => Launcher['remoteDebuggingPipes'],
): Promise<Spawned> {
  const { promise: exited, resolve } = Promise.withResolvers<BrowserExit>();
  child.once('exit', (code, signal) => {
    if (!child.pid) return;
    // What is left of it (zygotes, renderers) must be gone before another start on the same profile.
    killGroup(child.pid, 'SIGKILL');
    const tail = tailOf(stderrOf(options.profile));
    groupGone(child.pid, GROUP_END).then(
      () => resolve({ code, signal, stderrTail: tail }),
      () => resolve({ code, signal, stderrTail: tail }),
    );
  });
  return new Promise((done, fail) => {
    child.once('error', (error) => fail(cannotStart(options.path, error)));
    child.once('spawn', () => {
      const streams = pipes();
      if (!child.pid || !streams) return fail(new Error('the browser has no pipe'));
      done({ pid: child.pid, pipe: new PipeConnection(streams.incoming, streams.outgoing), exited });
    });
  });
}

/** The address that the browser announces; Chrome writes the line once, to stderr. Rejects on abort alone. */
async function announced(profile: string, signal: AbortSignal): Promise<string> {
  for (;;) {
    const wsUrl = /^DevTools listening on (ws:\/\/\S+)$/m.exec(stderrOf(profile))?.[1];
    if (wsUrl) return wsUrl;
    await delay(LOOK_EVERY, undefined, { signal });
  }
}

/** What answers on 127.0.0.1 must be the browser that announced itself. */
async function verify(port: number, guid: string): Promise<void> {
  const answer = await askVersion(`http://127.0.0.1:${port}`, FIRST_ANSWER);
  if (answer.kind === 'none')
    throw new PortLost(`127.0.0.1:${port} does not answer as this browser: ${answer.reason}`);
  if (guidOf(answer.devtools.wsUrl) !== guid)
    throw new PortLost(`another browser answers on 127.0.0.1:${port}`);
}

function majorOf(version: unknown): string {
  const known = typeof version === 'object' && version !== null && 'product' in version;
  return known ? (/\/(\d+)/.exec(String(version.product))?.[1] ?? '') : '';
}

function stderrOf(profile: string): string {
  try {
    return readFileSync(join(profile, 'chrome-err.log'), 'utf8');
  } catch {
    return '';
  }
}

function tooSlow({ path, profile, readyMs }: LaunchOptions): HubError {
  return new HubError(
    'BROWSER_FAILED',
    `${path} runs, but was not ready within ${readyMs / 1000} s`,
    `See ${join(profile, 'chrome-err.log')}, or try another browser with --browser-path.`,
  );
}

function cannotStart(path: string, error: unknown): HubError {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  const reason =
    code === 'ENOENT'
      ? 'it, or the interpreter that its first line names, does not exist'
      : code === 'EACCES'
        ? 'it may not be executed'
        : messageOf(error);
  return new HubError(
    'BROWSER_FAILED',
    `${path} could not be started: ${reason}`,
    'Name another browser with --browser-path, or install one: apt-get install -y chromium',
    error,
  );
}
