import type { HubEvent, Question } from '../shared/events.ts';

/** Questions that only a person may answer, carried to whoever is attached; the first answer counts. */
export class Questions {
  readonly #push: (event: HubEvent) => void;
  readonly #open = new Map<number, { text: string; resolve: (yes: boolean) => void }>();
  #last = 0;

  constructor(push: (event: HubEvent) => void) {
    this.#push = push;
  }

  /** Those that nobody has answered yet: for who attaches while they wait. */
  get open(): Question[] {
    return [...this.#open].map(([question, { text }]) => ({ question, text }));
  }

  ask(text: string): Promise<boolean> {
    const question = ++this.#last;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#open.set(question, { text, resolve });
    this.#push({ type: 'question', question, text });
    return promise;
  }

  answer(question: number, yes: boolean): void {
    const open = this.#open.get(question);
    if (!open) return;
    this.#open.delete(question);
    open.resolve(yes);
    this.#push({ type: 'answered', question, yes });
  }

  /** Nobody will answer any more: every open question is a no. */
  close(): void {
    for (const question of [...this.#open.keys()]) this.answer(question, false);
  }
}
