import { systemClock } from '../shared/clock.ts';
import type { HubConfig } from '../shared/config.ts';
import { HubError } from '../shared/errors.ts';
import type { ProcessInfo, ProcessName, Snapshot, Stats } from '../shared/events.ts';
import { urlHost } from '../shared/hosts.ts';
import type { FromForwarder, FromGateway, ToForwarder, ToGateway } from '../shared/ipc.ts';
import type { StateFolder } from '../shared/state-folder.ts';
import { newToken, writeToken } from '../shared/tokens.ts';
import { Clients } from './clients.ts';
import { flagConflicts } from './flag-conflicts.ts';
import { answerGateway } from './gateway-asks.ts';
import { HubAddress } from './hub-address.ts';
import { JournalKeeper } from './journal.ts';
import { ListenPorts } from './listen-ports.ts';
import { Part } from './part.ts';
import type { Questions } from './questions.ts';
import { Service, type ServiceSpec } from './service.ts';
import { BrowserPart, forwarderDetail, forwarderOptions, gatewayOptions } from './specs.ts';
import { type TellTraffic, Traffic } from './traffic.ts';
import type { UsageSampler } from './usage.ts';
import type { Voice } from './voice.ts';

/** How long the browser may take to close by itself before its process group is killed. */
const BROWSER_GRACE_MS = 3000;

/** First-start errors that a person must mend: trying again would only repeat them. */
const FATAL = ['USAGE', 'PORT_TAKEN', 'BIND_REFUSED', 'NO_BROWSER', 'BROWSER_UNREACHABLE', 'INSTALL_FAILED'];

/** Who hears of a hub. */
interface Ears {
  /** There are others of the sessions that a hub lives for. */
  sessions(): void;
  voice: Voice;
  questions: Questions;
  traffic: TellTraffic;
}

/**
 * The browser, the forwarder and the gateway, with what they say of themselves: keeps them going in their order
 * and tells each what it must know of the others.
 */
export class Hub {
  readonly #config: HubConfig;
  readonly #state: StateFolder;
  readonly #voice: Voice;
  readonly #questions: Questions;
  readonly #onSessions: () => void;
  readonly #address: HubAddress;
  readonly #browser: BrowserPart;
  readonly #forwarder: Part<FromForwarder, ToForwarder> | null;
  readonly #gateway: Part<FromGateway, ToGateway>;
  readonly #listen: ListenPorts;
  readonly #journal = new JournalKeeper(() => this.#upstreamEndpoint()?.wsUrl ?? null);
  readonly #services = new Map<ProcessName, Service>();
  readonly clients: Clients;
  readonly traffic: Traffic;
  readonly #startedAt = Date.now();
  #stats: Stats | null = null;
  #upstream = false;
  #ready = false;
  #stopping = false;

