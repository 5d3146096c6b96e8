import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import {
  type EventStore,
  StreamableHTTPServerTransport,
} from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';

/** A request as it arrived. */
export interface Seen {
  verb: string;
  url: string;
  headers: IncomingMessage['headers'];
  /** The JSON-RPC method; empty where there is none. */
  method: string;
  body: string;
}

interface Held {
  server: McpServer;
  transport: StreamableHTTPServerTransport;
  store: Store;
}

/**
 * A real MCP server over Streamable HTTP, with sessions and resumable streams, which does on request what a hub does in
 * the worst of moments.
 */
export class FixtureServer implements AsyncDisposable {
  readonly seen: Seen[] = [];
  readonly sessions = new Map<string, Held>();
  /** Answers with JSON instead of a stream. */
  json = false;
  /** Asked before anything else is; true where it has answered. */
  refuse: (seen: Seen, response: ServerResponse) => boolean = () => false;
  readonly #sockets = new Set<Socket>();
  readonly #waiting = new Map<string, PromiseWithResolvers<void>>();
  #http: Server | null = null;
  #port = 0;

  static async start(): Promise<FixtureServer> {
    const server = new FixtureServer();
    await server.listen();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** On the port that it had before, if it had one. */
  async listen(): Promise<void> {
    const http = createServer((request, response) => void this.#serve(request, response));
    http.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    http.listen(this.#port, '127.0.0.1', resolve);
    await promise;
    this.#http = http;
    this.#port = (http.address() as AddressInfo).port;
  }

  /** Every connection breaks off. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** As a gateway that is killed: the sessions are kept, what was said in them is not. */
  async stop(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#http) this.#http.close(() => resolve());
    else resolve();
    this.cut();
    await promise;
    this.#http = null;
    for (const { store } of this.sessions.values()) store.clear();
  }

  /** As a hub that is started anew. */
  forget(): void {
    this.sessions.clear();
  }

  /** Lets the calls of the tool `wait` with this name go on, those to come included. */
  release(name: string): void {
    this.#wait(name).resolve();
  }

  /** The messages of this method, as they arrived. */
  got(method: string): Seen[] {
    return this.seen.filter((each) => each.method === method);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #wait(name: string): PromiseWithResolvers<void> {
    const known = this.#waiting.get(name);
    if (known) return known;
    const made = Promise.withResolvers<void>();
    this.#waiting.set(name, made);
    return made;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    request.setEncoding('utf8');
    for await (const chunk of request) body += chunk;
    const message = body === '' ? undefined : JSON.parse(body);
    const { method: verb = '', url = '', headers } = request;
    const seen = { verb, url, headers, method: message?.method ?? '', body };
    this.seen.push(seen);
    if (this.refuse(seen, response)) return;
    const id = headers['mcp-session-id'];
    const held = typeof id === 'string' ? this.sessions.get(id) : undefined;
    if (id !== undefined && !held) {
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end('{"jsonrpc":"2.0","error":{"code":-32001,"message":"Session not found"},"id":null}');
      return;
    }
    const { transport } = held ?? (await this.#make());
    await transport.handleRequest(request, response, message);
  }

  async #make(): Promise<Held> {
    const store = new Store();
    const transport: StreamableHTTPServerTransport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      eventStore: store,
      enableJsonResponse: this.json,
      onsessioninitialized: (id) => void this.sessions.set(id, held),
      onsessionclosed: (id) => void this.sessions.delete(id),
    });
    const held = { server: this.#tools(), transport, store };
    // Its own transport: the declared type allows undefined where exactOptionalPropertyTypes does not.
    await held.server.connect(transport as Parameters<McpServer['connect']>[0]);
    return held;
  }

  #tools(): McpServer {
    const server = new McpServer(
      { name: 'fixture', version: '1' },
      { capabilities: { logging: {}, resources: { subscribe: true } } },
    );
    const text = (said: string) => ({ content: [{ type: 'text' as const, text: said }] });
    server.registerTool('echo', { inputSchema: { text: z.string() } }, ({ text: said }) => text(said));
    server.registerTool('big', { inputSchema: { size: z.number() } }, ({ size }) => text('x'.repeat(size)));
    server.registerTool('wait', { inputSchema: { name: z.string() } }, async ({ name }, extra) => {
      const { progressToken } = extra._meta ?? {};
      if (progressToken !== undefined) {
        const params = { progressToken, progress: 1, message: name };
        await extra.sendNotification({ method: 'notifications/progress', params });
      }
      await this.#wait(name).promise;
      return text(name);
    });
    // As `wait`, and it says that it only looks.
    const look = { inputSchema: { name: z.string() }, annotations: { readOnlyHint: true } };
    server.registerTool('look', look, async ({ name }) => {
      await this.#wait(name).promise;
      return text(name);
    });
    server.registerTool('roots', { inputSchema: {} }, async () => {
      const { roots } = await server.server.listRoots();
      return text(roots.map(({ uri }) => uri).join());
    });
    return server;
  }
}

/** What the sessions' streams said, under ids as the hub gives them: `STREAM_NUMBER`. */
class Store implements EventStore {
  readonly #events: { id: string; stream: string; message: JSONRPCMessage }[] = [];

  clear(): void {
    this.#events.length = 0;
  }

  async storeEvent(stream: string, message: JSONRPCMessage): Promise<string> {
    const id = `${stream}_${this.#events.length}`;
    this.#events.push({ id, stream, message });
    return id;
  }

  async getStreamIdForEventId(id: string): Promise<string | undefined> {
    return this.#events.find((event) => event.id === id)?.stream;
  }

  async replayEventsAfter(
    id: string,
    { send }: { send(id: string, message: JSONRPCMessage): Promise<void> },
  ): Promise<string> {
    const at = this.#events.findIndex((event) => event.id === id);
    const stream = this.#events[at]?.stream ?? '';
    for (const event of this.#events.slice(at + 1)) {
      if (event.stream === stream) await send(event.id, event.message);
    }
    return stream;
  }
}
