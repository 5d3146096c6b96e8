import type { Clock } from '../../shared/clock.ts';
import type { Bodies, ExchangeRow, FrameRow, Stats, TrafficBatch } from '../../shared/events.ts';
import { maskText } from '../../shared/secrets/mask-text.ts';
import { Secrets } from '../../shared/secrets/secrets.ts';
import type {
  ClientIdentity,
  Exchange,
  ExchangeEnd,
  ObservedAnswer,
  ObservedEvent,
  Observer,
  ToolEnd,
} from '../contract/observer.ts';
import { BODY_LIMIT, masked, textOf } from './bodies.ts';
import { Durations } from './durations.ts';
import { type Framed, frameRow } from './frame-row.ts';
import { Labels } from './labels.ts';
import { Latency } from './latency.ts';
import { maskMessage } from './redact.ts';
import { TEACHERS } from './redact-table.ts';
import { RowStore, type Since, type StoreLimits } from './row-store.ts';
import { Tally } from './tally.ts';
import { type Matches, type Row, Watchers, type Wish } from './watchers.ts';

/** What messages of tools are masked as: see redact-table.ts. */
const TOOL_CALL = 'tools/call';

/** Bytes of a command above which it is not looked through for secrets while nobody watches. */
const LESSON = 64 * 1024;

export interface RecorderOptions extends StoreLimits {
  /** Where a target is; empty where that is not known. */
  urlOf?(targetId: string): string;
  /** The number of the tab that a target is in; null where it is in none. */
  tabOf?(targetId: string): number | null;
}

/**
 * Watches what passes and keeps the latest rows of exchanges and of frames, within a number of rows and of bytes. It
 * parses nothing that passes: the mux hands it what it knows. Rows of commands are one shared object each, changed when
 * the answer comes. What is secret in rows is masked before they are kept; bodies are kept only while somebody watches
 * with bodies.
 */
export class Recorder implements Observer {
  readonly #clock: Clock;
  readonly #urlOf: (targetId: string) => string;
  readonly #tabOf: (targetId: string) => number | null;
  readonly #store: RowStore;
  readonly #secrets = new Secrets();
  readonly #labels = new Labels(this.#secrets);
  readonly #tallies = new Map<string, Tally>();
  /** Of all commands that the browser answered, since the start. */
  readonly durations = new Durations();
  readonly #all = new Tally(new Latency(this.durations));
  readonly #watchers = new Watchers();
  #rateAt: number;
  #rateFrom = 0;
  #messages = 0;

  constructor(clock: Clock, options: RecorderOptions = {}) {
    this.#clock = clock;
    this.#urlOf = options.urlOf ?? (() => '');
    this.#tabOf = options.tabOf ?? (() => null);
    this.#store = new RowStore(options);
    this.#rateAt = clock.now();
  }

  get totals(): Readonly<Tally> {
    return this.#all;
  }

  get bodyLimit(): number {
    return this.#watchers.bodies ? BODY_LIMIT : 0;
  }

  /** The number of the latest frame: where {@link since} goes on from. */
  get latest(): number {
    return this.#store.lastFrame;
  }

