import type { HubLink } from '../../../src/cli/ui/hub-link.ts';
import type { Clock } from '../../../src/shared/clock.ts';
import type {
  Bodies,
  Body,
  ClientInfo,
  ExchangeRow,
  FrameRow,
  HubEvent,
  ProcessInfo,
  ProcessName,
  Snapshot,
  Stats,
  TrafficBatch,
} from '../../../src/shared/events.ts';
import { matches, parseFilter } from '../../../src/shared/filter/filter.ts';
import type { BodyWish, PageAct, PageShown, PageWish, Watch } from '../../../src/shared/ipc.ts';

/** 12:04:31.000 UTC; the tests run with TZ=UTC. */
export const NOW = Date.UTC(2026, 9, 20, 12, 4, 31);

export const fixedClock = (): Clock & { advance(ms: number): void } => {
  let passed = 0;
  return {
    now: () => 1000 + passed,
    wall: () => NOW + passed,
    advance: (ms) => {
      passed += ms;
    },
  };
};

export function aProcess(name: ProcessName, change: Partial<ProcessInfo> = {}): ProcessInfo {
  const detail = {
    browser: 'Chromium 156 headless',
    forwarder: '127.0.0.1:9224 → 127.0.0.1:9222',
    gateway: '127.0.0.1:9223',
  };
  return {
    name,
    state: 'ready',
    pid: { browser: 4101, forwarder: 4117, gateway: 4120 }[name],
    detail: detail[name],
    since: NOW - 720_000,
    restarts: 0,
    cpu: 3.4,
    memory: 62e6,
    finding: null,
    retryAt: null,
    ...change,
  };
}

export function aClient(id: string, change: Partial<ClientInfo> = {}): ClientInfo {
  return {
    id,
    kind: 'cdp',
    name: id,
    workspace: id,
    isolation: 'tabs',
    peer: '127.0.0.1:50100',
    pid: 4242,
    since: NOW - 600_000,
    lastSeen: NOW,
    connected: true,
    requests: 120,
    failures: 0,
    inFlight: 0,
    tabs: 1,
    paused: false,
    bytesIn: 12_345,
    bytesOut: 1_234_567,
    p50: 4,
    p95: 18,
    p99: 40,
    ...change,
  };
}

export function aFrame(seq: number, change: Partial<FrameRow> = {}): FrameRow {
  return {
    seq,
    at: NOW - 30_000 + seq * 137,
    dir: 'command',
    client: 'playwright',
    clientName: 'playwright',
    method: `Page.method${seq}`,
    target: '9C41A0FFFFFFFFFFFFFFFFFFFFFFFFFF',
    tab: null,
    sessionId: '',
    url: '',
    id: seq,
    exchange: seq,
    outcome: 'open',
    ms: null,
    error: null,
    code: null,
    bytes: 212,
    count: 1,
    ...change,
  };
}

export function anExchange(seq: number, change: Partial<ExchangeRow> = {}): ExchangeRow {
  return {
    seq,
    at: NOW - 1000,
    client: 'playwright',
    clientName: 'playwright',
    kind: 'cdp',
    method: `Page.method${seq}`,
    target: '9C41A0FFFFFFFFFFFFFFFFFFFFFFFFFF',
    tab: null,
    sessionId: '',
    url: '',
    id: seq,
    outcome: 'ok',
    ms: 12,
    inMs: 1,
    browserMs: 10,
    outMs: 1,
    error: null,
    code: null,
    ...change,
  };
}

export const STATS: Stats = {
  connected: true,
  totalClients: 4,
  totalRequests: 512,
  failedRequests: 1,
  rate: 312,
  p95: 41,
  buffered: 18_440,
  dropped: 0,
  bufferedBytes: 5_000_000,
};

export function aSnapshot(change: Partial<Snapshot> = {}): Snapshot {
  return {
    version: '0.1.0',
    questions: [],
    home: '/home/me/.local/state/cdp-hub',
    startedAt: NOW - 720_000,
    ready: true,
    urls: {
      gateway: 'http://127.0.0.1:9223',
      cdp: 'ws://127.0.0.1:9223/devtools/browser/3f1c2d',
      mcp: 'http://127.0.0.1:9223/mcp',
      forwarder: '127.0.0.1:9224',
      browser: 'http://127.0.0.1:9222',
      listen: [],
    },
    pids: { supervisor: 4100, browser: 4101, forwarder: 4117, gateway: 4120 },
    processes: [aProcess('browser'), aProcess('forwarder'), aProcess('gateway')],
    clients: [
      aClient('claude-1', { kind: 'mcp', tabs: 2, inFlight: 1, since: NOW - 400_000 }),
      aClient('cursor', { p95: 11, since: NOW - 300_000 }),
      aClient('playwright', { tabs: 3, inFlight: 4, p95: 96, since: NOW - 200_000 }),
      aClient('raw-7', {
        kind: 'raw',
        name: 'raw',
        tabs: 0,
        p95: null,
        lastSeen: NOW - 240_000,
        since: NOW - 100_000,
      }),
    ],
    stats: STATS,
    ...change,
  };
}

