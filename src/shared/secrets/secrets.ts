const LIMITS = {
  /** Values that are remembered: the latest seen. */
  values: 256,
  /** Shorter ones would mask what is no secret; longer ones are remembered by their beginning. */
  least: 8,
  most: 512,
} as const;

/** Without a digit in it a value has to be this long to be none of the words that texts are made of. */
const WORDLESS = 16;

export const MASK = '[masked]';

/** Secret values that were seen in places known to hold such, to be masked wherever they recur. */
export class Secrets {
  readonly #values = new Set<string>();
  #version = 0;

  /** Another after each change. */
  get version(): number {
    return this.#version;
  }

  get size(): number {
    return this.#values.size;
  }

  learn(value: string): void {
    const known = value.trim().slice(0, LIMITS.most);
    if (known.length < LIMITS.least || (known.length < WORDLESS && !/\d/.test(known))) return;
    if (this.#values.delete(known)) {
      // Seen again: it is the last to be forgotten.
      this.#values.add(known);
      return;
    }
    this.#values.add(known);
    this.#version += 1;
    if (this.#values.size <= LIMITS.values) return;
    for (const oldest of this.#values) {
      this.#values.delete(oldest);
      return;
    }
  }

  mask(text: string): string {
    let masked = text;
    for (const value of this.#values) if (masked.includes(value)) masked = without(masked, value);
    return masked;
  }
}

function without(text: string, value: string): string {
  if (value.length < LIMITS.most) return text.replaceAll(value, MASK);
  // Only its beginning is known: the rest goes as well, as far as it may reach.
  const [before = '', ...parts] = text.split(value);
  return [before, ...parts.map((part) => part.replace(/^[^\s"'&;,]*/, ''))].join(MASK);
}
