import { systemClock } from '../shared/clock.ts';
import type { HubConfig } from '../shared/config.ts';
import type { ControlRequest, ControlResults } from '../shared/control.ts';
import { EXIT, HubError, messageOf } from '../shared/errors.ts';
import type {
  ClientInfo,
  HubEvent,
  LogLevel,
  ProcessInfo,
  ProcessName,
  Snapshot,
  Stats,
} from '../shared/events.ts';
import type { BrowserEndpoint, FromForwarder, FromGateway, ToForwarder, ToGateway } from '../shared/ipc.ts';
import type { Logger } from '../shared/log.ts';
import type { StateFolder } from '../shared/state-folder.ts';
import { ControlServer, type Peer } from './control-server.ts';
import { flagConflicts } from './flag-conflicts.ts';
import { HubAddress } from './hub-address.ts';
import { Part } from './part.ts';
import { Questions } from './questions.ts';
import { Service } from './service.ts';
import { BrowserPart, forwarderOptions, gatewayOptions } from './specs.ts';
import { UsageSampler } from './usage.ts';

const SAMPLE_MS = 2000;
/** How long the browser may take to close by itself before its process group is killed. */
const BROWSER_GRACE_MS = 3000;

/** First-start errors that a person must mend: trying again would only repeat them. */
const FATAL = ['USAGE', 'PORT_TAKEN', 'BIND_REFUSED', 'NO_BROWSER', 'BROWSER_UNREACHABLE', 'INSTALL_FAILED'];

/**
 * One hub: owns the browser, the forwarder, the gateway and the control socket, and nothing else of the
 * machine. Screens and commands are peers on the control socket. {@link done} resolves with the exit code.
 */
export class Supervisor {
  readonly #config: HubConfig;
  readonly #state: StateFolder;
  readonly #log: Logger;
  readonly #control: ControlServer;
  readonly #address: HubAddress;
  readonly #questions: Questions;
  readonly #browser: BrowserPart;
  readonly #forwarder: Part<FromForwarder, ToForwarder> | null;
  readonly #gateway: Part<FromGateway, ToGateway>;
  readonly #services = new Map<ProcessName, Service>();
  readonly #done = Promise.withResolvers<number>();
  readonly #clients = { gateway: [] as ClientInfo[], forwarder: [] as ClientInfo[] };
  readonly #startedAt = Date.now();
  #stats: Stats | null = null;
  #upstream = false;
  #ready = false;
  #begun = false;
  #stopping: Promise<void> | null = null;
  #watched = false;
  #onAttached: (() => void) | null = null;

