import { z } from 'zod';

/** Entries of a list that are said where nobody asks for another number. */
const PAGE_SIZE = 100;

/** The arguments of a list of many entries. */
export const PAGING = {
  pageSize: z.number().int().min(1).max(1000).optional().describe(`Entries to list. Default: ${PAGE_SIZE}.`),
  pageIdx: z.number().int().min(0).optional().describe('Which so many of them; 0: the first.'),
};

/** Those of one page as lines, and what more there is. */
export function pagedLines<T>(
  entries: readonly T[],
  { pageSize = PAGE_SIZE, pageIdx = 0 }: { pageSize?: number | undefined; pageIdx?: number | undefined },
  line: (entry: T) => string,
): string[] {
  const shown = entries.slice(pageIdx * pageSize, (pageIdx + 1) * pageSize);
  const lines = shown.map(line);
  if (shown.length === entries.length) return lines;
  const from = pageIdx * pageSize;
  const last = Math.ceil(entries.length / pageSize) - 1;
  if (shown.length === 0) return [`There is no pageIdx ${pageIdx}: the last one is ${last}.`];
  return [
    ...lines,
    `${from + 1} to ${from + shown.length} of ${entries.length}; pageIdx goes from 0 to ${last}.`,
  ];
}
