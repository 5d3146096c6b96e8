import type { EventStore } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';

/** What one session may hold for clients that come back; the oldest goes first. */
export const STORED = { events: 500, bytes: 8 * 1024 * 1024 } as const;

interface Stored {
  id: string;
  stream: string;
  message: JSONRPCMessage;
  bytes: number;
}

/**
 * What a session has told on each of its streams, for a client whose connection broke (MCP 2025-11-25,
 * basic/transports, "Resumability and Redelivery"). Ids are `<stream>_<number>`, the numbers count up.
 */
export class BoundedEventStore implements EventStore {
  readonly #events: Stored[] = [];
  #bytes = 0;
  #last = 0;

  get bytes(): number {
    return this.#bytes;
  }

  storeEvent(stream: string, message: JSONRPCMessage): Promise<string> {
    this.#last += 1;
    const id = `${stream}_${this.#last}`;
    const bytes = sizeOf(message);
    this.#events.push({ id, stream, message, bytes });
    this.#bytes += bytes;
    while (this.#events.length > STORED.events || (this.#bytes > STORED.bytes && this.#events.length > 1)) {
      this.#bytes -= this.#events.shift()?.bytes ?? 0;
    }
    return Promise.resolve(id);
  }

  /** Undefined for an id that is not, or no longer, held. */
  getStreamIdForEventId(id: string): Promise<string | undefined> {
    return Promise.resolve(this.#events.find((event) => event.id === id)?.stream);
  }

  /** How many events a client gets that comes back with this id, where no others will follow; null: more may come. */
  rest(id: string): number | null {
    const stream = this.#events.find((event) => event.id === id)?.stream;
    const answered = this.#events.some(
      ({ stream: of, message }) => of === stream && ('result' in message || 'error' in message),
    );
    return answered ? this.#after(id).length : null;
  }

  async replayEventsAfter(
    id: string,
    { send }: { send: (id: string, message: JSONRPCMessage) => Promise<void> },
  ): Promise<string> {
    const stream = id.slice(0, id.lastIndexOf('_'));
    for (const event of this.#after(id)) {
      // Of an event that only began a stream there is nothing to tell.
      if ('jsonrpc' in event.message) await send(event.id, event.message);
    }
    return stream;
  }

  #after(id: string): Stored[] {
    const at = this.#events.findIndex((event) => event.id === id);
    const stream = this.#events[at]?.stream;
    return at === -1 ? [] : this.#events.slice(at + 1).filter((event) => event.stream === stream);
  }
}

/** Bytes of a message as JSON, near enough and without writing it. */
export function sizeOf(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return value.length + 2;
    case 'object': {
      if (value === null) return 4;
      let size = 2;
      for (const [key, each] of Object.entries(value)) size += key.length + 4 + sizeOf(each);
      return size;
    }
    default:
      return 5;
  }
}