  constructor(config: HubConfig, state: StateFolder, log: Logger) {
    this.#config = config;
    this.#state = state;
    this.#log = log;
    this.#address = new HubAddress(config, state);
    this.#control = new ControlServer(state.socket, {
      handle: (request, peer) => this.#handle(request, peer),
      onPeers: (peers, lostOwner) => this.#onPeers(peers, lostOwner),
    });
    this.#questions = new Questions((event) => this.#control.push(event));
    this.#browser = new BrowserPart(config, state, {
      emit: (event) => this.#emit(event),
      log: (level, message) => this.#note(level, 'browser', message),
      say: (message) => this.#say('info', 'browser', message),
      confirm: (text) => this.#questions.ask(text),
      onHealth: ({ answering, silentMs }) => this.#onHealth(answering, silentMs),
    });
    const endpoint = () => this.#browser.endpoint;
    this.#gateway = new Part(
      gatewayOptions(config, {
        browserId: this.#address.browserId,
        endpoint: () => this.#address.upstreamOf(endpoint(), this.#forwarder?.address ?? null),
        onMessage: (message) => this.#onGateway(message),
        ...this.#voice('gateway'),
      }),
    );
    this.#forwarder =
      config.browser.mode === 'remote'
        ? null
        : new Part(
            forwarderOptions(config, {
              endpoint,
              onMessage: (message) => this.#onForwarder(message),
              ...this.#voice('forwarder'),
            }),
          );
  }

  /** Opens the control socket. Nothing is started before somebody attaches, so that nobody misses the start. */
  async listen(): Promise<void> {
    await this.#control.listen();
  }

  /** Calls back once, when somebody attaches for the first time. */
  onFirstAttach(listener: () => void): void {
    this.#onAttached = listener;
  }

  /** Resolves with the exit code once everything is gone. */
  get done(): Promise<number> {
    return this.#done.promise;
  }

  /** Drains for at most `drainMs`, then ends everything; `now` skips the draining, also of a stop under way. */
  async stop(reason: string, drainMs: number, now = false): Promise<void> {
    if (now) for (const service of this.#services.values()) service.kill();
    this.#stopping ??= this.#shutDown(reason, now ? 0 : drainMs, EXIT.ok);
    await this.#stopping;
  }

  async #begin(): Promise<void> {
    if (this.#begun) return;
    this.#begun = true;
    const sampler = new UsageSampler(systemClock);
    const sampling = setInterval(() => this.#sample(sampler), SAMPLE_MS);
    void this.#done.promise.then(() => clearInterval(sampling));
    try {
      await this.#start('browser', this.#browser.spec);
      if (this.#forwarder) await this.#start('forwarder', this.#forwarder.spec);
      await this.#start('gateway', this.#gateway.spec);
    } catch (thrown) {
      const error = HubError.from(thrown);
      this.#log.error({ err: error }, 'the hub cannot start');
      this.#emit({ type: 'hub.failed', error: error.toData() });
      this.#stopping ??= this.#shutDown(error.message, 0, error.exitCode);
    }
  }

  async #start(name: ProcessName, spec: ConstructorParameters<typeof Service>[0]): Promise<void> {
    if (this.#stopping) return;
    const service = new Service(spec, {
      clock: systemClock,
      onChange: (process) => this.#onProcess(process),
      onReady: (running) => {
        if (name === 'browser') this.#onBrowser(null);
        if (name === 'gateway') this.#watch(true);
        this.#log.info({ name, pid: running.pid }, 'ready');
      },
      onGone: (reason) => this.#onServiceGone(name, reason),
      // The first line says what happened; the rest is on the process's row and in the log.
      log: (level, message) => this.#say(level, name, message.split('\n', 1)[0] ?? ''),
      isFatal: (error) => FATAL.includes(error.code),
    });
    this.#services.set(name, service);
    await service.start();
  }

  async #shutDown(reason: string, drainMs: number, code: number): Promise<void> {
    this.#emit({ type: 'hub.stopping', reason });
    this.#questions.close();
    const service = (name: ProcessName) => this.#services.get(name);
    await Promise.all([service('gateway')?.stop(drainMs), service('forwarder')?.stop(drainMs)]);
    await service('browser')?.stop(BROWSER_GRACE_MS);
    this.#emit({ type: 'hub.stopped', reason });
    await this.#control.close();
    this.#done.resolve(code);
  }

  #onServiceGone(name: ProcessName, reason: string): void {
    if (name === 'browser') this.#onBrowser(reason);
    if (name === 'gateway') this.#upstream = false;
    if (name !== 'browser') {
      this.#clients[name] = [];
      this.#pushClients();
    }
  }

  /** The browser is there (null) or gone (the reason): the children hear of it. */
  #onBrowser(reason: string | null): void {
    const endpoint: BrowserEndpoint | null = this.#browser.endpoint;
    this.#forwarder?.send({
      type: 'target',
      target: endpoint && { host: endpoint.host, port: endpoint.port },
    });
    this.#gateway.send({
      type: 'browser',
      browser: this.#address.upstreamOf(endpoint, this.#forwarder?.address ?? null),
      reason: reason ?? 'the browser is ready',
    });
  }

  #onHealth(answering: boolean, silentMs: number): void {
    this.#services.get('browser')?.degrade(
      answering
        ? null
        : {
            message: `the browser has not answered for ${Math.round(silentMs / 1000)} s`,
            fix: this.#browser.launched
              ? 'It is killed and started again after 15 s of silence; `r` does it now.'
              : 'Look at the browser itself: this hub did not start it and leaves it alone.',
          },
    );
  }

  #onGateway(message: FromGateway): void {
    switch (message.type) {
      case 'upstream':
        this.#onUpstream(message.connected, message.reason);
        break;
      case 'upstream-health':
        if (!this.#browser.launched) this.#onHealth(message.answering, message.silentMs);
        break;
      case 'clients':
        this.#clients.gateway = message.clients;
        this.#pushClients();
        break;
      case 'stats':
        this.#stats = message.stats;
        this.#emit(message);
        break;
      case 'traffic':
        this.#emit(message);
        break;
      case 'ready':
      case 'bind-failed':
      case 'backfilled':
      case 'killed':
        // Answers, which the Part has handed to whoever asked.
        break;
      default:
        message satisfies never;
    }
  }

  #onUpstream(connected: boolean, reason: string): void {
    // What was never connected, or is being stopped, is no news.
    if (!connected && this.#upstream && !this.#stopping) this.#say('warn', 'gateway', reason);
    this.#upstream = connected;
    if (!this.#browser.launched) {
      const fix = 'Start it again where it was started: the gateway connects by itself.';
      this.#services.get('browser')?.degrade(connected ? null : { message: reason, fix });
    }
    this.#checkReady();
  }

  #onForwarder(message: FromForwarder): void {
    if (message.type !== 'clients') return;
    this.#clients.forwarder = message.clients;
    this.#pushClients();
  }

  #onProcess(process: ProcessInfo): void {
    this.#emit({ type: 'process', process });
  }

  #checkReady(): void {
    const urls = this.#urls();
    if (this.#ready || !this.#upstream || !urls) return;
    this.#ready = true;
    this.#log.info({ urls }, 'hub ready');
    this.#emit({ type: 'hub.ready', urls, pids: this.#pids() });
  }

  #urls() {
    const gateway = this.#gateway.address;
    return gateway && this.#address.urls(gateway, this.#forwarder?.address ?? null, this.#browser.endpoint);
  }

  #pids() {
    const pid = (name: ProcessName) => this.#services.get(name)?.running?.pid ?? null;
    return {
      supervisor: process.pid,
      browser: pid('browser'),
      forwarder: pid('forwarder'),
      gateway: pid('gateway'),
    };
  }

  #snapshot(): Snapshot {
    return {
      version: this.#config.version,
      home: this.#state.home,
      startedAt: this.#startedAt,
      ready: this.#ready,
      urls: this.#urls(),
      pids: this.#pids(),
      processes: [...this.#services.values()].map((service) => service.info),
      clients: [...this.#clients.gateway, ...this.#clients.forwarder],
      stats: this.#stats,
    };
  }

  async #handle(request: ControlRequest, peer: Peer): Promise<ControlResults[ControlRequest['op']]> {
    switch (request.op) {
      case 'attach':
        return this.#attach(request, peer);
      case 'snapshot':
        return this.#snapshot();
      case 'backfill': {
        const reply = await this.#gateway.ask((id) => ({ type: 'backfill', id, rows: request.rows }));
        if (reply.type !== 'backfilled') throw new TypeError(`the gateway answered ${reply.type}`);
        return reply.batch;
      }
      case 'kill':
        return { killed: await this.#kill(request.clients) };
      case 'restart':
        await this.#restart(request.name);
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

  #attach(request: Extract<ControlRequest, { op: 'attach' }>, peer: Peer): ControlResults['attach'] {
    if (this.#stopping) {
      throw new HubError(
        'HUB_STOPPING',
        'the hub is stopping',
        'Wait a moment, then run `cdp-hub up` again.',
      );
    }
    const conflicts = flagConflicts(request.flags, this.#config, {
      gateway: this.#gateway.address,
      forwarder: this.#forwarder?.address ?? null,
      browser: this.#browser.endpoint,
    });
    if (conflicts.length > 0) {
      throw new HubError(
        'HUB_CONFLICT',
        `a hub runs already (pid ${process.pid}) with other settings: ${conflicts.join('; ')}`,
        'Drop those flags to join it, or stop it first: cdp-hub down',
      );
    }
    peer.owner = request.owner;
    peer.traffic = request.traffic;
    this.#onAttached?.();
    void this.#begin();
    return { snapshot: this.#snapshot(), owner: peer.owner };
  }

  /** Ids of the gateway's clients and of the forwarder's connections alike; unknown ones are left out of the answer. */
  async #kill(ids: string[]): Promise<string[]> {
    const ours = (clients: ClientInfo[]) => ids.filter((id) => clients.some((client) => client.id === id));
    const jobs = [
      { part: this.#gateway, clients: ours(this.#clients.gateway) },
      { part: this.#forwarder, clients: ours(this.#clients.forwarder) },
    ].filter(({ part, clients }) => part && clients.length > 0);
    const replies = await Promise.all(
      jobs.map(({ part, clients }) => part?.ask((id) => ({ type: 'kill', id, clients }))),
    );
    return replies.flatMap((reply) => (reply?.type === 'killed' ? reply.clients : []));
  }

  async #restart(name: ProcessName): Promise<void> {
    const service = this.#services.get(name);
    if (!service)
      throw new HubError('NOT_FOUND', `this hub runs no ${name}`, 'See what it runs: cdp-hub status');
    await service.restart();
  }

  #onPeers(peers: Peer[], lostOwner: boolean): void {
    if (lostOwner && !peers.some((peer) => peer.owner))
      void this.stop('the `up` that owned it has gone', 5000);
    this.#watch(false);
  }

  /** Traffic flows from the gateway only while somebody looks; `fresh`: a new gateway that knows nothing yet. */
  #watch(fresh: boolean): void {
    const on = this.#control.peers.some((peer) => peer.traffic);
    if (on === this.#watched && !(fresh && on)) return;
    this.#watched = on;
    this.#gateway.send({ type: 'watch', on });
  }

  #pushClients(): void {
    this.#emit({ type: 'clients', clients: [...this.#clients.gateway, ...this.#clients.forwarder] });
  }

  #sample(sampler: UsageSampler): void {
    if (this.#control.peers.length === 0) return;
    const services = [...this.#services.values()].filter((service) => service.running?.pid);
    const usages = sampler.sample(services.map((service) => service.running?.pid ?? -1));
    for (const service of services) {
      service.sample(usages.get(service.running?.pid ?? -1) ?? { cpu: null, memory: null });
    }
  }

  #voice(source: ProcessName) {
    return {
      say: (message: string) => this.#say('warn', source, message),
      note: (line: string) => this.#note('info', source, line),
    };
  }

  /** Into the log alone. */
  #note(level: LogLevel, source: string, message: string): void {
    this.#log[level]({ source }, message);
  }

  /** Into the log and to everybody who is attached. */
  #say(level: LogLevel, source: string, message: string): void {
    this.#note(level, source, message);
    this.#emit({ type: 'log', at: Date.now(), level, source, message });
  }

  #emit(event: HubEvent): void {
    this.#control.push(event);
  }

  /** An error that nobody caught: said and logged, then everything is ended, for its state is unknown. */
  async crash(thrown: unknown): Promise<void> {
    this.#log.fatal({ err: thrown }, 'uncaught');
    const hint = `See ${this.#state.logs}; this is a bug worth reporting.`;
    this.#emit({ type: 'hub.failed', error: { code: 'INTERNAL', message: messageOf(thrown), hint } });
    for (const service of this.#services.values()) service.kill();
    this.#stopping ??= this.#shutDown('an error in the supervisor', 0, EXIT.failure);
    await this.#stopping;
  }
}
