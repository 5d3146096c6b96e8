import { maskText } from '../../shared/secrets/mask-text.ts';
import type { Secrets } from '../../shared/secrets/secrets.ts';
import { oneLine } from '../../shared/text.ts';
import type { ObservedError } from '../contract/observer.ts';
import { isPlain } from './redact.ts';

const LIMITS = { method: 120, url: 300, error: 300 } as const;

/** Texts of each kind that are remembered as they are shown: a row costs one look-up. */
const REMEMBERED = 1024;

const NO_JSON = -32700;

/** The texts of rows: masked, of one line, and of a length that fits. */
export class Labels {
  readonly #secrets: Secrets;
  readonly #methods = new Map<string, string>();
  readonly #urls = new Map<string, string>();
  #version = 0;

  constructor(secrets: Secrets) {
    this.#secrets = secrets;
  }

  /** A method is the client's own text. */
  method(method: string): string {
    return this.#remembered(this.#methods, method, LIMITS.method);
  }

  url(url: string): string {
    return url === '' ? '' : this.#remembered(this.#urls, url, LIMITS.url);
  }

  error({ code, message }: ObservedError): string {
    // The parser's own words quote what it could not read.
    if (code === NO_JSON) return 'the message cannot be read as JSON';
    return this.#masked(message, LIMITS.error);
  }

  #remembered(known: Map<string, string>, text: string, limit: number): string {
    // What was learned since may be a part of it.
    if (this.#version !== this.#secrets.version) this.#forget();
    // Longer ones are not kept for their own sake: a data: URL may be megabytes.
    const key = text.length > 4 * limit ? text.slice(0, 4 * limit) : text;
    const found = known.get(key);
    if (found !== undefined) return found;
    const label = isPlain(key) ? key : this.#masked(key, limit);
    if (known.size >= REMEMBERED) known.clear();
    // Apart from the text that it may be a piece of, which would be kept with it.
    known.set(key.length < text.length ? Buffer.from(key).toString() : key, label);
    return label;
  }

  #masked(text: string, limit: number): string {
    // Masked before it is cut: a half of a secret would not be known for one.
    const masked = oneLine(maskText(text.slice(0, 16 * limit), this.#secrets));
    return masked.length > limit ? `${masked.slice(0, limit - 1)}…` : masked;
  }

  #forget(): void {
    this.#version = this.#secrets.version;
    this.#methods.clear();
    this.#urls.clear();
  }
}
