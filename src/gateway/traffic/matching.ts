import type { Matches } from './watchers.ts';

/** The rows that a filter's text asks for. */
export function matching(filter: string): Matches {
  const text = filter.trim();
  if (text === '') return null;
  return ({ method, url, error }) =>
    method.includes(text) || url.includes(text) || (error ?? '').includes(text);
}
