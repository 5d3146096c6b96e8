/** What a client may leave unread, in bytes of one session. */
export const UNREAD = {
  /** Beyond it, progress and log messages are dropped. */
  drop: 4 * 1024 * 1024,
  /** Beyond it, the stream is ended: the client may come back for the rest. */
  end: 32 * 1024 * 1024,
} as const;

/**
 * The streams of one session on their way to its client. The SDK puts what is told into a stream's queue without a look
 * at how much lies there (measured: 200 MB to a client that never reads); here it is counted as it is taken out.
 */
export class Outflow {
  /** Streams that the client has open. */
  open = 0;
  readonly #used: () => void;
  #unread = 0;

  /** `used`: a stream has ended. */
  constructor(used: () => void) {
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
    let ended = left === 0;
    let wake = () => {};
    this.open += 1;
    const take = async () => {
      while (!ended) {
        const { done, value } = await reader.read();
        if (value) {
          queue.push(value);
          this.#unread += value.length;
          left -= 1;
        }
        // One message may be larger than the limit by itself; what counts is what piles up behind it.
        ended ||= done || left === 0 || (this.#unread > UNREAD.end && queue.length > 1);
        wake();
      }
      await reader.cancel();
    };
    take().catch(() => {
      ended = true;
      wake();
    });
    const over = () => {
      ended = true;
      for (const chunk of queue.splice(0)) this.#unread -= chunk.length;
      this.open -= 1;
      this.#used();
    };
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          while (queue.length === 0 && !ended) {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
          }
          const chunk = queue.shift();
          if (chunk) {
            this.#unread -= chunk.length;
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
}
