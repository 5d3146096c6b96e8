import type { Pattern } from './expression.ts';
import type { TextField } from './fields.ts';
import { Regex } from './regex.ts';
import { FilterSyntaxError } from './syntax-error.ts';

interface Read {
  /** Null where nothing stands. */
  pattern: Pattern | null;
  /** Index of what follows. */
  end: number;
}

/** Reads one value at `start`: a regular expression, or text with quotes and `*`. `field`: null for bare text. */
export function readPattern(text: string, start: number, field: TextField | null): Read {
  return text[start] === '/' ? readRegex(text, start, field) : readGlob(text, start, field);
}

/** Ends at a blank, `|` or a parenthesis, inside a field at a comma as well. */
function readGlob(text: string, start: number, field: TextField | null): Read {
  const stop = field === null ? /[\s|()]/ : /[\s|(),]/;
  const parts: string[] = [];
  let part = '';
  let at = start;
  for (; at < text.length; at++) {
    const char = text[at] ?? '';
    if (stop.test(char)) break;
    if (char === '"') {
      const { value, end } = readQuoted(text, at);
      part += value;
      at = end;
    } else if (char === '*') {
      // Two in a row are one.
      if (part !== '' || parts.length === 0) parts.push(part);
      part = '';
    } else part += char;
  }
  parts.push(part);
  const empty = parts.length === 1 && part === '';
  return { pattern: empty ? null : { kind: 'glob', parts }, end: at };
}

/** `end` is the index of the closing quote. */
function readQuoted(text: string, start: number): { value: string; end: number } {
  let value = '';
  for (let at = start + 1; at < text.length; at++) {
    const char = text[at] ?? '';
    if (char === '"') return { value, end: at };
    const escaped = char === '\\' && /["\\]/.test(text[at + 1] ?? '');
    if (escaped) at += 1;
    value += escaped ? text[at] : char;
  }
  throw new FilterSyntaxError(
    'This quote is not closed.',
    start,
    'Add a " at the end; a quote inside quotes is \\".',
  );
}

function readRegex(text: string, start: number, field: TextField | null): Read {
  const end = endOfRegex(text, start);
  const word = /^[^\s|()]*/.exec(text.slice(start))?.[0] ?? '';
  const asText = `for plain text use quotes: ${field ? `${field}:` : ''}"${word}".`;
  if (end === null) {
    throw new FilterSyntaxError(
      'This regular expression is not closed.',
      start,
      `Add a / at the end; ${asText}`,
    );
  }
  const source = text.slice(start + 1, end);
  if (source === '') {
    throw new FilterSyntaxError(
      'There is nothing between the slashes.',
      start,
      `Write /what you look for/; ${asText}`,
    );
  }
  // Case never counts, so that `i`, which habit adds, changes nothing.
  const after = text[end + 1] === 'i' ? end + 2 : end + 1;
  if (!(field === null ? /^($|[\s|)])/ : /^($|[\s|),])/).test(text.slice(after))) {
    throw new FilterSyntaxError(
      'A regular expression ends with its second /.',
      end + 1,
      `A / inside one is \\/; ${asText}`,
    );
  }
  return { pattern: { kind: 'regex', regex: new Regex(source, start + 1) }, end: after };
}

/** Index of the closing slash: neither escaped nor inside brackets. */
function endOfRegex(text: string, start: number): number | null {
  let bracket = false;
  for (let at = start + 1; at < text.length; at++) {
    const char = text[at];
    if (char === '\\') at += 1;
    else if (char === '[') bracket = true;
    else if (char === ']') bracket = false;
    else if (char === '/' && !bracket) return at;
  }
  return null;
}
