import { createRoute, z } from '@hono/zod-openapi';
import { Isolation } from '../../../shared/isolation.ts';
import { json } from './api.ts';

const count = z.number().int().min(0);

const COUNTS = {
  total_clients: count.describe('Clients that are connected or not yet expired.'),
  active_clients: z.array(z.string()).describe('Their ids.'),
  total_requests: count.describe('Commands since the gateway started.'),
  failed_requests: count.describe('Those that were answered with an error, or lost.'),
  success_rate: z
    .string()
    .regex(/^\d+\.\d\d%$/)
    .describe('"100.00%" where there was no command yet.'),
};

const Index = z
  .object({
    service: z.literal('cdp-hub'),
    version: z.string(),
    status: z.literal('running'),
    endpoints: z.record(z.string(), z.string()),
  })
  .openapi('Index');

const Version = z
  .object({ service: z.literal('cdp-hub'), version: z.string(), node: z.string() })
  .openapi('Version');

const Health = z
  .object({
    status: z.enum(['ok', 'degraded', 'draining', 'disconnected']),
    browser_connected: z.boolean(),
    ...COUNTS,
    reason: z.string().optional().describe('Why it is not `ok`.'),
  })
  .openapi('Health');
export type Health = z.infer<typeof Health>;

const Percentile = z
  .object({ total_ms: z.number(), gateway_ms: z.number(), browser_ms: z.number() })
  .nullable()
  .describe('Milliseconds, as a whole and of each part on its own; null before the first command.');

const ClientStats = z
  .object({
    id: z.string(),
    kind: z.string(),
    name: z.string(),
    workspace: z.string(),
    isolation: Isolation.nullable(),
    since: z.iso.datetime(),
    requests: count,
    failures: count,
    in_flight: count,
    tabs: count,
    paused: z.boolean().describe('What it sends waits until somebody resumes it.'),
    p50: Percentile,
    p95: Percentile,
    p99: Percentile,
  })
  .openapi('ClientStats');
export type ClientStats = z.infer<typeof ClientStats>;

const Stats = z
  .object({
    connected: z.boolean(),
    ...COUNTS,
    upstream: z
      .object({ sessions: count, in_flight: count, held: count })
      .describe('What the one connection to the browser holds: sessions, commands in flight, targets held.'),
    clients: z.array(ClientStats),
  })
  .openapi('Stats');

const tags = ['Hub'];

export const INDEX = createRoute({
  method: 'get',
  path: '/',
  tags,
  summary: 'What there is',
  responses: { 200: json(Index, 'The service and its endpoints.') },
});

export const VERSION = createRoute({
  method: 'get',
  path: '/version',
  tags,
  summary: 'Versions of the hub and of Node.js',
  responses: { 200: json(Version, 'The versions.') },
});

export const HEALTH = createRoute({
  method: 'get',
  path: '/health',
  tags,
  summary: 'Whether the hub can be used',
  responses: {
    200: json(Health, 'It can: `ok`, or `degraded`.'),
    503: json(Health, 'It cannot: `draining` or `disconnected`, with the reason.'),
  },
});

export const STATS = createRoute({
  method: 'get',
  path: '/stats',
  tags,
  summary: 'Counts and latencies, of the hub and of each client',
  responses: { 200: json(Stats, 'As of now.') },
});
