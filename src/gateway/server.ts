import { randomUUID } from 'node:crypto';
import {
  createServer,
  type Server as HttpServer,
  type IncomingMessage,
  maxHeaderSize,
  type ServerResponse,
} from 'node:http';
import {
  type AddressInfo,
  createServer as createListener,
  type Server as Listener,
  type Socket,
} from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { messageOf } from '../shared/errors.ts';
import type { ListenSpec } from '../shared/isolation.ts';
import {
  badRequest,
  HEAD_TIMEOUT,
  headTooLarge,
  type Refusal,
  refusalBody,
  refusalBytes,
} from '../shared/refusal.ts';
import { DRAINING, MAX_BODY, refuseUpgradeAs, TOO_LARGE } from './contract/refusal.ts';
import { REQUEST_ID, takeRequestId } from './contract/request-id.ts';
import { maxConnections } from './descriptors.ts';

const LIMITS = {
  headers: 10_000,
  /** For the whole request to come in; what it asks for may take longer. */
  request: 30_000,
  keepAlive: 65_000,
  /** How often Node looks for requests that are over these times. */
  checks: 2000,
  connections: 4096,
} as const;

export interface ServerOptions {
  door: {
    /** Null where the request or upgrade may come in. */
    refuse(request: IncomingMessage, upgrade: boolean): Refusal | null;
    /** Comes first; true where it has answered. */
    greet(request: IncomingMessage, response: ServerResponse): boolean;
    /** What of the answer this caller may have. */
    shown(request: IncomingMessage, answer: Response | Promise<Response>): Response | Promise<Response>;
  };
  fetch(request: Request, incoming: IncomingMessage): Response | Promise<Response>;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  draining(): boolean;
}

/**
 * The one HTTP server, on one port and any further ones. Every request and every upgrade passes the same checks of
 * Host, Origin and token before anything else sees it.
 */
export class Server {
  readonly #http: HttpServer;
  readonly #options: ServerOptions;
  readonly #further: Listener[] = [];
  /** The further port that a connection came in by. */
  readonly #ports = new WeakMap<Duplex, ListenSpec>();
  #connections = 0;
  readonly #maxConnections = maxConnections(LIMITS.connections);
  /** Commands over HTTP that are being served. */
  #posts = 0;
  /** The answer that a connection is waiting for, or is getting. */
  readonly #answers = new WeakMap<Duplex, ServerResponse>();

  constructor(options: ServerOptions) {
    this.#options = options;
    const listener = getRequestListener(
      (request, env) => {
        const { incoming } = env as HttpBindings;
        return options.door.shown(incoming, options.fetch(request, incoming));
      },
      {
        overrideGlobalObjects: false,
        errorHandler: unreadable,
      },
    );
    this.#http = createServer(
      {
        noDelay: true,
        // Refused below, in the words of every other refusal.
        requireHostHeader: false,
        headersTimeout: LIMITS.headers,
        requestTimeout: LIMITS.request,
        keepAliveTimeout: LIMITS.keepAlive,
        connectionsCheckingInterval: LIMITS.checks,
      },
      (request, response) => this.#request(request, response, listener),
    );
    this.#http.on('connection', (socket) => this.#arrived(socket));
    this.#http.on('clientError', (error: NodeJS.ErrnoException, socket) => this.#malformed(error, socket));
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  get posts(): number {
    return this.#posts;
  }

