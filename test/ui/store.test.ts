import { afterEach, describe, expect, test, vi } from 'vitest';
import { HubStore, MAX_EXCHANGES, MAX_FRAMES } from '../../src/cli/ui/store.ts';
import { aClient, aFrame, anExchange, aProcess, aSnapshot, fixedClock, NOW, STATS } from './helpers/hub.ts';

let store: HubStore | null = null;
afterEach(() => {
  store?.[Symbol.dispose]();
  store = null;
  vi.useRealTimers();
});

function open() {
  vi.useFakeTimers();
  const clock = { now: () => performance.now(), wall: () => NOW + performance.now() };
  store = new HubStore(aSnapshot(), clock);
  let ticks = 0;
  store.subscribe(() => ticks++);
  return { store, state: store.state, ticks: () => ticks };
}

const traffic = (from: number, count: number) => ({
  type: 'traffic' as const,
  batch: { frames: Array.from({ length: count }, (_, i) => aFrame(from + i)), exchanges: [] },
});

describe('the store', () => {
  test('5,000 events a second for 2 s: all counted, the latest 5,000 held, told at most ten times a second', async () => {
    const { store, state, ticks } = open();
    for (let ms = 0; ms < 2000; ms++) {
      for (let i = 0; i < 5; i++) store.apply(traffic(ms * 5 + i + 1, 1));
      await vi.advanceTimersByTimeAsync(1);
    }
    await vi.advanceTimersByTimeAsync(100);
    expect(state.frames.added).toBe(10_000);
    expect(state.frames.length).toBe(MAX_FRAMES);
    expect(ticks()).toBeGreaterThanOrEqual(19);
    expect(ticks()).toBeLessThanOrEqual(22);
  });

  test('calm, it ticks once a second, for the clock', async () => {
    const { ticks } = open();
    await vi.advanceTimersByTimeAsync(5050);
    expect(ticks()).toBeGreaterThanOrEqual(5);
    expect(ticks()).toBeLessThanOrEqual(6);
  });

  test('after a calm second the first event is shown at once, not at the next tick', async () => {
    const { store, ticks } = open();
    await vi.advanceTimersByTimeAsync(1500);
    const before = ticks();
    store.apply(traffic(1, 1));
    await vi.advanceTimersByTimeAsync(1);
    expect(ticks()).toBe(before + 1);
  });

  test('an exchange that comes again takes its place', () => {
    const { store, state } = open();
    store.apply({
      type: 'traffic',
      batch: { frames: [], exchanges: [anExchange(7, { outcome: 'open', ms: null })] },
    });
    store.apply({
      type: 'traffic',
      batch: { frames: [], exchanges: [anExchange(8), anExchange(7, { ms: 5 })] },
    });
    expect(state.exchanges.length).toBe(2);
    expect(state.exchanges.at(0)?.value).toMatchObject({ seq: 7, outcome: 'ok', ms: 5 });
  });

  test('the backfill goes before what came while it was fetched', () => {
    const { store, state } = open();
    store.apply(traffic(4, 2));
    store.backfill({ frames: [1, 2, 3, 4].map((seq) => aFrame(seq)), exchanges: [] });
    expect(Array.from({ length: 5 }, (_, i) => state.frames.at(i)?.value.seq)).toEqual([1, 2, 3, 4, 5]);
  });

  test('a new gateway: its rows come after the old ones, and what the old one had open is lost', () => {
    const { store, state } = open();
    store.apply(traffic(1, 3));
    store.apply({
      type: 'traffic',
      batch: { frames: [], exchanges: [anExchange(1, { outcome: 'open', ms: null }), anExchange(2)] },
    });
    store.apply({ type: 'process', process: aProcess('gateway', { state: 'backoff', pid: null }) });
    store.apply({ type: 'process', process: aProcess('gateway', { state: 'starting', pid: 5000 }) });
    store.apply({ type: 'process', process: aProcess('gateway', { pid: 5000 }) });
    store.apply(traffic(1, 2));
    expect(Array.from({ length: 6 }, (_, i) => state.frames.at(i)?.value.seq)).toEqual([1, 2, 3, 0, 1, 2]);
    expect(state.exchanges.at(0)?.value).toMatchObject({ outcome: 'lost' });
    expect(state.exchanges.at(1)?.value).toMatchObject({ outcome: 'ok' });
    expect(state.stats).toMatchObject({ rate: 0, p95: null, buffered: STATS.buffered });
    expect(state.rates.at(-1)).toBe(0);
  });

  test('a browser that ended: the reason stays, a line parts what was from what comes, late answers go home', () => {
    const { store, state } = open();
    store.apply(traffic(1, 2));
    store.apply({ type: 'traffic', batch: { frames: [], exchanges: [anExchange(1, { outcome: 'open' })] } });
    store.apply({
      type: 'log',
      at: NOW,
      level: 'warn',
      source: 'browser',
      message: 'browser was ended by SIGKILL',
    });
    store.apply({
      type: 'process',
      process: aProcess('browser', { state: 'starting', pid: null, since: NOW }),
    });
    store.apply({ type: 'process', process: aProcess('browser', { pid: 5000 }) });
    store.apply({
      type: 'traffic',
      batch: { frames: [aFrame(2, { count: 3 }), aFrame(3)], exchanges: [anExchange(1)] },
    });
    expect(state.endings.get('browser')).toEqual({ at: NOW, text: 'browser was ended by SIGKILL' });
    const rows = Array.from({ length: state.frames.length }, (_, i) => state.frames.at(i)?.value);
    expect(rows).toMatchObject([
      { seq: 1 },
      { seq: 2, count: 3 },
      { separator: 'browser was ended by SIGKILL', at: NOW },
      { seq: 3 },
    ]);
    expect(state.frames.added).toBe(3);
    expect(state.exchanges.at(0)?.value).toMatchObject({ seq: 1, outcome: 'ok' });
    expect(state.exchanges.at(1)?.value).toMatchObject({ separator: 'browser was ended by SIGKILL' });
  });

  test('ends without traffic in between stay ordered, however many; a stop of the hub is none of them', () => {
    const { store, state } = open();
    store.apply(traffic(1, 1));
    for (let life = 0; life < 3000; life++) {
      store.apply({ type: 'process', process: aProcess('browser', { state: 'starting', pid: null }) });
      store.apply({ type: 'process', process: aProcess('browser', { pid: 5000 + life }) });
    }
    store.apply(traffic(2, 1));
    const keys = Array.from({ length: state.frames.length }, (_, i) => state.frames.at(i)?.key ?? 0);
    expect(keys).toEqual(keys.toSorted((a, b) => a - b));
    expect(new Set(keys).size).toBe(keys.length);
    expect(state.frames.at(-1 + keys.length)?.value.seq).toBe(2);
    store.apply({ type: 'hub.stopping', reason: 'Ctrl-C' });
    store.apply({ type: 'process', process: aProcess('browser', { state: 'exited', pid: null }) });
    expect(state.frames.length).toBe(keys.length);
  });

  test('counts and samples alone wait for the tick of the clock; a change of state does not', async () => {
    const { store, ticks } = open();
    await vi.advanceTimersByTimeAsync(1050);
    const before = ticks();
    store.apply({ type: 'stats', stats: STATS });
    store.apply({ type: 'process', process: aProcess('browser', { cpu: 9 }) });
    await vi.advanceTimersByTimeAsync(500);
    expect(ticks()).toBe(before);
    store.apply({ type: 'process', process: aProcess('browser', { state: 'degraded' }) });
    await vi.advanceTimersByTimeAsync(1);
    expect(ticks()).toBe(before + 1);
  });

  test('keeps 1,000 exchanges', async () => {
    const { store, state } = open();
    store.apply({
      type: 'traffic',
      batch: { frames: [], exchanges: Array.from({ length: 2500 }, (_, i) => anExchange(i + 1)) },
    });
    await vi.advanceTimersByTimeAsync(1100);
    expect(state.exchanges.length).toBe(MAX_EXCHANGES);
    expect(state.exchanges.at(0)?.value.seq).toBe(1501);
  });

  test('clients stay in the order in which they came, processes in the order of the chain', () => {
    const { store, state } = open();
    store.apply({
      type: 'clients',
      clients: [aClient('b', { since: NOW }), aClient('a', { since: NOW - 5 })],
    });
    expect(state.clients.map(({ id }) => id)).toEqual(['a', 'b']);
    store.apply({ type: 'process', process: aProcess('browser', { state: 'degraded' }) });
    expect(state.processes.map(({ name }) => name)).toEqual(['browser', 'forwarder', 'gateway']);
  });

  test('warnings and errors are said for a while, information is not', async () => {
    const { store, state } = open();
    const log = (level: 'info' | 'warn', message: string) =>
      store.apply({ type: 'log', at: NOW, level, source: 'browser', message });
    log('info', 'fine');
    expect(state.notice).toBeNull();
    log('warn', 'slow');
    expect(state.notice?.text).toBe('browser: slow');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(state.notice).toBeNull();
  });

  test('disposal ends the ticking', async () => {
    const clock = fixedClock();
    vi.useFakeTimers();
    const closed = new HubStore(aSnapshot(), clock);
    let ticks = 0;
    closed.subscribe(() => ticks++);
    closed[Symbol.dispose]();
    // What was asked for before may still be answered.
    closed.backfill({ frames: [aFrame(1)], exchanges: [] });
    await vi.advanceTimersByTimeAsync(5000);
    expect(ticks).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
