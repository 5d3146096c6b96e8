import { FrozenRows, type Row, type Rows, type SeqRing } from './rows.ts';
import { FOLLOW, type Move, moved, type Scroll } from './scroll.ts';

/** How a pane whose list flows is looked at. */
export interface Flow<T> {
  readonly scroll: Scroll;
  /** A copy that the pane shows in place of the live list: paused, or its rows were about to fall off. */
  readonly frozen: Rows<T> | null;
  /** Rows that had ever come when the view stopped moving: what came since is "new". */
  readonly seen: number;
  /** Keys of the rows that were marked. */
  readonly marks: ReadonlySet<number>;
  /** Only those are shown. */
  readonly only: boolean;
}

/** Rows in sight above one that was gone to. */
const ABOVE = 4;

export const FLOWING: Flow<never> = {
  scroll: FOLLOW,
  frozen: null,
  seen: 0,
  marks: new Set(),
  only: false,
};

/** At its end and live, with the marks that it has. */
export function flowing<T>(flow: Flow<T>): Flow<T> {
  return { ...flow, scroll: FOLLOW, frozen: null, seen: 0 };
}

/** The rows that the pane shows. */
export function rowsOf<T extends { seq: number }>(flow: Flow<T>, ring: SeqRing<T>): Rows<T> {
  const rows = flow.frozen ?? ring;
  if (!flow.only) return rows;
  const chosen = [...flow.marks]
    .toSorted((a, b) => a - b)
    .flatMap((key): Row<T>[] => {
      const row = rows.at(rows.indexOf(key));
      return row?.key === key ? [row] : [];
    });
  return new FrozenRows(chosen);
}

/** The row with that key marked, or not any more. */
export function marked<T>(flow: Flow<T>, key: number): Flow<T> {
  const marks = new Set(flow.marks);
  if (!marks.delete(key)) marks.add(key);
  return { ...flow, marks };
}

/** Key of the next marked row after one, from the end on to the first; null where none of these rows is marked. */
export function nextMark<T extends { seq: number }>(
  flow: Flow<T>,
  ring: SeqRing<T>,
  after: number,
): number | null {
  const rows = rowsOf({ ...flow, only: true }, ring);
  const at = rows.indexOf(after);
  const next = rows.at(rows.at(at)?.key === after ? at + 1 : at) ?? rows.at(0);
  return next?.key ?? null;
}

/** Rows that came since the view stopped moving. */
export function newRows<T extends { seq: number }>(flow: Flow<T>, ring: SeqRing<T>): number {
  return moves(flow) || flow.only ? 0 : ring.added - flow.seen;
}

export function paused<T extends { seq: number }>(flow: Flow<T>, ring: SeqRing<T>): Flow<T> {
  return {
    ...flow,
    frozen: flow.frozen ?? ring.freeze(),
    seen: moves(flow) ? ring.added : flow.seen,
  };
}

/** Back to the live list: to its end, or to where the view is locked, if those rows are still there. */
export function resumed<T extends { seq: number }>(flow: Flow<T>, ring: SeqRing<T>): Flow<T> {
  if (flow.scroll.follow) return flowing(flow);
  const first = ring.at(0);
  return first && first.key <= flow.scroll.top ? { ...flow, frozen: null } : flow;
}

export function scrolled<T extends { seq: number }>(
  flow: Flow<T>,
  ring: SeqRing<T>,
  how: { move: Move; height: number; paused: boolean },
): Flow<T> {
  if (how.move === 'last' && !how.paused) return flowing(flow);
  const cutOff = flow.frozen !== null && !how.paused;
  const scroll = moved(flow.scroll, how.move, {
    rows: rowsOf(flow, ring),
    height: how.height,
    ended: cutOff,
  });
  if (scroll.follow && flow.frozen === null) return flowing(flow);
  return { ...flow, scroll, seen: moves(flow) ? ring.added : flow.seen };
}

/** Locked with the cursor on the row with that key, some rows before it in sight. */
export function lockedAt<T extends { seq: number }>(flow: Flow<T>, key: number, ring: SeqRing<T>): Flow<T> {
  const rows = rowsOf(flow, ring);
  const top = rows.at(Math.max(0, rows.indexOf(key) - ABOVE))?.key ?? key;
  const scroll = { follow: false as const, top, cursor: key };
  return { ...flow, scroll, seen: moves(flow) ? ring.added : flow.seen };
}

/** In time before the ring lets go of rows: a locked view takes a copy, so that what is read stays. */
export function kept<T extends { seq: number }>(flow: Flow<T>, ring: SeqRing<T>): Flow<T> {
  const to = ring.trimmingTo;
  if (flow.scroll.follow || flow.frozen || to === null || flow.scroll.top >= to) return flow;
  return { ...flow, frozen: ring.freeze() };
}

function moves(flow: Flow<unknown>): boolean {
  return flow.scroll.follow && flow.frozen === null;
}