  constructor(config: HubConfig, state: StateFolder, { voice, questions, traffic, sessions }: Ears) {
    this.#config = config;
    this.#state = state;
    this.#voice = voice;
    this.#questions = questions;
    this.#onSessions = sessions;
    this.#address = new HubAddress(config, state);
    this.#browser = new BrowserPart(config, state, {
      emit: (event) => voice.emit(event),
      log: (level, message) => voice.note(level, 'browser', message),
      say: (message) => voice.say('info', 'browser', message),
      confirm: (text) => questions.ask(text),
      onHealth: ({ answering, silentMs }) => this.#onHealth(answering, silentMs),
    });
    const heard = (source: ProcessName) => ({
      say: (message: string) => voice.say('warn', source, message),
      note: (line: string) => voice.note('info', source, line),
    });
    // As old as this process: a gateway that is started anew takes the same.
    const controlToken = newToken();
    writeToken(state.controlToken, controlToken);
    this.#listen = new ListenPorts(config.gateway.host, config.listen);
    this.#gateway = new Part(
      gatewayOptions(
        config,
        {
          browserId: this.#address.browserId,
          controlToken,
          artifactsDir: state.artifacts,
          stateDir: state.home,
          endpoint: () => this.#upstreamEndpoint(),
          journal: () => this.#journal,
          onMessage: (message) => this.#onGateway(message),
          ...heard('gateway'),
        },
        this.#listen,
      ),
    );
    // A forwarder elsewhere (the Windows side) is the way to the browser: one of our own would lead nowhere.
    this.#forwarder =
      config.browser.mode === 'remote'
        ? null
        : new Part(
            forwarderOptions(config, {
              endpoint: () => this.#browser.endpoint,
              onMessage: (message) => this.#onForwarder(message),
              ...heard('forwarder'),
            }),
          );
    this.traffic = new Traffic(this.#gateway, traffic);
    this.clients = new Clients(this.#gateway, this.#forwarder, (clients) =>
      voice.emit({ type: 'clients', clients }),
    );
  }

  /** It has been ready for clients, whatever became of its parts since. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Somebody has business here: a client, or an agent whose session the gateway has not taken up again yet. */
  get used(): boolean {
    return this.clients.all.length > 0 || this.#journal.sessions.length > 0;
  }

  /** Browser, forwarder, gateway, one after the other. Throws what only a person can mend. */
  async start(): Promise<void> {
    await this.#start('browser', this.#browser.spec);
    if (this.#forwarder) await this.#start('forwarder', this.#forwarder.spec);
    await this.#start('gateway', this.#gateway.spec);
  }

  /** Lets what is in flight finish for at most `drainMs`, then ends everything. Resolves when it is gone. */
  async stop(drainMs: number): Promise<void> {
    this.#stopping = true;
    this.#gateway.send({ type: 'last' });
    const service = (name: ProcessName) => this.#services.get(name);
    await Promise.all([service('gateway')?.stop(drainMs), service('forwarder')?.stop(drainMs)]);
    await service('browser')?.stop(BROWSER_GRACE_MS);
  }

  kill(): void {
    for (const service of this.#services.values()) service.kill();
  }

  /** Resolves when it is ready again. Throws NOT_FOUND, CONTROL for an attached browser, CHILD_FAILED. */
  async restart(name: ProcessName): Promise<void> {
    const service = this.#services.get(name);
    if (!service)
      throw new HubError('NOT_FOUND', `this hub runs no ${name}`, 'See what it runs: cdp-hub status');
    await service.restart();
  }

  conflicts(flags: readonly [string, string][]): string[] {
    return flagConflicts(flags, this.#config, {
      gateway: this.#gateway.address,
      forwarder: this.#forwarder?.address ?? null,
      browser: this.#browser.endpoint,
      headless: this.#browser.headless,
      listen: this.#listen.specs,
    });
  }

  snapshot(): Snapshot {
    return {
      version: this.#config.version,
      home: this.#state.home,
      startedAt: this.#startedAt,
      ready: this.#ready,
      urls: this.#urls(),
      pids: this.#pids(),
      processes: this.#processes(),
      clients: this.clients.all,
      stats: this.#stats,
      questions: this.#questions.open,
    };
  }

  sample(sampler: UsageSampler): void {
    const services = [...this.#services.values()].filter((service) => service.running?.pid);
    const usages = sampler.sample(services.map((service) => service.running?.pid ?? -1));
    for (const service of services) {
      service.sample(usages.get(service.running?.pid ?? -1) ?? { cpu: null, memory: null });
    }
  }

  async #start(name: ProcessName, spec: ServiceSpec): Promise<void> {
    if (this.#stopping) return;
    const service = new Service(spec, {
      clock: systemClock,
      onChange: (process) => this.#voice.emit({ type: 'process', process }),
      onReady: (running) => {
        this.#voice.note('info', name, 'ready', { child: running.pid });
        if (name === 'browser') this.#onBrowser('the browser is ready');
        // A new gateway knows nothing yet of who watches.
        if (name === 'gateway') this.traffic.again();
        // A gateway that connects at once may say so before its own `ready` has been taken in.
        if (name === 'gateway') this.#checkReady();
      },
      onGone: (reason) => this.#onGone(name, reason),
      // The first line says what happened; the rest is on the process's row and in the log.
      log: (level, message) => this.#voice.say(level, name, message.split('\n', 1)[0] ?? ''),
      isFatal: (error) => FATAL.includes(error.code),
    });
    this.#services.set(name, service);
    await service.start();
  }

  #onGone(name: ProcessName, reason: string): void {
    if (name === 'gateway') this.#upstream = false;
    if (name === 'browser') this.#onBrowser(reason);
    else {
      this.clients.told(name, []);
    }
  }

  /** The browser came or went, for this reason: the children hear of it. */
  #onBrowser(reason: string): void {
    const { endpoint } = this.#browser;
    const at = this.#forwarder?.address;
    if (at)
      this.#services.get('forwarder')?.describe(forwarderDetail(`${urlHost(at.host)}:${at.port}`, endpoint));
    this.#forwarder?.send({
      type: 'target',
      target: endpoint && { host: endpoint.host, port: endpoint.port },
    });
    if (!endpoint) this.#journal.browserGone();
    this.#gateway.send({ type: 'browser', browser: this.#upstreamEndpoint(), reason });
  }

  #onHealth(answering: boolean, silentMs: number): void {
    this.#services.get('browser')?.degrade(
      answering
        ? null
        : {
            message: `the browser has not answered for ${Math.round(silentMs / 1000)} s`,
            fix: this.#browser.launched
              ? 'It is killed and started again if it stays silent; `r` does it now.'
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
        // A browser that we launched is watched over its pipe, and killed when it hangs.
        if (!this.#browser.launched) this.#onHealth(message.answering, message.silentMs);
        break;
      case 'clients':
        this.clients.told('gateway', message.clients);
        break;
      case 'stats':
        this.#stats = message.stats;
        this.#voice.emit(message);
        break;
      case 'traffic':
        this.traffic.told(message.watch, message.batch);
        break;
      case 'journal':
        this.#journal.told(message.journal);
        break;
      case 'sessions':
        this.#journal.sessions = message.sessions;
        this.#onSessions();
        break;
      case 'ask':
        void this.#answer(message);
        break;
      case 'warning':
        this.#voice.say('warn', 'gateway', message.message);
        break;
      case 'ready':
      case 'bind-failed':
      case 'backfilled':
      case 'body':
      case 'killed':
      case 'paused':
      case 'page':
        // Answers, which the Part has handed to whoever asked.
        break;
      default:
        message satisfies never;
    }
  }

  /** A gateway that has gone meanwhile, by this very restart, hears nothing. */
  async #answer(message: Extract<FromGateway, { type: 'ask' }>): Promise<void> {
    const { clients } = this;
    const processes = () => this.#processes();
    this.#gateway.send(
      await answerGateway(message, { clients, processes, restart: (name) => this.restart(name) }),
    );
  }

  #processes(): ProcessInfo[] {
    return [...this.#services.values()].map((service) => service.info);
  }

  #onForwarder(message: FromForwarder): void {
    if (message.type !== 'clients') return;
    this.clients.told('forwarder', message.clients);
  }

  #onUpstream(connected: boolean, reason: string): void {
    const asks = this.#browser.endpoint?.http === false;
    // What was never connected, or is being stopped, is no news; that a person has something to do is.
    if (!connected && (this.#upstream || asks) && !this.#stopping) this.#voice.say('warn', 'gateway', reason);
    this.#upstream = connected;
    if (!this.#browser.launched) {
      const fix = asks
        ? 'Press Allow in its window. It asks again when the next client connects, and not before.'
        : 'Start it again where it was started: the gateway connects by itself.';
      this.#services.get('browser')?.degrade(connected ? null : { message: reason, fix });
    }
    this.#checkReady();
  }

  #checkReady(): void {
    const urls = this.#urls();
    if (this.#ready || !this.#upstream || !urls) return;
    this.#ready = true;
    const token = tokenLine(this.#config);
    if (token !== null) this.#voice.say('info', 'hub', token);
    this.#voice.note('info', 'hub', 'ready', { urls });
    this.#voice.emit({ type: 'hub.ready', urls, pids: this.#pids() });
  }

  #upstreamEndpoint() {
    return this.#address.upstreamOf(this.#browser.endpoint, this.#forwarder?.address ?? null);
  }

  #urls() {
    const gateway = this.#gateway.address;
    if (!gateway) return null;
    const forwarder = this.#forwarder?.address ?? null;
    return this.#address.urls({
      gateway,
      forwarder,
      browser: this.#browser.endpoint,
      listen: this.#listen.urls,
    });
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
}

/** Where the token of the clients is, never what; null where none is needed. */
function tokenLine({ token, tokenFile }: HubConfig): string | null {
  if (token === null) return null;
  const which = tokenFile === null ? 'that was given' : `in ${tokenFile}`;
  return `every client needs the token ${which}: 'Authorization: Bearer TOKEN', or ?token=TOKEN`;
}
