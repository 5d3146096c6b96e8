import type { BrowserEndpoint } from '../../shared/ipc.ts';
import { startToken } from '../../shared/port-holder.ts';
import type { StateFolder } from '../../shared/state-folder.ts';
import type { Browser, BrowserExit, BrowserHooks } from './contract.ts';
import type { Started } from './launch.ts';
import type { PipeConnection } from './pipe.ts';
import { guidOf } from './probe.ts';
import { groupGone, killGroup } from './process-group.ts';
import { type Profile, removeTemporary, removeTemporaryNow } from './profile.ts';
import { dropRecord, readRecord, writeRecord } from './record.ts';
import { WATCH_TIMING, watch } from './watch.ts';

interface Told {
  state: StateFolder;
  hooks: BrowserHooks;
  profile: Profile;
  title: string;
  headless: boolean;
  notes: string[];
}

/** How long a group may live on after SIGKILL before we say so, in milliseconds. */
const KILLED = 5000;

/** How long a browser has that was asked by nobody in particular (`await using`), in milliseconds. */
const GRACE = 5000;

/** A browser of our own: watched over its pipe until it is gone. */
export class LaunchedBrowser implements Browser {
  readonly endpoint: BrowserEndpoint;
  readonly pid: number;
  readonly detail: string;
  readonly launched = true;
  readonly headless: boolean;
  readonly notes: string[];
  readonly exited: Promise<BrowserExit>;
  readonly #pipe: PipeConnection;
  readonly #told: Told;
  readonly #watching = new AbortController();
  #closing: Promise<void> | null = null;

  /** Writes the record of the browser and starts watching it. */
  constructor(started: Started, told: Told) {
    this.endpoint = {
      host: '127.0.0.1',
      port: started.port,
      wsUrl: started.wsUrl,
      http: true,
      launched: true,
    };
    this.pid = started.pid;
    const how = `${told.headless ? ' headless' : ''}, ${told.profile.temporary ? 'temporary' : 'own'} profile`;
    this.detail = `${told.title} ${started.version}${how}`;
    this.headless = told.headless;
    this.notes = told.notes;
    this.exited = started.exited;
    this.#pipe = started.pipe;
    this.#told = told;
    writeRecord(told.state.browserRecord, {
      pid: started.pid,
      startToken: startToken(started.pid) ?? '',
      guid: guidOf(started.wsUrl),
      port: started.port,
      profile: told.profile.path,
      temporary: told.profile.temporary,
      supervisor: process.pid,
    });
    this.#watch();
  }

  close(graceMs: number): Promise<void> {
    this.#closing ??= this.#close(graceMs);
    return this.#closing;
  }

  kill(): void {
    this.#watching.abort();
    killGroup(this.pid, 'SIGKILL');
    removeTemporaryNow(this.#told.profile);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close(GRACE);
  }

  async #close(graceMs: number): Promise<void> {
    const { hooks, profile, state } = this.#told;
    this.#watching.abort();
    // Its answer may be lost with the pipe: the exit is what counts.
    this.#pipe.send('Browser.close').catch(() => {});
    if (!(await this.#gone(graceMs / 2))) {
      killGroup(this.pid, 'SIGTERM');
      await this.#gone(graceMs / 2);
    }
    killGroup(this.pid, 'SIGKILL');
    if (!(await groupGone(this.pid, KILLED))) {
      hooks.log('error', `processes of the browser survived SIGKILL (group ${this.pid})`);
    }
    await removeTemporary(profile);
    if (readRecord(state.browserRecord)?.pid === this.pid) dropRecord(state.browserRecord);
  }

  /** True when the main process is gone within `ms`. */
  async #gone(ms: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), ms);
    this.exited.then(
      () => resolve(true),
      () => resolve(true),
    );
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  }

  #watch(): void {
    const { hooks } = this.#told;
    this.exited.then(
      () => this.#watching.abort(),
      () => {},
    );
    void watch(
      {
        ask: () => this.#pipe.send('Browser.getVersion'),
        onHealth: (health) => hooks.onHealth(health),
        onHung: (silentMs) => {
          hooks.log('warn', `the browser answered nothing for ${Math.round(silentMs / 1000)} s: killed`);
          killGroup(this.pid, 'SIGKILL');
        },
        signal: this.#watching.signal,
      },
      hooks.watch ?? WATCH_TIMING,
    );
  }
}
