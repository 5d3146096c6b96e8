import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import { type InitializeRequest, isInitializeRequest } from '@modelcontextprotocol/sdk/types.js';
import type { Clock } from '../../shared/clock.ts';
import { BoundedEventStore } from './event-store.ts';
import { Outflow } from './outflow.ts';

export interface McpSessionOptions {
  clock: Clock;
  /** Who may use it; see {@link McpSession.owner}. */
  owner: string;
  /** The id that it had before the gateway was restarted, or a new one. */
  id: string;
  /** The client has said who it is: from here on there is a session. The server is connected to it. */
  begin(session: McpSession, params: InitializeRequest['params']): Server;
  /** It has ended, by whichever side. */
  ended(session: McpSession): void;
}

/** One session of Streamable HTTP: a transport and a server of its own, never shared. */
export class McpSession {
  readonly id: string;
  /** The principal that began it: nobody else may use it, whoever knows its id. */
  readonly owner: string;
  readonly transport: WebStandardStreamableHTTPServerTransport;
  readonly #options: McpSessionOptions;
  readonly #store = new BoundedEventStore();
  readonly #outflow: Outflow;
  #server: Server | null = null;
  #calls = 0;
  #lastUsed: number;
  #ended = false;

  constructor(options: McpSessionOptions) {
    this.#options = options;
    this.id = options.id;
    this.owner = options.owner;
    this.#lastUsed = options.clock.now();
    this.transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => options.id,
      eventStore: this.#store,
      onsessionclosed: () => this.end(),
    });
    this.#outflow = new Outflow(() => {
      this.#lastUsed = options.clock.now();
    });
    // Until the client has said who it is there is no server: what comes before that the transport refuses.
    this.transport.onmessage = (message, extra) => {
      if (!isInitializeRequest(message) || this.#server) return;
      this.#server = options.begin(this, message.params);
      void this.#server.connect(this.transport).then(() => this.transport.onmessage?.(message, extra));
    };
  }

  get begun(): boolean {
    return this.#server !== null;
  }

  /** Milliseconds since it was used last; 0 while a call is at work or a stream is open. */
  get idleMs(): number {
    return this.#calls > 0 || this.#outflow.open > 0 ? 0 : this.#options.clock.now() - this.#lastUsed;
  }

  /** False where its client does not read what it is told. */
  get mayTell(): boolean {
    return this.#outflow.mayTell;
  }

  busy(by: 1 | -1): void {
    this.#calls += by;
    this.#lastUsed = this.#options.clock.now();
  }

  async serve(request: Request): Promise<Response> {
    this.#lastUsed = this.#options.clock.now();
    const from = request.method === 'GET' ? request.headers.get('last-event-id') : null;
    const rest = from === null ? null : this.#store.rest(from);
    return this.#outflow.watch(await this.transport.handleRequest(request), rest);
  }

  /** Ends it: its streams close, and its id is unknown from here on. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#options.ended(this);
    void (this.#server ?? this.transport).close();
  }
}
