import type { Clock } from '../../shared/clock.ts';

/** How long an owner may take before its target is let run without it, milliseconds. */
export const MAX_HOLD = 15_000;

/** How long a client may keep a worker waiting that others wait for as well, milliseconds. */
export const SHARED_HOLD = 3000;

interface Hold {
  /** The session that it is about: gone with it. */
  sessionId: string;
  /** When it is let go in any case. */
  due: number;
  release(): void;
}

/**
 * What waits until the owner of a paused target lets it run: the sessions by which Chrome attached other
 * clients to it. A popup of `window.open` has one gate, which the first of all its sessions opens, and one of a
 * `noopener` link has a gate for each session: so the others are neither let go before the owner nor
 * forgotten after.
 */
export class Holds {
  readonly #clock: Clock;
  readonly #byTarget = new Map<string, Hold[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    let size = 0;
    for (const holds of this.#byTarget.values()) size += holds.length;
    return size;
  }

  targets(): string[] {
    return [...this.#byTarget.keys()];
  }

  hold(targetId: string, sessionId: string, release: () => void, longest = MAX_HOLD): void {
    const holds = this.#byTarget.get(targetId) ?? [];
    holds.push({ sessionId, due: this.#clock.now() + longest, release });
    this.#byTarget.set(targetId, holds);
  }

  /** Its owner has let it run, or never will. */
  release(targetId: string): void {
    const holds = this.#byTarget.get(targetId);
    this.#byTarget.delete(targetId);
    for (const hold of holds ?? []) hold.release();
  }

  /** A session ended by itself: there is nothing to let go. */
  drop(targetId: string, sessionId: string): void {
    const left = this.#byTarget.get(targetId)?.filter((hold) => hold.sessionId !== sessionId);
    if (!left) return;
    if (left.length === 0) this.#byTarget.delete(targetId);
    else this.#byTarget.set(targetId, left);
  }

  /** Lets go what has waited for as long as it may. */
  expire(): void {
    const now = this.#clock.now();
    for (const [targetId, holds] of [...this.#byTarget]) {
      if (holds.some(({ due }) => due <= now)) this.release(targetId);
    }
  }

  clear(): void {
    this.#byTarget.clear();
  }
}
