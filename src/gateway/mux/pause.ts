import type { Entrance } from './entrance.ts';
import type { Flow } from './turnstile.ts';
import type { Wire } from './wire.ts';

/**
 * A client's pause: its commands stay where they are, in order, and go out when it is over. Answers and events to it
 * flow on, and so does what the hub itself asks of the browser. What is held counts as in flight, so that its socket is
 * not read for ever.
 */
export class Pause {
  readonly #entrance: Entrance;
  readonly #wire: Wire;
  readonly #flow: Flow;
  #then: (() => void)[] = [];

  constructor(entrance: Entrance, wire: Wire, flow: Flow) {
    this.#entrance = entrance;
    this.#wire = wire;
    this.#flow = flow;
  }

  get on(): boolean {
    return this.#entrance.paused;
  }

  begin(): void {
    if (this.on || this.#entrance.left) return;
    this.#entrance.pause();
    this.#wire.hold(this.#flow);
  }

  end(): void {
    if (!this.on || this.#entrance.left) return;
    for (const then of this.#then.splice(0)) then();
    if (this.#entrance.left) return;
    this.#wire.release(this.#flow);
    this.#entrance.resume();
  }

  /** Calls `then` when it is over, and nobody if the client leaves before; at once where it is not paused. */
  over(then: () => void): void {
    if (this.on) this.#then.push(then);
    else then();
  }
}
