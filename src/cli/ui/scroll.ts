import type { Rows } from './rows.ts';

/**
 * Where a view stands in a list that grows at its end. Following: the cursor is on the last row and the list
 * moves under it. Locked: cursor and first row are anchored to keys, whatever comes or goes.
 */
export type Scroll =
  | { readonly follow: true }
  | { readonly follow: false; readonly top: number; readonly cursor: number };

export const FOLLOW: Scroll = { follow: true };

export type Move = 'up' | 'down' | 'page-up' | 'page-down' | 'half-up' | 'half-down' | 'first' | 'last';

/** Indices of the first visible row and of the selected one (-1 in an empty list). */
export interface Window {
  readonly top: number;
  readonly cursor: number;
}

/** What a view of `height` rows shows. A resize moves the window only as far as the cursor needs. */
export function windowOf(scroll: Scroll, rows: Rows<unknown>, height: number): Window {
  const last = rows.length - 1;
  const lowest = Math.max(0, rows.length - height);
  if (scroll.follow) return { top: lowest, cursor: last };
  const cursor = Math.min(rows.indexOf(scroll.cursor), last);
  const top = Math.min(rows.indexOf(scroll.top), lowest);
  return { top: Math.max(0, cursor - height + 1, Math.min(top, cursor)), cursor };
}

/** The cursor moved; on the last row it follows again, unless `ended`: rows are missing behind the last one. */
export function moved(
  scroll: Scroll,
  move: Move,
  view: { rows: Rows<unknown>; height: number; ended: boolean },
): Scroll {
  const { rows, height, ended } = view;
  const now = windowOf(scroll, rows, height);
  const last = rows.length - 1;
  const cursor = Math.max(0, Math.min(last, target(now.cursor, move, height, last)));
  if (last < 0 || (cursor === last && !ended)) return FOLLOW;
  const top = Math.max(Math.min(now.top, cursor), cursor - height + 1);
  const topRow = rows.at(top);
  const cursorRow = rows.at(cursor);
  return topRow && cursorRow ? { follow: false, top: topRow.key, cursor: cursorRow.key } : FOLLOW;
}

/** Index after a move in a list of `last + 1` rows, not yet kept within it. */
export function target(cursor: number, move: Move, height: number, last: number): number {
  const page = Math.max(1, height - 1);
  const half = Math.max(1, Math.floor(height / 2));
  switch (move) {
    case 'up':
      return cursor - 1;
    case 'down':
      return cursor + 1;
    case 'page-up':
      return cursor - page;
    case 'page-down':
      return cursor + page;
    case 'half-up':
      return cursor - half;
    case 'half-down':
      return cursor + half;
    case 'first':
      return 0;
    case 'last':
      return last;
  }
}
