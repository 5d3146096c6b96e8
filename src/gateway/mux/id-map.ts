/** Chrome takes int32 ids and no others. */
const MAX_ID = 0x7fffffff;

/**
 * The hub's own ids on the upstream connection, each with what waits for its answer. They run from 1 to
 * 2^31 - 1 and start over, never giving out one that is still waited for.
 */
export class IdMap<T> {
  readonly #waiting = new Map<number, T>();
  #last: number;

  /** `last`: the id before the first one given out. */
  constructor(last = 0) {
    this.#last = last;
  }

  get size(): number {
    return this.#waiting.size;
  }

  add(entry: T): number {
    do {
      this.#last = this.#last >= MAX_ID ? 1 : this.#last + 1;
    } while (this.#waiting.has(this.#last));
    this.#waiting.set(this.#last, entry);
    return this.#last;
  }

  has(id: number): boolean {
    return this.#waiting.has(id);
  }

  /** What waits for this id, which is free again; undefined for an id that nobody waits for. */
  take(id: number): T | undefined {
    const entry = this.#waiting.get(id);
    if (entry !== undefined) this.#waiting.delete(id);
    return entry;
  }

  /** Takes all that match, in the order in which they were added (a wrap aside). */
  takeWhere(matches: (entry: T) => boolean): T[] {
    const taken: T[] = [];
    for (const [id, entry] of this.#waiting) {
      if (!matches(entry)) continue;
      this.#waiting.delete(id);
      taken.push(entry);
    }
    return taken;
  }
}
