import type { Clock } from '../../shared/clock.ts';
import type { Targets } from '../isolation/targets.ts';

/** How long an event waits to be told whose its target is, milliseconds: far longer than any answer takes. */
const MAX_WAIT = 15_000;

/**
 * Events about targets whose owner is not known yet. They go on in the order in which they came, as soon as it
 * is known: before the answer that told it.
 */
export class Parking {
  readonly #clock: Clock;
  readonly #targets: Targets;
  #parked: { targetId: string; since: number; go: () => void }[] = [];

  constructor(clock: Clock, targets: Targets) {
    this.#clock = clock;
    this.#targets = targets;
  }

  get size(): number {
    return this.#parked.length;
  }

  park(targetId: string, go: () => void): void {
    this.#parked.push({ targetId, since: this.#clock.now(), go });
  }

  holds(targetId: string): boolean {
    return this.#parked.some((each) => each.targetId === targetId);
  }

  /** Lets go what is decided. */
  drive(): void {
    if (this.#parked.length === 0) return;
    const due = this.#parked.filter(({ targetId }) => this.#targets.ownerOf(targetId) !== undefined);
    if (due.length === 0) return;
    this.#parked = this.#parked.filter((each) => !due.includes(each));
    for (const { go } of due) go();
  }

  /** An answer that never comes must not keep the others waiting. */
  expire(): void {
    const due = this.#clock.now() - MAX_WAIT;
    if (!this.#parked.some(({ since }) => since <= due)) return;
    this.#targets.giveUp(due);
    this.drive();
  }

  clear(): void {
    this.#parked = [];
  }
}
