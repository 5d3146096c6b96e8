import type { ExchangeRow, FrameRow, TrafficBatch } from '../../shared/events.ts';

export type Row = ExchangeRow | FrameRow;

/** Which rows; null: all. */
export type Matches = ((row: Row) => boolean) | null;

/** Rows of each kind in one batch. */
const MAX_BATCH = 5000;

/** Exchanges that changed and are yet to be told: the latest of them. */
const MAX_CHANGED = 50_000;

/** What somebody who watches wants to be told. */
export interface Wish {
  matches: Matches;
  /** The messages themselves are kept, to be asked for. */
  bodies: boolean;
  take(batch: TrafficBatch): void;
}

/** Everybody who watches, each with a filter of its own. What is new is told to all of them at the same moments. */
export class Watchers {
  readonly #watchers = new Set<Watcher>();
  /** Exchanges that changed since they were told last, in the order of the changes. */
  readonly #changed = new Set<ExchangeRow>();
  #told = 0;
  #bodies = false;

  get any(): boolean {
    return this.#watchers.size > 0;
  }

  /** Somebody wants the messages themselves. */
  get bodies(): boolean {
    return this.#bodies;
  }

  /** The latest frame that was told. */
  get told(): number {
    return this.#told;
  }

  /** `from`: the latest frame there is; what it returns ends the watch. */
  add(wish: Wish, from: number): () => void {
    if (!this.any) this.#told = from;
    const watcher = new Watcher(wish, from);
    this.#watchers.add(watcher);
    this.#weigh();
    return () => {
      this.#watchers.delete(watcher);
      if (!this.any) this.#changed.clear();
      this.#weigh();
    };
  }

  changed(row: ExchangeRow): void {
    if (!this.any) return;
    // Set again, so that the order is that of the changes.
    this.#changed.delete(row);
    this.#changed.add(row);
    if (this.#changed.size <= MAX_CHANGED) return;
    for (const oldest of this.#changed) {
      this.#changed.delete(oldest);
      return;
    }
  }

  /** False where there is nothing to tell. `frames`: those after {@link told}. */
  tell(frames: readonly FrameRow[]): boolean {
    const last = frames.at(-1);
    if (!last && this.#changed.size === 0) return false;
    const exchanges = [...this.#changed];
    this.#changed.clear();
    if (last) this.#told = last.seq;
    for (const watcher of this.#watchers) watcher.offer(frames, exchanges);
    return true;
  }

  #weigh(): void {
    this.#bodies = [...this.#watchers].some(({ bodies }) => bodies);
  }
}

class Watcher {
  readonly #wish: Wish;
  /** The latest frame of before it watched. */
  readonly #from: number;
  /** Exchanges that were told while open: their end is told, whatever the filter says of it. */
  readonly #open = new Set<number>();

  constructor(wish: Wish, from: number) {
    this.#wish = wish;
    this.#from = from;
  }

  get bodies(): boolean {
    return this.#wish.bodies;
  }

  offer(frames: readonly FrameRow[], exchanges: readonly ExchangeRow[]): void {
    const { matches, take } = this.#wish;
    const batch = inBatch(
      frames.filter((row) => row.seq > this.#from && (matches === null || matches(row))),
      exchanges.filter((row) => this.#open.has(row.seq) || matches === null || matches(row)),
    );
    for (const { seq, outcome } of batch.exchanges) {
      if (outcome === 'open') this.#open.add(seq);
      else this.#open.delete(seq);
    }
    if (batch.frames.length > 0 || batch.exchanges.length > 0) take(batch);
  }
}

/** The latest of these rows, with the number of those that do not fit in. */
export function inBatch(frames: FrameRow[], exchanges: ExchangeRow[]): TrafficBatch {
  const kept = { frames: frames.slice(-MAX_BATCH), exchanges: exchanges.slice(-MAX_BATCH) };
  const skipped = frames.length - kept.frames.length + exchanges.length - kept.exchanges.length;
  return skipped > 0 ? { ...kept, skipped } : kept;
}
