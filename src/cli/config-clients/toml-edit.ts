import { isDeepStrictEqual } from 'node:util';
import { parse, stringify, TomlError } from 'smol-toml';
import { type Change, eolOf, isObject, positionOf, splice, UnreadableError, type Value } from './edit.ts';
import { type Section, sectionsOf } from './toml-sections.ts';

/**
 * The text of a TOML file with the change in it as a section of its own, every other character as it was. The same text
 * where it says so already. Throws UnreadableError, also where what is to be replaced is no section: `a = { b = 1 }`.
 */
export function editToml(text: string, { path, value }: Change): string {
  const before = readToml(text);
  if (isDeepStrictEqual(plain(valueAt(before, path)), value)) return text;
  const eol = eolOf(text);
  const own = stringify(nested(path, value)).trimEnd().replaceAll('\n', eol);
  const after = withSection(text, path, own, eol);
  // What is no section is not found above, and would be there twice, or be gone.
  if (!isDeepStrictEqual(readAgain(after), plain(setAt(before, path, value)))) {
    throw new UnreadableError(`${path.join('.')} is written in another way than [${path.join('.')}]`, {
      line: lineOfKey(text, path),
      column: 1,
    });
  }
  return after;
}

/** What the file says. Throws UnreadableError. */
export function readToml(text: string): Record<string, unknown> {
  try {
    return parsed(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [what = ''] = error.message.replace(/^Invalid TOML document: /, '').split('\n');
    throw new UnreadableError(what, { line: error.line, column: error.column });
  }
}

/** A number that is too large for a double is no fault of the file. */
function parsed(text: string): Record<string, unknown> {
  return parse(text, { integersAsBigInt: 'asNeeded' });
}

function withSection(text: string, path: readonly string[], own: string, eol: string): string {
  const [first, ...others] = sectionsOf(text).filter(({ keys }) =>
    path.every((key, depth) => keys[depth] === key),
  );
  if (!first) {
    const kept = text.trimEnd();
    return `${kept && kept + eol + eol}${own}${text === '' || text.endsWith('\n') ? eol : ''}`;
  }
  const shorter = others.reduceRight(withoutSection, text);
  const end = shorter.slice(first.start, first.end).endsWith('\n') ? eol : '';
  return splice(shorter, first.start, first.end, own + end);
}

/** Empty lines after it go with it. */
function withoutSection(text: string, { start, end }: Section): string {
  const empty = /^(?:[ \t]*\r?\n)*/.exec(text.slice(end))?.[0].length ?? 0;
  return splice(text, start, end + empty, '');
}

function valueAt(from: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), from);
}

function setAt(from: Record<string, unknown>, [key = '', ...rest]: readonly string[], value: Value): object {
  const inner = from[key];
  return { ...from, [key]: rest.length === 0 ? value : setAt(isObject(inner) ? inner : {}, rest, value) };
}

/** Null where the text is no TOML any more. */
function readAgain(text: string): unknown {
  try {
    return plain(parsed(text));
  } catch {
    return null;
  }
}

/** The parser's objects have no prototype, and its dates a class: for comparison. */
function plain(value: unknown): unknown {
  if (value === undefined) return undefined;
  return JSON.parse(JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? `${each}n` : each)));
}

function nested(path: readonly string[], value: Value): Record<string, unknown> {
  const [key = '', ...rest] = path;
  return { [key]: rest.length === 0 ? value : nested(rest, value) };
}

/** The line where the last key of the path first stands as a key, else the first of its parent; 1 where none does. */
function lineOfKey(text: string, path: readonly string[]): number {
  for (const key of [...path].reverse()) {
    // A name of an entry and those of our sections are letters, digits, - and _.
    const at = text.search(new RegExp(`(?<![\\w-])["']?${key}["']?\\s*[.=]`));
    if (at >= 0) return positionOf(text, at).line;
  }
  return 1;
}