  /**
   * Listens on the main port and the further ones; `listen` has the latter's numbers. Rejects with Node's error
   * (EADDRINUSE, EACCES … with the `port`) where it cannot.
   */
  async listen(
    host: string,
    port: number,
    further: readonly ListenSpec[] = [],
  ): Promise<{ host: string; port: number; listen: number[] }> {
    const main = await bind(this.#http, host, port);
    const listen: number[] = [];
    for (const spec of further) {
      const listener = createListener({ noDelay: true }, (socket) => {
        this.#ports.set(socket, spec);
        this.#http.emit('connection', socket);
      });
      this.#further.push(listener);
      listen.push((await bind(listener, host, spec.port)).port);
    }
    return { host: main.address, port: main.port, listen };
  }

  /** The further port that this came in by; null: the main one. */
  portOf({ socket }: IncomingMessage): ListenSpec | null {
    return this.#ports.get(socket) ?? null;
  }

  /** Ends everything that is still open. */
  close(): void {
    for (const listener of this.#further) listener.close();
    this.#http.close();
    this.#http.closeAllConnections();
  }

  /** All ports together have one limit. */
  #arrived(socket: Socket): void {
    if (this.#connections >= this.#maxConnections) {
      socket.destroy();
      return;
    }
    this.#connections += 1;
    socket.once('close', () => {
      this.#connections -= 1;
    });
  }

  #request(
    request: IncomingMessage,
    response: ServerResponse,
    serve: (request: IncomingMessage, response: ServerResponse) => unknown,
  ): void {
    const { socket } = request;
    const id = takeRequestId(request);
    response.setHeader(REQUEST_ID, id);
    const behind = this.#answers.has(socket);
    this.#answers.set(socket, response);
    response.once('close', () => {
      // Another request may have come right behind this one.
      if (this.#answers.get(socket) === response) this.#answers.delete(socket);
    });
    if (this.#options.door.greet(request, response)) return;
    const post = request.method === 'POST';
    const refusal =
      this.#options.door.refuse(request, false) ??
      (post && this.#options.draining() ? DRAINING : null) ??
      refuseBody(request);
    if (refusal?.status === 400) {
      // Where its body ends nobody can tell.
      if (behind) socket.destroy();
      else socket.end(refusalBytes(refusal, true, { [REQUEST_ID]: id }));
      return;
    }
    if (refusal) {
      // After the body, unread: a peer that is still sending would see a reset instead of the answer.
      request.resume().once('end', () => {
        response.writeHead(refusal.status, { 'content-type': 'application/json', ...refusal.headers });
        response.end(JSON.stringify(refusalBody(refusal)));
      });
      return;
    }
    if (post) {
      this.#posts += 1;
      response.once('close', () => {
        this.#posts -= 1;
      });
    }
    serve(request, response);
  }

  /** What is no HTTP/1.1, or came too slowly, is answered unless another answer is on its way. */
  #malformed(error: NodeJS.ErrnoException, socket: Duplex): void {
    if (!socket.writable || error.code === 'ECONNRESET' || this.#answers.get(socket)?.headersSent) {
      socket.destroy();
      return;
    }
    const named = { [REQUEST_ID]: randomUUID() };
    socket.end(refusalBytes(refusalOf(error), true, named), () => socket.destroy());
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // A peer that resets while it is being served must not end the process.
    socket.on('error', () => socket.destroy());
    takeRequestId(request);
    const refusal = this.#options.door.refuse(request, true) ?? (this.#options.draining() ? DRAINING : null);
    if (refusal) refuseUpgradeAs(socket, refusal);
    else this.#options.upgrade(request, socket, head);
  }
}

function bind(listener: Listener, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    listener.once('error', reject);
    listener.listen({ host, port }, () => {
      listener.off('error', reject);
      // Running out of descriptors ends an accept, never the process.
      listener.on('error', () => {});
      resolve(listener.address() as AddressInfo);
    });
  });
}

/** What Node's parser lets pass and no URL can be made of. */
function unreadable(error: unknown): Response {
  const refusal = badRequest(`the request names nothing that can be served: ${messageOf(error)}`);
  return Response.json(refusalBody(refusal), { status: refusal.status });
}

function refusalOf(error: NodeJS.ErrnoException): Refusal {
  switch (error.code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return HEAD_TIMEOUT;
    case 'HPE_HEADER_OVERFLOW':
      return headTooLarge(maxHeaderSize);
    default:
      return badRequest(`the request is no HTTP/1.1: ${error.message}`);
  }
}

/** A page can post a form or plain text anywhere without asking; JSON it cannot. */
function refuseBody({ headers }: IncomingMessage): Refusal | null {
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') {
    return badRequest('the request has a Transfer-Encoding other than chunked');
  }
  const length = Number(headers['content-length'] ?? 0);
  if (length > MAX_BODY) return TOO_LARGE;
  const hasBody = headers['transfer-encoding'] !== undefined || length > 0;
  if (!hasBody || /^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '')) return null;
  return {
    status: 415,
    error: 'UNSUPPORTED_MEDIA_TYPE',
    message: `a body of type ${headers['content-type'] ?? '(none)'} is not taken`,
    hint: "Send JSON with the header 'Content-Type: application/json'.",
  };
}
