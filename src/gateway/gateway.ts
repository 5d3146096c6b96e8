import type { IncomingMessage } from 'node:http';
import { type Context, Hono } from 'hono';
import type { Clock } from '../shared/clock.ts';
import { HubError } from '../shared/errors.ts';
import type { TrafficBatch } from '../shared/events.ts';
import type { BrowserEndpoint, FromGateway, GatewayConfig } from '../shared/ipc.ts';
import type { Journal } from '../shared/isolation.ts';
import { type Refusal, refusalBody } from '../shared/refusal.ts';
import { discoveryRoutes } from './cdp/discovery.ts';
import { type CdpPeer, Endpoint, type Guest } from './cdp/endpoint.ts';
import { Upstream } from './cdp/upstream.ts';
import { ClientRegistry, clientName, newClientId } from './clients.ts';
import { type Located, locate } from './contract/identity.ts';
import { HUNG, noBrowser } from './contract/refusal.ts';
import { answered } from './contract/within.ts';
import { files } from './downloads.ts';
import { executeRoute } from './http/execute.ts';
import { type Status, statusRoutes } from './http/status.ts';
import { HttpCallers } from './http-callers.ts';
import type { Workspace } from './isolation/workspace.ts';
import { Mux } from './mux/mux.ts';
import type { Face } from './mux/top-sessions.ts';
import { CLOSE } from './protocol/errors.ts';
import { Reporter } from './reporter.ts';
import { Server } from './server.ts';
import { Recorder } from './traffic/recorder.ts';
import { DEFAULT_WORKSPACE, Workspaces } from './workspaces.ts';

const WAIT = {
  /** For a browser that is on its way back. */
  browser: 2000,
  /** For the person at the browser to allow the connection. */
  approval: 120_000,
} as const;

/** What is lost of the journal when the gateway is killed, milliseconds. */
const JOURNAL_DELAY = 20;

/** How often it is looked what has waited too long, milliseconds. */
const HOUSEKEEPING = 1000;

/** How often a drain looks whether the last answers are out. */
const DRAIN_POLL = 20;

/** The gateway: one listener in front, one connection to the browser behind, and everything in between. */
export class Gateway {
  readonly #config: GatewayConfig;
  readonly #clock: Clock;
  readonly #recorder: Recorder;
  readonly #registry: ClientRegistry;
  readonly #mux: Mux;
  readonly #upstream: Upstream;
  readonly #workspaces: Workspaces;
  readonly #callers: HttpCallers;
  readonly #endpoint: Endpoint;
  readonly #server: Server;
  readonly #reporter: Reporter;
  readonly #tell: (message: FromGateway) => void;
  /** What was told last of this browser, to be gone on with when its connection is there again. */
  #journal: Journal | null;
  #soon: NodeJS.Timeout | null = null;
  readonly #housekeeping: NodeJS.Timeout;
  #draining = false;
  #connection = 0;
  #silentMs = 0;

