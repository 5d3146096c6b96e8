import type { FromGateway } from '../shared/ipc.ts';
import type { ClientRegistry } from './clients.ts';
import type { Recorder } from './traffic/recorder.ts';

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
  #batches: NodeJS.Timeout | null = null;
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

  watch(on: boolean): void {
    this.#options.recorder.watch(on);
    if (this.#batches) clearInterval(this.#batches);
    this.#batches = on ? setInterval(() => this.#tellBatch(), EVERY.batch) : null;
  }

  /** A client came or went: told within 100 ms, together with others. */
  clientsChanged(): void {
    this.#soon ??= setTimeout(() => this.#tellClients(), EVERY.batch);
  }

  close(): void {
    for (const timer of [...this.#timers, this.#batches, this.#soon]) if (timer) clearTimeout(timer);
  }

  #tellBatch(): void {
    const batch = this.#options.recorder.batch();
    if (batch) this.#options.tell({ type: 'traffic', batch });
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
