import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { BrowserEndpoint } from '../../../src/shared/ipc.ts';

interface Command {
  id: number;
  method: string;
  params?: { targetId?: string; sessionId?: string };
  sessionId?: string;
}

/** What it does with a command instead of answering `{}`; true: it is dealt with. */
type Behaviour = (command: Command, socket: WebSocket) => boolean;

/** A browser for the faults that the real one cannot be made to show. */
export class FakeChrome implements AsyncDisposable {
  readonly commands: Command[] = [];
  readonly headers: Record<string, string | string[] | undefined>[] = [];
  behave: Behaviour = () => false;
  /** What it answers over HTTP, where its endpoint is said to have any. */
  serve: RequestListener = (_, response) => response.writeHead(404).end();
  readonly #http = createServer((request, response) => this.serve(request, response));
  readonly #server = new WebSocketServer({ server: this.#http });
  #sessions = 0;

  private constructor() {
    const server = this.#server;
    server.on('connection', (socket, request) => {
      this.headers.push(request.headers);
      socket.on('message', (data, isBinary) => {
        if (isBinary) throw new Error('the gateway sent a binary frame');
        const command = JSON.parse(String(data)) as Command;
        this.commands.push(command);
        if (!this.behave(command, socket)) this.#answer(command, socket);
      });
    });
  }

  static async start(): Promise<FakeChrome> {
    const chrome = new FakeChrome();
    await new Promise<void>((resolve) => chrome.#http.listen(0, '127.0.0.1', resolve));
    return chrome;
  }

  /** In approval mode unless told otherwise: it has no HTTP. */
  get endpoint(): BrowserEndpoint {
    const { port } = this.#http.address() as AddressInfo;
    const wsUrl = `ws://127.0.0.1:${port}/devtools/browser/fake`;
    return { host: '127.0.0.1', port, wsUrl, http: false, launched: false };
  }

  get connections(): number {
    return this.#server.clients.size;
  }

  cut(): void {
    for (const socket of this.#server.clients) socket.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  #answer({ id, method, sessionId }: Command, socket: WebSocket): void {
    let result: object = {};
    if (method === 'Target.attachToBrowserTarget') {
      this.#sessions += 1;
      result = { sessionId: `ROOT${this.#sessions}` };
    } else if (method === 'Browser.getVersion') {
      result = { protocolVersion: '1.3', product: 'Fake/1', revision: '@r', userAgent: 'UA', jsVersion: '1' };
    } else if (method === 'Target.getTargets') {
      result = { targetInfos: [] };
    }
    socket.send(JSON.stringify({ id, result, ...(sessionId !== undefined && { sessionId }) }));
  }
}
