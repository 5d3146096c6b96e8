import type { ProgramEvent } from '../../shared/program-events.ts';
import { Ring } from './ring.ts';

/** All of them together are far from the 8 MiB that may lie unread: who missed them is told of all at once. */
const LIMITS = { events: 10_000, bytes: 3 * 1024 * 1024 } as const;

export interface Logged {
  id: number;
  type: ProgramEvent['type'];
  /** The event as JSON. */
  text: string;
}

/** The latest events of this life of the gateway, numbered from 1 on. */
export class EventLog {
  readonly #events: Ring<Logged>;
  readonly #maxBytes: number;
  readonly #listeners = new Set<(event: Logged) => void>();

  constructor(limits: { events: number; bytes: number } = LIMITS) {
    this.#events = new Ring(limits.events);
    this.#maxBytes = limits.bytes;
  }

  /** The number of the latest; 0 before the first. */
  get last(): number {
    return this.#events.last;
  }

  add(event: ProgramEvent): void {
    const logged: Logged = { id: this.#events.last + 1, type: event.type, text: JSON.stringify(event) };
    this.#events.push(logged, logged.text.length);
    while (this.#events.bytes > this.#maxBytes && this.#events.size > 1) this.#events.drop();
    for (const listener of [...this.#listeners]) listener(logged);
  }

  /** The latest `count` of them, oldest first. */
  latest(count: number): ProgramEvent[] {
    return this.after(Math.max(this.last - count, 0)).events.map(({ text }) => JSON.parse(text));
  }

  /** Those after the one with that number; `gap`: some of them are gone. */
  after(id: number): { events: Logged[]; gap: boolean } {
    return { events: [...this.#events.after(id)], gap: id < this.#events.dropped };
  }

  /** Calls back at each from now on; what it returns ends that. */
  subscribe(listener: (event: Logged) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
