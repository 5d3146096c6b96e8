import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../shared/clock.ts';
import { HubError } from '../shared/errors.ts';
import type { Finding, ProcessInfo, ProcessName, ProcessState } from '../shared/events.ts';
import { RestartPolicy } from './restart-policy.ts';

/** How a process ended. `lines`: the last of what it wrote to stderr. */
export interface Exit {
  code: number | null;
  signal: string | null;
  lines: string[];
}

/** One life of a supervised process, from ready to gone. */
export interface Running {
  pid: number | null;
  detail: string;
  /** Somebody else started it: it is watched, never stopped. */
  attached: boolean;
  exited: Promise<Exit>;
  /** Resolves when it is gone. */
  stop(graceMs: number): Promise<void>;
  kill(): void;
}

export interface ServiceSpec {
  name: ProcessName;
  /** What the row says before the first start. */
  detail: string;
  /** Starts it and resolves when it is ready. `signal` aborts a start that is under way. */
  start(signal: AbortSignal): Promise<Running>;
}

export interface ServiceHooks {
  clock: Clock;
  onChange(info: ProcessInfo): void;
  onReady(running: Running): void;
  onGone(reason: string): void;
  log(level: 'info' | 'warn' | 'error', message: string): void;
  /** Errors of a first start that waiting will not mend: the hub gives up with them. */
  isFatal(error: HubError): boolean;
}

/**
 * One supervised process through all its lives: starts it, watches it, starts it again by
 * {@link RestartPolicy}, and tells every change of state. It owns at most one {@link Running} at a time.
 */
export class Service {
  readonly #spec: ServiceSpec;
  readonly #hooks: ServiceHooks;
  readonly #policy: RestartPolicy;
  #running: Running | null = null;
  #state: ProcessState = 'stopped';
  #since: number;
  #detail: string;
  #restarts = 0;
  #finding: Finding | null = null;
  #retryAt: number | null = null;
  #usage: { cpu: number | null; memory: number | null } = { cpu: null, memory: null };
  #loop: Promise<void> | null = null;
  #stopping = new AbortController();
  /** Cuts a back-off short, or ends a life that somebody wants to be over. */
  #wake = new AbortController();
  /** Told of every change of state but `stopping`. */
  readonly #watchers = new Set<() => void>();

  constructor(spec: ServiceSpec, hooks: ServiceHooks, random: () => number = Math.random) {
    this.#spec = spec;
    this.#hooks = hooks;
    this.#policy = new RestartPolicy(random);
    this.#detail = spec.detail;
    this.#since = hooks.clock.wall();
  }

  get info(): ProcessInfo {
    return {
      name: this.#spec.name,
      state: this.#state,
      pid: this.#running?.pid ?? null,
      detail: this.#detail,
      since: this.#since,
      restarts: this.#restarts,
      ...this.#usage,
      finding: this.#finding,
      retryAt: this.#retryAt,
    };
  }

  get running(): Running | null {
    return this.#running;
  }

