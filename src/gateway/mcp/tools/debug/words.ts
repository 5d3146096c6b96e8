import { isSecretKey, learned, maskText, readableHeader } from '../../../../shared/secrets/mask-text.ts';
import type { Secrets } from '../../../../shared/secrets/secrets.ts';

const MEMBER = /(?<![\w.-])([\w.-]{1,80}): "((?:[^"\\]|\\.)+)/g;

/**
 * What is said of requests, frames and messages. Secrets are masked unless somebody asks: what a tool answers goes to a
 * model's provider and into transcripts, and who lets an agent use a browser that is logged in has not said that its
 * sessions may go there. Names of cookies and schemes of credentials stay, for these are what one looks for mostly.
 */
export class Words {
  masked = false;
  readonly #secrets: Secrets | null;

  /** `secrets`: those known so far, and those that are met; null: nothing is masked. */
  constructor(secrets: Secrets | null) {
    this.#secrets = secrets;
  }

  text(text: string): string {
    if (!this.#secrets) return text;
    const shown = maskText(text, this.#secrets);
    if (shown !== text) this.masked = true;
    return shown;
  }

  /** A message of the console: the names of members have no quotes there. */
  message(text: string): string {
    const secrets = this.#secrets;
    if (!secrets) return text;
    const shown = text.replace(MEMBER, (all: string, name: string, value: string) =>
      isSecretKey(name) ? `${name}: "${learned(value, secrets)}` : all,
    );
    if (shown !== text) this.masked = true;
    return this.text(shown);
  }

  headers(title: string, headers: Record<string, string>): string[] {
    const lines = Object.entries(headers).map(([name, value]) => {
      const shown = this.#secrets ? readableHeader(name, value, this.#secrets) : value;
      if (shown !== value) this.masked = true;
      return `- ${name}: ${shown.replaceAll('\n', `\n- ${name}: `)}`;
    });
    return lines.length === 0 ? [] : [title, ...lines];
  }

  /** A line at the end, where anything was masked that nothing shows. */
  get note(): string[] {
    return this.masked ? ['Values of secrets are masked.'] : [];
  }
}
