import type { IncomingMessage } from 'node:http';
import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { InitializeRequest } from '@modelcontextprotocol/sdk/types.js';
import type { Clock } from '../../shared/clock.ts';
import { isLoopback } from '../../shared/hosts.ts';
import type { SavedSession } from '../../shared/mcp.ts';
import { RENEWS } from '../../shared/mcp-renewal.ts';
import type { Refusal } from '../../shared/refusal.ts';
import type { Seat } from '../contract/seat.ts';
import { Refused, refused, rpcError } from './answers.ts';
import { Artifacts, clearArtifacts } from './browser/artifacts.ts';
import { FilePolicy, type FileRules } from './browser/file-policy.ts';
import { preload } from './browser/puppeteer.ts';
import { RENEWED_TABS } from './browser/saved-tabs.ts';
import { SessionBrowser } from './browser/session-browser.ts';
import type { McpSession } from './mcp-session.ts';
import { type ToolServerOptions, toolServer } from './server.ts';
import { type Opening, Sessions, TOO_MANY_SESSIONS } from './sessions.ts';
import { Subscriptions } from './subscriptions.ts';
import { groupsOf, toolsOf } from './tools/all.ts';
import { GROUPS, type HubView } from './tools/tool.ts';

/** Who begins a session, or takes one up again. */
export interface Agent {
  /** What it calls itself, as given. */
  name: string;
  incoming: IncomingMessage;
  /** What there was of the session before the gateway was restarted. */
  saved: SavedSession | null;
  /** The hub has ended it: killed, or by its own `Browser.close`. */
  onEnd(): void;
  /** This gateway ends: its streams close, and a later one goes on with it. */
  onDrain(): void;
}

export interface McpEndpointOptions {
  clock: Clock;
  /** Milliseconds without a call or an open stream after which a session ends; 0: never. */
  idle: number;
  /** What an earlier gateway told of its sessions last. */
  saved: readonly SavedSession[];
  version: string;
  /** Where the sessions keep their files, a folder each. */
  artifactsDir: string;
  /** Which other files of the machine agents may have. */
  files: FileRules;
  /** Null where this request may begin a session. */
  check(incoming: IncomingMessage): Refusal | null;
  /** A refusal where there is no place for it after all. */
  seat(agent: Agent): Seat | Refusal;
  /** Everybody who is connected; the workspace is empty where it is nobody else's to name. */
  clients(): (Omit<ReturnType<HubView['clients']>[number], 'you'> & { id: string })[];
  events: HubView['events'];
  onEvent: HubView['onEvent'];
  /** What {@link McpEndpoint.save} gives is another. */
  changed(): void;
  /** Makes the server of a session; the hub's tools where nothing is said. */
  serverOf?(options: ToolServerOptions): Server;
}

/** What a session works with, beside its transport. */
interface Work {
  browser: SessionBrowser;
  artifacts: Artifacts;
  subscriptions: Subscriptions;
  tools: string | null;
}

/** `/mcp`: Streamable HTTP (MCP 2025-11-25, basic/transports). Host, Origin and token have been checked. */
export class McpEndpoint {
  readonly sessions: Sessions;
  readonly #options: McpEndpointOptions;
  readonly #work = new Map<McpSession, Work>();

  constructor(options: McpEndpointOptions) {
    this.#options = options;
    // The first who uses a page would wait for it.
    void preload();
    const there = options.saved.map(({ id }) => id);
    clearArtifacts(options.artifactsDir, there).catch(() => {});
    this.sessions = new Sessions({
      ...options,
      begin: (session, params, by) => this.#begin(session, params, by),
      forgotten: (id) => {
        new Artifacts(options.artifactsDir, id).end().catch(() => {});
      },
      ended: (session) => this.#ended(session),
    });
  }

  /** `owner`: the principal that the request comes from. */
  async serve(request: Request, incoming: IncomingMessage, owner: string): Promise<Response> {
    if (!METHODS.includes(request.method)) {
      return rpcError(405, -32000, 'Method not allowed.', { allow: METHODS.join(', ') });
    }
    try {
      return await this.#serve(request, incoming, owner);
    } catch (error) {
      if (error instanceof Refused) return refused(error.refusal);
      throw error;
    }
  }

