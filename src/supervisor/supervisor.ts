import { systemClock } from '../shared/clock.ts';
import type { HubConfig } from '../shared/config.ts';
import type { ControlRequest, ControlResults } from '../shared/control.ts';
import { EXIT, HubError, messageOf } from '../shared/errors.ts';
import type { HubEvent } from '../shared/events.ts';
import { parseFilter } from '../shared/filter/filter.ts';
import type { Watch } from '../shared/ipc.ts';
import type { Logger } from '../shared/log.ts';
import type { StateFolder } from '../shared/state-folder.ts';
import { duration } from '../shared/text.ts';
import { ControlServer, type Peer } from './control-server.ts';
import { Hub } from './hub.ts';
import { IdleExit } from './idle-exit.ts';
import { Questions } from './questions.ts';
import { UsageSampler } from './usage.ts';
import { Voice } from './voice.ts';

const SAMPLE_MS = 2000;
const EVERYTHING: Watch = { filter: '', bodies: false };
/** Draining when the owner has gone: nobody waits for the end. */
const OWNER_GONE_DRAIN_MS = 5000;

/**
 * The hub's life as others decide it: who is attached over the control socket, who owns it, when it begins and
 * how it ends. {@link done} resolves with the exit code once everything is gone.
 */
export class Supervisor {
  readonly #state: StateFolder;
  readonly #control: ControlServer;
  readonly #questions: Questions;
  readonly #voice: Voice;
  readonly #hub: Hub;
  readonly #idle: IdleExit;
  readonly #done = Promise.withResolvers<number>();
  #begun = false;
  #stopping: Promise<void> | null = null;
  #onAttached: (() => void) | null = null;

