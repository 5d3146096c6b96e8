import { comparisonOf } from './comparison.ts';
import { type Expression, OPERATORS, type Pattern, type Term } from './expression.ts';
import {
  type ChoiceField,
  FIELD_NAMES,
  FIELDS,
  type FieldName,
  isChoiceField,
  isFieldName,
  isNumberField,
  type TextField,
} from './fields.ts';
import { readPattern } from './pattern.ts';
import { FilterSyntaxError } from './syntax-error.ts';

/** Characters of a filter; a longer one is a mistake in pasting. */
const MAX_LENGTH = 1000;
/** Parentheses inside parentheses. */
const MAX_DEPTH = 40;
/** Terms, and alternatives inside them: what a row costs has an upper bound. */
const MAX_TERMS = 100;
const MAX_REGEXES = 10;

/** The words before a `:` that are fields, or are meant to be: `https://` and `12:30` are not. */
const NAMED = /^([A-Za-z]+):(?!\/\/)/;
const COMPARED = /^([A-Za-z]+)(?::?)(>=|<=|>|<|=)/;

/** Throws {@link FilterSyntaxError}. Blank text is `and` of nothing: everything. */
export function parseExpression(text: string): Expression {
  if (text.length > MAX_LENGTH) {
    throw new FilterSyntaxError(
      `A filter has at most ${MAX_LENGTH} characters; this one has ${text.length}.`,
      MAX_LENGTH,
      'Shorten it: * stands for anything, a comma for alternatives.',
    );
  }
  return new FilterParser(text).parse();
}

class FilterParser {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  #terms = 0;
  #regexes = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Expression {
    this.#skipBlanks();
    if (this.#at === this.#text.length) return { kind: 'and', of: [] };
    const expression = this.#or();
    if (this.#at < this.#text.length) {
      throw this.#error('This ) closes nothing.', `Take it out, or quote it: "${this.#rest()}".`);
    }
    return expression;
  }

