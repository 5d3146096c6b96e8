/** What clients may leave unread, bytes. */
export const UNREAD = {
  /** Of one session: beyond it, progress and log messages are dropped. */
  drop: 4 * 1024 * 1024,
  /** Of one session: beyond it, the stream is ended: the client may come back for the rest. */
  end: 32 * 1024 * 1024,
  /** Of all sessions: beyond it, so is whichever stream has more to be told than it may before others are dropped. */
  all: 128 * 1024 * 1024,
} as const;

/** What all sessions together have unread, bytes. */
export interface Unread {
  bytes: number;
}

/**
 * The streams of one session on their way to its client. The SDK puts what is told into a stream's queue without a look
 * at how much lies there (measured: 200 MB to a client that never reads); here it is counted as it is taken out.
 */
export class Outflow {
  /** Streams that the client has open. */
  open = 0;
  readonly #all: Unread;
  readonly #used: () => void;
  #unread = 0;

  /** `used`: a stream has ended. */
  constructor(all: Unread, used: () => void) {
    this.#all = all;
    this.#used = used;
  }

  get mayTell(): boolean {
    return this.#unread < UNREAD.drop;
  }

  /** The same answer, counted; `rest`: it ends behind that many events, as no more will come; null: they may. */
  watch(response: Response, rest: number | null): Response {
    const { body } = response;
    if (!body || !response.headers.get('content-type')?.startsWith('text/event-stream')) return response;
    const { status, headers } = response;
    return new Response(this.#counted(body.getReader(), rest), { status, headers });
  }

  #counted(reader: ReadableStreamDefaultReader<Uint8Array>, rest: number | null): ReadableStream<Uint8Array> {
    const queue: Uint8Array[] = [];
    let left = rest ?? Number.POSITIVE_INFINITY;
    let ended = false;
    let wake = () => {};
    let cut = (_: Error) => {};
    this.open += 1;
    const over = () => {
      for (const chunk of queue.splice(0)) this.#count(-chunk.length);
      if (ended) return;
      ended = true;
      this.open -= 1;
      this.#used();
    };
    const take = async () => {
      while (left > 0) {
        const { done, value } = await reader.read();
        if (done || ended) break;
        queue.push(value);
        this.#count(value.length);
        if (!isComment(value)) left -= 1;
        if (this.#isTooMuch(queue)) {
          // At once, not behind what lies there: a client that does not read would never come to its end.
          cut(new Error('too much lay unread'));
          over();
          break;
        }
        wake();
      }
      left = 0;
      wake();
      await reader.cancel();
    };
    take().catch(() => {
      left = 0;
      wake();
    });
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          cut = (reason) => controller.error(reason);
        },
        pull: async (controller) => {
          while (queue.length === 0 && left > 0) {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          }
          if (ended) return;
          const chunk = queue.shift();
          if (chunk) {
            this.#count(-chunk.length);
            controller.enqueue(chunk);
            return;
          }
          over();
          controller.close();
        },
        cancel: async () => {
          over();
          await reader.cancel();
        },
      },
      { highWaterMark: 0 },
    );
  }

  #count(bytes: number): void {
    this.#unread += bytes;
    this.#all.bytes += bytes;
  }

  /** One message may be larger than the limit by itself; what counts is what piles up behind it. */
  #isTooMuch(queue: readonly Uint8Array[]): boolean {
    if (queue.length <= 1) return false;
    return this.#unread > UNREAD.end || (this.#all.bytes > UNREAD.all && !this.mayTell);
  }
}

/** What keeps a connection from looking idle. */
function isComment(chunk: Uint8Array): boolean {
  return chunk[0] === 0x3a;
}
