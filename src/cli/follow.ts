import { createInterface } from 'node:readline/promises';
import { EXIT, HubError, type HubErrorCode } from '../shared/errors.ts';
import type { HubEvent, ProcessInfo } from '../shared/events.ts';
import type { ControlClient } from './control-client.ts';
import { plainLines, printError } from './plain.ts';

/** How `up` and `attach` were told to show what happens. */
export interface View {
  json: boolean;
  tui: boolean;
}

export interface FollowOptions {
  /** The hub is this command's: it stops when the command ends. */
  owner: boolean;
  /** End as soon as the hub is ready, and leave it running. */
  detach: boolean;
  screen: boolean;
  json: boolean;
}

/** Longest draining by what asked for the end. */
const DRAIN_MS = { SIGINT: 5000, SIGTERM: 10_000, SIGHUP: 5000 } as const;
type Signal = keyof typeof DRAIN_MS;

/**
 * Shows what happens to a hub until it or this command ends, and answers with the exit code. Lines are printed
 * while the hub starts, also before the screen: they stay in the terminal's scrollback.
 */
export async function follow(client: ControlClient, options: FollowOptions): Promise<number> {
  const follower = new Follower(client, options);
  return follower.run();
}

class Follower {
  readonly #client: ControlClient;
  readonly #options: FollowOptions;
  readonly #print = plainLines();
  readonly #end = Promise.withResolvers<number>();
  #signals = 0;
  /** What the command answers once the hub is gone. */
  #code: number = EXIT.ok;
  #stopped = false;
  #screenOn = false;
  #screen: Promise<void> = Promise.resolve();

  constructor(client: ControlClient, options: FollowOptions) {
    this.#client = client;
    this.#options = options;
  }

  async run(): Promise<number> {
    this.#showSnapshot();
    const unsubscribe = this.#client.subscribe((event) => this.#onEvent(event));
    const handlers = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => {
      const handler = () => this.#onSignal(signal);
      process.on(signal, handler);
      return () => process.off(signal, handler);
    });
    // A reader that hung up (`up | head`) or a terminal that is gone: an end like SIGHUP, not an endless error.
    process.stdout.on('error', () => this.#onSignal('SIGHUP'));
    process.stderr.on('error', () => {});
    void this.#client.closed.then(() => this.#onClosed());
    try {
      return await this.#end.promise;
    } finally {
      unsubscribe();
      for (const off of handlers) off();
      // The screen ends with the connection; the terminal is the user's again before this command ends.
      await this.#client[Symbol.asyncDispose]();
      await this.#screen;
    }
  }

  /** A hub that was ready before we came has said so to others: here it is said again. */
  #showSnapshot(): void {
    const { ready, urls, pids, processes } = this.#client.snapshot;
    for (const process of processes) this.#onEvent({ type: 'process', process });
    if (ready && urls) this.#onEvent({ type: 'hub.ready', urls, pids });
  }

  #onEvent(event: HubEvent): void {
    if (!this.#screenOn) this.#write(event);
    switch (event.type) {
      case 'hub.ready':
        if (this.#options.detach) void this.#leave();
        else if (this.#options.screen) this.#openScreen();
        break;
      case 'process':
        if (event.process.state === 'failed') this.#onFailed(event.process);
        break;
      case 'hub.failed': {
        const error = new HubError(event.error.code as HubErrorCode, event.error.message, event.error.hint);
        this.#code = error.exitCode;
        printError(error, false);
        break;
      }
      case 'hub.stopped':
        this.#stopped = true;
        break;
      case 'question':
        void this.#ask(event.question, event.text);
        break;
      default:
        break;
    }
  }

  #write(event: HubEvent): void {
    if (this.#options.json) {
      if (event.type === 'clients' || event.type === 'stats' || event.type === 'traffic') return;
      process.stdout.write(`${JSON.stringify(event)}\n`);
      return;
    }
    const line = this.#print(event);
    if (line !== null) process.stdout.write(`${line}\n`);
  }

  /** A part that gave up before the hub was ever ready: on a screen a person may mend it, elsewhere it is the end. */
  #onFailed({ name, finding }: ProcessInfo): void {
    if (this.#options.screen) {
      this.#openScreen();
    } else if (this.#options.owner && !this.#client.snapshot.ready && this.#code === EXIT.ok) {
      this.#code = EXIT.failure;
      const { message, fix } = finding ?? {
        message: `the ${name} does not start`,
        fix: 'See the log in the state folder.',
      };
      printError({ code: 'CHILD_FAILED', message, hint: fix }, false);
      void this.#stop(`the ${name} does not start`, 0, false);
    }
  }

  #openScreen(): void {
    if (this.#screenOn) return;
    this.#screenOn = true;
    this.#screen = this.#runScreen();
  }

  async #runScreen(): Promise<void> {
    const { runScreen } = await import('./ui/screen.tsx');
    await this.#client.refresh();
    const { end, reason } = await runScreen({
      link: this.#client,
      owner: this.#options.owner,
      env: process.env,
      stdin: process.stdin,
      stdout: process.stdout,
      onInterrupt: () => this.#onSignal('SIGINT'),
    });
    this.#screenOn = false;
    if (end === 'stop') {
      process.stdout.write('stopping the hub…\n');
      await this.#stop('asked on the screen', DRAIN_MS.SIGINT, false);
    } else if (end === 'detach') await this.#leave();
    else if (!this.#stopped) process.stderr.write(`${reason}\n`);
  }

  async #ask(question: number, text: string): Promise<void> {
    const reader = createInterface({ input: process.stdin, output: process.stdout });
    // readline puts the terminal into raw mode: Ctrl-C arrives here and not as a signal.
    reader.on('SIGINT', () => this.#onSignal('SIGINT'));
    const answer = await reader.question(`${text} [Y/n] `);
    reader.close();
    await this.#client.request('answer', { question, yes: /^(y|yes|)$/i.test(answer.trim()) });
  }

  #onSignal(signal: Signal): void {
    this.#signals++;
    if (signal === 'SIGINT') this.#code = EXIT.interrupted;
    if (!this.#options.owner) {
      this.#stopped = true;
      this.#end.resolve(this.#code);
      return;
    }
    void this.#stop(signal === 'SIGINT' ? 'Ctrl-C' : signal, DRAIN_MS[signal], this.#signals > 1);
  }

  /** The end comes when the hub hangs up: see {@link #onClosed}. */
  async #stop(reason: string, drainMs: number, now: boolean): Promise<void> {
    this.#stopped = true;
    // A hub that is gone already has closed the connection, which ends this command too.
    await this.#client.request('stop', { reason, drainMs, now }).catch(() => {});
  }

  async #leave(): Promise<void> {
    if (this.#options.owner) await this.#client.request('detach', {});
    if (!this.#options.json) process.stdout.write('the hub runs on; stop it with: cdp-hub down\n');
    this.#end.resolve(EXIT.ok);
  }

  #onClosed(): void {
    if (!this.#stopped) {
      this.#code = EXIT.failure;
      printError(
        new HubError(
          'CONTROL',
          'the supervisor has gone without a word; what it ran goes with it',
          'Start again: cdp-hub up. Its last words are in logs/supervisor.log and supervisor.err of the state folder.',
        ),
        this.#options.json,
      );
    }
    this.#end.resolve(this.#code);
  }
}
