import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  type InitializeRequest,
  isInitializeRequest,
  isJSONRPCNotification,
  type JSONRPCMessage,
  SUPPORTED_PROTOCOL_VERSIONS,
} from '@modelcontextprotocol/sdk/types.js';
import type { Clock } from '../../shared/clock.ts';
import { Refused, rpcError } from './answers.ts';
import { Calls } from './calls.ts';
import { BoundedEventStore, CANCELLED } from './event-store.ts';
import { readMessages } from './messages.ts';
import { Outflow, type Unread } from './outflow.ts';
import { SessionTransport } from './session-transport.ts';

/** After how long a client comes back whose stream has ended, milliseconds. */
const RETRY = 1000;

export interface McpSessionOptions {
  clock: Clock;
  /** Who may use it; see {@link McpSession.owner}. */
  owner: string;
  /** It was, at an earlier gateway; see {@link McpSession.used}. */
  used: boolean;
  /** The id that it had before the gateway was restarted, or a new one. */
  id: string;
  /** What all sessions together have unread. */
  unread: Unread;
  /**
   * The client has said who it is: from here on there is a session. The server is connected to it. Throws a
   * {@link Refused} where there can be none.
   */
  begin(session: McpSession, params: InitializeRequest['params']): Server;
  /** It has ended, by whichever side. */
  ended(session: McpSession): void;
}

/** One session of Streamable HTTP: a transport and a server of its own, never shared. */
export class McpSession {
  readonly id: string;
  /** The principal that began it: nobody else may use it, whoever knows its id. */
  readonly owner: string;
  /** It has been asked for something, beyond who it is. */
  used: boolean;
  readonly #transport: SessionTransport;
  readonly #options: McpSessionOptions;
  readonly #calls = new Calls();
  readonly #store: BoundedEventStore;
  readonly #outflow: Outflow;
  #server: Server | null = null;
  #failure: unknown = null;
  #lastUsed: number;
  #ended = false;

