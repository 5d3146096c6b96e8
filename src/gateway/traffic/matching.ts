import { matches, parseFilter } from '../../shared/filter/filter.ts';
import type { Matches } from './watchers.ts';

/** The rows that a filter's text asks for. Whoever takes the text in has it parsed, too: a wrong one asks for nothing. */
export function matching(text: string): Matches {
  if (text.trim() === '') return null;
  const parsed = parseFilter(text);
  return parsed.ok ? (row) => matches(parsed.filter, row) : () => false;
}
