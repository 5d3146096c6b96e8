/** Items numbered from 1 on, of which the latest are kept, with what each of them weighs in bytes. */
export class Ring<T> {
  readonly #capacity: number;
  readonly #items: (T | undefined)[] = [];
  readonly #weights: number[] = [];
  #first = 1;
  #next = 1;
  #bytes = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#next - this.#first;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** How many it has let go of. */
  get dropped(): number {
    return this.#first - 1;
  }

  /** The number of the latest; 0 before the first. */
  get last(): number {
    return this.#next - 1;
  }

  get oldest(): T | undefined {
    return this.get(this.#first);
  }

  /** Takes in the item that has the number `last + 1`. */
  push(item: T, bytes: number): void {
    if (this.size >= this.#capacity) this.drop();
    const slot = this.#slot(this.#next);
    this.#items[slot] = item;
    this.#weights[slot] = bytes;
    this.#bytes += bytes;
    this.#next += 1;
  }

  /** Undefined where it was let go of, or is yet to come. */
  get(number: number): T | undefined {
    return number < this.#first || number >= this.#next ? undefined : this.#items[this.#slot(number)];
  }

  /** An item that is still here weighs more than it did. */
  grow(number: number, bytes: number): void {
    if (number < this.#first || number >= this.#next) return;
    const slot = this.#slot(number);
    this.#weights[slot] = (this.#weights[slot] ?? 0) + bytes;
    this.#bytes += bytes;
  }

  /** Lets go of the oldest. */
  drop(): void {
    if (this.size === 0) return;
    const slot = this.#slot(this.#first);
    this.#items[slot] = undefined;
    this.#bytes -= this.#weights[slot] ?? 0;
    this.#first += 1;
  }

  /** Those after the one with that number, oldest first. */
  *after(number: number): Generator<T> {
    for (let n = Math.max(number + 1, this.#first); n < this.#next; n += 1) {
      const item = this.#items[this.#slot(n)];
      if (item !== undefined) yield item;
    }
  }

  /** All of them, newest first. */
  *newest(): Generator<T> {
    for (let n = this.#next - 1; n >= this.#first; n -= 1) {
      const item = this.#items[this.#slot(n)];
      if (item !== undefined) yield item;
    }
  }

  #slot(number: number): number {
    return (number - 1) % this.#capacity;
  }
}
