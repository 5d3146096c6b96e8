import type { ExchangeRow, FrameRow, Stats, TrafficBatch } from '../../shared/events.ts';
import { BodyStore, type Message } from './bodies.ts';
import { Ring } from './ring.ts';
import { inBatch, type Matches, type Row } from './watchers.ts';

const LIMITS = {
  /** Rows of both kinds. */
  rows: 50_000,
  /** Of rows and bodies together. */
  bytes: 64 * 1024 * 1024,
} as const;

/** The share of the bytes that is for rows; the rest is for bodies. */
const OF_ROWS = 3 / 8;

/** What a row takes besides the texts that are its own. */
const ROW_BYTES = 256;

export interface StoreLimits {
  maxRows?: number;
  maxBytes?: number;
}

/** Rows of a time, and whether earlier ones of it are gone. */
export interface Since extends TrafficBatch {
  gap: boolean;
}

/** The latest rows of both kinds and their bodies, within a number of rows and of bytes. */
export class RowStore {
  readonly #maxRows: number;
  readonly #maxRowBytes: number;
  readonly #frames: Ring<FrameRow>;
  readonly #exchanges: Ring<ExchangeRow>;
  readonly #bodies: BodyStore;

  constructor({ maxRows = LIMITS.rows, maxBytes = LIMITS.bytes }: StoreLimits) {
    this.#maxRows = maxRows;
    this.#maxRowBytes = maxBytes * OF_ROWS;
    this.#frames = new Ring(maxRows);
    this.#exchanges = new Ring(maxRows);
    this.#bodies = new BodyStore(maxBytes - this.#maxRowBytes);
  }

  /** The number of the latest row; 0 before the first. */
  get lastFrame(): number {
    return this.#frames.last;
  }

  get lastExchange(): number {
    return this.#exchanges.last;
  }

  get held(): Pick<Stats, 'buffered' | 'dropped' | 'bufferedBytes'> {
    return {
      buffered: this.#frames.size + this.#exchanges.size,
      dropped: this.#frames.dropped + this.#exchanges.dropped,
      bufferedBytes: this.#frames.bytes + this.#exchanges.bytes + this.#bodies.bytes,
    };
  }

  addExchange(row: ExchangeRow): void {
    this.#exchanges.push(row, weightOf(row));
    this.#trim();
  }

  addFrame(row: FrameRow): void {
    this.#frames.push(row, weightOf(row));
    this.#trim();
  }

  /** An exchange has a text that it had not when it was added. */
  grew(row: ExchangeRow, characters: number): void {
    this.#exchanges.grow(row.seq, characters);
  }

  /** The event's row is still there to be counted into, and where messages are kept it has the very same one. */
  repeats(row: FrameRow, body: string | null): boolean {
    if (this.#frames.get(row.seq) !== row) return false;
    return body === null || this.bodyOf(row)?.bodies.event?.text === body;
  }

  framesAfter(frame: number): FrameRow[] {
    return [...this.#frames.after(frame)];
  }

  /** The latest rows of each kind. */
  backfill(rows: number, matches: Matches): TrafficBatch {
    return {
      frames: latest(this.#frames, rows, matches),
      exchanges: latest(this.#exchanges, rows, matches),
    };
  }

  /** What passed after that frame, with the exchanges that it belongs to. */
  since(frame: number, matches: Matches): Since {
    const fits = (row: Row) => matches === null || matches(row);
    const frames = this.framesAfter(frame);
    const numbers = new Set(frames.map((row) => row.exchange));
    const exchanges = [...this.#exchanges.after(0)].filter((row) => numbers.has(row.seq) && fits(row));
    return { ...inBatch(frames.filter(fits), exchanges), gap: frame < this.#frames.dropped };
  }

  putCommand(exchange: ExchangeRow, message: Message): void {
    this.#bodies.put(nameOf('exchange', exchange.seq), 'command', message);
  }

  putAnswer(exchange: ExchangeRow, message: Message): void {
    this.#bodies.put(nameOf('exchange', exchange.seq), 'answer', message);
  }

  putEvent(frame: FrameRow, message: Message): void {
    this.#bodies.put(nameOf('frame', frame.seq), 'event', message);
  }

  body(of: 'exchange' | 'frame', seq: number): ReturnType<BodyStore['get']> {
    return this.#bodies.get(nameOf(of, seq));
  }

  /** Of an exchange's messages those of both. */
  bodyOf(row: Row): ReturnType<BodyStore['get']> {
    const exchange = 'dir' in row ? row.exchange : row.seq;
    return exchange === null ? this.body('frame', row.seq) : this.body('exchange', exchange);
  }

  clearBodies(): void {
    this.#bodies.clear();
  }

  /** Lets go of the oldest rows of either kind, and of what belongs to them. */
  #trim(): void {
    while (this.#full()) {
      const [frame, exchange] = [this.#frames.oldest, this.#exchanges.oldest];
      if (exchange && (!frame || exchange.at <= frame.at)) {
        this.#exchanges.drop();
        this.#bodies.drop(nameOf('exchange', exchange.seq));
      } else if (frame) {
        this.#frames.drop();
        this.#bodies.drop(nameOf('frame', frame.seq));
      }
    }
  }

  #full(): boolean {
    const rows = this.#frames.size + this.#exchanges.size;
    return (
      rows > this.#maxRows || (rows > 1 && this.#frames.bytes + this.#exchanges.bytes > this.#maxRowBytes)
    );
  }
}

function weightOf({ url, method, error }: Row): number {
  return ROW_BYTES + url.length + method.length + (error?.length ?? 0);
}

function nameOf(of: 'exchange' | 'frame', seq: number): string {
  return of === 'exchange' ? `e${seq}` : `f${seq}`;
}

function latest<T extends Row>(ring: Ring<T>, rows: number, matches: Matches): T[] {
  const found: T[] = [];
  for (const row of ring.newest()) {
    if (found.length >= rows) break;
    if (matches === null || matches(row)) found.push(row);
  }
  return found.reverse();
}
