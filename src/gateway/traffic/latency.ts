import type { Durations } from './durations.ts';

/** How many exchanges a percentile looks back over. */
const WINDOW = 1024;

/** One percentile, milliseconds: of the whole, and of its two parts on their own. */
export interface Split {
  total: number;
  gateway: number;
  browser: number;
}

/** The durations of the latest 1,024 exchanges. An idle client costs nothing: it grows as it is used. */
export class Latency {
  readonly #total: number[] = [];
  readonly #browser: number[] = [];
  #next = 0;
  /** The totals sorted; null since the last exchange. */
  #sorted: Float64Array | null = null;
  readonly #durations: Durations | null;

  /** What is added is counted in `durations` as well, which forget nothing. */
  constructor(durations: Durations | null = null) {
    this.#durations = durations;
  }

  add(total: number, browser: number): void {
    this.#durations?.add(total, browser);
    this.#total[this.#next] = total;
    this.#browser[this.#next] = browser;
    this.#sorted = null;
    this.#next = (this.#next + 1) % WINDOW;
  }

  /** The shares asked for (0–1), of the total time; null before the first exchange. */
  totals(shares: readonly number[]): (number | null)[] {
    this.#sorted ??= sort(this.#total);
    return percentiles(this.#sorted, shares);
  }

  /** The share (0–1) of total, gateway and browser time; null before the first exchange. */
  split(share: number): Split | null {
    const [total] = this.totals([share]);
    const [browser] = percentiles(sort(this.#browser), [share]);
    const parts = this.#total.map((ms, n) => ms - (this.#browser[n] ?? 0));
    const [gateway] = percentiles(sort(parts), [share]);
    if (total == null || browser == null || gateway == null) return null;
    return { total, gateway, browser };
  }
}

function sort(values: readonly number[]): Float64Array {
  return Float64Array.from(values).sort();
}

/** Nearest rank: the smallest value that at least this share of all values does not exceed. */
function percentiles(sorted: Float64Array, shares: readonly number[]): (number | null)[] {
  return shares.map((share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null);
}
