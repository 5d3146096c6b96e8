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

  /** `onEnd`: it has ended, whoever ended it; called once. */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
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
    controller.error(new Error('the reader of the events does not read'));
  }

  #over(): void {
    if (!this.#controller) return;
    this.#controller = null;
    this.#onEnd();
  }
}
