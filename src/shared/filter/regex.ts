import { RE2JS, RE2JSSyntaxException } from 're2js';
import { MAX_SUBJECT } from './subject.ts';
import { FilterSyntaxError } from './syntax-error.ts';

const MAX_SOURCE = 200;

/**
 * A regular expression in RE2's syntax, which never backtracks: time is linear in the text, whatever the expression,
 * and the first 8,192 characters are read. Upper and lower case are the same; `.` is no line's end.
 */
export class Regex {
  readonly source: string;
  readonly #compiled: RE2JS;

  /** Throws FilterSyntaxError; `offset` is where the source stands in the filter's text. */
  constructor(source: string, offset = 0) {
    if (source.length > MAX_SOURCE) {
      throw new FilterSyntaxError(
        `A regular expression has at most ${MAX_SOURCE} characters; this one has ${source.length}.`,
        offset,
        'Use several terms.',
      );
    }
    this.source = source;
    this.#compiled = compile(source, offset);
  }

  /** True where it is found anywhere in the text. */
  test(text: string): boolean {
    return this.#compiled.test(text.length > MAX_SUBJECT ? text.slice(0, MAX_SUBJECT) : text);
  }
}

function compile(source: string, offset: number): RE2JS {
  try {
    return RE2JS.compile(source, RE2JS.CASE_INSENSITIVE);
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error;
    const { part, at } = partOf(error, source);
    const [message, hint] = wordsFor(error.error, part);
    throw new FilterSyntaxError(message, offset + at, hint);
  }
}

/** The part that RE2 names, and where it stands; all of it where that is what it names, with its flags before it. */
function partOf({ input, error }: RE2JSSyntaxException, source: string): { part: string; at: number } {
  if (/^unexpected \)/.test(error)) return { part: ')', at: unopened(source) };
  const at = input === null ? -1 : source.indexOf(input);
  return at === -1 ? { part: source, at: 0 } : { part: input ?? '', at };
}

/** Index of the first parenthesis that closes nothing. */
function unopened(source: string): number {
  let open = 0;
  let bracket = false;
  for (let at = 0; at < source.length; at++) {
    const char = source[at];
    if (char === '\\') at += 1;
    else if (bracket) bracket = char !== ']';
    else if (char === '[') bracket = true;
    else if (char === '(') open += 1;
    else if (char === ')' && --open < 0) return at;
  }
  return 0;
}

/** What RE2 says, in words for whoever is typing. */
function wordsFor(error: string, part: string): [message: string, hint: string] {
  if (/^\(\?<?[=!]/.test(part)) {
    return [
      'Lookaround cannot be used.',
      'Use several terms, with - before the one for what must not be there.',
    ];
  }
  if (/^\\[1-9k]/.test(part))
    return [`${part} refers back to a group, which cannot be used.`, 'Write out what it stands for.'];
  switch (error) {
    case 'missing closing )':
      return ['A ( is not closed.', 'For a ( itself write \\(.'];
    case 'unexpected )':
      return ['This ) closes nothing.', 'For a ) itself write \\).'];
    case 'missing argument to repetition operator':
      return [`There is nothing before ${part} to repeat.`, `For a ${part} itself write \\${part}.`];
    case 'invalid nested repetition operator':
      return [`${part} repeats what is repeated already.`, 'Put what is to be repeated in (?:…).'];
    case 'invalid repeat count':
      return [
        `${part} is no repeat.`,
        'Write e.g. {2,5}: 1,000 at most, nested ones multiplied; + and * have no limit.',
      ];
    case 'invalid character class range':
      return [`${part} is no range of characters.`, 'Write e.g. [a-z].'];
    case 'invalid escape sequence':
      return [
        `${part} means nothing here.`,
        'There are \\d \\w \\s \\b, \\x41 and \\p{L}; \\ before . * ( and the like makes them themselves.',
      ];
    case 'trailing backslash at end of expression':
      return ['There is nothing after the \\.', 'For a \\ itself write \\\\.'];
    default:
      return [`This regular expression cannot be read: ${error}.`, 'For plain text use quotes.'];
  }
}
