import type { Clock } from '../../shared/clock.ts';
import type { LogEntry } from '../../shared/earlier-log.ts';
import type {
  ClientInfo,
  ExchangeRow,
  FrameRow,
  HubEvent,
  HubUrls,
  ProcessInfo,
  ProcessName,
  ProcessState,
  Snapshot,
  Stats,
  TrafficBatch,
} from '../../shared/events.ts';
import { History, type Moment } from './history.ts';
import { isSeparator, type Separator, SeqRing } from './rows.ts';

/** Rows kept on the screen's side. */
export const MAX_FRAMES = 5000;
export const MAX_EXCHANGES = 1000;

/** Shortest time between two notifications, milliseconds: 10 Hz, against Ink's 30 fps (equal rates halve). */
export const TICK_MS = 100;
/** Clock, uptimes and countdowns move on this often when nothing else happens. */
const CALM_TICK_MS = 1000;
const RATE_SAMPLES = 16;

export type NoticeLevel = 'info' | 'warn' | 'error';

/** Something to say for a while in the status bar; `until` is monotonic. */
export interface Notice {
  readonly level: NoticeLevel;
  readonly text: string;
  readonly until: number;
}

/** Entries of the log that are kept. */
const MAX_LOG = 1000;

const NOTICE_MS: Record<NoticeLevel, number> = { info: 4000, warn: 8000, error: 15_000 };

/** A task under way: an installation, a slow start. */
export interface Progress {
  readonly task: string;
  readonly message: string;
  readonly fraction: number | null;
  readonly until: number;
}

/** How a process's latest life ended, and when (milliseconds since the epoch). */
export interface Ending {
  readonly at: number;
  /** `browser was ended by SIGKILL`. */
  readonly text: string;
}

/** The hub as the screen knows it. Lives outside React; read it, change it through {@link HubStore.apply}. */
export interface HubState {
  readonly version: string;
  readonly home: string;
  readonly startedAt: number;
  ready: boolean;
  urls: HubUrls | null;
  /** In the order of the chain, whatever the order in which they reported. */
  processes: ProcessInfo[];
  /** In the order in which they came. */
  clients: ClientInfo[];
  stats: Stats | null;
  /** The latest message rates, oldest first. */
  rates: number[];
  /** Why the hub is stopping; null while it is not. */
  stopping: string | null;
  /** The last failure or the end that the hub announced. */
  ended: string | null;
  /** When the gateway that runs was started, milliseconds since the epoch: rows of before are another's. */
  gatewaySince: number;
  readonly endings: Map<ProcessName, Ending>;
  notice: Notice | null;
  progress: Progress | null;
  /** What was said and done, oldest first: at most {@link MAX_LOG} entries. */
  readonly log: LogEntry[];
  /** What processes and clients were before. */
  readonly history: History;
  readonly frames: SeqRing<FrameRow | Separator>;
  readonly exchanges: SeqRing<ExchangeRow | Separator>;
}

const ORDER = ['browser', 'forwarder', 'gateway'];
const LIVING: readonly ProcessState[] = ['ready', 'attached', 'degraded', 'stopping'];
/** What was logged of a process this long ago is not about its end, milliseconds. */
const LAST_WORDS_MS = 5000;

/**
 * Applies hub events at any rate and tells its listeners at most ten times a second: one React update per
 * event saturates the loop at about 1,300 events a second (measured), one per tick holds 5,000.
 */
export class HubStore implements Disposable {
  readonly state: HubState;
  /** Grows with every notification: what `useSyncExternalStore` compares. */
  version = 0;
  /** Called in each tick before the rings let go of rows: the last chance to keep a copy. */
  beforeTrim: () => void = () => {};
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #timer: NodeJS.Timeout | null = null;
  #timerAt = 0;
  #lastTick = Number.NEGATIVE_INFINITY;
  #disposed = false;
  #matches: ((row: FrameRow | ExchangeRow) => boolean) | null = null;
  /** The latest warning of each source. */
  readonly #words = new Map<string, { at: number; message: string }>();

