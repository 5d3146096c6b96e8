import type { ClientInfo, ProcessInfo } from '../../shared/events.ts';

/** What there was from a moment on, milliseconds since the epoch, until the next one. */
export interface Moment {
  readonly at: number;
  readonly processes: readonly ProcessInfo[];
  readonly clients: readonly ClientInfo[];
}

/** Moments that are kept, and clients in all of them together: with many clients fewer moments. */
const MAX_MOMENTS = 2000;
const MAX_CLIENTS = 20_000;
/** Moments closer than this are one, milliseconds, unless somebody came, went, or a process turned. */
const APART_MS = 1000;

/** The latest states of processes and clients, in the order of time. */
export class History {
  readonly #moments: Moment[] = [];
  #clients = 0;

  constructor(past: readonly Moment[] = []) {
    for (const moment of past) this.add(moment);
  }

  get size(): number {
    return this.#moments.length;
  }

  add(moment: Moment): void {
    const [last, before] = [this.#moments.at(-1), this.#moments.at(-2)];
    if (last && before && moment.at - before.at < APART_MS && alike(last, moment)) {
      this.#moments.pop();
      this.#clients -= last.clients.length;
    }
    this.#moments.push(moment);
    this.#clients += moment.clients.length;
    while (this.#moments.length > MAX_MOMENTS || (this.#clients > MAX_CLIENTS && this.#moments.length > 1)) {
      this.#clients -= this.#moments.shift()?.clients.length ?? 0;
    }
  }

  /** What there was then: the earliest that is known for what was before that; null where nothing is. */
  at(at: number): Moment | null {
    return this.#moments.findLast((moment) => moment.at <= at) ?? this.#moments[0] ?? null;
  }
}

/** The same clients, and the same processes in the same states. */
function alike(one: Moment, other: Moment): boolean {
  return (
    one.clients.length === other.clients.length &&
    one.clients.every(({ id, connected, paused }, i) => {
      const then = other.clients[i];
      return id === then?.id && connected === then.connected && paused === then.paused;
    }) &&
    one.processes.length === other.processes.length &&
    one.processes.every(({ state, pid }, i) => {
      const then = other.processes[i];
      return state === then?.state && pid === then.pid;
    })
  );
}
