import type { StreamEvent } from '../../shared/program-events.ts';

/** Bytes that may lie unread before a reader is let go. */
const UNREAD = 8 * 1024 * 1024;

const HEARTBEAT = ': \n\n';

const encoder = new TextEncoder();

/** One reader of server-sent events. */
export class EventStream {
  /** The body of its answer. */
  readonly body: ReadableStream;
  readonly #onEnd: () => void;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;

  readonly #cut: () => void;

  /** `onEnd`: it has ended, whoever ended it; called once. `cut`: ends the connection, with what lies unread in it. */
  constructor(onEnd: () => void, cut: () => void) {
    this.#onEnd = onEnd;
    this.#cut = cut;
    this.body = new ReadableStream(
      {
        start: (controller) => {
          this.#controller = controller as ReadableStreamDefaultController<Uint8Array>;
        },
        cancel: () => this.#over(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: UNREAD }),
    );
  }

  /** `text`: the event as JSON, where it is there already. */
  say(event: StreamEvent, id: string): void {
    this.tell(event.type, JSON.stringify(event), id);
  }

  tell(type: StreamEvent['type'], text: string, id: string): void {
    this.#write(`event: ${type}\nid: ${id}\ndata: ${text}\n\n`);
  }

  heartbeat(): void {
    this.#write(HEARTBEAT);
  }

  end(): void {
    const controller = this.#controller;
    this.#over();
    controller?.close();
  }

  #write(text: string): void {
    const controller = this.#controller;
    if (!controller) return;
    const bytes = encoder.encode(text);
    if ((controller.desiredSize ?? 0) >= bytes.length) {
      controller.enqueue(bytes);
      return;
    }
    this.#over();
    // An error would wait behind what is not read.
    this.#cut();
  }

  #over(): void {
    if (!this.#controller) return;
    this.#controller = null;
    this.#onEnd();
  }
}
