/** The latest `capacity` items, oldest first. */
export class Ring<T> {
  readonly capacity: number;
  readonly #items: T[] = [];
  #next = 0;
  #dropped = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get size(): number {
    return this.#items.length;
  }

  /** How many it has let go of. */
  get dropped(): number {
    return this.#dropped;
  }

  push(item: T): void {
    if (this.#items.length < this.capacity) {
      this.#items.push(item);
      return;
    }
    this.#items[this.#next] = item;
    this.#next = (this.#next + 1) % this.capacity;
    this.#dropped += 1;
  }

  /** The latest `count`, oldest of them first. */
  last(count: number): T[] {
    const size = this.#items.length;
    const wanted = Math.min(count, size);
    const items: T[] = [];
    for (let n = size - wanted; n < size; n += 1) {
      const item = this.#items[(this.#next + n) % size];
      if (item !== undefined) items.push(item);
    }
    return items;
  }

  clear(): void {
    this.#items.length = 0;
    this.#next = 0;
  }
}
