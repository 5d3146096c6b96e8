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
  readonly #server: WebSocketServer;
  #sessions = 0;

  private constructor(server: WebSocketServer) {
    this.#server = server;
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
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await new Promise<void>((resolve) => server.once('listening', resolve));
    return new FakeChrome(server);
  }

  /** In approval mode unless told otherwise: it has no HTTP. */
  get endpoint(): BrowserEndpoint {
    const { port } = this.#server.address() as AddressInfo;
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
    await new Promise((resolve) => this.#server.close(resolve));
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
