import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { BrowserEndpoint } from '../../src/shared/ipc.ts';
import { Chrome } from './chrome.ts';

/**
 * Chromium as Chrome 144 and later is after "allow remote debugging" in chrome://inspect: `/json/*` is 404, the path of
 * the WebSocket stands in the profile alone, and its handshake waits until the person at the browser has pressed Allow.
 */
export class ApprovalChrome implements AsyncDisposable {
  /** A folder with the profile below it, where Chrome's default one is: for XDG_CONFIG_HOME. */
  readonly config = mkdtempSync(join(tmpdir(), 'cdp-hub-approval-'));
  /** How many prompts the person saw. */
  asked = 0;
  readonly #server: Server;
  readonly #waiting: (() => void)[] = [];
  readonly #refusing: (() => void)[] = [];
  readonly #sockets = new Set<Duplex>();
  #chrome: Chrome;
  #path = '';

  private constructor(server: Server, chrome: Chrome) {
    this.#server = server;
    this.#chrome = chrome;
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    this.#announce();
  }

  static async start(): Promise<ApprovalChrome> {
    const server = createServer((_request, response) => response.writeHead(404).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new ApprovalChrome(server, await Chrome.start());
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get announcedIn(): string {
    return join(this.config, 'google-chrome', 'DevToolsActivePort');
  }

  get endpoint(): BrowserEndpoint {
    const { port, announcedIn } = this;
    const wsUrl = `ws://127.0.0.1:${port}${this.#path}`;
    return { host: '127.0.0.1', port, wsUrl, announcedIn, http: false, launched: false };
  }

  /** Connections that were allowed and are open. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** The person presses Allow in every prompt that is open. */
  allow(): void {
    this.#refusing.splice(0);
    for (const go of this.#waiting.splice(0)) go();
  }

  /** The person presses Cancel. */
  refuse(): void {
    this.#waiting.splice(0);
    for (const go of this.#refusing.splice(0)) go();
  }

  /** To the browser and all its helpers. */
  signal(signal: NodeJS.Signals): void {
    this.#chrome.signal(signal);
  }

  get alive(): boolean {
    const { exitCode, signalCode } = this.#chrome.process;
    return exitCode === null && signalCode === null;
  }

  /** The connection breaks, the browser lives on. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** The person closes the browser and starts it again: it announces another path. */
  async restart(): Promise<void> {
    await this.#chrome[Symbol.asyncDispose]();
    this.cut();
    this.#chrome = await Chrome.start();
    this.#announce();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await this.#chrome[Symbol.asyncDispose]();
    rmSync(this.config, { recursive: true, force: true });
  }

  #announce(): void {
    this.#path = `/devtools/browser/${randomUUID()}`;
    mkdirSync(join(this.config, 'google-chrome'), { recursive: true });
    writeFileSync(this.announcedIn, `${this.port}\n${this.#path}`);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => {});
    if (request.url !== this.#path) {
      socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    this.asked += 1;
    this.#waiting.push(() => this.#pass(request, socket, head));
    this.#refusing.push(() => socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n'));
  }

  #pass(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const chrome: Socket = connect(this.#chrome.port, '127.0.0.1');
    this.#sockets.add(socket);
    for (const [one, other] of [
      [socket, chrome],
      [chrome, socket],
    ] as const) {
      one.on('error', () => {});
      one.on('close', () => other.destroy());
    }
    socket.on('close', () => this.#sockets.delete(socket));
    const lines = [`GET ${new URL(this.#chrome.endpoint.wsUrl).pathname} HTTP/1.1`];
    for (let at = 0; at < request.rawHeaders.length; at += 2) {
      lines.push(`${request.rawHeaders[at]}: ${request.rawHeaders[at + 1]}`);
    }
    chrome.write(`${lines.join('\r\n')}\r\n\r\n`);
    chrome.write(head);
    socket.pipe(chrome).pipe(socket);
  }
}