  constructor(options: McpSessionOptions) {
    this.#options = options;
    this.id = options.id;
    this.owner = options.owner;
    this.used = options.used;
    this.#lastUsed = options.clock.now();
    this.#store = new BoundedEventStore(options.clock, (id) => this.#calls.end(id));
    this.#outflow = new Outflow(options.unread, () => this.#touch());
    this.#transport = new SessionTransport(
      {
        sessionIdGenerator: () => options.id,
        eventStore: this.#store,
        retryInterval: RETRY,
        onsessionclosed: () => this.end(),
      },
      this.#outflow,
    );
    // Until the client has said who it is there is no server: what comes before that the transport refuses.
    this.#transport.onmessage = (message, extra) => {
      if (!isInitializeRequest(message) || this.#server) return;
      try {
        this.#server = options.begin(this, message.params);
      } catch (error) {
        this.#failure = error;
        throw error;
      }
      void this.#server.connect(this.#transport).then(() => this.#transport.onmessage?.(message, extra));
    };
  }

  get begun(): boolean {
    return this.#server !== null;
  }

  /** Milliseconds since it was used last; 0 while a call is at work or a stream is open. */
  get idleMs(): number {
    return this.#calls.size > 0 || this.#outflow.open > 0 ? 0 : this.#options.clock.now() - this.#lastUsed;
  }

  async serve(request: Request): Promise<Response> {
    this.#touch();
    if (request.method === 'POST') return this.#outflow.watch(await this.#post(request), null);
    const from = request.method === 'GET' ? request.headers.get('last-event-id') : null;
    if (from && isWellAsked(request)) return this.#resume(request, from);
    return this.#outflow.watch(await this.#transport.handleRequest(request), null);
  }

  /** Lets go what it holds for clients that did not come back. */
  expire(): void {
    this.#store.expire();
  }

  /** Closes its streams, once each call that is at work is answered; what is known of it stays. */
  close(): Promise<void> {
    return this.#close(STOPPED);
  }

  /** Ends it: its calls are answered, its streams close, and its id is unknown from here on. */
  end(): Promise<void> {
    if (this.#ended) return Promise.resolve();
    this.#ended = true;
    this.#options.ended(this);
    return this.#close(ENDED);
  }

  /** A client that is not answered would wait until its own patience is over, and its model hear nothing but that. */
  async #close(why: string): Promise<void> {
    const error = { code: -32_000, message: why };
    // Where the transport does not know of a request yet, or has no stream for it, there is nobody to be told.
    const answers = this.#calls.ids.map((id) => this.#transport.send({ jsonrpc: '2.0', id, error }));
    await Promise.allSettled(answers);
    await (this.#server ?? this.#transport).close();
  }

  #touch(): void {
    this.#lastUsed = this.#options.clock.now();
  }

  async #post(request: Request): Promise<Response> {
    // What is wrong with its headers the transport says before it reads.
    if (!isJson(request)) return this.#transport.handleRequest(request);
    const said = await readMessages(request);
    if (said instanceof Response) return said;
    const { body, ids } = said;
    const twice = this.#calls.begin(ids);
    if (twice !== null) {
      const name = JSON.stringify(twice).slice(0, 100);
      return rpcError(400, -32600, `Invalid Request: a request with the id ${name} is still at work`);
    }
    if (this.#server) this.used ||= ids.length > 0;
    this.#store.opening = ids;
    const serving = this.#transport.handleRequest(request, { parsedBody: body });
    this.#store.opening = [];
    const response = await serving;
    if (response.status !== 200) for (const id of ids) this.#calls.end(id);
    if (this.#failure !== null) throw this.#failure;
    for (const message of [body].flat()) this.#cancelled(message as JSONRPCMessage);
    return response;
  }

  /** What is cancelled gets no answer (MCP 2025-11-25, basic/utilities/cancellation): its stream ends without one. */
  #cancelled(message: JSONRPCMessage): void {
    if (!isJSONRPCNotification(message) || message.method !== 'notifications/cancelled') return;
    const id = message.params?.requestId;
    if ((typeof id !== 'string' && typeof id !== 'number') || !this.#calls.has(id)) return;
    // The others of its POST are answered on the same stream.
    if (this.#calls.isLast(id)) this.#transport.closeSSEStream(id);
    // So that the transport lets go of the request; where its client holds no event of it, it throws.
    this.#transport.send({ jsonrpc: '2.0', id, error: CANCELLED }).catch(() => {});
  }

  async #resume(request: Request, from: string): Promise<Response> {
    const found = this.#store.resume(from);
    switch (found.is) {
      case 'over':
        // With it a client of event streams stops asking (HTML, server-sent events, 9.2.2).
        return new Response(null, { status: 204 });
      case 'lost':
        return lost(found);
      case 'unknown':
        return this.#transport.handleRequest(request);
      case 'held': {
        // Who comes back has lost the connection from before, whether or not that is known here.
        if (found.request !== null) this.#transport.closeSSEStream(found.request);
        else if (this.#store.isStandalone(from)) this.#transport.closeStandaloneSSEStream();
        const response = await this.#transport.handleRequest(request);
        // Asked only now: an answer may have come while the others were told again.
        return this.#outflow.watch(response, response.ok ? this.#store.rest(from) : null);
      }
      default:
        return found satisfies never;
    }
  }
}

/** A GET whose headers are those of one for an event stream. */
function isWellAsked({ headers }: Request): boolean {
  const version = headers.get('mcp-protocol-version');
  return (
    headers.get('accept')?.includes('text/event-stream') === true &&
    (version === null || SUPPORTED_PROTOCOL_VERSIONS.includes(version))
  );
}

/** A POST whose headers are those of one with JSON. */
function isJson({ headers }: Request): boolean {
  const accept = headers.get('accept') ?? '';
  return (
    accept.includes('application/json') &&
    accept.includes('text/event-stream') &&
    /^application\/json\s*(;|$)/i.test(headers.get('content-type') ?? '')
  );
}

const MAYBE = 'It may have been done or not';

const STOPPED = `The hub stops or restarts, and did not wait for the end of this call. ${MAYBE}: look (list_pages, take_snapshot) before you repeat it.`;

const ENDED = `This session was ended while the call was at work. ${MAYBE}; the pages of the session are closed. Initialize again to go on.`;

/** The answer to a request whose own cannot be told any more: better than that its client waits for it. */
function lost({ request, next }: { request: string | number; next: string }): Response {
  const error = {
    code: -32_000,
    message:
      'The answer is lost: the hub was restarted while this call was at work, or it was not fetched for too long. ' +
      `${MAYBE}: look (list_pages, take_snapshot) before you repeat it.`,
  };
  const data = JSON.stringify({ jsonrpc: '2.0', id: request, error });
  return new Response(`event: message\nid: ${next}\ndata: ${data}\n\n`, {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-transform' },
  });
}
