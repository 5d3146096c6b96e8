import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../shared/clock.ts';
import type { BrowserEndpoint, FromGateway, GatewayConfig, PageAct, PageWish } from '../shared/ipc.ts';
import type { Journal } from '../shared/isolation.ts';
import type { SavedSession } from '../shared/mcp.ts';
import { Agents } from './agents.ts';
import { gatewayApp } from './app.ts';
import { CallEndpoint } from './call-endpoint.ts';
import { type CdpPeer, Endpoint } from './cdp/endpoint.ts';
import { Upstream } from './cdp/upstream.ts';
import type { ClientRegistry } from './clients.ts';
import { Door } from './door.ts';
import { files } from './downloads.ts';
import { Guests } from './guests.ts';
import type { Status } from './http/status.ts';
import { HttpCallers } from './http-callers.ts';
import type { Workspace } from './isolation/workspace.ts';
import { Journaling } from './journaling.ts';
import { measures, statusOf, upstream } from './measures.ts';
import { Mux } from './mux/mux.ts';
import { Pages } from './pages.ts';
import { Passes } from './passes.ts';
import { Preloading } from './preloading.ts';
import { CLOSE } from './protocol/errors.ts';
import { Readiness } from './readiness.ts';
import { Server } from './server.ts';
import { Supervision } from './supervision.ts';
import { Upgrades } from './upgrades.ts';
import { Watching } from './watching.ts';
import { Workspaces } from './workspaces.ts';

/** How often it is looked what has waited too long, milliseconds. */
const HOUSEKEEPING = 1000;

/** How long after the start what agents need is loaded, which takes the processor for a while, milliseconds. */
const LOAD_AGENTS = 1000;

/** How long the pages of an attached browser may take to close as the hub stops, milliseconds. */
const CLEARING = 1000;

/** How often a drain looks whether the last answers are out. */
const DRAIN_POLL = 20;

/** How long clients may take to read that their calls were ended, milliseconds. */
const READING = 500;

/** The gateway: one listener in front, one connection to the browser behind, and everything in between. */
export class Gateway {
  /** What passes, and whoever looks at it. */
  readonly watching: Watching;
  readonly supervision: Supervision;
  readonly #config: GatewayConfig;
  readonly #clock: Clock;
  readonly #registry: ClientRegistry;
  readonly #mux: Mux;
  readonly #upstream: Upstream;
  readonly #workspaces: Workspaces;
  readonly #callers: HttpCallers;
  readonly #agents: Agents;
  readonly #upgrades: Upgrades;
  readonly #server: Server;
  readonly #journaling: Journaling;
  readonly #pages: Pages;
  readonly #passes = new Passes();
  readonly #housekeeping: NodeJS.Timeout;
  #draining = false;
  #last = false;
  #connection = 0;
  #address = { host: '', port: 0 };
  #silentMs = 0;