  /** What is kept, and what made room for newer rows. */
  get held(): RowStore['held'] {
    return this.#store.held;
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

  opened(exchange: Exchange, params: object | undefined, body: string | null): void {
    const { client, bytes } = exchange;
    if (TEACHERS.has(exchange.method) && bytes <= LESSON) {
      maskMessage(exchange.method, { params }, this.#secrets);
    }
    const at = this.#clock.wall();
    const tally = this.tally(client.id);
    for (const each of [tally, this.#all]) {
      each.requests += 1;
      each.bytesIn += bytes;
      each.lastSeen = at;
    }
    const named = (params as { url?: unknown } | undefined)?.url;
    const row: ExchangeRow = {
      seq: this.#store.lastExchange + 1,
      at,
      client: client.id,
      clientName: client.name,
      kind: client.kind,
      method: this.#labels.method(exchange.method),
      id: exchange.id,
      target: exchange.target,
      tab: this.#tabAt(exchange.target),
      sessionId: exchange.sessionId ?? '',
      url: typeof named === 'string' ? this.#labels.url(named) : this.#urlAt(exchange.target),
      outcome: 'open',
      ms: null,
      inMs: null,
      browserMs: null,
      outMs: null,
      error: null,
      code: null,
    };
    exchange.note = row;
    this.#store.addExchange(row);
    this.#watchers.changed(row);
    this.#frame(row, 'command', row.seq, bytes);
    if (body !== null) this.#store.putCommand(row, { method: exchange.method, text: body, bytes });
  }

  closed(exchange: Exchange, end: ExchangeEnd, { error, bytes, body }: ObservedAnswer): void {
    const row = exchange.note as ExchangeRow;
    const { arrived, sent, returned } = exchange;
    const now = this.#clock.now();
    row.outcome = end === 'left' ? 'lost' : end;
    if (row.target !== exchange.target) {
      row.target = exchange.target;
      row.tab = this.#tabAt(row.target);
      if (row.url === '') row.url = this.#urlAt(row.target);
    }
    row.ms = now - arrived;
    row.inMs = (sent ?? now) - arrived;
    if (sent !== null && returned !== null) {
      row.browserMs = returned - sent;
      row.outMs = now - returned;
    }
    if (error !== null) {
      row.error = this.#labels.error(error);
      row.code = error.code;
      this.#store.grew(row, row.error.length);
    }
    // The client may be gone by now, and its counts with it.
    const tally = this.#tallies.get(exchange.client.id);
    for (const each of tally ? [tally, this.#all] : [this.#all]) {
      if (end === 'error' || end === 'lost') each.failures += 1;
      each.bytesOut += bytes;
      if (row.browserMs !== null) each.latency.add(row.ms, row.browserMs);
    }
    this.#watchers.changed(row);
    // Nothing was sent to a client that is gone.
    if (end === 'left') return;
    this.#frame(row, 'answer', row.seq, bytes);
    if (body !== null) this.#store.putAnswer(row, { method: exchange.method, text: body, bytes });
  }

  /** A row of the requests alone: what it does in the browser are commands with rows and counts of their own. */
  called(client: ClientIdentity, tool: string, args: Readonly<Record<string, unknown>>): ToolEnd {
    const began = this.#clock.now();
    const seq = this.#store.lastExchange + 1;
    const row: ExchangeRow = {
      seq,
      at: this.#clock.wall(),
      client: client.id,
      clientName: client.name,
      kind: client.kind,
      method: this.#labels.method(tool),
      id: seq,
      target: '',
      tab: null,
      sessionId: '',
      url: typeof args.url === 'string' ? this.#labels.url(args.url) : '',
      outcome: 'open',
      ms: null,
      inMs: null,
      browserMs: null,
      outMs: null,
      error: null,
      code: null,
    };
    this.#store.addExchange(row);
    this.#watchers.changed(row);
    if (this.bodyLimit > 0) {
      const text = JSON.stringify({ method: TOOL_CALL, params: { name: tool, arguments: args } });
      this.#store.putCommand(row, { method: TOOL_CALL, text, bytes: Buffer.byteLength(text) });
    }
    return ({ error, result }) => {
      row.outcome = error === null ? 'ok' : 'error';
      row.ms = this.#clock.now() - began;
      if (error !== null) {
        // The code is that of JSON-RPC's own errors alone: what a tool fails with has none.
        row.error = this.#labels.error({ code: null, message: error });
        this.#store.grew(row, row.error.length);
      }
      this.#watchers.changed(row);
      if (this.bodyLimit === 0) return;
      const text = JSON.stringify(error === null ? { result } : { error: { message: error } });
      this.#store.putAnswer(row, { method: TOOL_CALL, text, bytes: Buffer.byteLength(text) });
    };
  }

  event(client: ClientIdentity, event: ObservedEvent): void {
    const { bytes } = event;
    const tally = this.tally(client.id);
    tally.bytesOut += bytes;
    this.#all.bytesOut += bytes;
    const session = event.sessionId || event.target;
    const run = tally.runs.get(session);
    if (run?.method === event.method && this.#store.repeats(run, event.body)) {
      run.count += 1;
      run.bytes += bytes;
      this.#messages += 1;
      return;
    }
    const row = this.#frame(
      {
        client: client.id,
        clientName: client.name,
        method: this.#labels.method(event.method),
        target: event.target,
        tab: this.#tabAt(event.target),
        sessionId: event.sessionId,
        url: this.#urlAt(event.target),
        id: null,
        outcome: 'ok',
        ms: null,
        error: null,
        code: null,
      },
      'event',
      null,
      bytes,
    );
    tally.run(session, row);
    if (event.body !== null) {
      this.#store.putEvent(row, { method: event.method, text: event.body, bytes });
    }
  }

  /** Rows from now on, at every {@link tick}; what it returns ends that. */
  watch(wish: Wish): () => void {
    // What was collapsed before is of before.
    this.#seal();
    const stop = this.#watchers.add(wish, this.#store.lastFrame);
    return () => {
      stop();
      if (!this.#watchers.bodies) this.#store.clearBodies();
    };
  }

  /** Tells everybody who watches what is new. To be called at the rate at which batches are to go out. */
  tick(): void {
    if (!this.#watchers.any) return;
    if (this.#watchers.tell(this.#store.framesAfter(this.#watchers.told))) this.#seal();
  }

  /** The latest rows of each kind, whether watched or not. */
  backfill(rows: number, matches: Matches = null): TrafficBatch {
    return this.#store.backfill(rows, matches);
  }

  /** What passed after that frame, with the exchanges that it belongs to. */
  since(frame: number, matches: Matches): Since {
    this.#seal();
    return this.#store.since(frame, matches);
  }

  /** The messages of a row as far as they are kept; `open`: as they passed, for the person at the terminal alone. */
  body(of: 'exchange' | 'frame', seq: number, open: boolean): Bodies {
    const kept = this.#store.body(of, seq);
    if (!kept) return { command: null, answer: null, event: null };
    return open ? kept.bodies : masked(kept, this.#secrets);
  }

  /** The messages of a row in one text, masked, for a filter to read; null where none are kept. */
  text(row: Row): string | null {
    const kept = this.#store.bodyOf(row);
    return kept && textOf(row, masked(kept, this.#secrets));
  }

  /** A text without the tokens and known secrets in it. */
  masked(text: string): string {
    return maskText(text, this.#secrets);
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
      ...this.#store.held,
    };
  }

  #urlAt(targetId: string): string {
    return targetId === '' ? '' : this.#labels.url(this.#urlOf(targetId));
  }

  #tabAt(targetId: string): number | null {
    return targetId === '' ? null : this.#tabOf(targetId);
  }

  #frame(of: Framed, dir: FrameRow['dir'], exchange: number | null, bytes: number): FrameRow {
    this.#messages += 1;
    const seq = this.#store.lastFrame + 1;
    const row = frameRow(of, { seq, at: this.#clock.wall(), dir, exchange, bytes });
    this.#store.addFrame(row);
    return row;
  }

  /** Rows that were told are final: what repeats from here on is a new row. */
  #seal(): void {
    for (const tally of this.#tallies.values()) tally.runs.clear();
  }
}
