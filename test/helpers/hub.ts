import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { HubEvent, HubPids, HubUrls, ProcessInfo } from '../../src/shared/events.ts';
import { isAlive, startToken } from '../../src/shared/port-holder.ts';

/** The built command: these tests use what users get. */
export const BIN = join(import.meta.dirname, '../../dist/cli/main.js');

/** Free ports, an own temporary profile, no window: nothing of the machine is touched. */
export const QUIET = ['--port', '0', '--proxy-port', '0', '--browser-port', '0', '--isolated', '--headless'];

/** Longest wait for an event; the hang of a browser takes 20 s to be ended. */
const EVENT_MS = 40_000;

/** A state folder of its own, removed with everything in it. */
export class Home implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'cdp-hub-e2e-'));
  readonly env: NodeJS.ProcessEnv;

  constructor(env: NodeJS.ProcessEnv = {}) {
    const { CI: _, NODE_ENV: __, ...own } = process.env;
    const browser = process.env.CDP_HUB_TEST_BROWSER;
    this.env = {
      ...own,
      ...(browser ? { CDP_HUB_BROWSER_PATH: browser } : {}),
      CDP_HUB_HOME: this.path,
      ...env,
    };
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

export interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a command of cdp-hub to its end. */
export async function cdpHub(home: Home, ...args: string[]): Promise<Result> {
  const child = start(home, args);
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const code = await exitOf(child);
  return { code, stdout, stderr };
}

export type Ready = Extract<HubEvent, { type: 'hub.ready' }>;

/** `cdp-hub up --json`, followed line by line. */
export class Hub implements AsyncDisposable {
  readonly home: Home;
  readonly process: ChildProcess;
  readonly exit: Promise<number | null>;
  readonly events: HubEvent[] = [];
  stderr = '';
  readonly #waiting = new Set<() => void>();
  #ready: Ready | null = null;

  private constructor(home: Home, args: string[]) {
    this.home = home;
    this.process = start(home, ['up', '--json', ...args]);
    this.exit = exitOf(this.process);
    this.process.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString();
    });
    if (this.process.stdout) {
      createInterface({ input: this.process.stdout }).on('line', (line) => {
        this.events.push(JSON.parse(line));
        for (const check of [...this.#waiting]) check();
      });
    }
  }

  /** Started and ready; `args` come after the quiet defaults, `bare` leaves those out. */
  static async up(home: Home, args: string[] = [], { bare = false } = {}): Promise<Hub> {
    const hub = new Hub(home, bare ? args : [...QUIET, ...args]);
    hub.#ready = await hub.event((event) => event.type === 'hub.ready');
    return hub;
  }

  get urls(): HubUrls {
    return this.#first.urls;
  }

  get pids(): HubPids {
    return this.#first.pids;
  }

  get #first(): Ready {
    if (!this.#ready) throw new Error('not ready yet');
    return this.#ready;
  }

  /** The first event from `from` on that fits, past or to come; fails when the command ends before. */
  async event<E extends HubEvent>(fits: (event: HubEvent) => event is E, from?: number): Promise<E>;
  async event(fits: (event: HubEvent) => boolean, from?: number): Promise<HubEvent>;
  async event(fits: (event: HubEvent) => boolean, from = 0): Promise<HubEvent> {
    const { promise, resolve, reject } = Promise.withResolvers<HubEvent>();
    const check = () => {
      const found = this.events.slice(from).find(fits);
      if (found) resolve(found);
    };
    this.#waiting.add(check);
    check();
    const fail = (what: string) => {
      const told = this.events.map((each) => JSON.stringify(each)).join('\n');
      reject(new Error(`${what}\n${this.stderr}\n${told}`));
    };
    void this.exit.then((code) => {
      check();
      fail(`cdp-hub up ended with ${code}`);
    });
    const late = setTimeout(() => fail(`not within ${EVENT_MS} ms`), EVENT_MS);
    return promise.finally(() => {
      clearTimeout(late);
      this.#waiting.delete(check);
    });
  }

  /** The first `ready` of a process, among the events from `from` on, whose pid is another than `before`. */
  async back(name: ProcessInfo['name'], before: number | null, from = 0): Promise<ProcessInfo> {
    const event = await this.event(
      (each): each is Extract<HubEvent, { type: 'process' }> =>
        each.type === 'process' &&
        each.process.name === name &&
        each.process.state === 'ready' &&
        each.process.pid !== before,
      from,
    );
    return event.process;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill('SIGTERM');
    const late = setTimeout(() => this.process.kill('SIGKILL'), 20_000);
    await this.exit;
    clearTimeout(late);
    this.home[Symbol.dispose]();
  }
}

/** Resolves when the condition holds; throws with `what` after `ms`. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  ms = 10_000,
): Promise<number> {
  const began = performance.now();
  while (!(await condition())) {
    if (performance.now() - began > ms) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return performance.now() - began;
}

export async function allGone(pids: (number | null)[], ms: number): Promise<number> {
  return until(`pids ${pids} gone`, () => pids.every((pid) => pid === null || !isRunning(pid)), ms);
}

/** Zombies of a container without an init that reaps count as gone. */
export function isRunning(pid: number): boolean {
  return isAlive(pid) && startToken(pid) !== null;
}

function start(home: Home, args: string[]): ChildProcess {
  return spawn(process.execPath, [BIN, ...args], {
    env: home.env,
    cwd: home.path,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('close', (code) => resolve(code)));
}
