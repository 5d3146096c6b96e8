import { basename } from 'node:path';
import { type CaptureHead, type CaptureRow, readCaptureLine } from '../../shared/capture.ts';
import type { Clock } from '../../shared/clock.ts';
import { HubError } from '../../shared/errors.ts';
import type { Bodies, ExchangeRow, FrameRow, Snapshot, TrafficBatch } from '../../shared/events.ts';
import { matches, parseFilter } from '../../shared/filter/filter.ts';
import type { BodyWish, PageShown } from '../../shared/ipc.ts';
import type { Moment } from './history.ts';
import type { HubLink } from './hub-link.ts';

/** What a file of lines says that there was. */
export interface Capture {
  readonly head: CaptureHead | null;
  readonly moments: readonly Moment[];
  readonly frames: readonly FrameRow[];
  readonly exchanges: readonly ExchangeRow[];
  /** By `exchange 7` or `frame 7`. */
  readonly bodies: ReadonlyMap<string, Bodies>;
  /** When its last row passed, milliseconds since the epoch. */
  readonly endedAt: number;
}

/** Throws USAGE where no line is one of a capture. */
export async function readCapture(lines: AsyncIterable<string> | Iterable<string>): Promise<Capture> {
  const reader = new Reader();
  for await (const line of lines) reader.read(line);
  return reader.capture;
}

class Reader {
  #head: CaptureHead | null = null;
  readonly #moments: Moment[] = [];
  readonly #frames = new Map<number, FrameRow>();
  readonly #exchanges = new Map<number, ExchangeRow>();
  readonly #bodies = new Map<string, Bodies>();
  #endedAt = 0;
  /** What the numbers of a gateway that was started anew begin after. */
  #after = { frame: 0, exchange: 0 };
  #last = { frame: 0, exchange: 0 };
  #gateway: number | null = null;

  get capture(): Capture {
    if (!this.#head && this.#frames.size + this.#exchanges.size === 0) {
      throw new HubError('USAGE', 'the file is no capture', 'Name a file that cdp-hub record wrote.');
    }
    return {
      head: this.#head,
      moments: this.#moments,
      frames: [...this.#frames.values()],
      exchanges: [...this.#exchanges.values()],
      bodies: this.#bodies,
      endedAt: this.#endedAt,
    };
  }

  read(text: string): void {
    const line = readCaptureLine(text);
    switch (line?.type) {
      case 'capture':
        this.#head ??= line;
        this.#moment(line);
        break;
      case 'state':
        this.#moment(line);
        break;
      case 'exchange':
      case 'message':
        this.#row(line);
        break;
    }
  }

  #moment({ at, processes, clients }: Moment): void {
    this.#moments.push({ at, processes, clients });
    this.#endedAt = Math.max(this.#endedAt, at);
    const pid = processes.find(({ name }) => name === 'gateway')?.pid ?? null;
    if (pid === null) return;
    if (this.#gateway !== null && pid !== this.#gateway) this.#after = { ...this.#last };
    this.#gateway = pid;
  }

  #row({ type, bodies, ...row }: CaptureRow): void {
    this.#endedAt = Math.max(this.#endedAt, row.at + (row.ms ?? 0));
    const of = type === 'message' ? 'frame' : 'exchange';
    const seq = this.#after[of] + row.seq;
    this.#last = { ...this.#last, [of]: Math.max(this.#last[of], seq) };
    if (bodies) this.#bodies.set(`${of} ${seq}`, bodies);
    if ('dir' in row) {
      const exchange = row.exchange === null ? null : this.#after.exchange + row.exchange;
      this.#frames.set(seq, { ...row, seq, exchange });
    } else this.#exchanges.set(seq, { ...row, seq });
  }
}

/** A capture in the place of a hub: all of it is there from the start, and nothing can be done to it. */
export class CaptureLink implements HubLink {
  readonly snapshot: Snapshot;
  readonly past: readonly Moment[];
  /** The name of the file. */
  readonly capture: string;
  /** What people read stands still where the capture ends. */
  readonly clock: Clock;
  readonly #of: Capture;
  #close: (reason: string) => void = () => {};

  constructor(file: string, capture: Capture) {
    const { head, moments, exchanges, endedAt } = capture;
    const last = moments.at(-1);
    this.#of = capture;
    this.capture = basename(file);
    this.past = moments;
    this.clock = { now: () => performance.now(), wall: () => endedAt };
    this.snapshot = {
      version: head?.version ?? '',
      home: file,
      startedAt: head?.at ?? 0,
      ready: true,
      urls: head?.urls ?? null,
      pids: { supervisor: 0, browser: null, forwarder: null, gateway: null },
      processes: [...(last?.processes ?? [])],
      clients: [...(last?.clients ?? [])],
      stats: {
        connected: false,
        totalClients: last?.clients.length ?? 0,
        totalRequests: exchanges.length,
        failedRequests: exchanges.filter(({ outcome }) => outcome === 'error').length,
        rate: 0,
        p95: null,
        buffered: exchanges.length + capture.frames.length,
        dropped: 0,
        bufferedBytes: 0,
      },
      questions: [],
    };
  }

  /** Ends the screen that shows it. */
  close(): void {
    this.#close('the capture was closed');
  }

  subscribe(): () => void {
    return () => {};
  }

  onClose(listener: (reason: string) => void): () => void {
    this.#close = listener;
    return () => {
      this.#close = () => {};
    };
  }

  async watch(): Promise<void> {}

  async backfill(rows: number, text: string): Promise<TrafficBatch> {
    const parsed = parseFilter(text);
    if (!parsed.ok) return { frames: [], exchanges: [] };
    const { filter } = parsed;
    const { frames, exchanges } = this.#of;
    const chosen = <T extends FrameRow | ExchangeRow>(all: readonly T[]): T[] =>
      (text.trim() === ''
        ? all
        : all.filter((row) => matches(filter, { ...row, text: () => this.#textOf(row) }))
      ).slice(-rows);
    return { frames: chosen(frames), exchanges: chosen(exchanges) };
  }

  async body({ of, seq }: BodyWish): Promise<Bodies> {
    return this.#of.bodies.get(`${of} ${seq}`) ?? { command: null, answer: null, event: null };
  }

  pause(): Promise<string[]> {
    return refused();
  }

  resume(): Promise<string[]> {
    return refused();
  }

  kill(): Promise<string[]> {
    return refused();
  }

  page(): Promise<PageShown> {
    return refused();
  }

  restart(): Promise<void> {
    return refused();
  }

  #textOf(row: FrameRow | ExchangeRow): string | null {
    const key = 'dir' in row && row.exchange === null ? `frame ${row.seq}` : null;
    const bodies = this.#of.bodies.get(key ?? `exchange ${'dir' in row ? row.exchange : row.seq}`);
    if (!bodies) return null;
    return [bodies.command, bodies.answer, bodies.event].flatMap((body) => body?.text ?? []).join('\n');
  }
}

async function refused(): Promise<never> {
  throw new HubError(
    'CONTROL',
    'this is a capture: nothing in it can be acted on',
    'The hub itself: cdp-hub attach.',
  );
}
