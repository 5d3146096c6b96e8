/** A list of rows with growing keys, as the views scroll over it: the live ring, or a frozen copy of it. */
export interface Rows<T> {
  readonly length: number;
  at(index: number): Row<T> | undefined;
  /** Index of the first row whose key is at least `key`; `length` when there is none. */
  indexOf(key: number): number;
}

export interface Row<T> {
  /** Grows from row to row, also across a restart of the gateway, which numbers its rows from the start again. */
  readonly key: number;
  readonly value: T;
}

/** Rows of one moment, which nothing changes any more. */
export class FrozenRows<T> implements Rows<T> {
  readonly #rows: readonly Row<T>[];

  constructor(rows: readonly Row<T>[]) {
    this.#rows = rows;
  }

  get length(): number {
    return this.#rows.length;
  }

  at(index: number): Row<T> | undefined {
    return this.#rows[index];
  }

  indexOf(key: number): number {
    return search(this.#rows, 0, key);
  }
}

/** A line between rows: what stands above it is of before what it tells. */
export interface Separator {
  /** As rows have one; it says nothing here. */
  readonly seq: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly separator: string;
}

export function isSeparator(value: object): value is Separator {
  return 'separator' in value;
}

/** Separators between two rows, which keys have room for. */
const BETWEEN = 1024;

/**
 * The latest rows, ordered by `seq`. A row that comes again replaces itself; one that comes late (a backfill
 * crossing live rows) goes where it belongs. It may run over its capacity until {@link trim}, so that a view
 * can take a copy of what is about to go.
 */
export class SeqRing<T extends { readonly seq: number }> implements Rows<T> {
  readonly capacity: number;
  /** New rows ever put; replacements and what was inserted are not counted. */
  added = 0;
  #rows: Row<T>[] = [];
  #start = 0;
  #offset = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get length(): number {
    return this.#rows.length - this.#start;
  }

  at(index: number): Row<T> | undefined {
    return index < 0 ? undefined : this.#rows[this.#start + index];
  }

  indexOf(key: number): number {
    return search(this.#rows, this.#start, key) - this.#start;
  }

  put(value: T): void {
    const key = this.#offset + value.seq;
    const last = this.#rows.at(-1);
    if (!last || this.length === 0 || key > last.key) {
      this.#rows.push({ key, value });
      this.added++;
      return;
    }
    const index = search(this.#rows, this.#start, key);
    if (this.#rows[index]?.key === key) this.#rows[index] = { key, value };
    else if (index > this.#start || this.length < this.capacity) {
      this.#rows.splice(index, 0, { key, value });
      this.added++;
    }
  }

  /** Goes after everything that is here, whatever its number, and before what comes. */
  insert(value: T): void {
    const last = this.#rows.at(-1)?.key ?? this.#offset;
    const key = last + 1 / BETWEEN;
    // No room left: one that goes nowhere but between the same two rows takes the last one's place.
    if (Number.isInteger(key)) this.#rows[this.#rows.length - 1] = { key: last, value };
    else this.#rows.push({ key, value });
  }

  /** The source starts to number anew: what comes now belongs after everything that is here. */
  renumber(): void {
    this.#offset = Math.ceil(this.#rows.at(-1)?.key ?? this.#offset);
  }

  /** Replaces the rows that `change` gives a new value for. */
  update(change: (value: T) => T): void {
    for (let i = this.#start; i < this.#rows.length; i++) {
      const row = this.#rows[i];
      const value = row && change(row.value);
      if (row && value && value !== row.value) this.#rows[i] = { key: row.key, value };
    }
  }

  /** Key of the first row that {@link trim} will keep; null when it will keep them all. */
  get trimmingTo(): number | null {
    return this.length > this.capacity ? (this.at(this.length - this.capacity)?.key ?? null) : null;
  }

  trim(): void {
    if (this.length <= this.capacity) return;
    this.#start = this.#rows.length - this.capacity;
    // Moving the array's content only now and then keeps a flood of rows linear.
    if (this.#start > this.capacity) {
      this.#rows = this.#rows.slice(this.#start);
      this.#start = 0;
    }
  }

  /** Everything goes; what comes may have any number. */
  clear(): void {
    this.#rows = [];
    this.#start = 0;
    this.added = 0;
  }

  freeze(): FrozenRows<T> {
    return new FrozenRows(this.#rows.slice(this.#start));
  }
}

function search(rows: readonly Row<unknown>[], from: number, key: number): number {
  let low = from;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rows[middle]?.key ?? 0) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
