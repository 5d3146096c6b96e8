import type { RateLimit } from '../shared/access-settings.ts';
import type { Clock } from '../shared/clock.ts';

/** How many clients are counted apart: beyond that the newer ones share one count. */
const MAX_IDS = 4096;

interface Bucket {
  /** Requests that may be made at once. */
  left: number;
  /** When that was so, on the clock. */
  at: number;
}

/** How often each client asks: a bucket of `burst` requests that fills with `perSecond` of them a second. */
export class RateLimits {
  readonly #limit: RateLimit;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();
  readonly #others: Bucket;
  #swept: number;

  constructor(limit: RateLimit, clock: Clock) {
    this.#limit = limit;
    this.#clock = clock;
    this.#swept = clock.now();
    this.#others = { left: limit.burst, at: clock.now() };
  }

  get size(): number {
    return this.#buckets.size;
  }

  /** Counts a request of that client. 0: it may be served; else the seconds until the next may be. */
  take(id: string): number {
    const bucket = this.#bucketOf(id);
    this.#fill(bucket);
    if (bucket.left >= 1) {
      bucket.left -= 1;
      return 0;
    }
    return (1 - bucket.left) / this.#limit.perSecond;
  }

  #bucketOf(id: string): Bucket {
    const known = this.#buckets.get(id);
    if (known) return known;
    if (this.#buckets.size >= MAX_IDS) this.#sweep();
    if (this.#buckets.size >= MAX_IDS) return this.#others;
    const bucket = { left: this.#limit.burst, at: this.#clock.now() };
    this.#buckets.set(id, bucket);
    return bucket;
  }

  #fill(bucket: Bucket): void {
    const now = this.#clock.now();
    bucket.left = Math.min(
      this.#limit.burst,
      bucket.left + ((now - bucket.at) / 1000) * this.#limit.perSecond,
    );
    bucket.at = now;
  }

  /** A full bucket says no more than none at all. Once a second at most: it looks at all of them. */
  #sweep(): void {
    if (this.#clock.now() - this.#swept < 1000) return;
    this.#swept = this.#clock.now();
    for (const [id, bucket] of this.#buckets) {
      this.#fill(bucket);
      if (bucket.left >= this.#limit.burst) this.#buckets.delete(id);
    }
  }
}
