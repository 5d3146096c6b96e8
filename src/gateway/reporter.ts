import type { TrafficBatch } from '../shared/events.ts';
import type { FromGateway } from '../shared/ipc.ts';
import type { ClientRegistry } from './clients.ts';
import type { Recorder } from './traffic/recorder.ts';
import type { Wish } from './traffic/watchers.ts';

const EVERY = {
  /** Traffic, and clients that came or went. */
  batch: 100,
  /** Clients' counts. */
  counts: 500,
  stats: 1000,
} as const;

export interface ReporterOptions {
  recorder: Recorder;
  registry: ClientRegistry;
  connected(): boolean;
  tell(message: FromGateway): void;
}

/** Tells the supervisor what happens, in bounded numbers of messages, and only what has changed. */
export class Reporter {
  readonly #options: ReporterOptions;
  readonly #timers: NodeJS.Timeout[];
  readonly #watches = new Map<number, () => void>();
  #ticks: NodeJS.Timeout | null = null;
  #watching = 0;
  #soon: NodeJS.Timeout | null = null;
  #counted = -1;
  #stats = '';

  constructor(options: ReporterOptions) {
    this.#options = options;
    this.#timers = [
      setInterval(() => this.#tellCounts(), EVERY.counts),
      setInterval(() => this.#tellStats(), EVERY.stats),
    ];
  }

  /** Rows go to the supervisor under that number until {@link unwatch}; one that it had before ends. */
  watch(watch: number, wish: Omit<Wish, 'take'>): void {
    this.unwatch(watch);
    const take = (batch: TrafficBatch) => this.#options.tell({ type: 'traffic', watch, batch });
    this.#watches.set(watch, this.observe({ ...wish, take }));
  }

  unwatch(watch: number): void {
    this.#watches.get(watch)?.();
    this.#watches.delete(watch);
  }

  /** Rows go to `take`, at most ten times a second; what it returns ends that. */
  observe(wish: Wish): () => void {
    const { recorder } = this.#options;
    const stop = recorder.watch(wish);
    this.#ticks ??= setInterval(() => recorder.tick(), EVERY.batch);
    this.#watching += 1;
    return () => {
      stop();
      this.#watching -= 1;
      if (this.#watching > 0 || !this.#ticks) return;
      clearInterval(this.#ticks);
      this.#ticks = null;
    };
  }

  /** A client came or went: told within 100 ms, together with others. */
  clientsChanged(): void {
    this.#soon ??= setTimeout(() => this.#tellClients(), EVERY.batch);
  }

  close(): void {
    for (const timer of [...this.#timers, this.#ticks, this.#soon]) if (timer) clearTimeout(timer);
  }

  #tellCounts(): void {
    const { requests, bytesOut } = this.#options.recorder.totals;
    const counted = requests + bytesOut;
    if (counted === this.#counted) return;
    this.#counted = counted;
    this.#tellClients();
  }

  #tellClients(): void {
    if (this.#soon) clearTimeout(this.#soon);
    this.#soon = null;
    const { registry, tell } = this.#options;
    tell({ type: 'clients', clients: registry.all().map((record) => registry.info(record)) });
  }

  #tellStats(): void {
    const { recorder, registry, connected, tell } = this.#options;
    const stats = recorder.stats(connected(), registry.size);
    const text = JSON.stringify(stats);
    if (text === this.#stats) return;
    this.#stats = text;
    tell({ type: 'stats', stats });
  }
}
