import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { plainLines, readyText, statusText } from '../../../src/cli/plain.ts';
import type { ClientInfo, HubEvent, ProcessInfo, Snapshot } from '../../../src/shared/events.ts';

const NOW = new Date('2026-11-20T12:04:31').getTime();

beforeAll(() => {
  vi.stubEnv('NO_COLOR', '1');
  vi.useFakeTimers({ now: NOW });
});
afterAll(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

const gateway: ProcessInfo = {
  name: 'gateway',
  state: 'ready',
  pid: 4120,
  detail: 'http://127.0.0.1:9223',
  since: NOW - 90_000,
  restarts: 0,
  cpu: 3.4,
  memory: 62e6,
  finding: null,
  retryAt: null,
};
const process = (change: Partial<ProcessInfo>): HubEvent => ({
  type: 'process',
  process: { ...gateway, ...change },
});

const client: ClientInfo = {
  id: 'cdp-1',
  kind: 'cdp',
  name: 'Puppeteer',
  workspace: 'alice',
  isolation: 'context',
  peer: '127.0.0.1:5',
  pid: 7,
  since: NOW,
  lastSeen: NOW - 4000,
  connected: true,
  requests: 12,
  failures: 1,
  inFlight: 2,
  tabs: 3,
  paused: false,
  bytesIn: 0,
  bytesOut: 0,
  p50: 1,
  p95: 41.4,
  p99: 50,
};

describe('plain lines', () => {
  it('say each state once, with what is wrong and what to do', () => {
    const line = plainLines();
    expect(line(process({}))).toBe('12:04:31 gateway   ● ready pid 4120  http://127.0.0.1:9223');
    expect(line(process({ cpu: 9, memory: 1 }))).toBeNull();
    expect(
      line(
        process({ state: 'failed', pid: null, finding: { message: 'it died\nlast words', fix: 'press r' } }),
      ),
    ).toBe('12:04:31 gateway   ✗ failed  http://127.0.0.1:9223\n  it died\n    last words\n  → press r');
  });

  it('show progress by tenths, and nothing of what only a screen shows', () => {
    const line = plainLines();
    const at = (fraction: number | null) =>
      line({ type: 'progress', task: 'download', fraction, message: '' });
    expect([at(0), at(0.04), at(0.1), at(0.19), at(1)]).toEqual([
      '12:04:31 browser   download: 0%',
      null,
      '12:04:31 browser   download: 10%',
      null,
      '12:04:31 browser   download: 100%',
    ]);
    expect(line({ type: 'clients', clients: [client] })).toBeNull();
  });

  it('let nothing through that a terminal would obey', () => {
    const line = plainLines();
    const text = line({
      type: 'log',
      at: NOW,
      level: 'warn',
      source: 'gateway',
      message: 'a\u001b]0;title\u0007b\nc',
    });
    expect(text).toBe('12:04:31 gateway   ab\n    c');
  });
});

it('readyText names every address', () => {
  const urls = {
    gateway: 'http://g',
    cdp: 'ws://c',
    mcp: 'http://m',
    forwarder: '',
    browser: 'http://b',
    listen: [],
  };
  const text = readyText(urls);
  for (const part of ['http://g', 'ws://c', 'forwarder none', 'http://b']) expect(text).toContain(part);
});

it('statusText is the hub at a glance', () => {
  const snapshot: Snapshot = {
    version: '1.2.3',
    home: '/h',
    startedAt: NOW - 3_700_000,
    ready: true,
    urls: {
      gateway: 'http://127.0.0.1:9223',
      cdp: '',
      mcp: '',
      forwarder: '',
      browser: '',
      listen: [{ workspace: 'bob', url: 'http://127.0.0.1:9300' }],
    },
    pids: { supervisor: 9, browser: null, forwarder: null, gateway: 4120 },
    processes: [gateway],
    clients: [
      client,
      { ...client, id: 'cdp-2', workspace: 'cdp-2', isolation: 'tabs' },
      { ...client, id: 'raw-1', kind: 'raw', name: 'raw', workspace: '', isolation: null },
    ],
    stats: null,
    questions: [],
  };
  expect(statusText(snapshot, NOW)).toBe(
    [
      'cdp-hub 1.2.3, pid 9, up 1h01',
      '  gateway   ● ready pid 4120  http://127.0.0.1:9223  3% cpu 62M for 1m',
      'clients: 3',
      '  cdp-1  cdp Puppeteer  workspace alice, context  12 requests, 3 tabs, 2 in flight p95 41 ms, idle 4s',
      '  cdp-2  cdp Puppeteer  tabs  12 requests, 3 tabs, 2 in flight p95 41 ms, idle 4s',
      '  raw-1  raw raw  unisolated  12 requests, 3 tabs, 2 in flight p95 41 ms, idle 4s',
      '  gateway   http://127.0.0.1:9223  curl, Puppeteer browserURL, Playwright connectOverCDP',
      '  mcp         agents: `cdp-hub config` sets them up',
      '  cdp         Puppeteer browserWSEndpoint',
      '  forwarder none  raw, unisolated',
      '  browser',
      '  listen    http://127.0.0.1:9300  workspace bob',
    ].join('\n'),
  );
});
