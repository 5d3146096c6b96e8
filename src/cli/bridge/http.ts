import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import { type HttpModule, httpModule } from './builtin.ts';
import { type SseEvent, SseReader } from './sse.ts';

/** Nobody was reached: what was to be sent was not. */
export class Unreachable extends Error {}
/** The connection ended after the request went out and before its answer came: whether it was served is not known. */
export class Cut extends Error {}

export interface Ask {
  method: 'POST' | 'GET' | 'DELETE';
  url: URL;
  headers: Record<string, string>;
  body?: string;
  signal: AbortSignal;
}

/** How long an answer may go on after what it was for has come, before its connection is given up. */
const TAIL_MS = 1000;
/** Longest body of a refusal that is read, in characters. */
const MAX_WORDS = 64 * 1024;

/** One answer whose head has come. Its body is read by exactly one of the methods. */
export class Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly #body: IncomingMessage;

  constructor(body: IncomingMessage) {
    this.status = body.statusCode ?? 0;
    this.headers = body.headers;
    this.#body = body;
    body.setEncoding('utf8');
    // A body that is let go of may still fail; whoever reads it hears of that by itself.
    body.on('error', () => {});
  }

  get isStream(): boolean {
    return /^text\/event-stream\b/i.test(this.headers['content-type'] ?? '');
  }

  /** Its messages as they come; a JSON body is one. Throws Cut where it breaks off. */
  async *events(): AsyncGenerator<SseEvent> {
    try {
      if (!this.isStream) {
        const data = await this.#text();
        if (data.trim() !== '') yield { id: null, data, retry: null };
        return;
      }
      const reader = new SseReader();
      for await (const chunk of this.#chunks()) yield* reader.push(chunk);
    } catch (error) {
      throw new Cut(error instanceof Error ? error.message : String(error));
    } finally {
      this.drop();
    }
  }

  /** The body of a refusal: never fails, and cut where it is long. */
  async words(): Promise<string> {
    let text = '';
    try {
      for await (const chunk of this.#chunks()) {
        text += chunk;
        if (text.length > MAX_WORDS) break;
      }
    } catch {
      // What has come of it is what there is.
    }
    this.drop();
    return text.slice(0, MAX_WORDS);
  }

  /** What is still to come is of no use; the connection is, if it ends soon. */
  drop(): void {
    if (this.#body.readableEnded || this.#body.destroyed) return;
    this.#body.resume();
    setTimeout(() => this.#body.destroy(), TAIL_MS).unref();
  }

  /** It is over, with its connection. */
  cut(): void {
    this.#body.destroy();
  }

  async #text(): Promise<string> {
    let text = '';
    for await (const chunk of this.#chunks()) text += chunk;
    return text;
  }

  /** Text, for the encoding is set. */
  #chunks(): AsyncIterable<string> {
    return this.#body.iterator({ destroyOnReturn: false });
  }
}

/** Requests over connections that are kept. */
export class Http {
  readonly #module: HttpModule;
  readonly #agent: Agent;

  constructor(secure: boolean) {
    this.#module = httpModule(secure);
    this.#agent = new this.#module.Agent({ keepAlive: true, maxFreeSockets: 4, scheduling: 'lifo' });
  }

  /**
   * Resolves with the head of the answer. Throws {@link Unreachable} or {@link Cut}, and the signal's reason when it is
   * aborted, which ends the body, too.
   */
  async ask({ method, url, headers, body, signal }: Ask): Promise<Answer> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const request = this.#module.request(url, { method, headers, agent: this.#agent });
    const sent = watchSending(request);
    request.on('response', resolve);
    request.on('error', (error) =>
      reject(sent() ? new Cut(error.message) : new Unreachable(`${url.host}: ${reason(error)}`)),
    );
    const abort = () => {
      reject(signal.reason);
      request.destroy();
    };
    signal.addEventListener('abort', abort, { once: true });
    request.on('close', () => signal.removeEventListener('abort', abort));
    request.end(body);
    return new Answer(await promise);
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Says whether there was a connection for the request, over which it may have gone. */
function watchSending(request: ClientRequest): () => boolean {
  let sent = false;
  request.once('socket', (socket) => {
    socket.setKeepAlive(true, 15_000);
    if (socket.connecting) socket.once('connect', () => (sent = true));
    else sent = true;
  });
  return () => sent;
}

/** An address that has two families fails with both reasons in one error without a text. */
function reason(error: NodeJS.ErrnoException): string {
  return error.message || error.code || 'no connection';
}
