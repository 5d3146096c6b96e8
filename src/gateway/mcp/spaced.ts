/** Does something each time that it is touched, but no more often than at a distance: what comes between is done once. */
export class Spaced {
  readonly #ms: number;
  readonly #act: () => unknown;
  #timer: NodeJS.Timeout | null = null;
  #again = false;

  constructor(ms: number, act: () => unknown) {
    this.#ms = ms;
    this.#act = act;
  }

  touch(): void {
    if (this.#timer) {
      this.#again = true;
      return;
    }
    this.#act();
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (!this.#again) return;
      this.#again = false;
      this.touch();
    }, this.#ms);
    this.#timer.unref();
  }

  end(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#again = false;
  }
}
