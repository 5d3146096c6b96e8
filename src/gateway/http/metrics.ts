import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { type Buckets, EXPOSITION_TYPE, exposition, histogram, type Metric, single } from './exposition.ts';
import { document, routes, text } from './shapes/api.ts';

/** What `/metrics` tells, as of now. */
export interface Measures {
  version: string;
  connected: boolean;
  /** How many clients there are of each kind that there can be. */
  clients: Readonly<Record<string, number>>;
  commands: { total: number; failed: number; inFlight: number };
  upstream: { sessions: number; held: number };
  bytes: { received: number; sent: number };
  /** Seconds. */
  durations: { total: Buckets; gateway: Buckets; browser: Buckets };
  recorder: { buffered: number; bufferedBytes: number; dropped: number };
}

const METRICS = createRoute({
  method: 'get',
  path: '/metrics',
  tags: ['Hub'],
  summary: 'Counts and latencies for Prometheus',
  description: 'Text exposition format 0.0.4. No series is of a single client: their number has no bound.',
  responses: { 200: text(z.string(), 'As of now.', EXPOSITION_TYPE) },
});

/** `GET /metrics`. */
export function metricsRoute(measure: () => Measures): OpenAPIHono {
  const app = routes();
  const loop = new EventLoop();
  document(app, METRICS);
  app.get(METRICS.path, (c) =>
    c.body(exposition([...hub(measure()), ...ownProcess(), ...loop.take()]), 200, {
      'content-type': EXPOSITION_TYPE,
    }),
  );
  return app;
}

function hub(of: Measures): Metric[] {
  const labels = { version: of.version, node: process.versions.node };
  return [
    {
      name: 'cdp_hub_build_info',
      help: 'Versions of the hub and of Node.js.',
      type: 'gauge',
      samples: [{ labels, value: 1 }],
    },
    {
      name: 'cdp_hub_clients',
      help: 'Clients that are connected or not yet expired.',
      type: 'gauge',
      samples: Object.entries(of.clients).map(([kind, value]) => ({ labels: { kind }, value })),
    },
    single('gauge', 'cdp_hub_upstream_connected', '1 while a browser is connected.', of.connected ? 1 : 0),
    single(
      'gauge',
      'cdp_hub_upstream_sessions',
      'CDP sessions on the one connection to the browser.',
      of.upstream.sessions,
    ),
    single('gauge', 'cdp_hub_upstream_held_targets', 'Targets that wait for their owner.', of.upstream.held),
    single('counter', 'cdp_hub_commands_total', 'Commands of clients.', of.commands.total),
    single(
      'counter',
      'cdp_hub_commands_failed_total',
      'Commands answered with an error, or lost.',
      of.commands.failed,
    ),
    single(
      'gauge',
      'cdp_hub_commands_in_flight',
      'Commands that are not answered yet.',
      of.commands.inFlight,
    ),
    single('counter', 'cdp_hub_received_bytes_total', 'Bytes of messages from clients.', of.bytes.received),
    single('counter', 'cdp_hub_sent_bytes_total', 'Bytes of messages to clients.', of.bytes.sent),
    histogram('cdp_hub_command_duration_seconds', 'From a command to its answer.', of.durations.total),
    histogram(
      'cdp_hub_command_gateway_duration_seconds',
      'Of that, the time in the gateway.',
      of.durations.gateway,
    ),
    histogram(
      'cdp_hub_command_browser_duration_seconds',
      'Of that, the time in the browser.',
      of.durations.browser,
    ),
    single('gauge', 'cdp_hub_recorder_buffered_rows', 'Rows of traffic that are kept.', of.recorder.buffered),
    single(
      'gauge',
      'cdp_hub_recorder_buffered_bytes',
      'Their size, with the bodies of messages.',
      of.recorder.bufferedBytes,
    ),
    single(
      'counter',
      'cdp_hub_recorder_dropped_rows_total',
      'Rows that made room for newer ones.',
      of.recorder.dropped,
    ),
  ];
}

function ownProcess(): Metric[] {
  const memory = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const started = Date.now() / 1000 - process.uptime();
  return [
    single('gauge', 'cdp_hub_process_resident_memory_bytes', 'Memory of the gateway process.', memory.rss),
    single('gauge', 'cdp_hub_process_heap_used_bytes', 'JavaScript heap in use.', memory.heapUsed),
    single(
      'counter',
      'cdp_hub_process_cpu_seconds_total',
      'CPU time of the gateway process.',
      (user + system) / 1e6,
    ),
    single(
      'gauge',
      'cdp_hub_process_start_time_seconds',
      'When it started, since the epoch.',
      Math.round(started),
    ),
  ];
}

/** How often the loop is looked at, milliseconds. */
const RESOLUTION = 20;

/** How late the event loop ran since it was last asked. Watched from the first time on: it costs a timer. */
class EventLoop {
  #watched: ReturnType<typeof watchLoop> | null = null;

  take(): Metric[] {
    this.#watched ??= watchLoop();
    const { max, count } = this.#watched;
    const p99 = this.#watched.percentile(99);
    this.#watched.reset();
    const since = 'since the metrics were last asked for.';
    return [
      single('gauge', 'cdp_hub_event_loop_delay_p99_seconds', `99th percentile ${since}`, late(p99, count)),
      single('gauge', 'cdp_hub_event_loop_delay_max_seconds', `Longest ${since}`, late(max, count)),
    ];
  }
}

function watchLoop() {
  const watched = monitorEventLoopDelay({ resolution: RESOLUTION });
  watched.enable();
  return watched;
}

/** What is measured, in ns, is from one look to the next. */
function late(ns: number, count: number): number {
  return count === 0 ? 0 : Math.max(0, ns / 1e9 - RESOLUTION / 1000);
}
