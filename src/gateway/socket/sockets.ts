import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { REQUEST_ID, requestIdOf } from '../contract/request-id.ts';
import { CLOSE } from '../protocol/errors.ts';
import { ClientSocket, type Reader } from './client-socket.ts';

const HEARTBEAT = 15_000;

/** The WebSockets of one endpoint, from the upgrade to the close: each is kept alive, and ended with the hub. */
export class Sockets {
  readonly #server: WebSocketServer;
  readonly #open = new Set<ClientSocket>();
  readonly #heartbeat: NodeJS.Timeout;

  /** `maxMessage`, in bytes: above it a socket is closed with 1009 before anybody sees the message. */
  constructor(maxMessage: number) {
    this.#server = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      maxPayload: maxMessage,
      clientTracking: false,
      // Answered by ClientSocket, which looks at what lies unread first.
      autoPong: false,
    });
    this.#server.on('headers', (headers, { socket }) =>
      headers.push(`${REQUEST_ID}: ${requestIdOf(socket)}`),
    );
    this.#heartbeat = setInterval(() => {
      for (const socket of this.#open) socket.heartbeat();
    }, HEARTBEAT);
    this.#heartbeat.unref();
  }

  /** Completes an upgrade whose Host and Origin have been checked; `serve` must {@link listen} to it. */
  accept(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    serve: (socket: ClientSocket) => void,
  ): void {
    this.#server.handleUpgrade(request, socket, head, (ws) => serve(new ClientSocket(ws, request.socket)));
  }

  /** From here on messages go to `reader`; `onEnd` is called once, as soon as it ends, from whichever side. */
  listen(socket: ClientSocket, reader: Reader, onEnd: () => void): void {
    this.#open.add(socket);
    socket.listen(reader, () => {
      // Off the list at once: the closing handshake may take its time, and its end is told once more.
      if (this.#open.delete(socket)) onEnd();
    });
  }

  /** Closes every socket as the hub stops; resolves when they are closed, cut off after 5 s where need be. */
  async close(): Promise<void> {
    clearInterval(this.#heartbeat);
    await Promise.all([...this.#open].map((socket) => socket.close(CLOSE.draining)));
  }
}
