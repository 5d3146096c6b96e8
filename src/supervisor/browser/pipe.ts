/**
 * CDP over `--remote-debugging-pipe`: JSON messages, each ended by a NUL byte. The pipe is the browser's
 * lifeline, so it stays open as long as the supervisor lives; only the room's own commands pass through it.
 */

/** Splits chunks at NUL bytes and hands over each message's text. */
export function nulReader(onMessage: (text: string) => void): (chunk: Buffer) => void {
  let parts: Buffer[] = [];
  return (chunk) => {
    let from = 0;
    for (let at = chunk.indexOf(0); at !== -1; at = chunk.indexOf(0, from)) {
      parts.push(chunk.subarray(from, at));
      const text = Buffer.concat(parts).toString('utf8');
      parts = [];
      from = at + 1;
      onMessage(text);
    }
    if (from < chunk.length) parts.push(chunk.subarray(from));
  };
}

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** The supervisor's end of the pipe. */
export class PipeConnection {
  readonly #outgoing: NodeJS.WritableStream;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #closed = false;

  constructor(incoming: NodeJS.ReadableStream, outgoing: NodeJS.WritableStream) {
    this.#outgoing = outgoing;
    incoming.on(
      'data',
      nulReader((text) => this.#receive(text)),
    );
    for (const stream of [incoming, outgoing]) {
      // A write that meets the browser's end fails with EPIPE: an end like any other here.
      stream.on('error', () => this.#end());
      stream.on('close', () => this.#end());
    }
  }

  /**
   * Sends one browser-level command. No deadline of its own: a late answer is worth knowing too. Rejects with
   * Chrome's error, or when the pipe closes.
   */
  send(method: string, params: Record<string, unknown> = {}): Promise<unknown> {
    if (this.#closed) return Promise.reject(new Error('the browser closed its pipe'));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#outgoing.write(`${JSON.stringify({ id, method, params })}\0`);
    });
  }

  #receive(text: string): void {
    const message = parse(text);
    const pending = message && this.#pending.get(message.id);
    if (!message || !pending) return;
    this.#pending.delete(message.id);
    if (message.error === null) pending.resolve(message.result);
    else pending.reject(new Error(message.error));
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    const waiting = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of waiting) reject(new Error('the browser closed its pipe'));
  }
}

function parse(text: string): { id: number; result: unknown; error: string | null } | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    const { id, result, error } = value as Record<string, unknown>;
    if (typeof id !== 'number') return null;
    return { id, result, error: error === undefined ? null : JSON.stringify(error) };
  } catch {
    return null;
  }
}