  constructor(snapshot: Snapshot, clock: Clock, past: readonly Moment[] = []) {
    this.#clock = clock;
    this.state = {
      version: snapshot.version,
      home: snapshot.home,
      startedAt: snapshot.startedAt,
      ready: snapshot.ready,
      urls: snapshot.urls,
      processes: snapshot.processes.toSorted(inOrder),
      clients: snapshot.clients.toSorted(byArrival),
      stats: snapshot.stats,
      rates: snapshot.stats ? [snapshot.stats.rate] : [],
      stopping: null,
      ended: null,
      gatewaySince: 0,
      endings: new Map(),
      notice: null,
      progress: null,
      log: [],
      history: new History(past),
      frames: new SeqRing(MAX_FRAMES),
      exchanges: new SeqRing(MAX_EXCHANGES),
    };
    if (past.length === 0) this.#keep();
    this.#schedule(CALM_TICK_MS);
  }

  /** Milliseconds since the epoch. */
  wall(): number {
    return this.#clock.wall();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  apply(event: HubEvent): void {
    const calm = this.#isRoutine(event);
    this.#reduce(event);
    if (event.type === 'process' || event.type === 'clients') this.#keep();
    this.#schedule(calm ? CALM_TICK_MS : TICK_MS);
  }

  /** All rows go, and of those to come only what matches stays; null: the hub sends nothing else. */
  refill(matches: ((row: FrameRow | ExchangeRow) => boolean) | null): void {
    this.#matches = matches;
    this.state.frames.clear();
    this.state.exchanges.clear();
  }

  /** Rows from before the first event; they go where their numbers put them. */
  backfill(batch: TrafficBatch): void {
    this.#put(batch);
    this.#schedule(TICK_MS);
  }

  /** A word in the status bar, at once; for `ms`, or as long as its level deserves. */
  notify(level: NoticeLevel, text: string, ms: number = NOTICE_MS[level]): void {
    this.state.notice = { level, text, until: this.#clock.now() + ms };
    this.#remember(level, 'screen', text);
    this.changed();
  }

  /** Something that a key changed: told at once, the tick's rhythm stays. */
  changed(): void {
    this.version++;
    for (const listener of this.#listeners) listener();
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#listeners.clear();
  }

  /** Counts and samples that come all the time: the next tick of the clock draws them, too. */
  #isRoutine(event: HubEvent): boolean {
    if (event.type === 'stats') return true;
    if (event.type !== 'process') return false;
    const { process } = event;
    const before = this.state.processes.find(({ name }) => name === process.name);
    return (
      before?.state === process.state &&
      before.pid === process.pid &&
      before.detail === process.detail &&
      before.retryAt === process.retryAt &&
      before.finding?.message === process.finding?.message
    );
  }

  #reduce(event: HubEvent): void {
    const { state } = this;
    switch (event.type) {
      case 'hub.ready':
        state.ready = true;
        state.urls = event.urls;
        break;
      case 'hub.stopping':
        state.stopping = event.reason;
        break;
      case 'hub.stopped':
        state.stopping ??= event.reason;
        state.ended = event.reason;
        break;
      case 'hub.failed':
        state.ended = `${event.error.message}. ${event.error.hint}`;
        this.#note('error', state.ended);
        break;
      case 'process':
        this.#process(event.process);
        break;
      case 'clients':
        state.clients = event.clients.toSorted(byArrival);
        break;
      case 'stats':
        this.#counted(event.stats);
        break;
      case 'traffic':
        this.#put(event.batch);
        break;
      case 'log':
        if (event.level !== 'info') this.#words.set(event.source, event);
        this.#remember(event.level, event.source, event.message);
        if (event.level !== 'info') this.#note(event.level, said(event.source, event.message));
        break;
      case 'progress': {
        const done = event.fraction !== null && event.fraction >= 1;
        const { task, message, fraction } = event;
        state.progress = { task, message, fraction, until: this.#clock.now() + (done ? 3000 : 30_000) };
        break;
      }
    }
  }

  #keep(): void {
    const { processes, clients, history } = this.state;
    history.add({ at: this.#clock.wall(), processes, clients });
  }

  #note(level: NoticeLevel, text: string): void {
    this.state.notice = { level, text, until: this.#clock.now() + NOTICE_MS[level] };
  }

  /** What was written down before this screen was there. */
  rememberEarlier(entries: readonly LogEntry[]): void {
    this.state.log.unshift(...entries.slice(-MAX_LOG));
  }

  #remember(level: NoticeLevel, source: string, text: string): void {
    const { log } = this.state;
    log.push({ at: this.#clock.wall(), level, source, text });
    if (log.length > MAX_LOG) log.splice(0, log.length - MAX_LOG);
  }

  #process(next: ProcessInfo): void {
    const { state } = this;
    const before = state.processes.find((each) => each.name === next.name);
    // A new gateway numbers its rows from the start, and the answers to what the old one had open never come.
    if (next.name === 'gateway' && before?.pid != null && next.pid !== before.pid) {
      state.gatewaySince = next.since;
      state.frames.renumber();
      state.exchanges.renumber();
      state.exchanges.update((row) =>
        !isSeparator(row) && row.outcome === 'open' ? { ...row, outcome: 'lost' } : row,
      );
    }
    if (before && LIVING.includes(before.state) && !LIVING.includes(next.state)) this.#ended(before, next);
    state.processes = [...state.processes.filter((each) => each !== before), next].sort(inOrder);
  }

  #counted(stats: Stats): void {
    this.state.stats = stats;
    this.state.rates = [...this.state.rates, stats.rate].slice(-RATE_SAMPLES);
  }

  /** A life ended: its reason stays readable, and what it carried stands above a line. */
  #ended(before: ProcessInfo, next: ProcessInfo): void {
    const { state } = this;
    const { name } = next;
    if (state.stopping !== null) return;
    const words = this.#words.get(name);
    const last = words && next.since - words.at < LAST_WORDS_MS ? words.message : next.finding?.message;
    const reason = before.state === 'stopping' ? 'was restarted on request' : last?.split('\n')[0];
    const text = reason?.startsWith(name) ? reason : `${name} ${reason ?? 'is gone'}`;
    state.endings.set(name, { at: next.since, text });
    if (name === 'forwarder') return;
    // Nobody counts any more: the last rate would stand there as if it were of now.
    if (name === 'gateway' && state.stats) this.#counted({ ...state.stats, rate: 0, p95: null });
    const separator = { seq: 0, at: next.since, separator: text };
    state.frames.insert(separator);
    state.exchanges.insert(separator);
  }

