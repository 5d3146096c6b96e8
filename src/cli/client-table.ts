import type { ClientInfo } from '../shared/events.ts';
import { duration, oneLine } from '../shared/text.ts';
import { shortId } from './choose-clients.ts';

/** Longest name or workspace in the table, in characters. */
const MAX_CELL = 24;

const TITLES = ['ID', 'KIND', 'NAME', 'WORKSPACE', 'ISOLATION', 'TABS', 'OPEN', 'IDLE', 'P95', 'PID', ''];

/** From the right: numbers. */
const RIGHT = new Set(['TABS', 'OPEN', 'IDLE', 'P95', 'PID']);

/** The clients as a table of lines, `OPEN` being what is in flight; `now` is milliseconds since the epoch. */
export function clientTable(clients: readonly ClientInfo[], now: number): string {
  const rows = [TITLES, ...clients.map((client) => cells(client, clients, now))];
  const widths = TITLES.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: string[]) =>
    row
      .map((cell, n) => {
        const width = widths[n] ?? 0;
        return RIGHT.has(TITLES[n] ?? '') ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return rows.map(line).join('\n');
}

function cells(client: ClientInfo, clients: readonly ClientInfo[], now: number): string[] {
  const { id, kind, name, workspace, isolation, tabs, inFlight, lastSeen, p95, pid, paused } = client;
  return [
    shortId(id, clients),
    kind,
    clip(name),
    // One that is its own has its client's id for a name.
    workspace === id || workspace === '' ? '-' : clip(workspace),
    isolation ?? '-',
    kind === 'raw' ? '-' : String(tabs),
    kind === 'raw' ? '-' : String(inFlight),
    duration(now - lastSeen),
    p95 === null ? '-' : `${p95.toFixed(0)}ms`,
    pid === null ? '-' : String(pid),
    paused ? 'paused' : '',
  ];
}

function clip(text: string): string {
  const line = oneLine(text);
  return line.length > MAX_CELL ? `${line.slice(0, MAX_CELL - 1)}…` : line;
}