/** The traffic of the mock-up: commands, answers, an error, an event that repeats. */
export function someTraffic(): TrafficBatch {
  const event = {
    dir: 'event',
    outcome: 'ok',
    client: 'cursor',
    clientName: 'cursor',
    exchange: null,
    id: null,
  } as const;
  return {
    frames: [
      aFrame(1, { method: 'Page.navigate' }),
      aFrame(2, { ...event, method: 'Network.requestWillBeSent', bytes: 1400 }),
      aFrame(3, { ...event, method: 'Network.dataReceived', bytes: 31_000, count: 214 }),
      aFrame(4, { client: 'cursor', clientName: 'cursor', method: 'Fetch.enable', bytes: 88, exchange: 2 }),
      aFrame(5, {
        dir: 'answer',
        outcome: 'error',
        client: 'cursor',
        clientName: 'cursor',
        method: 'Fetch.enable',
        exchange: 2,
        ms: 2,
        bytes: 131,
      }),
      aFrame(6, {
        client: 'claude-1',
        clientName: 'claude-1',
        method: 'DOMSnapshot.captureSnapshot',
        exchange: 3,
        bytes: 164,
      }),
      aFrame(7, { dir: 'answer', outcome: 'ok', method: 'Page.navigate', ms: 1642, bytes: 167, exchange: 1 }),
    ],
    exchanges: [
      anExchange(1, { method: 'Page.navigate', ms: 1642 }),
      anExchange(2, {
        client: 'cursor',
        clientName: 'cursor',
        method: 'Fetch.enable',
        outcome: 'error',
        ms: 2,
        error: '-32000 Fetch is held by playwright',
      }),
      anExchange(3, {
        client: 'claude-1',
        clientName: 'claude-1',
        kind: 'mcp',
        method: 'DOMSnapshot.captureSnapshot',
        outcome: 'open',
        ms: null,
      }),
    ],
  };
}

/** A hub that a test plays: it says what the test says, and remembers what it was asked. */
export class FakeHub implements HubLink {
  readonly snapshot: Snapshot;
  readonly asked: string[] = [];
  history: TrafficBatch;
  /** The messages that are kept, by `exchange 7` or `frame 7`. */
  readonly bodies = new Map<string, Bodies>();
  /** What it was last asked to tell of. */
  filter = '';
  /** What the next thing that it is asked to do fails with. */
  failure: Error | null = null;
  /** What comes of a page that something is wanted of. */
  shown: PageShown = { tab: 3, title: 'Checkout', url: 'http://shop.test/', address: null, picture: null };
  #listener: (event: HubEvent) => void = () => {};
  #close: (reason: string) => void = () => {};

  constructor(snapshot: Snapshot = aSnapshot(), history: TrafficBatch = someTraffic()) {
    this.snapshot = snapshot;
    this.history = history;
  }

  subscribe(listener: (event: HubEvent) => void): () => void {
    this.#listener = listener;
    return () => {
      this.#listener = () => {};
    };
  }

  onClose(listener: (reason: string) => void): () => void {
    this.#close = listener;
    return () => {
      this.#close = () => {};
    };
  }

  say(event: HubEvent): void {
    this.#listener(event);
  }

  frames(...frames: FrameRow[]): void {
    this.say({ type: 'traffic', batch: { frames, exchanges: [] } });
  }

  close(reason: string): void {
    this.#close(reason);
  }

  async watch({ filter }: Watch): Promise<void> {
    this.filter = filter;
  }

  /** As the gateway does: of what it has, what the filter chooses. */
  async backfill(_rows: number, filter: string): Promise<TrafficBatch> {
    const parsed = parseFilter(filter);
    if (!parsed.ok) throw new Error(`not a filter: ${filter}`);
    const { frames, exchanges } = this.history;
    const chosen = <T extends FrameRow | ExchangeRow>(rows: T[]) =>
      rows.filter((row) => matches(parsed.filter, row));
    return { frames: chosen(frames), exchanges: chosen(exchanges) };
  }

  async body({ of, seq }: BodyWish): Promise<Bodies> {
    if (this.failure) throw this.failure;
    return this.bodies.get(`${of} ${seq}`) ?? { command: null, answer: null, event: null };
  }

  async pause(clients: string[]): Promise<string[]> {
    return this.#did('pause', clients);
  }

  async resume(clients: string[]): Promise<string[]> {
    return this.#did('resume', clients);
  }

  async kill(clients: string[]): Promise<string[]> {
    return this.#did('kill', clients);
  }

  async page(act: PageAct, { client, target }: PageWish): Promise<PageShown> {
    this.#did(act, [client, ...(target === '' ? [] : [target.slice(0, 6)])]);
    return this.shown;
  }

  async restart(name: ProcessName): Promise<void> {
    this.#did('restart', [name]);
  }

  #did(what: string, names: string[]): string[] {
    this.asked.push(`${what} ${names.join(' ')}`);
    if (this.failure) throw this.failure;
    return names;
  }
}

/** A message as the hub keeps it. */
export function aBody(message: unknown): Body {
  const text = JSON.stringify(message);
  return { text, bytes: text.length, cut: false };
}
