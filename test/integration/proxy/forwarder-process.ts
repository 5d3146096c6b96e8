import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { resolve } from 'node:path';
import { FromForwarder, type ToForwarder } from '../../../src/shared/ipc.ts';

const MAIN = resolve(import.meta.dirname, '../../../src/proxy/main.ts');
/** How long a condition may take to come true, milliseconds. */
const PATIENCE_MS = 10_000;

/** A real forwarder process with its IPC channel; ends with the scope. */
export class ForwarderProcess implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly messages: FromForwarder[] = [];
  readonly #waiting = new Set<() => void>();
  stderr = '';
  port = 0;

  constructor(command: { path: string; args: string[] } | null = null) {
    this.child = fork(MAIN, {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      ...(command ? { execPath: command.path, execArgv: command.args } : {}),
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
      this.#wake();
    });
    this.child.on('message', (raw) => {
      this.messages.push(FromForwarder.parse(raw));
      this.#wake();
    });
    this.child.on('exit', () => this.#wake());
  }

  /** A forwarder that listens on a free port. */
  static async start(
    target: { host: string; port: number } | null,
    config: Partial<Extract<ToForwarder, { type: 'config' }>['config']> = {},
  ): Promise<ForwarderProcess> {
    const forwarder = new ForwarderProcess();
    await forwarder.configure(target, config);
    return forwarder;
  }

  async configure(
    target: { host: string; port: number } | null,
    config: Partial<Extract<ToForwarder, { type: 'config' }>['config']> = {},
  ): Promise<void> {
    this.send({
      type: 'config',
      config: { host: '127.0.0.1', port: 0, allow: [], allowedHosts: [], ...config },
      target,
    });
    this.port = (await this.message('ready')).port;
  }

  send(message: ToForwarder): void {
    this.child.send(message);
  }

  /** The next message of this type that fits, those that have come included. */
  async message<T extends FromForwarder['type']>(
    type: T,
    fits: (message: Extract<FromForwarder, { type: T }>) => boolean = () => true,
  ): Promise<Extract<FromForwarder, { type: T }>> {
    const find = () =>
      this.messages.find(
        (message): message is Extract<FromForwarder, { type: T }> =>
          message.type === type && fits(message as Extract<FromForwarder, { type: T }>),
      );
    await this.until(() => find() !== undefined, `message ${type}`);
    const found = find();
    if (!found) throw new Error('gone');
    return found;
  }

  /** Waits until `condition`, asked anew with every message, line and exit, and every 20 ms. */
  async until(condition: () => boolean, what = 'the condition'): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!condition()) {
      if (performance.now() > deadline) {
        throw new Error(
          `waited in vain for ${what}; got ${JSON.stringify(this.messages.at(-1))} ${this.stderr}`,
        );
      }
      await new Promise<void>((wake) => {
        this.#waiting.add(wake);
        setTimeout(wake, 20);
      });
    }
  }

  async exited(): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    await this.until(() => this.child.exitCode !== null || this.child.signalCode !== null, 'the exit');
    return { code: this.child.exitCode, signal: this.child.signalCode };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill('SIGKILL');
      await once(this.child, 'exit');
    }
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

/** A target made of plain sockets; `onSocket` plays the browser. */
export class TcpTarget implements AsyncDisposable {
  readonly server: Server;
  readonly sockets = new Set<Socket>();
  readonly port: number;

  private constructor(server: Server) {
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
  }

  /** Unless it may stay half open, a socket ends when its peer does, as Chrome's do. */
  static async start(onSocket: (socket: Socket) => void, allowHalfOpen = false): Promise<TcpTarget> {
    const server = createServer({ allowHalfOpen }, (socket) => {
      socket.on('error', () => {});
      onSocket(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TcpTarget(server);
  }

  get address(): { host: string; port: number } {
    return { host: '127.0.0.1', port: this.port };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}

/** A client's socket that keeps what it gets. */
export class TcpClient implements Disposable {
  readonly socket: Socket;
  received = '';
  ended = false;
  closed = false;
  error = '';

  constructor(port: number, host = '127.0.0.1') {
    this.socket = connect({ port, host, allowHalfOpen: true });
    this.socket.setEncoding('latin1');
    this.socket.on('data', (text: string) => {
      this.received += text;
    });
    this.socket.on('end', () => {
      this.ended = true;
    });
    this.socket.on('error', (error: NodeJS.ErrnoException) => {
      this.error = error.code ?? error.message;
    });
    this.socket.on('close', () => {
      this.closed = true;
    });
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

/** Waits until `condition` holds, for things that no process tells. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  what = 'the condition',
): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((wake) => setTimeout(wake, 10));
  }
}
