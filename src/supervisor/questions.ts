import type { HubEvent } from '../shared/events.ts';

/** Questions that only a person may answer, carried to whoever is attached; the first answer counts. */
export class Questions {
  readonly #push: (event: HubEvent) => void;
  readonly #open = new Map<number, (yes: boolean) => void>();
  #last = 0;

  constructor(push: (event: HubEvent) => void) {
    this.#push = push;
  }

  ask(text: string): Promise<boolean> {
    const question = ++this.#last;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#open.set(question, resolve);
    this.#push({ type: 'question', question, text });
    return promise;
  }

  answer(question: number, yes: boolean): void {
    this.#open.get(question)?.(yes);
    this.#open.delete(question);
  }

  /** Nobody will answer any more: every open question is a no. */
  close(): void {
    for (const question of [...this.#open.keys()]) this.answer(question, false);
  }
}
