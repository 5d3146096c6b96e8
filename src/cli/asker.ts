import { createInterface } from 'node:readline/promises';
import type { Question } from '../shared/events.ts';
import { hasTerminal } from './environment.ts';

interface AskerOptions {
  /** Every question is answered yes. */
  yes: boolean;
  answer(question: number, yes: boolean): Promise<unknown>;
  onInterrupt(): void;
}

/** Puts the hub's questions to the person at the terminal, where there is one. */
export class Asker {
  readonly #options: AskerOptions;
  readonly #open = new Map<number, AbortController>();

  constructor(options: AskerOptions) {
    this.#options = options;
  }

  /** An end of input (Ctrl-D) is a no. */
  async ask({ question, text }: Question): Promise<void> {
    if (this.#options.yes) return this.#answer(question, true);
    if (!hasTerminal()) {
      process.stderr.write(`${text} Waiting for an answer where \`cdp-hub up\` runs, or: cdp-hub up --yes\n`);
      return;
    }
    const over = new AbortController();
    this.#open.set(question, over);
    // To stderr: stdout may be somebody's NDJSON.
    const reader = createInterface({ input: process.stdin, output: process.stderr });
    // readline puts the terminal into raw mode: Ctrl-C arrives here and not as a signal.
    reader.on('SIGINT', () => this.#options.onInterrupt());
    reader.on('close', () => over.abort());
    try {
      const answer = await reader.question(`${text} [Y/n] `, { signal: over.signal });
      await this.#answer(question, /^(y|yes|)$/i.test(answer.trim()));
    } catch {
      if (this.#open.has(question)) await this.#answer(question, false);
    } finally {
      this.#open.delete(question);
      reader.close();
    }
  }

  /** Somebody has answered it, perhaps elsewhere. */
  answered(question: number): void {
    const over = this.#open.get(question);
    this.#open.delete(question);
    over?.abort();
  }

  close(): void {
    for (const question of [...this.#open.keys()]) this.answered(question);
  }

  async #answer(question: number, yes: boolean): Promise<void> {
    // A hub that is gone has no more use for it.
    await this.#options.answer(question, yes).catch(() => {});
  }
}
