import { fitLine, fitSpan, type Line, lineText, lineWidth, type Span, span } from '../cells.ts';
import { MARKED, SELECTED, SELECTED_MARKED } from '../theme.ts';

/** A column of a table: its title, its width (null: what the others leave), and the cell of a row. */
export interface Column<T> {
  readonly title: string;
  readonly width: number | null;
  readonly align?: 'left' | 'right';
  readonly cell: (row: T) => Span;
}

/** `active`: selected in the pane that has the keys. */
export type Selection = 'none' | 'selected' | 'active';

export interface Table<T> {
  readonly title: Line;
  row(value: T, selection: Selection, marked?: boolean): Line;
}

/**
 * The columns fitted into `width`. `optional`: titles of columns to leave out, in this order, until the open
 * column has `least` columns.
 */
export function tableOf<T>(
  columns: readonly Column<T>[],
  width: number,
  shrink: { optional: readonly string[]; least: number },
): Table<T> {
  let kept = columns;
  for (const title of shrink.optional) {
    if (openWidth(kept, width) >= shrink.least) break;
    kept = kept.filter((column) => column.title !== title);
  }
  const open = Math.max(1, openWidth(kept, width));
  const line = (mark: Span, cells: (column: Column<T>) => Span): Line => {
    const spans = [mark];
    for (const [index, column] of kept.entries()) {
      if (index > 0) spans.push(GAP);
      const cell = cells(column);
      const columns = column.width ?? open;
      // A glyph alone stays a span of its own, so that it can be taken out of the row (see strips.ts).
      if (cell.width === 1 && columns > 1 && column.align === 'right')
        spans.push(fitSpan(GAP, columns - 1), cell);
      else spans.push(fitSpan(cell, columns, column.align));
    }
    return fitLine(spans, width);
  };
  return {
    title: line(GAP, (column) => span(column.title, 'dim')),
    row: (value, selection, marked = false) => {
      const row = line(leadOf(selection, marked), (column) => column.cell(value));
      return selection === 'active' ? barred(row) : row;
    },
  };
}

/** The row as the one bar that the keys act on. */
export function barred(line: Line): Line {
  return [{ text: lineText(line), tone: 'bar', width: lineWidth(line) }];
}

const GAP = span(' ');
const CURSOR = span(SELECTED, 'accent');
const MARK = span(MARKED, 'warn');
const BOTH = span(SELECTED_MARKED, 'warn');

function leadOf(selection: Selection, marked: boolean): Span {
  if (selection === 'none') return marked ? MARK : GAP;
  return marked ? BOTH : CURSOR;
}

/** What the mark, the fixed columns, the gaps and one blank at the end leave for the open column. */
function openWidth(columns: readonly Pick<Column<unknown>, 'width'>[], width: number): number {
  const fixed = columns.reduce((sum, column) => sum + (column.width ?? 0), 0);
  return width - 2 - fixed - (columns.length - 1);
}
