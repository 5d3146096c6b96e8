/** What a {@link Ledger} keeps. */
export interface Entry {
  /** Running, from 1; no two of a page have the same. */
  readonly id: number;
  /** What it takes up, roughly, in bytes. */
  bytes: number;
}

export interface LedgerLimits {
  entries: number;
  bytes: number;
}

/** Navigations of which what was noted is kept, the current one included. */
const NAVIGATIONS = 4;

/** What was noted of a page, the oldest forgotten first: what is older than a few navigations, and what is too much. */
export class Ledger<T extends Entry> {
  readonly #limits: LedgerLimits;
  readonly #forget: (entries: readonly T[]) => void;
  readonly #entries = new Map<number, T>();
  /** The first id of each navigation that something is kept of; the last is the current one's. */
  #begins: number[] = [1];
  #bytes = 0;
  #next = 1;
  #forgotten = 0;

  /** `forget`: told of what is forgotten while its page is still there. */
  constructor(limits: LedgerLimits, forget: (entries: readonly T[]) => void = () => {}) {
    this.#limits = limits;
    this.#forget = forget;
  }

  /** The id of the next entry. */
  get next(): number {
    return this.#next;
  }

  /** How many of the current navigation were forgotten, for there were too many. */
  get forgotten(): number {
    return this.#forgotten;
  }

  get last(): T | undefined {
    return this.#entries.get(this.#next - 1);
  }

  add(entry: T): void {
    this.#entries.set(entry.id, entry);
    this.#next = entry.id + 1;
    this.#bytes += entry.bytes;
    this.#trim();
  }

  /** An entry takes up so much more. */
  grow(entry: T, by: number): void {
    if (this.#entries.get(entry.id) !== entry) return;
    entry.bytes += by;
    this.#bytes += by;
    this.#trim();
  }

  get(id: number): T | undefined {
    return this.#entries.get(id);
  }

  /** Since the last navigation, or all that is kept; the oldest first. */
  list(all: boolean): T[] {
    const entries = [...this.#entries.values()];
    const begin = this.#begins.at(-1) ?? 1;
    return all ? entries : entries.filter(({ id }) => id >= begin);
  }

  /** The page has navigated: what has this id or a higher one belongs to the new document. */
  navigated(from = this.#next): void {
    this.#begins.push(Math.max(from, this.#begins.at(-1) ?? 1));
    this.#forgotten = 0;
    if (this.#begins.length <= NAVIGATIONS) return;
    this.#begins = this.#begins.slice(-NAVIGATIONS);
    const oldest = this.#begins[0] ?? 1;
    for (const [id, entry] of this.#entries) {
      if (id >= oldest) break;
      this.#entries.delete(id);
      this.#bytes -= entry.bytes;
    }
  }

  #trim(): void {
    const gone: T[] = [];
    for (const [id, entry] of this.#entries) {
      const fits = this.#entries.size <= this.#limits.entries && this.#bytes <= this.#limits.bytes;
      if (fits || this.#entries.size === 1) break;
      this.#entries.delete(id);
      this.#bytes -= entry.bytes;
      if (id >= (this.#begins.at(-1) ?? 1)) this.#forgotten += 1;
      gone.push(entry);
    }
    if (gone.length > 0) this.#forget(gone);
  }
}

/** A text cut to so many characters, which does not keep the whole alive as a slice of it would. */
export function kept(text: string, max: number): string {
  return text.length <= max ? text : `${Buffer.from(text.slice(0, max)).toString()}…`;
}
