import { fitLine, type Line, lineWidth, type Span, span } from '../cells.ts';
import type { HubState } from '../store.ts';
import { stateLook } from '../theme.ts';
import { clockTime, grouped, millis, portOf, sparkline } from '../words.ts';

/** One thing that the header says; the one with the highest `drop` goes first where there is no room. */
interface Part {
  readonly drop: number;
  readonly spans: Line;
}

/** The first row: product, processes, counts, and at its end whether the view runs, and the time. */
export function headerLine(
  state: HubState,
  view: { width: number; paused: boolean; capture: string | null; now: number },
): Line {
  const end: Line = [mode(state, view), span(` ${clockTime(view.now)} `)];
  const room = view.width - lineWidth(end);
  for (const length of ['long', 'middle'] as const) {
    const spans = joined(parts(state, length));
    if (lineWidth(spans) <= room) return [...fitLine(spans, room), ...end];
  }
  let left = parts(state, 'short');
  while (left.length > 1 && lineWidth(joined(left)) > room) {
    const next = Math.max(...left.map((part) => part.drop));
    left = left.filter((part) => part.drop !== next);
  }
  return fitLine([...fitLine(joined(left), Math.max(0, room)), ...end], view.width);
}

function mode(state: HubState, { paused, capture }: { paused: boolean; capture: string | null }): Span {
  if (state.stopping !== null) return span(' STOPPING ', 'alert');
  if (paused) return span(' PAUSED ', 'alert');
  if (capture !== null) return span(' CAPTURE ', 'accent');
  return state.ready ? span(' LIVE ', 'good') : span(' STARTING ', 'warn');
}

/** `middle`: shorter words; `short`: only the gateway's port, too. */
function parts(state: HubState, length: 'long' | 'middle' | 'short'): Part[] {
  const short = length !== 'long';
  const { stats, clients, rates } = state;
  const connected = clients.filter((client) => client.connected).length;
  const rate = grouped(stats?.rate ?? 0).padStart(short ? 5 : 6);
  const p95 = (stats?.p95 == null ? '-' : `${millis(stats.p95)}ms`).padStart(short ? 5 : 6);
  const failed = stats?.failedRequests ?? 0;
  const errors = String(Math.min(failed, 99_999)).padStart(short ? 2 : 4);
  const processes = state.processes.map((process) => {
    const { glyph, tone } = stateLook(process.state);
    const name = short && process.name === 'forwarder' ? 'fwd' : process.name;
    const port = length === 'short' && process.name !== 'gateway' ? '' : portFor(state, process.name);
    return { drop: 0, spans: [span(glyph, tone), span(` ${name}${port}`)] };
  });
  return [
    { drop: 5, spans: [span('cdp-hub', 'strong')] },
    ...processes,
    {
      drop: 1,
      spans: [
        span(`${String(connected).padStart(3)} ${short ? 'cl' : connected === 1 ? 'client ' : 'clients'}`),
      ],
    },
    { drop: 3, spans: [span(`${rate} msg/s`)] },
    { drop: 6, spans: [span(sparkline(rates, short ? 6 : 10), 'client')] },
    { drop: 4, spans: [span('p95 ', 'dim'), span(p95)] },
    { drop: 2, spans: [span(`${errors} err`, failed > 0 ? 'bad' : 'dim')] },
  ];
}

function portFor(state: HubState, name: 'browser' | 'forwarder' | 'gateway'): string {
  const port = state.urls ? portOf(state.urls[name]) : '';
  return port && ` ${port}`;
}

function joined(all: readonly Part[]): Line {
  return all.flatMap((part) => [span(' '), ...part.spans]);
}