  #put(batch: TrafficBatch): void {
    const { frames, exchanges } = this.state;
    const matches = this.#matches;
    for (const row of batch.frames) if (!matches || matches(row)) frames.put(row);
    for (const row of batch.exchanges) if (!matches || matches(row)) exchanges.put(row);
  }

  /** The next tick comes `ms` after the last one or sooner. */
  #schedule(ms: number): void {
    if (this.#disposed) return;
    const now = this.#clock.now();
    const at = Math.max(now, this.#lastTick + ms);
    if (this.#timer) {
      if (this.#timerAt <= at) return;
      clearTimeout(this.#timer);
    }
    this.#timerAt = at;
    this.#timer = setTimeout(() => this.#tick(), at - now);
  }

  #tick(): void {
    const now = this.#clock.now();
    this.#timer = null;
    this.#lastTick = now;
    const { state } = this;
    this.beforeTrim();
    state.frames.trim();
    state.exchanges.trim();
    if (state.notice && state.notice.until <= now) state.notice = null;
    if (state.progress && state.progress.until <= now) state.progress = null;
    this.#schedule(CALM_TICK_MS);
    this.changed();
  }
}

/** `gateway was ended by SIGKILL`, `browser: slow`: its name once. */
function said(source: string, message: string): string {
  return message.startsWith(`${source} `) ? message : `${source}: ${message}`;
}

function inOrder(a: ProcessInfo, b: ProcessInfo): number {
  return ORDER.indexOf(a.name) - ORDER.indexOf(b.name);
}

function byArrival(a: ClientInfo, b: ClientInfo): number {
  return a.since - b.since || (a.id < b.id ? -1 : 1);
}
