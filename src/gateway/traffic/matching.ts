import { type Filter, matches, parseFilter } from '../../shared/filter/filter.ts';
import type { Row, Wish } from './watchers.ts';

/** The rows that a watcher asks for, and whether messages must be kept to find them. */
export type Wanted = Pick<Wish, 'matches' | 'bodies'>;

/** The text of a row's messages as `text:` may read it; null where it is not kept. */
export type TextOf = (row: Row) => string | null;

export function wanted(filter: Filter, textOf: TextOf): Wanted {
  if (filter.text.trim() === '') return { matches: null, bodies: false };
  if (!filter.readsText) return { matches: (row) => matches(filter, row), bodies: false };
  return {
    // Asked for by the terms that get so far alone: it is made anew each time.
    matches: (row) => matches(filter, { ...row, text: () => textOf(row) }),
    bodies: true,
  };
}

/** By a filter's text. Whoever takes the text in has it parsed, too: a wrong one asks for nothing. */
export function matching(text: string, textOf: TextOf): Wanted {
  const parsed = parseFilter(text);
  return parsed.ok ? wanted(parsed.filter, textOf) : { matches: () => false, bodies: false };
}
