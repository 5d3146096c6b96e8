import { type Line, safeText, span, wrap } from '../cells.ts';
import type { HubState } from '../store.ts';
import { stateLook } from '../theme.ts';
import { clockTime, grouped, millis } from '../words.ts';
import { countdown, past } from './processes.ts';

/** The facts as plain rows, the most important first: for a terminal without room for panes. */
export function plainLines(state: HubState, view: { width: number; paused: boolean; now: number }): Line[] {
  const { stats } = state;
  const mode = state.stopping !== null ? 'STOPPING' : state.ready ? 'LIVE' : 'STARTING';
  const rows: Line[] = [
    [span(' cdp-hub ', 'strong'), span(mode, state.ready ? 'good' : 'warn'), span(` ${clockTime(view.now)}`)],
  ];
  for (const process of state.processes) {
    const look = stateLook(process.state);
    const before = past(process, { endings: state.endings, now: view.now }).map((text) => ` ${text}`);
    const restarts = process.restarts > 0 ? ` ↻${process.restarts}` : '';
    rows.push([
      span(` ${look.glyph} `, look.tone),
      span(process.name.padEnd(10)),
      span(look.word, look.tone),
      span(process.finding ? restarts : before.join(''), look.tone),
      ...(process.retryAt === null
        ? []
        : [span(` · next try in ${countdown(process.retryAt - view.now)}`, 'accent')]),
    ]);
    if (!process.finding) continue;
    const text = safeText(`${process.finding.message.split('\n').join(' · ')} → ${process.finding.fix}`);
    for (const line of wrap(text, view.width - 5, 2)) rows.push([span(`   ${line}`, 'warn')]);
  }
  const connected = state.clients.filter((client) => client.connected).length;
  const p95 = stats?.p95 == null ? '' : ` · p95 ${millis(stats.p95)}ms`;
  const failed = stats?.failedRequests ?? 0;
  rows.push([
    span(
      ` ${connected} client${connected === 1 ? '' : 's'} · ${grouped(stats?.rate ?? 0)} msg/s${p95} · ${grouped(failed)} err`,
    ),
  ]);
  return rows;
}
