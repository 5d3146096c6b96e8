import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { InitializeRequest } from '@modelcontextprotocol/sdk/types.js';
import type { Clock } from '../../shared/clock.ts';
import type { SavedSession } from '../../shared/mcp.ts';
import type { Refusal } from '../../shared/refusal.ts';
import { McpSession } from './mcp-session.ts';

/** How many sessions there may be at once. */
const MAX_SESSIONS = 250;

export interface SessionsOptions {
  clock: Clock;
  /** Milliseconds without a call or an open stream after which a session ends; 0: never. */
  idle: number;
  /** What an earlier gateway told of its sessions last. */
  saved: readonly SavedSession[];
  /** Makes the session's server, with all that it works on. `saved`: what there was of it before. Throws a Refusal. */
  begin(session: McpSession, params: InitializeRequest['params'], by: Opening): Server;
  /** What is to be told to a later gateway is another. */
  changed(): void;
  /** What this session works on is let go. */
  ended(session: McpSession): void;
}

/** What opens a session: a request, and what is known of the session from before. */
export interface Opening {
  incoming: IncomingMessage;
  saved: SavedSession | null;
}

interface Open {
  session: McpSession;
  params: InitializeRequest['params'];
}

/** The sessions by their ids. Those of the gateway before are taken up again when they are asked for. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #open = new Map<string, Open>();
  readonly #saved = new Map<string, SavedSession>();
  readonly #reviving = new Map<string, Promise<McpSession>>();

  constructor(options: SessionsOptions) {
    this.#options = options;
    for (const session of options.saved) this.#saved.set(session.id, session);
  }

  get full(): boolean {
    return this.#open.size >= MAX_SESSIONS;
  }

  all(): McpSession[] {
    return [...this.#open.values()].map(({ session }) => session);
  }

  /** A session that is none yet: its client has to say who it is first. */
  make(owner: string, incoming: IncomingMessage): McpSession {
    return this.#make(randomBytes(24).toString('base64url'), owner, { incoming, saved: null });
  }

  /** The session of that id, where there is one, and it is this owner's. */
  async find(id: string, owner: string, incoming: IncomingMessage): Promise<McpSession | null> {
    const open = this.#open.get(id)?.session;
    if (open) return open.owner === owner ? open : null;
    const saved = this.#saved.get(id);
    if (!saved || saved.owner !== owner) return null;
    const reviving = this.#reviving.get(id) ?? this.#revive(saved, incoming);
    this.#reviving.set(id, reviving);
    try {
      return await reviving;
    } finally {
      this.#reviving.delete(id);
    }
  }

  /** What a later gateway needs to go on with them; `more`: what is known of a session beyond the protocol. */
  save(
    more: (session: McpSession) => Omit<SavedSession, 'id' | 'owner' | 'params' | 'lastSeen'>,
  ): SavedSession[] {
    const open = [...this.#open.values()].map(({ session, params }) => ({
      id: session.id,
      owner: session.owner,
      params: { ...params },
      lastSeen: this.#options.clock.wall() - session.idleMs,
      ...more(session),
    }));
    return [...open, ...this.#saved.values()];
  }

  /** Ends those that nobody has used for the time that they may be idle. */
  expire(): void {
    const { idle, clock } = this.#options;
    if (idle === 0) return;
    for (const { session } of this.#open.values()) if (session.idleMs >= idle) session.end();
    for (const { id, lastSeen } of this.#saved.values()) {
      if (clock.wall() - lastSeen >= idle) this.#saved.delete(id);
    }
  }

  /** Ends them all; what is saved stays so. */
  close(): void {
    for (const { session } of this.#open.values()) session.end();
  }

  #make(id: string, owner: string, by: Opening): McpSession {
    const { clock, begin, ended, changed } = this.#options;
    return new McpSession({
      id,
      owner,
      clock,
      begin: (session, params) => {
        const server = begin(session, params, by);
        this.#open.set(id, { session, params });
        this.#saved.delete(id);
        changed();
        return server;
      },
      ended: (session) => {
        if (this.#open.get(id)?.session !== session) return;
        this.#open.delete(id);
        ended(session);
        changed();
      },
    });
  }

  /** Says to a new transport what the client said to the one before (mcp.md §2: clients do not begin anew). */
  async #revive(saved: SavedSession, incoming: IncomingMessage): Promise<McpSession> {
    const session = this.#make(saved.id, saved.owner, { incoming, saved });
    const version = String(saved.params.protocolVersion);
    const headers = {
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      'mcp-protocol-version': version,
      'mcp-session-id': saved.id,
    };
    const say = async (message: object) => {
      const body = JSON.stringify({ jsonrpc: '2.0', ...message });
      const request = new Request('http://localhost/mcp', { method: 'POST', headers, body });
      const response = await session.transport.handleRequest(request);
      await response.text();
    };
    await say({ id: 'cdp-hub-revived', method: 'initialize', params: saved.params });
    await say({ method: 'notifications/initialized' });
    return session;
  }
}

export const TOO_MANY_SESSIONS: Refusal = {
  status: 503,
  error: 'TOO_MANY_CLIENTS',
  message: `the hub has ${MAX_SESSIONS} MCP sessions, which is as many as it can`,
  hint: 'End some of them: `cdp-hub clients` lists them, `cdp-hub kill ID` ends one; idle ones end by themselves.',
  headers: { 'retry-after': '30' },
};
