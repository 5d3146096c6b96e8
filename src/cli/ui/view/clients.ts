import type { ClientInfo } from '../../../shared/events.ts';
import { bytes } from '../../../shared/text.ts';
import { type Span, span } from '../cells.ts';
import { age, clientTitle, millis } from '../words.ts';
import { type Column, type Table, tableOf } from './table.ts';

/** Quiet for this long, a client counts as idle. */
const IDLE_MS = 2000;

/** The clients' table; a wide one shows who they are and what they have used, too. */
export function clientTable(width: number, now: number): Table<ClientInfo> {
  const few = columns(now);
  const all = width >= 76 ? [...few.slice(0, -1), ...extras(now), ...few.slice(-1)] : few;
  return tableOf(all, width, { optional: ['OUT', 'IN', 'ERR', 'PID', 'FOR'], least: 12 });
}

/** `in flight now`, `4m` since its last message, or gone. */
function idle(client: ClientInfo, now: number): string {
  if (!client.connected) return 'gone';
  if (client.paused) return 'held';
  const quiet = now - client.lastSeen;
  return client.inFlight > 0 || quiet < IDLE_MS ? '' : age(quiet);
}

function columns(now: number): Column<ClientInfo>[] {
  return [
    {
      title: '',
      width: 1,
      cell: (client) => stateGlyph(client, now),
    },
    { title: 'CLIENT', width: null, cell: (client) => span(clientTitle(client), 'client') },
    { title: 'KIND', width: 4, cell: ({ kind }) => span(kind, kind === 'raw' ? 'warn' : 'plain') },
    {
      title: 'TABS',
      width: 4,
      align: 'right',
      cell: ({ kind, tabs }) => span(kind === 'raw' ? '·' : String(tabs)),
    },
    {
      title: 'OPEN',
      width: 4,
      align: 'right',
      cell: ({ inFlight }) =>
        span(inFlight === 0 ? '·' : String(inFlight), inFlight === 0 ? 'dim' : 'strong'),
    },
    { title: 'P95', width: 5, align: 'right', cell: ({ p95 }) => span(p95 === null ? '' : millis(p95)) },
    {
      title: 'IDLE',
      width: 4,
      align: 'right',
      cell: (client) => span(idle(client, now), client.paused ? 'warn' : 'dim'),
    },
  ];
}

function stateGlyph(client: ClientInfo, now: number): Span {
  if (client.paused && client.connected) return span('◐', 'warn');
  return client.connected && idle(client, now) === '' ? span('●', 'good') : span('○', 'dim');
}

function extras(now: number): Column<ClientInfo>[] {
  return [
    { title: 'REQS', width: 6, align: 'right', cell: ({ requests }) => span(String(requests)) },
    {
      title: 'ERR',
      width: 4,
      align: 'right',
      cell: ({ failures }) => span(failures === 0 ? '·' : String(failures), failures === 0 ? 'dim' : 'bad'),
    },
    { title: 'IN', width: 4, align: 'right', cell: ({ bytesIn }) => span(bytes(bytesIn)) },
    { title: 'OUT', width: 4, align: 'right', cell: ({ bytesOut }) => span(bytes(bytesOut)) },
    { title: 'PID', width: 7, align: 'right', cell: ({ pid }) => span(pid === null ? '' : String(pid)) },
    { title: 'FOR', width: 4, align: 'right', cell: ({ since }) => span(age(now - since), 'dim') },
  ];
}
