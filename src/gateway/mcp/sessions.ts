import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { InitializeRequest } from '@modelcontextprotocol/sdk/types.js';
import type { Clock } from '../../shared/clock.ts';
import type { SavedSession } from '../../shared/mcp.ts';
import type { Refusal } from '../../shared/refusal.ts';
import { Refused } from './answers.ts';
import { McpSession } from './mcp-session.ts';

/** How many sessions there may be at once. */
export const MAX_SESSIONS = 250;

/** After so long without use a session that never was asked for anything makes room for another, milliseconds. */
const UNUSED = 60_000;

/** How far what is saved may be behind of when sessions were used, milliseconds. */
const BEHIND = 60_000;

/** What a client may say of itself that is kept beyond the gateway, characters. */
const KEPT = 4096;

export interface SessionsOptions {
  clock: Clock;
  /** Milliseconds without a call or an open stream after which a session ends; 0: never. */
  idle: number;
  /** What an earlier gateway told of its sessions last. */
  saved: readonly SavedSession[];
  /** Makes the session's server, with all that it works on. Throws a {@link Refused} where it cannot be. */
  begin(session: McpSession, params: InitializeRequest['params'], by: Opening): Server;
  /** What is to be told to a later gateway is another. */
  changed(): void;
  /** A session of that id, which nobody took up again, is over. */
  forgotten(id: string): void;
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
  params: SavedSession['params'];
}

/** The sessions by their ids. Those of the gateway before are taken up again when they are asked for. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #open = new Map<string, Open>();
  readonly #saved = new Map<string, SavedSession>();
  readonly #reviving = new Map<string, Promise<McpSession>>();
  readonly #unread = { bytes: 0 };
  /** When this gateway began: those that are not taken up yet have been idle since, too. */
  readonly #began: number;
  /** When what is saved was told last. */
  #told: number;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#began = options.clock.now();
    this.#told = this.#began;
    for (const session of options.saved) this.#saved.set(session.id, session);
  }

  get size(): number {
    return this.#open.size + this.#saved.size;
  }

  /** False where there are as many as there may be, and all of them are of use to somebody. */
  get hasRoom(): boolean {
    return this.size < MAX_SESSIONS || this.#unused !== undefined;
  }

  /** The one that is missed least, if there is one that nobody would miss. */
  get #unused(): McpSession | undefined {
    const unused = [...this.#open.values()]
      .map(({ session }) => session)
      .filter(({ used, idleMs }) => !used && idleMs >= UNUSED);
    return unused.sort((a, b) => b.idleMs - a.idleMs)[0];
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
    if (!saved || saved.owner !== owner || this.#isOver(saved)) return null;
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
    more: (session: McpSession) => Omit<SavedSession, 'id' | 'owner' | 'params' | 'idleMs' | 'used'>,
  ): SavedSession[] {
    this.#told = this.#options.clock.now();
    const open = [...this.#open.values()].map(({ session, params }) => ({
      id: session.id,
      owner: session.owner,
      params,
      idleMs: session.idleMs,
      used: session.used,
      ...more(session),
    }));
    const saved = [...this.#saved.values()].map((each) => ({ ...each, idleMs: this.#idleMs(each) }));
    return [...open, ...saved];
  }

  /** Ends those that nobody has used for the time that they may be idle; to be called about once a second. */
  expire(): void {
    const { idle, clock, changed } = this.#options;
    for (const { session } of this.#open.values()) {
      session.expire();
      if (idle > 0 && session.idleMs >= idle) void session.end();
    }
    const over = [...this.#saved.values()].filter((saved) => this.#isOver(saved));
    for (const { id } of over) {
      this.#saved.delete(id);
      this.#options.forgotten(id);
    }
    if (over.length > 0) changed();
    // When each was used last is told as well, or the next gateway would take one that is always used for idle.
    if (this.size > 0 && clock.now() - this.#told >= Math.min(BEHIND, (idle || BEHIND) / 4)) changed();
  }

  #idleMs({ idleMs }: SavedSession): number {
    return idleMs + this.#options.clock.now() - this.#began;
  }

  #isOver(saved: SavedSession): boolean {
    const { idle } = this.#options;
    return idle > 0 && this.#idleMs(saved) >= idle;
  }

  #make(id: string, owner: string, by: Opening): McpSession {
    const { clock, begin, ended, changed } = this.#options;
    return new McpSession({
      id,
      owner,
      used: by.saved?.used ?? false,
      clock,
      unread: this.#unread,
      begin: (session, params) => {
        // Others may have begun while what it says came in.
        if (!by.saved && !this.hasRoom) throw new Refused(TOO_MANY_SESSIONS);
        const server = begin(session, params, by);
        if (!by.saved && this.size >= MAX_SESSIONS) void this.#unused?.end();
        this.#open.set(id, { session, params: kept(params) });
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

  /** Says to a new transport what the client said to the one before : many begin no new session where theirs is gone. */
  async #revive(saved: SavedSession, incoming: IncomingMessage): Promise<McpSession> {
    const session = this.#make(saved.id, saved.owner, { incoming, saved });
    const headers = {
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      'mcp-session-id': saved.id,
    };
    const say = async (message: object) => {
      const body = JSON.stringify({ jsonrpc: '2.0', ...message });
      const request = new Request('http://localhost/mcp', { method: 'POST', headers, body });
      const response = await session.serve(request);
      await response.text();
    };
    await say({ id: 'cdp-hub-revived', method: 'initialize', params: saved.params });
    await say({ method: 'notifications/initialized' });
    if (!session.begun) throw new Error('what was saved of a session begins none');
    return session;
  }
}

/** What of an `initialize` a later gateway has to say again. */
function kept({
  protocolVersion,
  capabilities,
  clientInfo,
}: InitializeRequest['params']): SavedSession['params'] {
  const cut = (text: string) => text.slice(0, 200);
  return {
    protocolVersion: cut(protocolVersion),
    capabilities: JSON.stringify(capabilities).length <= KEPT ? capabilities : {},
    clientInfo: { name: cut(clientInfo.name), version: cut(clientInfo.version) },
  };
}

export const TOO_MANY_SESSIONS: Refusal = {
  status: 503,
  error: 'TOO_MANY_CLIENTS',
  message: `the hub has ${MAX_SESSIONS} MCP sessions, which is as many as it can`,
  hint: 'End some of them: `cdp-hub clients` lists them, `cdp-hub kill ID` ends one; idle ones end by themselves.',
  headers: { 'retry-after': '30' },
};
