import type { ExchangeRow } from '../../../shared/events.ts';
import { span } from '../cells.ts';
import { outcomeLook } from '../theme.ts';
import { elapsed, targetMark } from '../words.ts';
import { type Column, type Table, tableOf } from './table.ts';

/** The requests' table; a wide one shows the target and the error, too. */
export function requestTable(width: number, now: number): Table<ExchangeRow> {
  const roomy = width >= 70;
  const columns: Column<ExchangeRow>[] = [
    { title: '#', width: roomy ? 7 : 6, align: 'right', cell: ({ seq }) => span(`#${seq}`, 'dim') },
    { title: 'CLIENT', width: roomy ? 12 : 10, cell: ({ clientName }) => span(clientName, 'client') },
    { title: 'METHOD', width: null, cell: ({ method }) => span(method) },
    ...(roomy ? wideColumns : []),
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
  return tableOf(columns, width, { optional: ['TAB', 'ERROR'], least: 14 });
}

const wideColumns: readonly Column<ExchangeRow>[] = [
  { title: 'TAB', width: 6, cell: ({ target }) => span(targetMark(target), 'dim') },
  { title: 'ERROR', width: 18, cell: ({ error }) => span(error ?? '', 'bad') },
];

/** How long it took, or has been taking; what was lost has no time. */
function took(row: ExchangeRow, now: number) {
  if (row.outcome === 'lost') return span('lost', 'warn');
  const ms = row.ms ?? now - row.at;
  return span(elapsed(Math.max(0, ms)), row.outcome === 'open' ? 'accent' : ms >= 1000 ? 'warn' : 'plain');
}
