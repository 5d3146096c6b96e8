/** Upper bounds of the buckets, milliseconds: from what a local browser takes for a hot page to what callers wait for. */
export const BOUNDS = [0.5, 1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000] as const;

/** How long something took, counted by bucket since the start. */
export class Histogram {
  /** One more than there are bounds: what is above the last. */
  readonly counts = new Float64Array(BOUNDS.length + 1);
  /** Milliseconds. */
  sum = 0;

  add(ms: number): void {
    let bucket = 0;
    while (ms > (BOUNDS[bucket] ?? Number.POSITIVE_INFINITY)) bucket += 1;
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.sum += ms;
  }
}

/** The durations of all exchanges that the browser answered: of the whole, and of its two parts. */
export class Durations {
  readonly total = new Histogram();
  readonly gateway = new Histogram();
  readonly browser = new Histogram();

  /** Milliseconds. */
  add(total: number, browser: number): void {
    this.total.add(total);
    this.browser.add(browser);
    this.gateway.add(total - browser);
  }
}
