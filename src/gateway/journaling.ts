import type { Journal, JournalEntry } from '../shared/isolation.ts';
import type { Workspaces } from './workspaces.ts';

/** What is lost of the journal when the gateway is killed, milliseconds. */
const DELAY = 20;

export interface JournalingOptions {
  workspaces: Workspaces;
  /** The wsUrl of the browser that is connected; null: none is. */
  browser(): string | null;
  tell(journal: Journal): void;
}

/** Tells what the workspaces have, a little after it changed, and gives it back when their browser is back. */
export class Journaling {
  readonly #options: JournalingOptions;
  #last: Journal | null;
  #restored = false;
  #soon: NodeJS.Timeout | null = null;

  /** `last`: what the gateway before this one told last. */
  constructor(last: Journal | null, options: JournalingOptions) {
    this.#last = last;
    this.#options = options;
  }

  /** What some workspace has is another than before: told together with what else changes by then. */
  changed(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = null;
      const browser = this.#options.browser();
      if (browser === null) return;
      this.#last = this.#options.workspaces.journal(browser);
      this.#options.tell(this.#last);
    }, DELAY);
  }

  /** A browser is connected: where it is the one of the journal, what its clients had is still there. */
  restore(): void {
    const last = this.#last;
    if (last === null || last.browser !== this.#options.browser()) return;
    // From the first time on it is known here who is paused, and who no longer.
    const paused = (entry: JournalEntry) => (this.#restored ? null : entry.paused);
    this.#options.workspaces.restore(last.workspaces.map((entry) => ({ ...entry, paused: paused(entry) })));
    this.#restored = true;
  }

  close(): void {
    if (this.#soon) clearTimeout(this.#soon);
  }
}
