import type { Clock } from '../../shared/clock.ts';
import type { ExchangeRow, FrameRow, Stats, TrafficBatch } from '../../shared/events.ts';
import { oneLine } from '../../shared/text.ts';
import type { ClientIdentity, Exchange, ExchangeEnd, Observer } from '../contract/observer.ts';
import { Durations } from './durations.ts';
import { Latency } from './latency.ts';
import { Ring } from './ring.ts';

/** Rows that are kept of each kind. */
const CAPACITY = 5000;

/** Targets per client whose last event is remembered for collapsing. */
const MAX_RUNS = 256;

/** What is counted of one client, or of all. */
export class Tally {
  requests = 0;
  failures = 0;
  bytesIn = 0;
  bytesOut = 0;
  /** Wall clock of the latest message either way; null before the first. */
  lastSeen: number | null = null;
  readonly latency: Latency;
  /** Per target: the event row that the next event of the same name is counted into. */
  readonly runs = new Map<string, FrameRow>();

  constructor(latency = new Latency()) {
    this.latency = latency;
  }
}

/**
 * Watches what passes and keeps the latest 5,000 rows of exchanges and of frames. It parses nothing: the
 * mux hands it what it knows. Rows of commands are one shared object each, changed when the answer comes.
 */
export class Recorder implements Observer {
  readonly #clock: Clock;
  readonly #frames = new Ring<FrameRow>(CAPACITY);
  readonly #exchanges = new Ring<ExchangeRow>(CAPACITY);
  readonly #tallies = new Map<string, Tally>();
  /** Of all commands that the browser answered, since the start. */
  readonly durations = new Durations();
  readonly #all = new Tally(new Latency(this.durations));
  /** Exchanges that changed since the last batch. */
  readonly #changed = new Set<ExchangeRow>();
  #watched = false;
  #frameSeq = 0;
  #exchangeSeq = 0;
  #batched = 0;
  #rateAt: number;
  #rateFrom = 0;
  #messages = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#rateAt = clock.now();
  }

  get totals(): Readonly<Tally> {
    return this.#all;
  }

  /** Rows that are kept, and those that made room for newer ones. */
  get held(): { buffered: number; dropped: number } {
    return { buffered: this.#frames.size, dropped: this.#frames.dropped };
  }

  /** The client's own counts; kept until {@link forget}. */
  tally(client: string): Tally {
    let tally = this.#tallies.get(client);
    if (!tally) {
      tally = new Tally();
      this.#tallies.set(client, tally);
    }
    return tally;
  }

  /** The client is gone. Its rows stay, its counts stay in the totals. */
  forget(client: string): void {
    this.#tallies.delete(client);
  }

  opened(exchange: Exchange): void {
    const at = this.#clock.wall();
    const tally = this.tally(exchange.client.id);
    for (const each of [tally, this.#all]) {
      each.requests += 1;
      each.bytesIn += exchange.bytes;
      each.lastSeen = at;
    }
    this.#exchangeSeq += 1;
    const row: ExchangeRow = {
      seq: this.#exchangeSeq,
      at,
      client: exchange.client.id,
      clientName: exchange.client.name,
      kind: exchange.client.kind,
      method: methodName(exchange.method),
      target: exchange.target,
      outcome: 'open',
      ms: null,
      browserMs: null,
      error: null,
    };
    exchange.note = row;
    this.#exchanges.push(row);
    this.#touch(row);
    this.#frame(exchange.client, { dir: 'command', target: row.target, method: row.method }, exchange.bytes);
  }

  closed(exchange: Exchange, end: ExchangeEnd, error: string | null, bytes: number): void {
    const row = exchange.note as ExchangeRow;
    const ms = this.#clock.now() - exchange.arrived;
    const browserMs =
      exchange.sent === null || exchange.returned === null ? null : exchange.returned - exchange.sent;
    const outcome = end === 'left' ? 'lost' : end;
    row.outcome = outcome;
    row.target = exchange.target;
    row.ms = ms;
    row.browserMs = browserMs;
    row.error = error === null ? null : oneLine(error.slice(0, 300));
    const tally = this.tally(exchange.client.id);
    for (const each of [tally, this.#all]) {
      if (end === 'error' || end === 'lost') each.failures += 1;
      each.bytesOut += bytes;
      if (browserMs !== null) each.latency.add(ms, browserMs);
    }
    this.#touch(row);
    // Nothing was sent to a client that is gone.
    if (end === 'left') return;
    const frame = this.#frame(
      exchange.client,
      { dir: 'answer', target: row.target, method: row.method },
      bytes,
    );
    frame.outcome = outcome;
    frame.ms = ms;
  }

  event(client: ClientIdentity, target: string, method: string, bytes: number): void {
    const tally = this.tally(client.id);
    tally.bytesOut += bytes;
    this.#all.bytesOut += bytes;
    const run = tally.runs.get(target);
    if (run?.method === method && run.seq > this.#frameSeq - this.#frames.size) {
      run.count += 1;
      run.bytes += bytes;
      this.#messages += 1;
      return;
    }
    const row = this.#frame(client, { dir: 'event', target, method: methodName(method) }, bytes);
    row.outcome = 'ok';
    if (tally.runs.size >= MAX_RUNS) tally.runs.clear();
    tally.runs.set(target, row);
  }

  /** Batches are wanted from here on, or no more. */
  watch(on: boolean): void {
    this.#watched = on;
    this.#seal();
  }

  /** What is new since the last batch; null when nothing is, or nobody watches. */
  batch(): TrafficBatch | null {
    if (!this.#watched) return null;
    const frames = this.#frames.last(this.#frameSeq - this.#batched);
    if (frames.length === 0 && this.#changed.size === 0) return null;
    const exchanges = [...this.#changed];
    this.#seal();
    return { frames, exchanges };
  }

  /** The latest rows of each kind, whether watched or not. */
  backfill(rows: number): TrafficBatch {
    return { frames: this.#frames.last(rows), exchanges: this.#exchanges.last(rows) };
  }

  /** As of now; the rate is that since the last call. */
  stats(connected: boolean, totalClients: number): Stats {
    const now = this.#clock.now();
    const seconds = (now - this.#rateAt) / 1000;
    const rate = seconds > 0 ? (this.#messages - this.#rateFrom) / seconds : 0;
    this.#rateAt = now;
    this.#rateFrom = this.#messages;
    return {
      connected,
      totalClients,
      totalRequests: this.#all.requests,
      failedRequests: this.#all.failures,
      rate: Math.round(rate * 10) / 10,
      p95: this.#all.latency.totals([0.95])[0] ?? null,
      buffered: this.#frames.size,
      dropped: this.#frames.dropped,
    };
  }

  #frame(
    client: ClientIdentity,
    message: Pick<FrameRow, 'dir' | 'target' | 'method'>,
    bytes: number,
  ): FrameRow {
    this.#frameSeq += 1;
    this.#messages += 1;
    const row: FrameRow = {
      seq: this.#frameSeq,
      at: this.#clock.wall(),
      dir: message.dir,
      client: client.id,
      clientName: client.name,
      method: message.method,
      target: message.target,
      outcome: 'open',
      ms: null,
      bytes,
      count: 1,
    };
    this.#frames.push(row);
    return row;
  }

  #touch(row: ExchangeRow): void {
    if (!this.#watched) return;
    // Set again, so that the order is that of the changes.
    this.#changed.delete(row);
    this.#changed.add(row);
    if (this.#changed.size <= CAPACITY) return;
    for (const oldest of this.#changed) {
      this.#changed.delete(oldest);
      return;
    }
  }

  /** Rows that were sent are final: what repeats from here on is a new row. */
  #seal(): void {
    this.#batched = this.#frameSeq;
    this.#changed.clear();
    for (const tally of this.#tallies.values()) tally.runs.clear();
  }
}

/** A method is the client's own text: one line, and of a length that fits a row. */
function methodName(method: string): string {
  return oneLine(method.length > 120 ? method.slice(0, 120) : method);
}
