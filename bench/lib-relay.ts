import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

/** In front of a browser: passes everything on, and counts the frames that the browser sends. */
export class CountingRelay implements AsyncDisposable {
  readonly #server: Server;
  readonly #target: URL;
  frames = 0;

  private constructor(server: Server, target: URL) {
    this.#server = server;
    this.#target = target;
  }

  /** `wsUrl`: of the browser itself. */
  static async start(wsUrl: string): Promise<CountingRelay> {
    const target = new URL(wsUrl);
    const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 2 ** 28 });
    const server = createServer();
    const relay = new CountingRelay(server, target);
    server.on('request', (incoming, response) => relay.#pass(incoming, response));
    server.on('upgrade', (incoming, socket, head) => {
      sockets.handleUpgrade(incoming, socket, head, (client) => relay.#join(client, incoming.url ?? '/'));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get wsUrl(): string {
    return `ws://127.0.0.1:${this.port}${this.#target.pathname}`;
  }

  reset(): void {
    this.frames = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** The Host header stays the relay's: the browser names its addresses by it. */
  #pass({ method, url, headers }: IncomingMessage, response: ServerResponse): void {
    const { hostname: host, port } = this.#target;
    const asked = request({ host, port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    asked.on('error', () => response.destroy());
    asked.end();
  }

  #join(client: WebSocket, path: string): void {
    const browser = new WebSocket(`ws://${this.#target.host}${path}`, {
      perMessageDeflate: false,
      maxPayload: 2 ** 28,
    });
    const early: Buffer[] = [];
    client.on('message', (data: Buffer) => {
      if (browser.readyState === WebSocket.OPEN) browser.send(data, { binary: false });
      else early.push(data);
    });
    browser.on('open', () => {
      for (const data of early) browser.send(data, { binary: false });
    });
    browser.on('message', (data: Buffer) => {
      this.frames += 1;
      client.send(data, { binary: false });
    });
    browser.on('close', () => client.close());
    browser.on('error', () => client.terminate());
    client.on('close', () => browser.close());
  }
}
