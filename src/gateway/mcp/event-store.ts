import type { EventStore } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import { type JSONRPCMessage, type RequestId, RequestIdSchema } from '@modelcontextprotocol/sdk/types.js';
import type { Clock } from '../../shared/clock.ts';

/** What one session may hold for clients that come back; the oldest goes first. `ms`: for how long. */
export const STORED = { events: 500, bytes: 8 * 1024 * 1024, ms: 5 * 60_000 } as const;

/** The one stream that belongs to no request, as the SDK calls it. */
const STANDALONE = '_GET_stream';

/** Longer ids of requests are not written into those of events. */
const MAX_REQUEST_ID = 64;

interface Stored {
  id: string;
  number: number;
  stream: string;
  /** Null: there is nothing to be told again. */
  message: JSONRPCMessage | null;
  /** Nothing comes behind it in its stream. */
  last: boolean;
  bytes: number;
  at: number;
}

/** What there is for a client that comes back with the id of the last event that it has. */
export type Resumption =
  /** Events, or there will be; `request`: the one whose stream is still open. */
  | { is: 'held'; request: RequestId | null }
  /** Nothing, and nothing will come. */
  | { is: 'over' }
  /** Nothing that is still held, or that this gateway knows of; `next`: the id of an event that says so. */
  | { is: 'lost'; request: RequestId; next: string }
  | { is: 'unknown' };

/**
 * What a session has told on each of its streams, for a client whose connection broke (MCP 2025-11-25,
 * basic/transports, "Resumability and Redelivery"). Ids are `<stream>_<number>`, on the stream of one request with
 * `.<its id>` behind; the numbers count up, also from one gateway to the next.
 */
export class BoundedEventStore implements EventStore {
  /** The requests of the POST that is being handed to the SDK: what it stores first is of their stream. */
  opening: readonly RequestId[] = [];
  readonly #clock: Clock;
  readonly #answered: (id: RequestId) => boolean;
  readonly #events: Stored[] = [];
  /** The streams that are open for one request, and what is written into the ids of their events. */
  readonly #requests = new Map<string, string>();
  #bytes = 0;
  #last: number;

  /** `answered`: told of each answer, says whether it is the last of its stream. */
  constructor(clock: Clock, answered: (id: RequestId) => boolean) {
    this.#clock = clock;
    this.#answered = answered;
    this.#last = clock.wall();
  }

  get bytes(): number {
    return this.#bytes;
  }

  storeEvent(stream: string, message: JSONRPCMessage): Promise<string> {
    this.#last += 1;
    // What opens a stream has an id and says nothing.
    const says = 'jsonrpc' in message;
    if (!says) this.#opened(stream);
    const id = `${stream}_${this.#last}${this.#requests.get(stream) ?? ''}`;
    const answer = says && ('result' in message || 'error' in message) ? message : null;
    const last = answer?.id !== undefined && this.#answered(answer.id);
    if (last) this.#requests.delete(stream);
    const silent = !says || isCancelled(message);
    const bytes = silent ? 0 : sizeOf(message);
    const event = { id, number: this.#last, stream, message: silent ? null : message, last, bytes };
    this.#events.push({ ...event, at: this.#clock.now() });
    this.#bytes += bytes;
    while (this.#events.length > STORED.events || (this.#bytes > STORED.bytes && this.#events.length > 1)) {
      this.#drop();
    }
    return Promise.resolve(id);
  }

  /** Lets go what nobody has come back for. */
  expire(): void {
    const before = this.#clock.now() - STORED.ms;
    while ((this.#events[0]?.at ?? before) < before) this.#drop();
  }

  /** Undefined for an id that names nothing that is held or open. */
  getStreamIdForEventId(id: string): Promise<string | undefined> {
    const { stream } = parse(id);
    return Promise.resolve(this.#knows(stream) ? stream : undefined);
  }

  resume(id: string): Resumption {
    const { stream, request } = parse(id);
    if (stream.startsWith(OVER)) return { is: 'over' };
    if (this.#knows(stream)) {
      if (this.rest(id) === 0) return { is: 'over' };
      return { is: 'held', request: this.#requests.has(stream) ? request : null };
    }
    return request === null ? { is: 'unknown' } : { is: 'lost', request, next: `${OVER}${stream}_0` };
  }

  /** True for the events of the stream that belongs to no request. */
  isStandalone(id: string): boolean {
    return parse(id).stream === STANDALONE;
  }

  /** How many events a client gets that comes back with this id, where no others will follow; null: more may come. */
  rest(id: string): number | null {
    const { stream, number } = parse(id);
    const ends = this.#events.some((event) => event.stream === stream && event.last);
    return ends ? this.#after(stream, number).length : null;
  }

  async replayEventsAfter(
    id: string,
    { send }: { send: (id: string, message: JSONRPCMessage) => Promise<void> },
  ): Promise<string> {
    const { stream, number } = parse(id);
    for (const { id: of, message } of this.#after(stream, number)) if (message) await send(of, message);
    return stream;
  }

  #opened(stream: string): void {
    const [request, ...more] = this.opening;
    const json = JSON.stringify(request);
    if (request === undefined || more.length > 0 || json.length > MAX_REQUEST_ID) return;
    this.#requests.set(stream, `.${Buffer.from(json).toString('base64url')}`);
  }

  #knows(stream: string): boolean {
    return (
      stream === STANDALONE ||
      this.#requests.has(stream) ||
      this.#events.some((each) => each.stream === stream)
    );
  }

  #after(stream: string, number: number): Stored[] {
    return this.#events.filter((each) => each.stream === stream && each.number > number && each.message);
  }

  #drop(): void {
    this.#bytes -= this.#events.shift()?.bytes ?? 0;
  }
}

/** In front of a stream's name: nothing of it will come again. */
const OVER = 'over_';

/** The error that stands for the answer to a request which was cancelled: its client is not told. */
export const CANCELLED = { code: -32_000, message: 'Request cancelled' } as const;

function isCancelled(message: JSONRPCMessage): boolean {
  return 'error' in message && message.error === CANCELLED;
}

function parse(id: string): { stream: string; number: number; request: RequestId | null } {
  const [, stream = '', number = '', request] = /^(.+)_(\d+)(?:\.([\w-]+))?$/.exec(id) ?? [];
  return { stream, number: Number(number), request: request === undefined ? null : requestOf(request) };
}

function requestOf(encoded: string): RequestId | null {
  try {
    return RequestIdSchema.parse(JSON.parse(Buffer.from(encoded, 'base64url').toString()));
  } catch {
    return null;
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
