import type { RequestId } from '@modelcontextprotocol/sdk/types.js';

/** The requests of one session that have not been answered yet, by the POST that each came in. */
export class Calls {
  readonly #open = new Map<RequestId, Set<RequestId>>();

  get size(): number {
    return this.#open.size;
  }

  get ids(): RequestId[] {
    return [...this.#open.keys()];
  }

  has(id: RequestId): boolean {
    return this.#open.has(id);
  }

  /** All others of its POST have been answered. */
  isLast(id: RequestId): boolean {
    return this.#open.get(id)?.size === 1;
  }

  /** The requests of one POST begin; where one of them has an id that is in use, none do, and it is returned. */
  begin(ids: readonly RequestId[]): RequestId | null {
    const twice = ids.find((id, at) => this.#open.has(id) || ids.indexOf(id) < at);
    if (twice !== undefined) return twice;
    const together = new Set(ids);
    for (const id of ids) this.#open.set(id, together);
    return null;
  }

  /** One of them has been answered, or needs no answer; true where the others of its POST have been, too. */
  end(id: RequestId): boolean {
    const together = this.#open.get(id);
    this.#open.delete(id);
    together?.delete(id);
    return together?.size === 0;
  }
}
