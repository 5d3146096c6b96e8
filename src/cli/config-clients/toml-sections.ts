import { parse } from 'smol-toml';
import { isObject } from './edit.ts';

/** One `[table]` of a TOML file with the lines up to the next one. Offsets into the text. */
export interface Section {
  /** `[a."b.c"]` is ['a', 'b.c']. */
  keys: string[];
  start: number;
  /** Behind its last line that says something: comments and empty lines after it may belong to the next section. */
  end: number;
}

/** The sections in order. The text must be TOML that smol-toml reads: this only finds where the headers are. */
export function sectionsOf(text: string): Section[] {
  const sections: Section[] = [];
  for (let at = 0; at < text.length; ) {
    const start = at + (/^[ \t]*/.exec(text.slice(at))?.[0].length ?? 0);
    const first = text[start];
    if (first === '[') {
      at = endOfLine(text, start);
      sections.push({ keys: keysOf(text.slice(start, at)), start: start, end: at });
    } else if (first === '#' || first === '\r' || first === '\n' || first === undefined) {
      at = endOfLine(text, start);
    } else {
      at = endOfPair(text, start);
      const section = sections.at(-1);
      if (section) section.end = at;
    }
  }
  return sections;
}

function keysOf(header: string): string[] {
  const keys: string[] = [];
  for (let at: unknown = parse(header); ; ) {
    if (Array.isArray(at)) at = at[0];
    const [key] = isObject(at) ? Object.keys(at) : [];
    if (key === undefined || !isObject(at)) return keys;
    keys.push(key);
    at = at[key];
  }
}

/** Behind the line's end. */
function endOfLine(text: string, from: number): number {
  const at = text.indexOf('\n', from);
  return at < 0 ? text.length : at + 1;
}

/** Strings first, as they may hold everything else; the long ones before the short. */
const TOKEN =
  /"""(?:\\[\s\S]|[^\\])*?"{3,5}|'''[\s\S]*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|#[^\n]*|[[\]{}]|\n/g;

/** Behind the line on which a key's value ends: a list or a long string goes over several. */
function endOfPair(text: string, from: number): number {
  let depth = 0;
  TOKEN.lastIndex = from;
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
    const [token] = match;
    if (token === '[' || token === '{') depth++;
    if (token === ']' || token === '}') depth--;
    if (token === '\n' && depth === 0) return TOKEN.lastIndex;
  }
  return text.length;
}
