/** Work that is done one after the other, in the order that it came: what does not end in time holds nobody up. */
export class Lane {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** How many are there, the one at work included. */
  get size(): number {
    return this.#waiting;
  }

  /**
   * Resolves or rejects as `work` does, or rejects with the signal's reason as soon as that is aborted; work that has
   * not begun by then never does, and the next begins.
   */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const before = this.#last;
    this.#waiting += 1;
    const done = untilAborted(
      signal,
      before.then(() => {
        signal.throwIfAborted();
        return work();
      }),
    );
    this.#last = Promise.allSettled([before, done]);
    try {
      return await done;
    } finally {
      this.#waiting -= 1;
    }
  }
}

/** As `promise`, or a rejection with the signal's reason where that comes first. */
export function untilAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