  /**
   * Starts the first life. Resolves when it is ready, or when its first start failed in a way that the back-off
   * goes on with; throws where {@link ServiceHooks.isFatal} says that it is no use.
   */
  async start(): Promise<void> {
    const first = Promise.withResolvers<void>();
    this.#loop = this.#run(first).catch((bug: unknown) => {
      first.reject(bug);
      // An error of the supervisor's own: its last resort hears of it, whoever waits or does not.
      setImmediate(() => {
        throw bug;
      });
    });
    await first.promise;
  }

  /** Ends this life and begins the next at once; from `failed` and `backoff` too. Resolves when it is ready. */
  async restart(): Promise<void> {
    this.#policy.reset();
    const before = this.#running;
    if (before?.attached) {
      throw new HubError(
        'CONTROL',
        `the ${this.#spec.name} was not started by this hub`,
        'Restart it where it was started; the hub connects again by itself.',
      );
    }
    if (this.#stopping.signal.aborted) throw this.#noReturn();
    const ready = this.#nextReady();
    if (this.#state !== 'starting') this.#wake.abort();
    await ready;
  }

  /** The process answers, but not as it should; null: it does again. */
  degrade(finding: Finding | null): void {
    if (this.#state !== 'ready' && this.#state !== 'attached' && this.#state !== 'degraded') return;
    this.#finding = finding;
    this.#set(finding ? 'degraded' : this.#running?.attached ? 'attached' : 'ready');
  }

  /** What it is has changed, and its state has not. */
  describe(detail: string): void {
    if (detail === this.#detail) return;
    this.#detail = detail;
    this.#hooks.onChange(this.info);
  }

  sample(usage: { cpu: number | null; memory: number | null }): void {
    this.#usage = usage;
    this.#hooks.onChange(this.info);
  }

  /** Ends the current life and starts no other. Resolves when it is gone. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort();
    if (this.#running || this.#state === 'starting') this.#set('stopping');
    await this.#running?.stop(graceMs);
    await this.#loop;
    this.#set('exited');
  }

  /** Ends everything at once. */
  kill(): void {
    this.#stopping.abort();
    this.#running?.kill();
  }

  async #run(first: PromiseWithResolvers<void>): Promise<void> {
    for (let life = 0; !this.#stopping.signal.aborted; life++) {
      this.#wake = new AbortController();
      const outcome = await this.#live(life, first);
      this.#running = null;
      this.#usage = { cpu: null, memory: null };
      if (outcome === null || this.#stopping.signal.aborted) break;
      await this.#backOff(outcome);
      this.#restarts++;
    }
    first.resolve();
  }

  /** One life. Null: no further one is wanted. */
  async #live(
    life: number,
    first: PromiseWithResolvers<void>,
  ): Promise<{ readyMs: number; finding: Finding } | null> {
    this.#retryAt = null;
    this.#set('starting');
    try {
      this.#running = await this.#spec.start(this.#stopping.signal);
    } catch (thrown) {
      const error = HubError.from(thrown);
      if (this.#stopping.signal.aborted) return null;
      if (life === 0 && this.#hooks.isFatal(error)) {
        this.#finding = { message: error.message, fix: error.hint };
        this.#set('failed');
        first.reject(error);
        return null;
      }
      this.#hooks.log('error', error.message);
      first.resolve();
      return { readyMs: 0, finding: { message: error.message, fix: error.hint } };
    }
    return await this.#watch(this.#running, first);
  }

  async #watch(
    running: Running,
    first: PromiseWithResolvers<void>,
  ): Promise<{ readyMs: number; finding: Finding } | null> {
    const readyAt = this.#hooks.clock.now();
    this.#detail = running.detail;
    this.#finding = null;
    this.#set(running.attached ? 'attached' : 'ready');
    this.#hooks.onReady(running);
    first.resolve();
    if (this.#stopping.signal.aborted) await running.stop(0);
    // What somebody else started does not end with us: our watching it does.
    const over = running.attached ? [this.#wake.signal, this.#stopping.signal] : [this.#wake.signal];
    const wanted = onAbort(AbortSignal.any(over));
    const exit = await Promise.race([running.exited, wanted]);
    if (exit === 'aborted' && !this.#stopping.signal.aborted) {
      this.#set('stopping');
      await running.stop(2000);
    }
    const reason = exit === 'aborted' ? 'restarted on request' : describeExit(this.#spec.name, exit);
    this.#hooks.onGone(reason);
    if (this.#stopping.signal.aborted) return null;
    if (exit !== 'aborted') this.#hooks.log('warn', reason);
    const lines = exit === 'aborted' ? [] : exit.lines;
    return {
      readyMs: this.#hooks.clock.now() - readyAt,
      finding: {
        message: [reason, ...lines].join('\n'),
        fix: 'It starts again by itself; `r` on the screen does it now.',
      },
    };
  }

  async #backOff(outcome: { readyMs: number; finding: Finding }): Promise<void> {
    if (this.#wake.signal.aborted) return;
    const verdict = this.#policy.onExit(this.#hooks.clock.now(), outcome.readyMs);
    if (verdict.delayMs === 0) return;
    this.#finding = outcome.finding;
    this.#retryAt = this.#hooks.clock.wall() + verdict.delayMs;
    this.#set(verdict.state);
    const signal = AbortSignal.any([this.#wake.signal, this.#stopping.signal]);
    await sleep(verdict.delayMs, undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }

  /** Resolves at the next `ready`; throws when the next try failed instead. */
  #nextReady(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let begun = this.#state === 'starting';
    const check = () => {
      if (this.#state === 'starting') begun = true;
      if (this.#state === 'starting' || !begun) return;
      this.#watchers.delete(check);
      if (this.#state === 'ready' || this.#state === 'attached') resolve();
      else reject(this.#noReturn());
    };
    this.#watchers.add(check);
    return promise;
  }

  #noReturn(): HubError {
    return new HubError(
      'CHILD_FAILED',
      this.#finding?.message ?? `the ${this.#spec.name} did not come back`,
      this.#finding?.fix ?? 'See the log in the state folder.',
    );
  }

  #set(state: ProcessState): void {
    if (state !== this.#state) this.#since = this.#hooks.clock.wall();
    this.#state = state;
    this.#hooks.onChange(this.info);
    for (const watcher of [...this.#watchers]) if (state !== 'stopping') watcher();
  }
}

/** `gateway was ended by SIGKILL`, `browser exited with code 21`. */
export function describeExit(name: string, exit: Exit): string {
  if (exit.signal) return `${name} was ended by ${exit.signal}`;
  return `${name} exited with code ${exit.code ?? 'unknown'}`;
}

function onAbort(signal: AbortSignal): Promise<'aborted'> {
  const { promise, resolve } = Promise.withResolvers<'aborted'>();
  if (signal.aborted) resolve('aborted');
  signal.addEventListener('abort', () => resolve('aborted'), { once: true });
  return promise;
}
