import { FilterSyntaxError } from './syntax-error.ts';

/** A set of UTF-16 units: pairs of first and last. */
export interface CharSet {
  readonly ranges: readonly (readonly [number, number])[];
  readonly negated: boolean;
}

export type Assertion = 'start' | 'end' | 'boundary' | 'inside';

export type RegexNode =
  | { readonly kind: 'set'; readonly set: CharSet }
  | { readonly kind: 'assert'; readonly what: Assertion }
  | { readonly kind: 'sequence' | 'either'; readonly of: readonly RegexNode[] }
  /** `max` is Infinity for `*`, `+` and `{n,}`. */
  | { readonly kind: 'repeat'; readonly of: RegexNode; readonly min: number; readonly max: number };

/** Groups inside groups. */
const MAX_DEPTH = 40;
const MAX_REPEAT = 150;

const DIGIT: CharSet['ranges'] = [[48, 57]];
export const WORD: CharSet['ranges'] = [...DIGIT, [65, 90], [95, 95], [97, 122]];
const LINE_END: CharSet['ranges'] = [
  [10, 10],
  [13, 13],
  [0x2028, 0x2029],
];
const SPACE: CharSet['ranges'] = [
  [9, 13],
  [32, 32],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];
const CLASSES: Readonly<Record<string, CharSet['ranges']>> = { d: DIGIT, w: WORD, s: SPACE };
const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13 };

/**
 * Reads the part of JavaScript's syntax that can be matched in linear time: no lookaround, no backreferences.
 * Throws {@link FilterSyntaxError} with `at` counted from `offset`.
 */
export function parseRegex(source: string, offset: number): RegexNode {
  return new RegexParser(source, offset).parse();
}

class RegexParser {
  readonly #source: string;
  readonly #offset: number;
  #at = 0;
  #depth = 0;

  constructor(source: string, offset: number) {
    this.#source = source;
    this.#offset = offset;
  }

  parse(): RegexNode {
    const node = this.#either();
    if (this.#at < this.#source.length) throw this.#error('This ) closes nothing', 'A ) itself is \\).');
    return node;
  }

  #either(): RegexNode {
    const of = [this.#sequence()];
    while (this.#take('|')) of.push(this.#sequence());
    return { kind: 'either', of };
  }

  #sequence(): RegexNode {
    const of: RegexNode[] = [];
    while (this.#at < this.#source.length && !'|)'.includes(this.#peek())) of.push(this.#repeated());
    return { kind: 'sequence', of };
  }

  #repeated(): RegexNode {
    const of = this.#atom();
    const start = this.#at;
    const range = this.#quantifier();
    if (!range) return of;
    const [min, max] = range;
    if (of.kind === 'assert') {
      throw this.#error(
        'There is nothing here to repeat',
        `A ${this.#source[start]} itself is \\${this.#source[start]}.`,
        start,
      );
    }
    if (max < min) throw this.#error(`{${min},${max}} counts backwards`, `Write {${max},${min}}.`, start);
    if (min > MAX_REPEAT || (max > MAX_REPEAT && max !== Infinity)) {
      throw this.#error(`A repeat counts to ${MAX_REPEAT} at most`, 'Use + or * for more.', start);
    }
    this.#take('?');
    return { kind: 'repeat', of, min, max };
  }

  #quantifier(): [number, number] | null {
    if (this.#take('*')) return [0, Infinity];
    if (this.#take('+')) return [1, Infinity];
    if (this.#take('?')) return [0, 1];
    const counted = /^\{(\d+)(,(\d*))?\}/.exec(this.#source.slice(this.#at));
    if (!counted) return null;
    this.#at += counted[0].length;
    const min = Number(counted[1]);
    if (counted[2] === undefined) return [min, min];
    return [min, counted[3] ? Number(counted[3]) : Infinity];
  }

  #atom(): RegexNode {
    const start = this.#at;
    if (this.#quantifier()) {
      throw this.#error(
        'There is nothing here to repeat',
        `A ${this.#source[start]} itself is \\${this.#source[start]}.`,
        start,
      );
    }
    const char = this.#next();
    switch (char) {
      case '(':
        return this.#group(start);
      case '[':
        return { kind: 'set', set: this.#set(start) };
      case '\\':
        return this.#escape(start);
      case '.':
        return { kind: 'set', set: { ranges: LINE_END, negated: true } };
      case '^':
        return { kind: 'assert', what: 'start' };
      case '$':
        return { kind: 'assert', what: 'end' };
      default:
        return literal(char.charCodeAt(0));
    }
  }

  #group(start: number): RegexNode {
    if (this.#take('?') && !this.#take(':')) {
      throw this.#error(
        'Groups that begin with (? cannot be used, save for (?:',
        'Lookaround has no bound on its time: use - and several terms instead.',
        start,
      );
    }
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw this.#error('Too many groups inside groups', 'Take some out.', start);
    const node = this.#either();
    this.#depth -= 1;
    if (!this.#take(')')) {
      throw this.#error('This ( is not closed', 'Add a ), or write \\( for the sign itself.', start);
    }
    return node;
  }

