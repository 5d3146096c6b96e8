import { RENEWS } from '../../shared/mcp-renewal.ts';
import { CODE, type Id, isObject, type Request } from './messages.ts';

/** The messages that make a session out of nothing again. */
interface Saved {
  initialize: string;
  /** The latest `logging/setLevel`. */
  level: string | null;
  /** `resources/subscribe` by URI. */
  subscriptions: Map<string, string>;
}

/** Most subscriptions that are made again in a new session. */
const MAX_SUBSCRIPTIONS = 1000;

/** The id of what the bridge asks by itself; clients number theirs, or use UUIDs. */
const OWN_ID = 'cdp-hub-bridge';

/** The client's session with the hub: what its requests carry, and what it takes to make it anew. */
export class Session {
  #id: string | null = null;
  #version: string | null = null;
  #saved: Saved | null = null;
  /** The tools that the server calls read-only. */
  readonly #readOnly = new Set<string>();
  /** How many there have been. */
  #number = 0;

  /** What every request of it carries. */
  get headers(): Record<string, string> {
    return {
      ...(this.#id !== null && { 'mcp-session-id': this.#id }),
      ...(this.#version !== null && { 'mcp-protocol-version': this.#version }),
    };
  }

  get id(): string | null {
    return this.#id;
  }

  get number(): number {
    return this.#number;
  }

  /** The client begins, or begins anew: nothing of a session before counts. */
  reset(): void {
    this.#id = null;
    this.#version = null;
    this.#saved = null;
  }

  /** `initialize` was answered with this result, on an answer with this `Mcp-Session-Id`. */
  began(request: { params: unknown }, result: unknown, id: string | undefined): void {
    this.#id = id ?? null;
    const { protocolVersion } = isObject(result) ? result : {};
    this.#version = typeof protocolVersion === 'string' ? protocolVersion : null;
    this.#saved ??= { initialize: renewing(request.params), level: null, subscriptions: new Map() };
    this.#number += 1;
  }

  /**
   * True where asking twice does no more than asking once, and asking in another session harms nothing: for what may have
   * been served, and for what was asked of a session that is no more.
   */
  isRepeatable({ method, params }: Request): boolean {
    if (method !== 'tools/call') return isRepeatable(method);
    return isObject(params) && typeof params.name === 'string' && this.#readOnly.has(params.name);
  }

  /** What a new session has to be told as well, and which tools only look, once this request has been answered well. */
  remember({ method, params, line }: Request, result: unknown): void {
    if (method === 'tools/list') this.#learn(result);
    const uri = isObject(params) && typeof params.uri === 'string' ? params.uri : null;
    if (method === 'logging/setLevel' && this.#saved) this.#saved.level = own(method, params);
    if (method === 'resources/unsubscribe' && uri !== null) this.#saved?.subscriptions.delete(uri);
    if (method === 'resources/subscribe' && uri !== null && line.length < 10_000) {
      const all = this.#saved?.subscriptions;
      if (all && all.size < MAX_SUBSCRIPTIONS) all.set(uri, own(method, params));
    }
  }

  #learn(result: unknown): void {
    const tools = isObject(result) && Array.isArray(result.tools) ? result.tools : [];
    for (const tool of tools.filter(isObject)) {
      const { name, annotations } = tool;
      if (typeof name !== 'string') continue;
      if (isObject(annotations) && annotations.readOnlyHint === true) this.#readOnly.add(name);
      else this.#readOnly.delete(name);
    }
  }

  /** The client's `initialize` for a session in the place of the one before; null before there was one. */
  get initialize(): { line: string; id: Id } | null {
    return this.#saved && { line: this.#saved.initialize, id: OWN_ID };
  }

  /** What follows it in a new session, in order. */
  get sequel(): string[] {
    if (!this.#saved) return [];
    const { level, subscriptions } = this.#saved;
    return [
      JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }),
      ...(level === null ? [] : [level]),
      ...subscriptions.values(),
    ];
  }
}

/** So that the hub tells the model what it has lost. */
function renewing(params: unknown): string {
  const { _meta, ...rest } = isObject(params) ? params : {};
  return own('initialize', { ...rest, _meta: { ...(isObject(_meta) && _meta), [RENEWS]: true } });
}

function own(method: string, params: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', id: OWN_ID, method, params });
}

function isRepeatable(method: string): boolean {
  return (
    method === 'initialize' ||
    method === 'ping' ||
    method === 'logging/setLevel' ||
    method === 'completion/complete' ||
    /^(tools|prompts)\/(list|get)$/.test(method) ||
    method.startsWith('resources/') ||
    method.startsWith('notifications/')
  );
}

/** A failure that the client is told as the answer to its request. */
export class CallError extends Error {
  readonly code: number;
  readonly data: unknown;

  constructor(message: string, { code = CODE.server, data }: { code?: number; data?: unknown } = {}) {
    super(message);
    this.code = code;
    this.data = data;
  }
}
