import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Isolation } from '../../shared/isolation.ts';
import { routes } from './shapes/api.ts';
import { type ClientStats, HEALTH, type Health, INDEX, STATS, VERSION } from './shapes/status.ts';

/** The state of the gateway as `/health` and `/stats` tell it. */
export interface Status {
  status: Health['status'];
  /** Why it is not `ok`; empty otherwise. */
  reason: string;
  connected: boolean;
  activeClients: string[];
  requests: number;
  failures: number;
}

/** One percentile, milliseconds; null before the first exchange. */
interface Percentile {
  total: number;
  gateway: number;
  browser: number;
}

export interface ClientStatus {
  id: string;
  kind: string;
  name: string;
  workspace: string;
  isolation: Isolation | null;
  since: number;
  requests: number;
  failures: number;
  inFlight: number;
  tabs: number;
  paused: boolean;
  p50: Percentile | null;
  p95: Percentile | null;
  p99: Percentile | null;
}

export interface StatusOptions {
  /** What the one connection to the browser holds: sessions, commands in flight, targets held for their owner. */
  upstream(): { sessions: number; in_flight: number; held: number };
  version: string;
  status(): Status;
  clients(): ClientStatus[];
}

const ENDPOINTS = {
  health: 'GET /health',
  stats: 'GET /stats',
  version: 'GET /version',
  metrics: 'GET /metrics',
  docs: 'GET /docs',
  openapi: 'GET /openapi.json',
  execute: 'POST /execute',
  clients: 'GET /api/v2/clients',
  processes: 'GET /api/v2/processes',
  calls: 'WS /ws',
  mcp: 'POST /mcp',
  targets: 'GET /json/list',
  browser: 'GET /json/version',
  protocol: 'GET /json/protocol',
  new: 'PUT /json/new?URL',
  activate: 'GET /json/activate/ID',
  close: 'GET /json/close/ID',
  cdp: 'WS /devtools/browser/ID',
  page: 'WS /devtools/page/ID',
  frontEnd: 'GET /devtools/inspector.html?ws=ADDRESS',
} as const;

/** `GET /`, `/health`, `/stats` and `/version`. */
export function statusRoutes(options: StatusOptions): OpenAPIHono {
  const app = routes();
  app.openapi(INDEX, (c) =>
    c.json({ service: 'cdp-hub', version: options.version, status: 'running', endpoints: ENDPOINTS }, 200),
  );
  app.openapi(VERSION, (c) =>
    c.json({ service: 'cdp-hub', version: options.version, node: process.versions.node }, 200),
  );
  app.openapi(HEALTH, (c) => {
    const status = options.status();
    const health: Health = {
      status: status.status,
      browser_connected: status.connected,
      ...counts(status),
      ...(status.status !== 'ok' && { reason: status.reason }),
    };
    const usable = status.status === 'ok' || status.status === 'degraded';
    return usable ? c.json(health, 200) : c.json(health, 503);
  });
  app.openapi(STATS, (c) => {
    const status = options.status();
    const stats = {
      connected: status.connected,
      ...counts(status),
      upstream: options.upstream(),
      clients: options.clients().map(clientStats),
    };
    return c.json(stats, 200);
  });
  return app;
}

function counts(status: Status) {
  return {
    total_clients: status.activeClients.length,
    active_clients: status.activeClients,
    total_requests: status.requests,
    failed_requests: status.failures,
    success_rate: successRate(status.requests, status.failures),
  };
}

function successRate(requests: number, failures: number): string {
  const share = requests === 0 ? 1 : (requests - failures) / requests;
  return `${(share * 100).toFixed(2)}%`;
}

function clientStats(client: ClientStatus): ClientStats {
  return {
    id: client.id,
    kind: client.kind,
    name: client.name,
    workspace: client.workspace,
    isolation: client.isolation,
    since: new Date(client.since).toISOString(),
    requests: client.requests,
    failures: client.failures,
    in_flight: client.inFlight,
    tabs: client.tabs,
    paused: client.paused,
    p50: milliseconds(client.p50),
    p95: milliseconds(client.p95),
    p99: milliseconds(client.p99),
  };
}

function milliseconds(value: Percentile | null) {
  if (value === null) return null;
  const round = (ms: number) => Math.round(ms * 1000) / 1000;
  return {
    total_ms: round(value.total),
    gateway_ms: round(value.gateway),
    browser_ms: round(value.browser),
  };
}