  #escape(start: number): RegexNode {
    if (this.#take('b')) return { kind: 'assert', what: 'boundary' };
    if (this.#take('B')) return { kind: 'assert', what: 'inside' };
    const read = this.#escaped(start);
    return typeof read === 'number' ? literal(read) : { kind: 'set', set: read };
  }

  /** After a backslash: one unit, or a class such as `\d`. */
  #escaped(start: number): number | CharSet {
    const char = this.#next();
    const ranges = CLASSES[char.toLowerCase()];
    if (ranges) return { ranges, negated: char !== char.toLowerCase() };
    const control = CONTROLS[char];
    if (control !== undefined) return control;
    if (char === 'x' || char === 'u') {
      const hex = this.#source.slice(this.#at, this.#at + (char === 'x' ? 2 : 4));
      if (/^[\da-f]+$/i.test(hex) && hex.length === (char === 'x' ? 2 : 4)) {
        this.#at += hex.length;
        return Number.parseInt(hex, 16);
      }
    }
    if (/^[1-9]$/.test(char)) {
      throw this.#error(
        `\\${char} refers back to a group, which cannot be used`,
        'It has no bound on its time: write out what may repeat.',
        start,
      );
    }
    if (char === '' || /^\w$/.test(char)) {
      throw this.#error(
        `\\${char} means nothing here`,
        'There are \\d \\w \\s \\b \\t \\n \\r \\xHH \\uHHHH.',
        start,
      );
    }
    return char.charCodeAt(0);
  }

  /** After a `[`. */
  #set(start: number): CharSet {
    const negated = this.#take('^');
    const ranges: (readonly [number, number])[] = [];
    while (!this.#take(']')) {
      const low = this.#member(start);
      const dash = this.#at;
      const ranged = this.#peek() === '-' && this.#source[dash + 1] !== ']';
      if (typeof low !== 'number' || !ranged) {
        ranges.push(...(typeof low === 'number' ? [[low, low] as const] : low));
        continue;
      }
      this.#at += 1;
      const high = this.#member(start);
      if (typeof high !== 'number') {
        ranges.push([low, low], [45, 45], ...high);
      } else if (high < low) {
        throw this.#error('This range goes backwards', 'Write the lower end first, as in a-z.', dash);
      } else ranges.push([low, high]);
    }
    return { ranges, negated };
  }

  #member(start: number): number | CharSet['ranges'] {
    const at = this.#at;
    const char = this.#next();
    if (char === '')
      throw this.#error('This [ is not closed', 'Add a ], or write \\[ for the sign itself.', start);
    if (char !== '\\') return char.charCodeAt(0);
    if (this.#take('b')) return 8;
    if (this.#take('-')) return 45;
    const read = this.#escaped(at);
    if (typeof read === 'number') return read;
    return read.negated ? complement(read.ranges) : read.ranges;
  }

  #peek(): string {
    return this.#source[this.#at] ?? '';
  }

  #next(): string {
    const char = this.#peek();
    this.#at += char.length;
    return char;
  }

  #take(char: string): boolean {
    if (this.#peek() !== char) return false;
    this.#at += 1;
    return true;
  }

  #error(message: string, hint: string, at = this.#at): FilterSyntaxError {
    return new FilterSyntaxError(`${message}.`, this.#offset + at, hint);
  }
}

function literal(unit: number): RegexNode {
  return { kind: 'set', set: { ranges: [[unit, unit]], negated: false } };
}

/** Of ranges in order. */
function complement(ranges: CharSet['ranges']): CharSet['ranges'] {
  const gaps: (readonly [number, number])[] = [];
  let from = 0;
  for (const [low, high] of ranges) {
    if (low > from) gaps.push([from, low - 1]);
    from = high + 1;
  }
  return [...gaps, [from, 0xffff]];
}
