import { randomUUID } from 'node:crypto';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { TrafficBatch } from '../../shared/events.ts';
import { type Filter, parseFilter } from '../../shared/filter/filter.ts';
import type { StreamEvent } from '../../shared/program-events.ts';
import type { Refusal } from '../../shared/refusal.ts';
import { DRAINING } from '../contract/refusal.ts';
import { EventStream } from './event-stream.ts';
import { routes } from './shapes/api.ts';
import { EVENTS } from './shapes/events.ts';
import { refuse } from './shapes/refusal.ts';

/** Streams that there may be at once. */
const MAX_STREAMS = 64;

const HEARTBEAT_MS = 15_000;

/** Bytes of the rows that a stream goes on with, of the 8 MiB that may lie unread: as much again may come behind. */
const MAX_MISSED = 4 * 1024 * 1024;

export interface EventSources {
  events: {
    /** The number of the latest. */
    readonly last: number;
    after(id: number): { events: readonly Told[]; gap: boolean };
    subscribe(listener: (event: Told) => void): () => void;
  };
  traffic: {
    /** The number of the latest frame. */
    latest(): number;
    since(frame: number, filter: Filter): TrafficBatch & { gap: boolean };
    observe(filter: Filter, take: (batch: TrafficBatch) => void): () => void;
  };
}

interface Told {
  id: number;
  type: StreamEvent['type'];
  text: string;
}

interface Opening {
  /** The id that was heard last. */
  from: string | undefined;
  /** Null: no traffic. */
  rows: Filter | null;
  cut(): void;
}

/** Where a stream is: the latest of its events, and of its frames. */
interface Place {
  event: number;
  frame: number;
}

/** `GET /api/v2/events` and its open streams. */
export class EventStreams {
  readonly #sources: EventSources;
  readonly #streams = new Set<EventStream>();
  readonly #heartbeat: NodeJS.Timeout;
  /** This life of the gateway: ids of another one mean nothing here. */
  readonly #run = randomUUID().slice(0, 8);
  #ended = false;

  constructor(sources: EventSources, heartbeatMs = HEARTBEAT_MS) {
    this.#sources = sources;
    this.#heartbeat = setInterval(() => {
      for (const stream of this.#streams) stream.heartbeat();
    }, heartbeatMs);
    this.#heartbeat.unref();
  }

  /** `cut` ends the connection that a request came by. */
  route(cut: (c: Context) => void): OpenAPIHono {
    const app = routes();
    app.openapi(EVENTS, (c) => {
      const { filter = '', traffic } = c.req.valid('query');
      const parsed = parseFilter(filter);
      if (!parsed.ok) return refuse(c, badFilter(parsed.error));
      if (this.#ended) return refuse(c, DRAINING);
      if (this.#streams.size >= MAX_STREAMS) return refuse(c, TOO_MANY_STREAMS);
      const headers = {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      };
      if (c.req.method === 'HEAD') return c.body(null, 200, headers);
      const from = c.req.valid('header')['last-event-id'];
      const rows = traffic === '1' ? parsed.filter : null;
      return c.body(this.#open({ from, rows, cut: () => cut(c) }), 200, headers);
    });
    return app;
  }

  /** Ends them all: the hub stops. */
  end(reason: string): void {
    this.#ended = true;
    clearInterval(this.#heartbeat);
    for (const stream of [...this.#streams]) {
      stream.say({ type: 'end', reason }, this.#id(this.#here()));
      stream.end();
    }
  }

  #open({ from, rows, cut }: Opening): ReadableStream {
    const { events, traffic } = this.#sources;
    const stops: (() => void)[] = [];
    const stream = new EventStream(() => {
      this.#streams.delete(stream);
      for (const stop of stops) stop();
    }, cut);
    this.#streams.add(stream);
    const place = this.#here();
    const tell = ({ id, type, text }: Told) => {
      place.event = id;
      stream.tell(type, text, this.#id(place));
    };
    const take = (batch: TrafficBatch) => {
      place.frame = traffic.latest();
      stream.say({ type: 'traffic', batch }, this.#id(place));
    };
    if (from === undefined || from === '') {
      stream.say({ type: 'start', run: this.#run }, this.#id(place));
    } else this.#resume(stream, from, { rows, tell, take, place });
    // It may have been too much: then nobody would end what is begun here.
    if (!this.#streams.has(stream)) return stream.body;
    stops.push(events.subscribe(tell));
    if (rows) stops.push(traffic.observe(rows, take));
    return stream.body;
  }

  /** What happened since the id that was heard last, as far as it is known. */
  #resume(
    stream: EventStream,
    from: string,
    to: {
      rows: Filter | null;
      tell(event: Told): void;
      take(batch: TrafficBatch): void;
      place: Place;
    },
  ): void {
    const { events, traffic } = this.#sources;
    const place = this.#placeOf(from);
    const missed = events.after(place?.event ?? 0);
    const { gap, ...batch } = to.rows
      ? traffic.since(place?.frame ?? 0, to.rows)
      : { gap: false, frames: [], exchanges: [] };
    const now = to.place.frame;
    to.place.event = place?.event ?? 0;
    if (to.rows) to.place.frame = place?.frame ?? 0;
    stream.say({ type: 'start', run: this.#run }, this.#id(to.place));
    const reason =
      place === null ? 'the id is of another run' : missed.gap || gap ? 'the id is too old' : null;
    if (reason !== null) stream.say({ type: 'gap', reason }, this.#id(to.place));
    for (const event of missed.events) to.tell(event);
    if (batch.frames.length > 0 || batch.exchanges.length > 0) to.take(fitting(batch));
    to.place.frame = now;
  }

  #here(): Place {
    return { event: this.#sources.events.last, frame: this.#sources.traffic.latest() };
  }

  #id({ event, frame }: Place): string {
    return `${this.#run}-${event}-${frame}`;
  }

  /** Null where it is none of this life's. */
  #placeOf(id: string): Place | null {
    const [, run, event, frame] = /^(\w+)-(\d{1,15})-(\d{1,15})$/.exec(id) ?? [];
    const place = { event: Number(event), frame: Number(frame) };
    const here = this.#here();
    return run === this.#run && place.event <= here.event && place.frame <= here.frame ? place : null;
  }
}

/** The latest of these rows, as many as a stream can go on with. */
function fitting(batch: TrafficBatch): TrafficBatch {
  if (Buffer.byteLength(JSON.stringify(batch)) <= MAX_MISSED) return batch;
  const { frames, exchanges, skipped = 0 } = batch;
  const [lessFrames, lessExchanges] = [Math.ceil(frames.length / 2), Math.ceil(exchanges.length / 2)];
  return fitting({
    frames: frames.slice(lessFrames),
    exchanges: exchanges.slice(lessExchanges),
    skipped: skipped + lessFrames + lessExchanges,
  });
}

function badFilter({ message, at, hint }: { message: string; at: number; hint: string }): Refusal {
  return {
    status: 400,
    error: 'BAD_REQUEST',
    message: `the filter cannot be read at column ${at + 1}: ${message}`,
    hint,
  };
}

const TOO_MANY_STREAMS: Refusal = {
  status: 429,
  error: 'RATE_LIMITED',
  message: `there are ${MAX_STREAMS} streams of events already`,
  hint: 'Close some of them, and share one where several want to hear.',
  headers: { 'retry-after': '5' },
};
