/** Lists of clients go out at most this often, milliseconds: where a client came, went or got a name … */
const CHANGE_MS = 100;
/** … and where only counters moved. */
const COUNTERS_MS = 1000;

/** Decides when the list of clients is sent. */
export class ClientReports {
  readonly #send: () => void;
  readonly #activity: () => number;
  readonly #now: () => number;
  #last = Number.NEGATIVE_INFINITY;
  #sentActivity = 0;
  #pending: NodeJS.Timeout | undefined;
  #counters: NodeJS.Timeout | undefined;

  /** `activity` grows with whatever the counters count; `now` is monotonic, milliseconds. */
  constructor(send: () => void, activity: () => number, now: () => number) {
    this.#send = send;
    this.#activity = activity;
    this.#now = now;
  }

  /** Somebody came, went, or is known better. */
  changed(): void {
    this.#counters ??= setInterval(() => {
      if (this.#activity() !== this.#sentActivity) this.changed();
    }, COUNTERS_MS);
    this.#pending ??= setTimeout(() => this.#flush(), Math.max(0, this.#last + CHANGE_MS - this.#now()));
  }

  stop(): void {
    clearTimeout(this.#pending);
    clearInterval(this.#counters);
  }

  #flush(): void {
    this.#pending = undefined;
    this.#last = this.#now();
    this.#sentActivity = this.#activity();
    this.#send();
  }
}
