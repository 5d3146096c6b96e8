/** What a hub ends itself by, that nobody owns: it lives as long as somebody is there, and so long after. */
export class IdleExit {
  readonly #ms: number | null;
  readonly #somebody: () => boolean;
  readonly #end: () => void;
  #timer: NodeJS.Timeout | null = null;

  /** `ms` null: never. `somebody`: whether there is a client, or a hub that has yet to become ready for one. */
  constructor(ms: number | null, { somebody, end }: { somebody(): boolean; end(): void }) {
    this.#ms = ms;
    this.#somebody = somebody;
    this.#end = end;
  }

  /** Somebody came or went, or the hub became ready. */
  check(): void {
    if (this.#ms === null) return;
    if (this.#somebody()) this.close();
    else this.#timer ??= setTimeout(() => this.#over(), this.#ms);
  }

  close(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #over(): void {
    this.#timer = null;
    if (!this.#somebody()) this.#end();
  }
}
