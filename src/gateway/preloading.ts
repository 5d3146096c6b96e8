/** So often in a row was nothing in flight: what holds up everybody for a moment is done then. */
const QUIET = 3;

/** What somebody would wait for at first use is made ahead of it, when nobody is held up by it. */
export class Preloading {
  readonly #load: readonly (() => void)[];
  #quiet = 0;

  /** `load`: done one after the other, each in a quiet moment of its own. */
  constructor(load: readonly (() => void)[]) {
    this.#load = [...load];
  }

  /** To be called about once a second. */
  tick(busy: boolean): void {
    this.#quiet = busy ? 0 : this.#quiet + 1;
    if (this.#quiet >= QUIET) this.#load[this.#quiet - QUIET]?.();
  }
}