  /** `journal`: what the gateway before this one told last. */
  constructor(
    config: GatewayConfig,
    clock: Clock,
    tell: (message: FromGateway) => void,
    journal: Journal | null = null,
  ) {
    this.#config = config;
    this.#tell = tell;
    this.#journal = journal;
    this.#clock = clock;
    this.#recorder = new Recorder(clock);
    this.#registry = new ClientRegistry(this.#recorder, () => this.#reporter.clientsChanged());
    this.#mux = new Mux({
      clock,
      observer: this.#recorder,
      changed: () => this.#journaled(),
      files,
      warn: (message) => tell({ type: 'warning', message }),
    });
    this.#upstream = new Upstream(clock, {
      opened: (send) => {
        this.#connection += 1;
        this.#silentMs = 0;
        this.#mux.open(send);
        this.#restore();
      },
      message: (text, bytes) => this.#mux.receive(text, bytes),
      lost: (cause) => {
        this.#workspaces.forget();
        this.#mux.lost(cause);
      },
      state: (connected, reason) => tell({ type: 'upstream', connected, reason }),
      // Not a WebSocket ping: a browser whose main thread hangs would still answer that.
      probe: () => void this.#mux.call('Browser.getVersion'),
      health: (answering, silentMs) => {
        this.#silentMs = answering ? 0 : silentMs;
        tell({ type: 'upstream-health', answering, silentMs });
      },
    });
    this.#workspaces = new Workspaces({
      mux: this.#mux,
      clock,
      isolation: config.isolation,
      keepTabs: config.keepTabs,
      changed: () => this.#journaled(),
    });
    this.#callers = new HttpCallers({
      mux: this.#mux,
      registry: this.#registry,
      workspaces: this.#workspaces,
      clock,
    });
    this.#endpoint = new Endpoint({
      mux: this.#mux,
      browserId: config.browserId,
      ready: () => this.#ready(),
      reason: () => this.#upstream.reason,
      full: () => this.#registry.full,
      locate: (request) => this.#locate(request),
      identify: (request, located, face) => this.#identify(request, located, face),
      joined: (peer) => this.#joined(peer),
      left: (id, workspace) => {
        this.#registry.remove(id);
        this.#workspaces.left(workspace);
      },
    });
    this.#server = new Server({
      allowedHosts: config.allowedHosts,
      fetch: this.#served(),
      upgrade: (request, socket, head) => void this.#endpoint.upgrade(request, socket, head),
      draining: () => this.#draining,
    });
    this.#reporter = new Reporter({
      recorder: this.#recorder,
      registry: this.#registry,
      connected: () => this.#upstream.connected,
      tell,
    });
    this.#housekeeping = setInterval(() => {
      this.#callers.expire();
      this.#workspaces.expire();
      this.#mux.tick();
    }, HOUSEKEEPING);
  }

  /** Listens as configured; rejects with Node's error where it cannot. */
  listen(): Promise<{ host: string; port: number; listen: number[] }> {
    return this.#server.listen(this.#config.host, this.#config.port, this.#config.listen);
  }

  /** Where the browser is now; null: it is gone, for the reason given. */
  browser(endpoint: BrowserEndpoint | null, reason: string): void {
    this.#upstream.moved(endpoint, reason);
  }

  /** Traffic batches flow while somebody watches. */
  watch(on: boolean): void {
    this.#reporter.watch(on);
  }

  backfill(rows: number): TrafficBatch {
    return this.#recorder.backfill(rows);
  }

  /** Ends these clients; returns the ids of those that there were. */
  kill(ids: readonly string[]): string[] {
    const records = ids.flatMap((id) => this.#registry.get(id) ?? []);
    for (const record of records) record.end(CLOSE.killed);
    return records.map((record) => record.identity.id);
  }

  /** Takes nothing new, waits up to `ms` for what is in flight, then ends every connection. */
  async drain(ms: number): Promise<void> {
    this.#draining = true;
    const deadline = this.#clock.now() + ms;
    while (this.#busy() && this.#clock.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL));
    }
    await this.#endpoint.close();
    this.close();
  }

  close(): void {
    if (this.#soon) clearTimeout(this.#soon);
    clearInterval(this.#housekeeping);
    this.#reporter.close();
    this.#registry.close();
    this.#upstream.close();
    this.#server.close();
  }

  #busy(): boolean {
    return this.#server.posts > 0 || this.#registry.all().some((record) => record.mux.inFlight > 0);
  }

  /** The supervisor hears of it a little later, together with what else changes by then. */
  #journaled(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = null;
      const browser = this.#upstream.endpoint?.wsUrl;
      if (!this.#upstream.connected || browser === undefined) return;
      this.#journal = this.#workspaces.journal(browser);
      this.#tell({ type: 'journal', journal: this.#journal });
    }, JOURNAL_DELAY);
  }

  /** The browser is the one of the journal: what its clients had is still there. */
  #restore(): void {
    const { endpoint } = this.#upstream;
    if (this.#journal && this.#journal.browser === endpoint?.wsUrl) {
      this.#workspaces.restore(this.#journal.workspaces);
    }
  }

  #ready(): Promise<boolean> {
    const approval = this.#upstream.endpoint?.http === false;
    return this.#upstream.ready(approval ? WAIT.approval : WAIT.browser);
  }

  #routes(): Hono {
    // Playwright asks for /json/version/ with a trailing slash.
    const app = new Hono({ strict: false });
    app.route(
      '/',
      statusRoutes({
        version: this.#config.version,
        status: () => this.#status(),
        clients: () => this.#registry.all().map((record) => this.#registry.status(record)),
      }),
    );
    app.route(
      '/',
      executeRoute({
        ready: async () => ((await this.#ready()) ? null : noBrowser(this.#upstream.reason)),
        caller: (c) => {
          const workspace = this.#open(located(c));
          return 'status' in workspace ? workspace : this.#callers.get(workspace);
        },
      }),
    );
    app.route(
      '/',
      discoveryRoutes({
        mux: this.#mux,
        browserId: this.#config.browserId,
        endpoint: () => this.#upstream.endpoint,
        connection: () => this.#connection,
        ready: () => this.#ready(),
        reason: () => this.#upstream.reason,
        located,
        check: (c) => this.#workspaces.check(located(c).identity),
        workspace: (c) => this.#prepared(located(c)),
        caller: (workspace) => {
          const caller = this.#callers.get(workspace);
          return 'status' in caller ? caller : caller.client;
        },
      }),
    );
    app.all('/mcp', (c) => c.json(refusalBody(NO_MCP), 404));
    app.notFound((c) =>
      c.json(
        refusalBody({
          status: 404,
          error: 'NOT_FOUND',
          message: `there is no ${c.req.method} ${c.req.path}`,
          hint: 'GET / lists what there is.',
        }),
        404,
      ),
    );
    app.onError((error, c) => {
      if (error instanceof HubError && error.code === 'TIMEOUT') {
        return c.json(refusalBody({ ...HUNG, message: error.message }), 504);
      }
      if (!this.#upstream.connected) return c.json(refusalBody(noBrowser(this.#upstream.reason)), 503);
      const { message, hint } = HubError.from(error);
      return c.json(refusalBody({ status: 500, error: 'INTERNAL', message, hint }), 500);
    });
    return app;
  }

  /** Every request under `/w/NAME` is served as without it, in that workspace. */
  #served(): (request: Request, incoming: IncomingMessage) => Response | Promise<Response> {
    const app = this.#routes();
    return (request, incoming) => {
      const located = this.#locate(incoming);
      if ('status' in located) return Response.json(refusalBody(located), { status: located.status });
      const bindings: Bindings = { located };
      const url = new URL(request.url);
      // A port's own workspace may be named as well: then there is a path to cut, and no prefix to hand out.
      if (!url.pathname.startsWith('/w/')) return app.fetch(request, bindings);
      url.pathname = located.path;
      return app.fetch(new Request(url, request), bindings);
    };
  }

  #locate(request: IncomingMessage): Located | Refusal {
    return locate(request.url ?? '/', request.headers, this.#server.portOf(request));
  }

  /** The workspace that a request over HTTP means; without a name, the one that all such share. */
  #open({ identity }: Located): Workspace | Refusal {
    const workspace = this.#workspaces.named(identity.workspace ?? DEFAULT_WORKSPACE, identity);
    if (!('status' in workspace)) this.#workspaces.called(workspace);
    return workspace;
  }

  async #prepared(located: Located): Promise<Workspace | Refusal> {
    const workspace = this.#open(located);
    if ('status' in workspace) return workspace;
    const failed = await answered(this.#mux.prepare(workspace).then((message) => ({ message })));
    if (failed.message !== null) throw new Error(failed.message);
    return workspace;
  }

  /** A bare browser socket is a workspace of its own; a bare page socket belongs to what discovery shows. */
  #identify(request: IncomingMessage, { identity }: Located, face: Face): Guest | Refusal {
    const id = newClientId('cdp');
    const name = identity.workspace ?? (face.kind === 'page' ? DEFAULT_WORKSPACE : null);
    const workspace =
      name === null ? this.#workspaces.anonymous(id, identity) : this.#workspaces.named(name, identity);
    if ('status' in workspace) return workspace;
    return {
      workspace,
      identity: {
        id,
        kind: 'cdp',
        name: clientName(identity.client, request.headers['user-agent']),
        workspace: workspace.name,
        isolation: workspace.isolation,
      },
    };
  }

  #joined({ identity, mux, request, end }: CdpPeer): void {
    const { remoteAddress = '', remotePort = 0, localPort = 0 } = request.socket;
    const record = {
      identity,
      mux,
      peer: `${remoteAddress}:${remotePort}`,
      pid: null,
      since: this.#clock.wall(),
      end,
    };
    this.#workspaces.joined(mux.workspace);
    this.#registry.add(record);
    this.#registry.findPid(record, remotePort, localPort);
  }

  #status(): Status {
    const { connected, reason } = this.#upstream;
    const health: Pick<Status, 'status' | 'reason'> = this.#draining
      ? { status: 'draining', reason: 'the hub is stopping' }
      : !connected
        ? { status: 'disconnected', reason }
        : this.#silentMs > 0
          ? {
              status: 'degraded',
              reason: `the browser has not answered for ${Math.round(this.#silentMs / 1000)} s`,
            }
          : { status: 'ok', reason: '' };
    return {
      ...health,
      connected,
      activeClients: this.#registry.ids(),
      requests: this.#recorder.totals.requests,
      failures: this.#recorder.totals.failures,
    };
  }
}

const NO_MCP: Refusal = {
  status: 404,
  error: 'NOT_FOUND',
  message: 'this version of the hub has no MCP endpoint yet',
  hint: 'Use POST /execute, or connect a CDP client to what GET /json/version names.',
};

interface Bindings {
  located: Located;
}

function located(c: Context): Located {
  return (c.env as Bindings).located;
}
