/** What shall be in a configuration file. Every key of the path but the last names an object that is made if need be. */
export interface Change {
  path: readonly string[];
  value: Value;
  /** The value is an element of the list at `path`, the one whose `id` is this; else it is what stands at `path`. */
  element?: string;
}

/** Plain data, as JSON and TOML both have it. */
export type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value };

/** A file that is not what its client would read. Line and column count from 1, the column in UTF-16 units. */
export class UnreadableError extends Error {
  readonly line: number;
  readonly column: number;

  constructor(what: string, at: { line: number; column: number }) {
    super(what);
    this.name = 'UnreadableError';
    this.line = at.line;
    this.column = at.column;
  }
}

/** The text with `insert` in place of what was from `start` to `end`. */
export function splice(text: string, start: number, end: number, insert: string): string {
  return text.slice(0, start) + insert + text.slice(end);
}

/** How the lines of this text end. */
export function eolOf(text: string): '\r\n' | '\n' {
  return /^[^\n]*\r\n/.test(text) ? '\r\n' : '\n';
}

/** Where an offset of the text is. */
export function positionOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