  #or(): Expression {
    const of = [this.#and()];
    while (this.#peek() === '|') {
      this.#at += 1;
      of.push(this.#and());
    }
    return of.length === 1 && of[0] ? of[0] : { kind: 'or', of };
  }

  #and(): Expression {
    const of: Expression[] = [];
    for (
      this.#skipBlanks();
      this.#at < this.#text.length && !'|)'.includes(this.#peek());
      this.#skipBlanks()
    ) {
      of.push(this.#not());
    }
    if (of.length > 0) return of.length === 1 && of[0] ? of[0] : { kind: 'and', of };
    if (this.#peek() === '|') {
      throw this.#error(
        'There is nothing before this |.',
        'It stands between two terms: dir:in | status:err.',
      );
    }
    if (this.#peek() === ')') {
      throw this.#error(
        'There is nothing before this ).',
        'Parentheses go around terms; quote them to find them: "()".',
      );
    }
    throw this.#error(
      'Something is to follow here.',
      'Type a term, such as status:err, or take out what stands before.',
    );
  }

  #not(): Expression {
    let negated = false;
    const start = this.#at;
    while (this.#peek() === '-') {
      negated = !negated;
      this.#at += 1;
    }
    if (this.#at > start && (this.#at === this.#text.length || /[\s|)]/.test(this.#peek()))) {
      throw this.#error(
        '- is to be followed by what it leaves out.',
        'For example -domain:Network, without a space.',
        start,
      );
    }
    const of = this.#peek() === '(' ? this.#group() : this.#term();
    if (!negated) return of;
    return of.kind === 'not' ? of.of : { kind: 'not', of };
  }

  #group(): Expression {
    const start = this.#at;
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH)
      throw this.#error('Too many parentheses inside parentheses.', 'Take some out.');
    this.#at += 1;
    const inner = this.#or();
    if (this.#peek() !== ')') throw this.#error('This ( is not closed.', 'Add a ) at the end.', start);
    this.#at += 1;
    this.#depth -= 1;
    return inner;
  }

  #term(): Term {
    const start = this.#at;
    const rest = this.#rest();
    const compared = COMPARED.exec(rest);
    if (compared?.[1]) {
      const name = compared[1].toLowerCase();
      if (isFieldName(name) && (isNumberField(name) || !compared[0].includes(':')))
        return this.#comparison(name);
    }
    const name = NAMED.exec(rest)?.[1];
    if (name !== undefined) return this.#field(name);
    const operator = OPERATORS.find((sign) => rest.startsWith(sign));
    if (operator) {
      throw this.#error(
        `There is no field before this ${operator}.`,
        `Write it without spaces: ms${operator}200; text goes in quotes: "${this.#word()}".`,
      );
    }
    const pattern = this.#pattern(null);
    if (pattern) return { kind: 'word', pattern };
    throw this.#error('There is nothing between the quotes.', 'Put what you look for between them.', start);
  }

  #comparison(name: FieldName): Term {
    const start = this.#at;
    const word = this.#word();
    this.#count();
    if (!isNumberField(name)) {
      throw this.#error(
        `${name} cannot be compared like this.`,
        `Write ${word.replace(/[<>=]+/, ':')}; text goes in quotes: "${word}".`,
      );
    }
    this.#at += word.length;
    return comparisonOf(name, word, start);
  }

  #field(written: string): Term {
    const start = this.#at;
    const name = written.toLowerCase();
    if (!isFieldName(name)) {
      throw this.#error(`There is no field ${written}.`, unknownField(name, this.#word()));
    }
    const [example] = FIELDS[name].examples;
    if (isNumberField(name)) {
      throw this.#error(
        `${name} is compared with > >= < <= or =.`,
        `For example ${example}.`,
        start + name.length,
      );
    }
    this.#at += name.length + 1;
    return isChoiceField(name) ? this.#choice(name) : this.#texts(name, example);
  }

  #choice(field: ChoiceField): Term {
    const known: readonly string[] = FIELDS[field].values;
    const values: string[] = [];
    do {
      const start = this.#at;
      const value = /^[^\s,|()]*/.exec(this.#rest())?.[0] ?? '';
      this.#count();
      if (!known.includes(value.toLowerCase())) {
        throw this.#error(
          value === '' ? `${field}: is to be followed by a value.` : `${field} is never ${value}.`,
          `It is one of ${known.join(', ')}.`,
          start,
        );
      }
      values.push(value.toLowerCase());
      this.#at += value.length;
    } while (this.#takeComma());
    return { kind: 'choice', field, values };
  }

  #texts(field: TextField, example: string): Term {
    const patterns: Pattern[] = [];
    do {
      const start = this.#at;
      const pattern = this.#pattern(field);
      if (!pattern) {
        const after = patterns.length > 0 ? 'The comma' : `${field}:`;
        throw this.#error(`${after} is to be followed by a value.`, `For example ${example}.`, start);
      }
      patterns.push(pattern);
    } while (this.#takeComma());
    return { kind: 'text', field, patterns };
  }

  #pattern(field: TextField | null): Pattern | null {
    this.#count();
    const { pattern, end } = readPattern(this.#text, this.#at, field);
    if (pattern?.kind === 'regex') this.#regexes += 1;
    if (this.#regexes > MAX_REGEXES) {
      throw this.#error(
        `A filter has at most ${MAX_REGEXES} regular expressions.`,
        'Join them, as in /this|that/, or use text with *.',
      );
    }
    this.#at = end;
    return pattern;
  }

  #count(): void {
    this.#terms += 1;
    if (this.#terms > MAX_TERMS) {
      throw this.#error(
        `A filter has at most ${MAX_TERMS} terms and alternatives.`,
        'Use * for several at once.',
      );
    }
  }

  #takeComma(): boolean {
    if (this.#peek() !== ',') return false;
    this.#at += 1;
    return true;
  }

  #skipBlanks(): void {
    while (/\s/.test(this.#peek())) this.#at += 1;
  }

  #peek(): string {
    return this.#text[this.#at] ?? '';
  }

  #rest(): string {
    return this.#text.slice(this.#at);
  }

  /** What stands here up to a space or an operator. */
  #word(): string {
    return /^[^\s|()]*/.exec(this.#rest())?.[0] ?? '';
  }

  #error(message: string, hint: string, at = this.#at): FilterSyntaxError {
    return new FilterSyntaxError(message, at, hint);
  }
}

/** What people call a field elsewhere. */
const MEANT: Readonly<Record<string, FieldName>> = {
  body: 'text',
  bytes: 'size',
  command: 'method',
  direction: 'dir',
  duration: 'ms',
  error: 'status',
  event: 'method',
  host: 'url',
  is: 'status',
  page: 'tab',
  target: 'tab',
  time: 'ms',
  type: 'dir',
  workspace: 'client',
};

function unknownField(name: string, word: string): string {
  const known = Object.hasOwn(MEANT, name) ? MEANT[name] : undefined;
  const meant = known ?? FIELD_NAMES.find((field) => field.startsWith(name) || name.startsWith(field));
  const fields = meant
    ? `Did you mean ${FIELDS[meant].examples[0]}?`
    : `There are ${FIELD_NAMES.join(', ')}.`;
  return `${fields} Text goes in quotes: "${word}".`;
}
