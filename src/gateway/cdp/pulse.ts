import type { Clock } from '../../shared/clock.ts';

export interface PulseLimits {
  /** Silence after which the browser is asked for a sign of life, milliseconds. */
  ping: number;
  /** Silence after which it counts as not answering, milliseconds. */
  silence: number;
}

/** What one look at the pulse comes to. */
export interface Beat {
  /** Ask it now. */
  ask: boolean;
  /** To be told: it has not answered for so many milliseconds. Null: nothing new. */
  silentMs: number | null;
}

/**
 * Whether the browser at the other end of a connection still answers. Only a question that stays open counts
 * against it: after a suspend, or a stall of our own, it is asked first.
 */
export class Pulse {
  readonly #clock: Clock;
  readonly #limits: PulseLimits;
  #heard: number;
  /** When the question that is open was asked. */
  #asked: number | null = null;
  /** When its silence was told last; null while it answers. */
  #told: number | null = null;

  constructor(clock: Clock, limits: PulseLimits) {
    this.#clock = clock;
    this.#limits = limits;
    this.#heard = clock.now();
  }

  /** Something came from it. True where its silence had been told: it is back. */
  heard(): boolean {
    this.#heard = this.#clock.now();
    this.#asked = null;
    if (this.#told === null) return false;
    this.#told = null;
    return true;
  }

  /** To be called several times within the shorter limit. */
  look(): Beat {
    const now = this.#clock.now();
    const silentMs = now - this.#heard;
    const { ping, silence } = this.#limits;
    if (this.#asked === null) {
      const ask = silentMs >= ping;
      if (ask) this.#asked = now;
      return { ask, silentMs: null };
    }
    const hung = silentMs >= silence && now - this.#asked >= silence - ping;
    if (!hung || (this.#told !== null && now - this.#told < ping)) return { ask: false, silentMs: null };
    this.#told = now;
    return { ask: false, silentMs: Math.round(silentMs) };
  }
}
