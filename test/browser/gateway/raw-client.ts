import { once } from 'node:events';
import { WebSocket } from 'ws';

export interface Frame {
  id?: number;
  method?: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into frames of many shapes
  params?: any;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into frames of many shapes
  result?: any;
  error?: { code: number; message: string; data?: string };
  sessionId?: string;
}

/** A CDP client of a few lines: it says what the test says and remembers all that it heard. */
export class RawClient implements AsyncDisposable {
  readonly socket: WebSocket;
  readonly frames: Frame[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  #wake: (() => void)[] = [];
  #last = 0;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => {
      this.frames.push(JSON.parse(String(data)) as Frame);
      for (const wake of this.#wake.splice(0)) wake();
    });
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => resolve({ code, reason: String(reason) }));
    });
  }

  static async connect(url: string, options: object = {}): Promise<RawClient> {
    const socket = new WebSocket(url, { perMessageDeflate: false, ...options });
    const client = new RawClient(socket);
    await once(socket, 'open');
    return client;
  }

  say(frame: Frame | string): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  /** Sends a command under an id of its own and resolves with its answer. */
  async call(method: string, params: object = {}, sessionId?: string): Promise<Frame> {
    this.#last += 1;
    const id = this.#last;
    this.say({ id, method, params, ...(sessionId !== undefined && { sessionId }) });
    return this.heard((frame) => frame.id === id && frame.method === undefined);
  }

  /** The first frame that matches, heard or yet to come. */
  async heard(matches: (frame: Frame) => boolean): Promise<Frame> {
    const deadline = Date.now() + 15_000;
    for (;;) {
      const found = this.frames.find(matches);
      if (found) return found;
      if (Date.now() > deadline) {
        throw new Error(`nothing such among ${JSON.stringify(this.frames).slice(0, 2000)}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 500);
        this.#wake.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.terminate();
    await this.closed;
  }
}

/** The HTTP answer to an upgrade that is refused. */
export async function refusedUpgrade(
  url: string,
  options: object = {},
): Promise<{ status: number; body: string }> {
  const socket = new WebSocket(url, options);
  socket.on('error', () => {});
  return new Promise((resolve, reject) => {
    socket.on('open', () => {
      socket.terminate();
      reject(new Error(`${url} was accepted`));
    });
    socket.on('unexpected-response', async (_request, response) => {
      let body = '';
      for await (const chunk of response) body += chunk;
      resolve({ status: response.statusCode ?? 0, body });
    });
  });
}
