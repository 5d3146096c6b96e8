import { styleText } from 'node:util';
import type { ExchangeRow, FrameRow } from '../shared/events.ts';
import { bytes, oneLine } from '../shared/text.ts';
import type { TailRow } from './tail-levels.ts';

/** Characters that a client's name may take. */
const NAME = 16;

/** A row as the screen knows it, as a line. */
export function rowLine(row: ExchangeRow | FrameRow): string {
  return tailLine('dir' in row ? { type: 'message', ...row } : { type: 'exchange', ...row });
}

/** One row as a line: time, client, direction, method, where, and how it ended. */
export function tailLine(row: TailRow): string {
  const time = styleText('dim', clockOf(row.at));
  const name = nameColumn(row.clientName || row.client);
  return [time, name, arrowOf(row), oneLine(row.method), whereOf(row), ...endOf(row)]
    .filter(Boolean)
    .join(' ');
}

function arrowOf(row: TailRow): string {
  if (row.type === 'exchange') return row.outcome === 'ok' ? '✓' : styleText('red', '✗');
  switch (row.dir) {
    case 'command':
      return '→';
    case 'answer':
      return row.outcome === 'ok' ? '←' : styleText('red', '✗');
    case 'event':
      return '·';
    default:
      return row.dir satisfies never;
  }
}

/** The tab's number, as `tab:` takes it, and the address; else the beginning of the target's id. */
function whereOf({ url, target, tab }: TailRow): string {
  const address = url && styleText('cyan', oneLine(url.length > 80 ? `${url.slice(0, 79)}…` : url));
  const mark = tab === null ? url === '' && oneLine(target.slice(0, 6)) : `#${tab}`;
  return [mark && styleText('dim', mark), address].filter(Boolean).join(' ');
}

function endOf(row: TailRow): string[] {
  const error = row.error === null ? '' : styleText('red', `${row.code ?? ''} ${oneLine(row.error)}`.trim());
  const took = row.ms === null ? '' : `${milliseconds(row.ms)}${row.type === 'exchange' ? split(row) : ''}`;
  if (row.type === 'exchange') return [took, error, row.outcome === 'lost' && !error ? 'lost' : ''];
  return [row.count > 1 ? `×${row.count}` : '', took, styleText('dim', bytes(row.bytes)), error];
}

/** Where the time went, if some of it was the browser's. */
function split({ inMs, browserMs, outMs }: Extract<TailRow, { type: 'exchange' }>): string {
  if (browserMs === null) return '';
  const hub = (inMs ?? 0) + (outMs ?? 0);
  return styleText('dim', ` (hub ${milliseconds(hub)}, browser ${milliseconds(browserMs)})`);
}

function milliseconds(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

function nameColumn(name: string): string {
  const text = oneLine(name);
  return (text.length > NAME ? `${text.slice(0, NAME - 1)}…` : text).padEnd(NAME);
}

function clockOf(at: number): string {
  const time = new Date(at);
  return `${time.toTimeString().slice(0, 8)}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}