  /** `before`: what the gateway before this one told last. */
  constructor(
    config: GatewayConfig,
    clock: Clock,
    tell: (message: FromGateway) => void,
    before: { journal: Journal | null; sessions: SavedSession[] } = { journal: null, sessions: [] },
  ) {
    this.#config = config;
    this.#clock = clock;
    this.watching = new Watching({
      clock,
      urlOf: (targetId) => this.#mux.targets.get(targetId)?.url ?? '',
      tabOf: (targetId) => this.#mux.targets.tabNumber(targetId),
      connected: () => this.#upstream.connected,
      changed: ({ identity }) => {
        this.#journaling.changed();
        if (identity.kind === 'mcp') this.#agents.changed();
      },
      tell,
    });
    this.#registry = this.watching.registry;
    this.supervision = new Supervision(this.#registry, tell);
    this.#mux = new Mux({
      clock,
      observer: this.watching.recorder,
      changed: () => this.#journaling.changed(),
      files,
      badge: config.badge,
      downloads: () => (this.#upstream.endpoint?.launched ? join(homedir(), 'Downloads') : null),
      warn: (message) => tell({ type: 'warning', message }),
    });
    this.#upstream = new Upstream(clock, {
      opened: (send) => {
        this.#connection += 1;
        this.#silentMs = 0;
        this.#mux.open(send);
        this.#journaling.restore();
      },
      message: (frame) => this.#mux.receive(frame),
      lost: (cause) => {
        this.#workspaces.forget();
        this.#mux.lost(cause);
      },
      state: (connected, reason) => {
        this.watching.browser(connected, reason);
        tell({ type: 'upstream', connected, reason });
      },
      // Not a WebSocket ping: a browser whose main thread hangs would still answer that.
      probe: () => void this.#mux.call('Browser.getVersion'),
      health: (answering, silentMs) => {
        this.#silentMs = answering ? 0 : silentMs;
        tell({ type: 'upstream-health', answering, silentMs });
      },
    });
    const readiness = new Readiness(this.#mux, this.#upstream);
    this.#workspaces = new Workspaces({
      mux: this.#mux,
      clock,
      isolation: config.isolation,
      keepTabs: config.keepTabs,
      caller: (workspace) => this.#callers.of(workspace),
      paused: (workspace) => this.#callers.pausedIn(workspace),
      wasPaused: (workspace, id) => this.#callers.wasPaused(workspace, id),
      changed: () => this.#journaling.changed(),
    });
    this.#journaling = new Journaling(before.journal, {
      workspaces: this.#workspaces,
      browser: () => (this.#upstream.connected ? (this.#upstream.endpoint?.wsUrl ?? null) : null),
      tell: (told) => tell({ type: 'journal', journal: told }),
    });
    const guests = new Guests({
      mux: this.#mux,
      workspaces: this.#workspaces,
      portOf: (request) => this.#server.portOf(request),
      passes: this.#passes,
    });
    this.#pages = new Pages({
      mux: this.#mux,
      registry: this.#registry,
      passes: this.#passes,
      endpoint: () => this.#upstream.endpoint,
      address: () => this.#address,
    });
    this.#callers = new HttpCallers({
      mux: this.#mux,
      registry: this.#registry,
      workspaces: this.#workspaces,
      clock,
    });
    const passes = (target: string) => this.#passes.passage(target) !== undefined;
    const door = new Door({ ...config, passes }, clock, (request) => this.#server.portOf(request));
    this.#agents = new Agents({
      mux: this.#mux,
      observer: this.watching.recorder,
      clock,
      registry: this.#registry,
      workspaces: this.#workspaces,
      guests,
      version: config.version,
      idle: config.sessionIdle,
      artifactsDir: config.artifactsDir,
      files: config,
      log: this.watching.log,
      saved: before.sessions,
      ready: (patience) => readiness.ready(patience),
      absent: () => (this.#upstream.connected ? null : readiness.reason),
      reason: () => readiness.reason,
      owner: (incoming) => door.owner(incoming),
      tell: (sessions) => tell({ type: 'sessions', sessions }),
    });
    const entrance = {
      mux: this.#mux,
      ready: () => readiness.ready(),
      reason: () => readiness.reason,
      full: () => this.#registry.full,
      joined: ({ request, ...peer }: CdpPeer) => {
        if (!peer.mux.visits) this.#workspaces.joined(peer.mux.workspace);
        this.#registry.connected({ ...peer, since: clock.wall() }, request.socket);
      },
      left: (id: string, workspace: Workspace, closed: boolean) => {
        const visits = this.#registry.get(id)?.mux.visits ?? false;
        this.#registry.remove(id);
        if (!visits) this.#workspaces.left(workspace, closed);
      },
    };
    this.#upgrades = new Upgrades(
      (request) => guests.locate(request),
      new Endpoint({ ...entrance, browserId: config.browserId, guests }),
      new CallEndpoint({
        ...entrance,
        clock,
        identify: (request, located) => guests.caller(request, located),
        called: (workspace) => this.#workspaces.called(workspace),
      }),
    );
    const app = gatewayApp({
      guests,
      workspaces: this.#workspaces,
      callers: this.#callers,
      agents: this.#agents,
      passes,
      events: this.watching.streams,
      status: {
        version: config.version,
        status: () => this.#status(),
        upstream: () => upstream(this.#mux),
        clients: () => this.#registry.all().map((record) => this.#registry.status(record)),
      },
      control: this.supervision,
      measure: () =>
        measures({
          version: config.version,
          recorder: this.watching.recorder,
          registry: this.#registry,
          mux: this.#mux,
          connected: () => this.#upstream.connected,
        }),
      discovery: {
        mux: this.#mux,
        browserId: config.browserId,
        endpoint: () => this.#upstream.endpoint,
        connection: () => this.#connection,
        ready: () => readiness.ready(),
        reason: () => readiness.reason,
      },
    });
    this.#server = new Server({
      door,
      fetch: app.serve,
      upgrade: (...of) => this.#upgrades.upgrade(...of),
      draining: () => this.#draining,
    });
    if (config.preload) setTimeout(() => void this.#agents.load(), LOAD_AGENTS).unref();
    const preloading = config.preload ? new Preloading([() => app.prepare()]) : null;
    this.#housekeeping = setInterval(() => {
      this.#callers.expire();
      this.#agents.expire();
      this.#workspaces.expire();
      this.#mux.tick();
      preloading?.tick(this.#busy());
    }, HOUSEKEEPING);
  }

  /** Listens as configured; rejects with Node's error where it cannot. */
  async listen(): Promise<{ host: string; port: number; listen: number[] }> {
    const address = await this.#server.listen(this.#config.host, this.#config.port, this.#config.listen);
    this.#address = address;
    return address;
  }

  /** Shows a page of a client to the person. */
  page(act: PageAct, wish: PageWish): ReturnType<Pages['act']> {
    return this.#pages.act(act, wish);
  }

  /** Where the browser is now; null: it is gone, for the reason given. */
  browser(endpoint: BrowserEndpoint | null, reason: string): void {
    this.#upstream.moved(endpoint, reason);
  }

  /** The hub stops for good: no later gateway will go on with what the workspaces have. */
  last(): void {
    this.#last = true;
  }

  /** Takes nothing new, waits up to `ms` for what is in flight, then ends every connection. */
  async drain(ms: number): Promise<void> {
    this.#draining = true;
    // What they wait for would not come in time.
    for (const { mux, end } of this.#registry.all()) if (mux.pause.on) end(CLOSE.draining);
    const deadline = this.#clock.now() + ms;
    while (this.#busy() && this.#clock.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL));
    }
    this.watching.streams.end('the hub is stopping');
    await this.#agents.close();
    await this.#answered();
    if (this.#last) await this.#agents.forget();
    await this.#upgrades.close();
    // A browser of the hub's own is closed next, with everything in it.
    if (this.#last && this.#upstream.endpoint?.launched === false) await this.#clear();
    this.close();
  }

  async #answered(): Promise<void> {
    const deadline = this.#clock.now() + READING;
    while (this.#server.posts > 0 && this.#clock.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL));
    }
  }

  /** Closes what the workspaces have, and waits until it is gone, though not for long. */
  async #clear(): Promise<void> {
    this.#workspaces.end();
    const deadline = this.#clock.now() + CLEARING;
    while (this.#mux.ending && this.#clock.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL));
    }
  }

  close(): void {
    this.#journaling.close();
    clearInterval(this.#housekeeping);
    this.watching.close();
    this.#upstream.close();
    this.#server.close();
  }

  #busy(): boolean {
    return this.#server.posts > 0 || this.#registry.all().some((record) => record.mux.inFlight > 0);
  }

  #status(): Status {
    return statusOf({
      draining: this.#draining,
      connected: this.#upstream.connected,
      reason: this.#upstream.reason,
      silentMs: this.#silentMs,
      recorder: this.watching.recorder,
      registry: this.#registry,
    });
  }
}
