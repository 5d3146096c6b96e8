import type { ExchangeRow } from '../../../shared/events.ts';
import { type Span, span } from '../cells.ts';
import { outcomeLook } from '../theme.ts';
import { elapsed, targetMark } from '../words.ts';
import { type Column, type Table, tableOf } from './table.ts';

/** The requests' table; a wide one shows the target and the error, too. */
export function requestTable(width: number, now: number): Table<ExchangeRow> {
  const roomy = width >= 70;
  const columns: Column<ExchangeRow>[] = [
    { title: '#', width: roomy ? 7 : 6, align: 'right', cell: ({ seq }) => span(`#${seq}`, 'dim') },
    { title: 'CLIENT', width: roomy ? 12 : 10, cell: ({ clientName }) => span(clientName, 'client') },
    { title: 'METHOD', width: null, cell: (row) => what(row, roomy) },
    ...(roomy ? [TAB] : []),
    {
      title: '',
      width: 1,
      cell: ({ outcome }) => {
        const look = outcomeLook(outcome);
        return span(look.glyph, look.tone);
      },
    },
    { title: 'TIME', width: 6, align: 'right', cell: (row) => took(row, now) },
  ];
  return tableOf(columns, width, { optional: ['TAB'], least: 14 });
}

const TAB: Column<ExchangeRow> = {
  title: 'TAB',
  width: 6,
  cell: (row) => span(targetMark(row), 'dim'),
};

/** The method; where there is room, with the error that it came back with. */
function what({ method, error }: ExchangeRow, roomy: boolean): Span {
  if (!error) return span(method);
  return span(roomy ? `${method} · ${error}` : method, 'bad');
}

/** How long it took, or has been taking; what was lost has no time. */
function took(row: ExchangeRow, now: number): Span {
  if (row.outcome === 'lost') return span('lost', 'warn');
  const ms = row.ms ?? now - row.at;
  return span(elapsed(Math.max(0, ms)), row.outcome === 'open' ? 'accent' : ms >= 1000 ? 'warn' : 'plain');
}
