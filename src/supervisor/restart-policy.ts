/** Exits within {@link WINDOW_MS} after which a process counts as failed. */
const FAILED_AFTER = 5;
const WINDOW_MS = 60_000;
/** A process that stayed ready this long has earned a clean slate. */
const HEALTHY_MS = 60_000;
const FIRST_MS = 250;
const LONGEST_MS = 10_000;
/** A failed process is tried again this often, besides the key `r`. */
const FAILED_RETRY_MS = 60_000;

/** When a process that exited is started again. `failed`: it gave up for now, the next try is a minute away. */
export interface Verdict {
  state: 'backoff' | 'failed';
  delayMs: number;
}

/**
 * Back-off of one supervised process: at once after the first exit, then 0.25 → 10 s, doubling, with up to
 * 25 % jitter; a clean slate after 60 s of health; failed after 5 exits within 60 s. Pure: times are given in
 * milliseconds of a monotonic clock, so a clock that jumps changes nothing.
 */
export class RestartPolicy {
  readonly #random: () => number;
  #exits: number[] = [];
  #streak = 0;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** @param readyMs how long it had been ready when it exited; 0 when it never was. */
  onExit(now: number, readyMs: number): Verdict {
    if (readyMs >= HEALTHY_MS) this.reset();
    this.#exits = [...this.#exits.filter((at) => now - at < WINDOW_MS), now];
    this.#streak++;
    if (this.#exits.length >= FAILED_AFTER) return { state: 'failed', delayMs: FAILED_RETRY_MS };
    if (this.#streak === 1) return { state: 'backoff', delayMs: 0 };
    const base = Math.min(LONGEST_MS, FIRST_MS * 2 ** (this.#streak - 2));
    return { state: 'backoff', delayMs: Math.round(base * (1 + this.#random() * 0.25)) };
  }

  /** Somebody asked for a restart: what came before no longer counts. */
  reset(): void {
    this.#exits = [];
    this.#streak = 0;
  }
}
