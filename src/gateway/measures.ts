import { ClientKind } from '../shared/events.ts';
import type { ClientRegistry } from './clients.ts';
import type { Measures } from './http/metrics.ts';
import type { Status } from './http/status.ts';
import type { Mux } from './mux/mux.ts';
import { BOUNDS, type Histogram } from './traffic/durations.ts';
import type { Recorder } from './traffic/recorder.ts';

export interface MeasuresOptions {
  version: string;
  recorder: Recorder;
  registry: ClientRegistry;
  mux: Mux;
  connected(): boolean;
}

/** The kinds of clients that a gateway has; `raw` are the forwarder's. */
const KINDS = ClientKind.exclude(['raw']).options;

/** What `/metrics` tells. */
export function measures({ version, recorder, registry, mux, connected }: MeasuresOptions): Measures {
  const records = registry.all();
  const { totals, durations } = recorder;
  return {
    version,
    connected: connected(),
    clients: Object.fromEntries(
      KINDS.map((kind) => [kind, records.filter(({ identity }) => identity.kind === kind).length]),
    ),
    commands: {
      total: totals.requests,
      failed: totals.failures,
      inFlight: records.reduce((sum, record) => sum + record.mux.inFlight, 0),
    },
    upstream: upstream(mux),
    bytes: { received: totals.bytesIn, sent: totals.bytesOut },
    durations: {
      total: inSeconds(durations.total),
      gateway: inSeconds(durations.gateway),
      browser: inSeconds(durations.browser),
    },
    recorder: recorder.held,
  };
}

/** What the one connection to the browser holds: sessions, commands in flight, targets held for their owner. */
export function upstream(mux: Mux): { sessions: number; in_flight: number; held: number } {
  const { sessions, inFlight } = mux.held;
  const { holds, parked } = mux.waiting;
  return { sessions, in_flight: inFlight, held: holds + parked };
}

function inSeconds({ counts, sum }: Histogram) {
  return { bounds: BOUNDS.map((ms) => ms / 1000), counts, sum: sum / 1000 };
}

export interface StatusSource {
  draining: boolean;
  connected: boolean;
  /** Why there is no browser. */
  reason: string;
  /** For how long the browser has not answered; 0: it does. */
  silentMs: number;
  recorder: Recorder;
  registry: ClientRegistry;
}

/** What `/health` and the first half of `/stats` tell. */
export function statusOf(source: StatusSource): Status {
  const { recorder, registry, connected } = source;
  const { requests, failures } = recorder.totals;
  return { ...healthOf(source), connected, activeClients: registry.ids(), requests, failures };
}

function healthOf({
  draining,
  connected,
  reason,
  silentMs,
}: StatusSource): Pick<Status, 'status' | 'reason'> {
  if (draining) return { status: 'draining', reason: 'the hub is stopping' };
  if (!connected) return { status: 'disconnected', reason };
  if (silentMs === 0) return { status: 'ok', reason: '' };
  return {
    status: 'degraded',
    reason: `the browser has not answered for ${Math.round(silentMs / 1000)} s`,
  };
}