  constructor(config: HubConfig, state: StateFolder, log: Logger) {
    this.#state = state;
    this.#control = new ControlServer(state.socket, {
      handle: (request, peer) => this.#handle(request, peer),
      onPeers: (peers, lostOwner) => this.#onPeers(peers, lostOwner),
    });
    const push = (event: HubEvent) => {
      this.#control.push(event);
      this.#hub.traffic.pass(event);
      if (event.type === 'clients' || event.type === 'hub.ready') this.#idle.check();
    };
    this.#questions = new Questions(push);
    this.#voice = new Voice(log, push);
    this.#hub = new Hub(config, state, {
      voice: this.#voice,
      questions: this.#questions,
      traffic: (batch, watches) => this.#control.pushTraffic(batch, watches),
      sessions: () => this.#idle.check(),
    });
    const { idleExit } = config;
    this.#idle = new IdleExit(idleExit, {
      // A screen is somebody's, too.
      somebody: () => !this.#hub.ready || this.#hub.used || this.#control.peers.length > 0,
      end: () => void this.stop(`no client was there for ${duration(idleExit ?? 0)}`, OWNER_GONE_DRAIN_MS),
    });
  }

  /** Opens the control socket. Nothing is started before somebody attaches, so that nobody misses the start. */
  async listen(): Promise<void> {
    await this.#control.listen();
  }

  /** Calls back once, when somebody attaches for the first time. */
  onFirstAttach(listener: () => void): void {
    this.#onAttached = listener;
  }

  get done(): Promise<number> {
    return this.#done.promise;
  }

  /** Drains for at most `drainMs`, then ends everything; `now` skips the draining, also of a stop under way. */
  async stop(reason: string, drainMs: number, now = false): Promise<void> {
    if (now) this.#hub.kill();
    this.#stopping ??= this.#shutDown(reason, now ? 0 : drainMs, EXIT.ok);
    await this.#stopping;
  }

  /** An error that nobody caught: said and logged, then everything is ended, for its state is unknown. */
  async crash(thrown: unknown): Promise<void> {
    this.#voice.note('fatal', 'supervisor', 'uncaught', { err: thrown });
    const hint = `See ${this.#state.logs}; this is a bug worth reporting.`;
    this.#voice.emit({ type: 'hub.failed', error: { code: 'INTERNAL', message: messageOf(thrown), hint } });
    this.#hub.kill();
    this.#stopping ??= this.#shutDown('an error in the supervisor', 0, EXIT.failure);
    await this.#stopping;
  }

  async #begin(): Promise<void> {
    if (this.#begun) return;
    this.#begun = true;
    const sampler = new UsageSampler(systemClock);
    const sampling = setInterval(() => {
      if (this.#control.peers.length > 0) this.#hub.sample(sampler);
    }, SAMPLE_MS);
    void this.#done.promise.then(() => clearInterval(sampling));
    try {
      await this.#hub.start();
    } catch (thrown) {
      const error = HubError.from(thrown);
      this.#voice.note('error', 'hub', 'the hub cannot start', { err: error });
      this.#voice.emit({ type: 'hub.failed', error: error.toData() });
      this.#stopping ??= this.#shutDown(error.message, 0, error.exitCode);
    }
  }

  async #shutDown(reason: string, drainMs: number, code: number): Promise<void> {
    this.#voice.note('info', 'hub', 'stopping', { reason });
    this.#voice.emit({ type: 'hub.stopping', reason });
    this.#questions.close();
    this.#idle.close();
    try {
      await this.#hub.stop(drainMs);
      this.#voice.emit({ type: 'hub.stopped', reason });
      await this.#control.close();
      this.#done.resolve(code);
    } catch (thrown) {
      // Nothing may keep a supervisor alive that was told to end: its end takes the rest along.
      this.#voice.note('fatal', 'supervisor', 'the stop failed', { err: thrown });
      this.#hub.kill();
      this.#done.resolve(EXIT.failure);
    }
  }

  async #handle(request: ControlRequest, peer: Peer): Promise<ControlResults[ControlRequest['op']]> {
    switch (request.op) {
      case 'attach':
        return this.#attach(request, peer);
      case 'snapshot':
        return this.#hub.snapshot();
      case 'backfill':
        return this.#hub.traffic.backfill(request.rows, checkedFilter(request.filter ?? ''));
      case 'watch':
        checkedFilter(request.watch?.filter ?? '');
        peer.watch = request.watch;
        return {};
      case 'body':
        return this.#hub.traffic.body({ of: request.of, seq: request.seq, open: request.open });
      case 'kill':
        return this.#kill(request.clients);
      case 'pause': {
        const { done: paused, unknown } = await this.#hub.clients.pause(request.clients, true);
        return { paused, unknown };
      }
      case 'resume': {
        const { done: resumed, unknown } = await this.#hub.clients.pause(request.clients, false);
        return { resumed, unknown };
      }
      case 'page':
        return this.#hub.clients.page(request.act, { client: request.client, target: request.target });
      case 'restart':
        await this.#hub.restart(request.name);
        return {};
      case 'answer':
        this.#questions.answer(request.question, request.yes);
        return {};
      case 'detach':
        peer.owner = false;
        return {};
      case 'stop':
        // Not awaited: the answer goes out before the socket that carries it is closed.
        void this.stop(request.reason, request.drainMs, request.now);
        return {};
      default:
        return request satisfies never;
    }
  }

  async #kill(clients: string[]): Promise<ControlResults['kill']> {
    const { done: killed, unknown } = await this.#hub.clients.kill(clients);
    return { killed, unknown };
  }

  #attach(request: Extract<ControlRequest, { op: 'attach' }>, peer: Peer): ControlResults['attach'] {
    if (this.#stopping) {
      throw new HubError(
        'HUB_STOPPING',
        'the hub is stopping',
        'Wait a moment, then run `cdp-hub up` again.',
      );
    }
    const conflicts = this.#hub.conflicts(request.flags);
    if (conflicts.length > 0) {
      throw new HubError(
        'HUB_CONFLICT',
        `a hub runs already (pid ${process.pid}) with other settings: ${conflicts.join('; ')}`,
        'Drop those flags to join it, or stop it first: cdp-hub down',
      );
    }
    checkedFilter(request.watch?.filter ?? '');
    peer.owner = request.owner;
    peer.watch = request.traffic ? (request.watch ?? EVERYTHING) : null;
    this.#onAttached?.();
    void this.#begin();
    return { snapshot: this.#hub.snapshot(), owner: peer.owner };
  }

  #onPeers(peers: Peer[], lostOwner: boolean): void {
    if (lostOwner && !peers.some((peer) => peer.owner)) {
      void this.stop('the `up` that owned it has gone', OWNER_GONE_DRAIN_MS);
    }
    this.#idle.check();
    this.#hub.traffic.watch(peers.flatMap(({ watch }) => watch ?? []));
  }
}

/** The filter's text. Throws USAGE with the parser's words. */
function checkedFilter(text: string): string {
  const parsed = parseFilter(text);
  if (parsed.ok) return text;
  const { message, at, hint } = parsed.error;
  throw new HubError('USAGE', `the filter cannot be read at column ${at + 1}: ${message}`, hint);
}
