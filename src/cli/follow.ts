import { EXIT, HubError, type HubErrorCode } from '../shared/errors.ts';
import type { HubEvent, ProcessInfo } from '../shared/events.ts';
import { Asker } from './asker.ts';
import type { ControlClient } from './control-client.ts';
import { plainLines, printError } from './plain.ts';
import { rowLine } from './tail-lines.ts';

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
  /** Questions are answered yes without asking. */
  yes: boolean;
}

/** Longest draining by what asked for the end. */
const DRAIN_MS = { SIGINT: 5000, SIGTERM: 10_000, SIGHUP: 5000 } as const;
type Signal = keyof typeof DRAIN_MS;

/** How long a hub that was told to end at once may take before its supervisor is killed. */
const KILL_AFTER_MS = 3000;

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
  readonly #asker: Asker;
  readonly #end = Promise.withResolvers<number>();
  #signals = 0;
  /** What the command answers once the hub is gone. */
  #code: number = EXIT.ok;
  #ready = false;
  /** The end of the connection is expected: the hub stops, or we leave it. */
  #parting = false;
  #screen: Promise<void> | null = null;
  /** What is to be said once the screen has given the terminal back. */
  #later: (() => void)[] = [];

  constructor(client: ControlClient, options: FollowOptions) {
    this.#client = client;
    this.#options = options;
    this.#asker = new Asker({
      yes: options.yes,
      answer: (question, yes) => client.request('answer', { question, yes }),
      onInterrupt: () => this.#onSignal('SIGINT'),
    });
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
      this.#asker.close();
      // The screen ends with the connection; the terminal is the user's again before this command ends.
      await this.#client[Symbol.asyncDispose]();
      await this.#screen;
    }
  }

  /** What happened before we came, as far as it still matters, is said again. */
  #showSnapshot(): void {
    const { ready, urls, pids, processes, questions } = this.#client.snapshot;
    for (const process of processes) this.#onEvent({ type: 'process', process });
    if (ready && urls) this.#onEvent({ type: 'hub.ready', urls, pids });
    for (const question of questions) this.#onEvent({ type: 'question', ...question });
  }

  #onEvent(event: HubEvent): void {
    if (!this.#screen) this.#write(event);
    switch (event.type) {
      case 'hub.ready':
        this.#ready = true;
        if (this.#options.detach) void this.#leave();
        else if (this.#options.screen) this.#openScreen();
        break;
      case 'process':
        if (event.process.state === 'failed') this.#onFailed(event.process);
        break;
      case 'hub.failed':
        this.#fail(
          new HubError(event.error.code as HubErrorCode, event.error.message, event.error.hint),
          false,
        );
        break;
      case 'hub.stopping':
      case 'hub.stopped':
        this.#parting = true;
        break;
      case 'question':
        void this.#asker.ask(event);
        break;
      case 'answered':
        this.#asker.answered(event.question);
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

  #say(what: () => void): void {
    if (this.#screen) this.#later.push(what);
    else what();
  }

  #fail(error: HubError, json: boolean): void {
    this.#code = error.exitCode;
    this.#say(() => printError(error, json));
  }

  /**
   * A part that gave up before the hub was ever ready: on a screen a person may mend it, elsewhere it is the end.
   * Without a next try it is the hub's own end, and `hub.failed` comes with the reason.
   */
  #onFailed({ name, finding, retryAt }: ProcessInfo): void {
    if (retryAt === null) return;
    if (this.#options.screen) {
      this.#openScreen();
    } else if (this.#options.owner && !this.#ready && !this.#parting) {
      const { message, fix } = finding ?? { message: `the ${name} does not start`, fix: 'See the log.' };
      this.#fail(new HubError('CHILD_FAILED', message, fix), this.#options.json);
      void this.#stop(`the ${name} does not start`, 0, true);
    }
  }

  #openScreen(): void {
    if (this.#screen) return;
    this.#screen = this.#runScreen()
      .catch((error: unknown) => {
        this.#later.push(() => printError(HubError.from(error), false));
        this.#onSignal('SIGTERM');
        this.#code = EXIT.failure;
      })
      .then(() => {
        this.#screen = null;
        for (const say of this.#later.splice(0)) say();
      });
  }

  async #runScreen(): Promise<void> {
    const { runScreen } = await import('./ui/screen.tsx');
    await this.#client.refresh();
    const { end } = await runScreen({
      link: this.#client,
      owner: this.#options.owner,
      env: process.env,
      stdin: process.stdin,
      stdout: process.stdout,
      onInterrupt: () => this.#onSignal('SIGINT'),
      tell: rowLine,
    });
    if (end === 'stop') {
      this.#later.push(() => process.stdout.write('stopping the hub…\n'));
      void this.#stop('asked on the screen', DRAIN_MS.SIGINT, false);
    } else if (end === 'detach') void this.#leave();
  }

  #onSignal(signal: Signal): void {
    this.#signals++;
    if (signal === 'SIGINT') this.#code = EXIT.interrupted;
    if (!this.#options.owner) {
      this.#parting = true;
      this.#end.resolve(this.#code);
      return;
    }
    void this.#stop(signal === 'SIGINT' ? 'Ctrl-C' : signal, DRAIN_MS[signal], this.#signals > 1);
  }

  /** The end comes when the hub hangs up ({@link #onClosed}). One that hangs is killed: what it runs goes with it. */
  async #stop(reason: string, drainMs: number, now: boolean): Promise<void> {
    this.#parting = true;
    const late = now ? setTimeout(() => this.#killSupervisor(), KILL_AFTER_MS) : undefined;
    try {
      await this.#client.request('stop', { reason, drainMs, now });
    } catch (error) {
      // Any other error means that it is gone already, which ends this command too.
      if (error instanceof HubError && error.code === 'TIMEOUT') this.#killSupervisor();
    }
    void this.#client.closed.then(() => clearTimeout(late));
  }

  #killSupervisor(): void {
    const { supervisor } = this.#client.snapshot.pids;
    this.#say(() =>
      process.stderr.write(`the hub did not answer: its supervisor (pid ${supervisor}) was killed\n`),
    );
    try {
      process.kill(supervisor, 'SIGKILL');
    } catch {
      // It is gone: the connection says so in this moment.
    }
  }

  async #leave(): Promise<void> {
    try {
      if (this.#options.owner) await this.#client.request('detach', {});
    } catch (error) {
      return this.#fail(HubError.from(error), this.#options.json);
    }
    this.#parting = true;
    if (!this.#options.json) {
      this.#say(() => process.stdout.write('the hub runs on; stop it with: cdp-hub down\n'));
    }
    this.#end.resolve(EXIT.ok);
  }

  #onClosed(): void {
    if (!this.#parting) {
      this.#fail(
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
