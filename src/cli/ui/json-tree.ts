import type { Tone } from './cells.ts';

/** One row of a JSON document as a tree: what folds has a path, which folding goes by. */
export interface TreeRow {
  readonly depth: number;
  /** Of what can be folded, else of the leaf: `.params.patterns[0]`. */
  readonly path: string;
  /** `closed`, `open`: an object or array that has something in it; `end`: its closing bracket; `leaf`: all else. */
  readonly fold: 'open' | 'closed' | 'end' | 'leaf';
  readonly pieces: readonly { readonly text: string; readonly tone: Tone }[];
}

/** Rows made of one document; what is behind them is told in a last row. */
const MAX_ROWS = 20_000;

/** Characters of one string that a row shows: the copy has all of it. */
const MAX_STRING = 2000;

/**
 * The rows of a JSON value. `folded` says of a path whether it is closed; asked of every object and array that is not
 * empty, from the outside in.
 */
export function treeRows(value: unknown, folded: (path: string, depth: number) => boolean): TreeRow[] {
  const rows: TreeRow[] = [];
  walk(value, { depth: 0, path: '', key: null, comma: false });
  return rows;

  function walk(
    at: unknown,
    { depth, path, key, comma }: { depth: number; path: string; key: string | null; comma: boolean },
  ): void {
    if (rows.length >= MAX_ROWS) return;
    const name = key === null ? [] : [{ text: JSON.stringify(key), tone: 'client' as const }, COLON];
    const tail = comma ? [COMMA] : [];
    if (typeof at !== 'object' || at === null) {
      rows.push({ depth, path, fold: 'leaf', pieces: [...name, leaf(at), ...tail] });
      return;
    }
    const list = Array.isArray(at);
    const entries: [string | null, unknown][] = list ? at.map((each) => [null, each]) : Object.entries(at);
    const [open, close] = list ? ['[', ']'] : ['{', '}'];
    if (entries.length === 0) {
      rows.push({ depth, path, fold: 'leaf', pieces: [...name, punctuation(open + close), ...tail] });
      return;
    }
    if (folded(path, depth)) {
      const count = { text: ` ${entries.length} ${list ? 'items' : 'keys'} `, tone: 'dim' as const };
      const pieces = [...name, punctuation(open), count, punctuation(close), ...tail];
      rows.push({ depth, path, fold: 'closed', pieces });
      return;
    }
    rows.push({ depth, path, fold: 'open', pieces: [...name, punctuation(open)] });
    for (const [index, [inner, each]] of entries.entries()) {
      const step = inner === null ? `[${index}]` : `.${inner}`;
      walk(each, { depth: depth + 1, path: path + step, key: inner, comma: index < entries.length - 1 });
    }
    if (rows.length >= MAX_ROWS) {
      if (depth === 0)
        rows.push({
          depth,
          path,
          fold: 'end',
          pieces: [{ text: '… more than fits; copy it', tone: 'warn' }],
        });
      return;
    }
    rows.push({ depth, path, fold: 'end', pieces: [punctuation(close), ...tail] });
  }
}

const COLON = { text: ': ', tone: 'dim' as const };
const COMMA = { text: ',', tone: 'dim' as const };

function punctuation(text: string): { text: string; tone: Tone } {
  return { text, tone: 'dim' };
}

function leaf(value: unknown): { text: string; tone: Tone } {
  if (typeof value !== 'string') return { text: String(value), tone: value === null ? 'dim' : 'accent' };
  const cut = value.length > MAX_STRING;
  return { text: JSON.stringify(cut ? value.slice(0, MAX_STRING) : value) + (cut ? '…' : ''), tone: 'good' };
}
