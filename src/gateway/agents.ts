import type { IncomingMessage } from 'node:http';
import type { Clock } from '../shared/clock.ts';
import type { SavedSession } from '../shared/mcp.ts';
import type { Refusal } from '../shared/refusal.ts';
import { type ClientRegistry, clientName, newClientId } from './clients.ts';
import { callerOf, type Identity } from './contract/identity.ts';
import type { Observer } from './contract/observer.ts';
import { noBrowser, TOO_MANY_CLIENTS } from './contract/refusal.ts';
import type { Seat } from './contract/seat.ts';
import type { Guests } from './guests.ts';
import type { Workspace } from './isolation/workspace.ts';
import type { Agent, McpEndpoint, McpEndpointOptions } from './mcp/endpoint.ts';
import { McpPeer } from './mcp-peer.ts';
import type { Mux } from './mux/mux.ts';
import { CLOSE, type Close } from './protocol/errors.ts';
import type { EventLog } from './traffic/event-log.ts';
import type { Workspaces } from './workspaces.ts';

export interface AgentsOptions {
  mux: Mux;
  /** Told of what tools are called. */
  observer: Observer;
  clock: Clock;
  registry: ClientRegistry;
  workspaces: Workspaces;
  guests: Guests;
  version: string;
  /** Milliseconds without use after which a session ends; 0: never. */
  idle: number;
  /** Where the sessions keep their files. */
  artifactsDir: string;
  /** Which other files of the machine they may have. */
  files: McpEndpointOptions['files'];
  /** The sessions that the gateway before this one told of last. */
  saved: readonly SavedSession[];
  /** What happened lately. */
  log: EventLog;
  /** `patience`: milliseconds for a browser to be started. */
  ready(patience: number): Promise<boolean>;
  /** Why there is no browser in this moment; null: there is one. */
  absent(): string | null;
  reason(): string;
  /** Who a request comes from, as far as tokens say. */
  owner(incoming: IncomingMessage): string;
  tell(sessions: SavedSession[]): void;
}

/** What is lost of the list of sessions when the gateway is killed, milliseconds. */
const DELAY = 20;

/** How many events of the hub a session is shown. */
const SHOWN = 200;

/** The MCP sessions: each an ordinary client of the mux, in a workspace of its own unless it names one. */
export class Agents {
  readonly #options: AgentsOptions;
  #endpoint: McpEndpoint | null = null;
  #loading: Promise<McpEndpoint> | null = null;
  #soon: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(options: AgentsOptions) {
    this.#options = options;
  }

  async serve(request: Request, incoming: IncomingMessage): Promise<Response> {
    const endpoint = await this.load();
    return endpoint.serve(request, incoming, this.#options.owner(incoming));
  }

  /** Loads what sessions need, which takes a while: ahead of the first, where nobody waits for the gateway itself. */
  load(): Promise<McpEndpoint> {
    this.#loading ??= import('./mcp/endpoint.ts').then(({ McpEndpoint }) => {
      this.#endpoint = new McpEndpoint(this.#endpointOptions());
      return this.#endpoint;
    });
    return this.#loading;
  }

  /** Ends those that nobody has used for long. */
  expire(): void {
    this.#endpoint?.sessions.expire();
  }

  /** The hub goes, or this gateway: streams are closed, and what a later gateway needs is told. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#soon) clearTimeout(this.#soon);
    this.#soon = null;
    if (!this.#endpoint) return;
    this.#options.tell(this.#endpoint.save());
    await this.#endpoint.close();
  }

  /** No later gateway goes on with the sessions: what they kept is removed. */
  async forget(): Promise<void> {
    await this.#endpoint?.forget();
  }

  #endpointOptions(): McpEndpointOptions {
    const { clock, idle, saved, version, registry, artifactsDir, files, log } = this.#options;
    return {
      clock,
      idle,
      saved,
      version,
      artifactsDir,
      files,
      check: (incoming) => this.#check(incoming),
      seat: (agent) => this.#seat(agent),
      clients: () =>
        registry.all().map(({ identity, mux }) => ({
          id: identity.id,
          name: identity.name,
          kind: identity.kind,
          workspace: identity.workspace === identity.id ? '' : identity.workspace,
          tabs: mux.tabs,
        })),
      events: () => log.latest(SHOWN),
      onEvent: (hear) => log.subscribe(({ type }) => hear(type)),
      changed: () => this.changed(),
    };
  }

  /** What a later gateway is told of the sessions is another. */
  changed(): void {
    if (this.#closed) return;
    this.#soon ??= setTimeout(() => {
      this.#soon = null;
      if (this.#endpoint) this.#options.tell(this.#endpoint.save());
    }, DELAY);
  }

  #identity(incoming: IncomingMessage): Identity | Refusal {
    const located = this.#options.guests.locate(incoming);
    return 'status' in located ? located : callerOf(located.identity);
  }

  #check(incoming: IncomingMessage): Refusal | null {
    const identity = this.#identity(incoming);
    if ('status' in identity) return identity;
    if (this.#options.registry.full) return TOO_MANY_CLIENTS;
    return this.#options.workspaces.check(identity);
  }

  #seat({ name, incoming, saved, onEnd, onDrain }: Agent): Seat | Refusal {
    const { mux, registry, clock, workspaces, absent } = this.#options;
    // Also what it is called by others stays: the workspace of one that named none has its name from that.
    const id = saved?.client ?? newClientId('mcp');
    const asked = saved ? { ...saved, client: null } : this.#identity(incoming);
    if ('status' in asked) return asked;
    if (registry.full) return TOO_MANY_CLIENTS;
    const shared = saved ? saved.shared : asked.workspace !== null;
    // It is named, for it outlives this gateway; its name is known to nobody else.
    const workspace = workspaces.named(asked.workspace ?? id, asked);
    if ('status' in workspace) return workspace;
    const identity = {
      id,
      kind: 'mcp' as const,
      name: saved?.name ?? clientName(asked.client ?? name, undefined, 'mcp'),
      workspace: workspace.name,
      isolation: workspace.isolation,
    };
    const end = (close: Close) => (close === CLOSE.draining ? onDrain() : onEnd());
    const peer = new McpPeer(mux, identity, workspace, end);
    if (saved?.paused) peer.mux.pause.begin();
    workspaces.joined(workspace);
    registry.connected({ identity, mux: peer.mux, since: clock.wall(), end }, incoming.socket);
    return {
      identity,
      shared,
      seed: workspace.seed,
      get paused() {
        return peer.mux.pause.on;
      },
      get absent() {
        return absent();
      },
      open: () => peer.open(),
      ready: async (patience = 0) =>
        (await this.#options.ready(patience)) ? null : noBrowser(this.#options.reason()),
      called: (tool, args) => {
        workspaces.called(workspace);
        return this.#options.observer.called(identity, tool, args);
      },
      leave: (closed) => this.#leave(peer, workspace, closed && !shared),
    };
  }

  #leave(peer: McpPeer, workspace: Workspace, closed: boolean): void {
    this.#options.registry.remove(peer.mux.identity.id);
    peer.end();
    this.#options.workspaces.left(workspace, closed);
  }
}