  async #serve(request: Request, incoming: IncomingMessage, owner: string): Promise<Response> {
    const id = request.headers.get('mcp-session-id');
    if (id !== null) {
      const session = await this.sessions.find(id, owner, incoming);
      return session ? session.serve(request) : rpcError(404, -32001, UNKNOWN);
    }
    if (request.method !== 'POST') {
      return rpcError(400, -32000, 'Bad Request: Mcp-Session-Id header is required');
    }
    const refusal = this.sessions.hasRoom
      ? (noGroup(incoming) ?? this.#options.check(incoming))
      : TOO_MANY_SESSIONS;
    if (refusal) return refused(refusal);
    // Its transport refuses whatever is no initialize, and is forgotten then.
    return this.sessions.make(owner, incoming).serve(request);
  }

  /** What a later gateway needs to go on with the sessions. */
  save(): SavedSession[] {
    return this.sessions.save((session) => {
      const work = this.#work.get(session);
      if (!work) throw new Error('a session without a browser');
      const { identity, shared, seed } = work.browser.seat;
      const { id: client, name, workspace, isolation } = identity;
      return {
        client,
        name,
        paused: work.browser.seat.paused,
        workspace,
        shared,
        isolation,
        seed: [...seed],
        tools: work.tools,
        tabs: work.browser.save(),
        subscribed: work.subscriptions.uris,
      };
    });
  }

  /** Closes what is open; resolves when whoever waited for an answer has been given one. */
  async close(): Promise<void> {
    await Promise.all([...this.#work.keys()].map((session) => session.close()));
  }

  /** Removes the files of all sessions. */
  async forget(): Promise<void> {
    await Promise.all([...this.#work.values()].map(({ artifacts }) => artifacts.end())).catch(() => {});
    await clearArtifacts(this.#options.artifactsDir, []).catch(() => {});
  }

  #begin(session: McpSession, { clientInfo, _meta }: InitializeRequest['params'], by: Opening): Server {
    const { version, artifactsDir, changed, clients, seat: sit, serverOf = toolServer } = this.#options;
    const { events, onEvent } = this.#options;
    const { incoming, saved } = by;
    const agent = { name: clientInfo.name, incoming, saved };
    const seat = sit({ ...agent, onEnd: () => void session.end(), onDrain: () => void session.close() });
    if ('status' in seat) throw new Refused(seat);
    const tools = saved ? saved.tools : groupsNamed(incoming);
    const artifacts = new Artifacts(artifactsDir, session.id);
    const tabs = saved?.tabs ?? (_meta?.[RENEWS] === true ? RENEWED_TABS : null);
    const browser = new SessionBrowser({ seat, artifacts, changed }, tabs);
    const subscriptions = new Subscriptions(saved?.subscribed ?? [], changed);
    this.#work.set(session, { browser, artifacts, subscriptions, tools });
    const me = seat.identity.id;
    return serverOf({
      version,
      browser,
      artifacts,
      subscriptions,
      files: new FilePolicy(this.#options.files, artifacts, isRemote(incoming)),
      tools: toolsOf(groupsOf(tools) ?? []),
      hub: {
        version,
        clients: () => clients().map(({ id, ...client }) => ({ ...client, you: id === me })),
        events,
        onEvent,
      },
    });
  }

  #ended(session: McpSession): void {
    const work = this.#work.get(session);
    this.#work.delete(session);
    work?.browser.seat.leave(true);
    work?.artifacts.end().catch(() => {});
  }
}

const METHODS: readonly string[] = ['GET', 'POST', 'DELETE'];

const UNKNOWN =
  'Session not found: it has ended, or the hub was restarted. Initialize again; the pages of an ended session are closed.';

/** It comes from another machine, or from a container: whoever it is, these are not his files. */
function isRemote({ socket }: IncomingMessage): boolean {
  return !isLoopback((socket.remoteAddress ?? '').replace(/^::ffff:/i, ''));
}

function groupsNamed({ url = '' }: IncomingMessage): string | null {
  const at = url.indexOf('?');
  return at < 0 ? null : new URLSearchParams(url.slice(at)).get('tools');
}

function noGroup(incoming: IncomingMessage): Refusal | null {
  const named = groupsNamed(incoming);
  if (groupsOf(named) !== null) return null;
  return {
    status: 400,
    error: 'BAD_REQUEST',
    message: `tools=${String(named).slice(0, 100)} names a group of tools that there is not`,
    hint: `Name some of ${GROUPS.join(', ')}, e.g. ?tools=core,debug, or ?tools=all.`,
  };
}
