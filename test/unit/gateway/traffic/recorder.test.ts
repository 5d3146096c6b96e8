import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ClientIdentity, Exchange } from '../../../../src/gateway/contract/observer.ts';
import { Recorder } from '../../../../src/gateway/traffic/recorder.ts';
import { TrafficBatch } from '../../../../src/shared/events.ts';

const ALICE: ClientIdentity = { id: 'a', kind: 'cdp', name: 'alice', workspace: 'a', isolation: 'tabs' };
const BOB: ClientIdentity = { id: 'b', kind: 'http', name: 'bob', workspace: 'b', isolation: 'tabs' };

/** A recorder whose time is set by the test. */
function recording() {
  const time = { now: 0 };
  const recorder = new Recorder({ now: () => time.now, wall: () => 1_000_000 + time.now });
  const open = (method: string, client = ALICE): Exchange => {
    const exchange: Exchange = {
      client,
      method,
      target: 'T',
      bytes: 10,
      arrived: time.now,
      sent: null,
      returned: null,
      note: undefined,
    };
    recorder.opened(exchange);
    return exchange;
  };
  return { recorder, time, open };
}

test('a command and its answer are one exchange and two frames', () => {
  const { recorder, time, open } = recording();
  const exchange = open('Page.navigate');
  time.now = 1;
  exchange.sent = 1;
  time.now = 9;
  exchange.returned = 9;
  time.now = 10;
  recorder.closed(exchange, 'ok', null, 200);
  const { exchanges, frames } = recorder.backfill(10);
  expect(exchanges).toEqual([
    {
      seq: 1,
      at: 1_000_000,
      client: 'a',
      clientName: 'alice',
      kind: 'cdp',
      method: 'Page.navigate',
      target: 'T',
      outcome: 'ok',
      ms: 10,
      browserMs: 8,
      error: null,
    },
  ]);
  expect(frames.map(({ seq, dir, outcome, ms, bytes }) => [seq, dir, outcome, ms, bytes])).toEqual([
    [1, 'command', 'open', null, 10],
    [2, 'answer', 'ok', 10, 200],
  ]);
  expect(TrafficBatch.safeParse({ exchanges, frames }).success).toBe(true);
});

test('batches come only while watched, an exchange again when its outcome is known', () => {
  const { recorder, open } = recording();
  open('A.before');
  expect(recorder.batch()).toBeNull();
  recorder.watch(true);
  expect(recorder.batch()).toBeNull();
  const exchange = open('A.a');
  const first = recorder.batch();
  expect(first?.exchanges.map(({ seq, outcome }) => [seq, outcome])).toEqual([[2, 'open']]);
  recorder.closed(exchange, 'error', 'No \u001b[31mnode\n', 5);
  const second = recorder.batch();
  expect(second?.exchanges.map(({ seq, outcome, error }) => [seq, outcome, error])).toEqual([
    [2, 'error', 'No node·'],
  ]);
  expect(second?.frames.map(({ dir }) => dir)).toEqual(['answer']);
  expect(recorder.batch()).toBeNull();
  recorder.watch(false);
  open('A.after');
  expect(recorder.batch()).toBeNull();
});

test('repeats of one event of one client and target collapse; a row once sent is final', () => {
  const { recorder } = recording();
  recorder.watch(true);
  for (let n = 0; n < 100; n += 1) recorder.event(ALICE, 'T', 'Network.dataReceived', 7);
  recorder.event(ALICE, 'U', 'Network.dataReceived', 7);
  recorder.event(BOB, 'T', 'Network.dataReceived', 7);
  recorder.event(ALICE, 'T', 'Page.loadEventFired', 7);
  recorder.event(ALICE, 'T', 'Network.dataReceived', 7);
  const rows = recorder
    .batch()
    ?.frames.map(({ client, target, count, bytes }) => [client, target, count, bytes]);
  expect(rows).toEqual([
    ['a', 'T', 100, 700],
    ['a', 'U', 1, 7],
    ['b', 'T', 1, 7],
    ['a', 'T', 1, 7],
    ['a', 'T', 1, 7],
  ]);
  recorder.event(ALICE, 'T', 'Network.dataReceived', 7);
  expect(recorder.batch()?.frames.map(({ seq, count }) => [seq, count])).toEqual([[6, 1]]);
});

test('the rings keep 5,000 rows and count what they let go of', () => {
  const { recorder } = recording();
  for (let n = 0; n < 5300; n += 1) recorder.event(ALICE, `T${n}`, 'X.y', 1);
  const { frames } = recorder.backfill(5000);
  expect(frames).toHaveLength(5000);
  expect([frames[0]?.seq, frames.at(-1)?.seq]).toEqual([301, 5300]);
  expect(recorder.backfill(2).frames.map(({ seq }) => seq)).toEqual([5299, 5300]);
  expect(recorder.stats(true, 1)).toMatchObject({ buffered: 5000, dropped: 300 });
});

test('counts are kept per client and in total, and a client that left early has not failed', () => {
  const { recorder, open } = recording();
  recorder.closed(open('A.a'), 'ok', null, 3);
  recorder.closed(open('A.b'), 'error', 'no', 3);
  recorder.closed(open('A.c', BOB), 'lost', 'gone', 3);
  recorder.closed(open('A.d', BOB), 'left', 'the client left', 0);
  expect(recorder.tally('a')).toMatchObject({ requests: 2, failures: 1, bytesIn: 20, bytesOut: 6 });
  expect(recorder.tally('b')).toMatchObject({ requests: 2, failures: 1 });
  recorder.forget('b');
  expect(recorder.totals).toMatchObject({ requests: 4, failures: 2 });
  expect(recorder.backfill(9).exchanges.map(({ outcome }) => outcome)).toEqual([
    'ok',
    'error',
    'lost',
    'lost',
  ]);
  expect(recorder.backfill(9).frames).toHaveLength(7);
});

test('percentiles are those of the latest 1,024, split into gateway and browser', () => {
  const { recorder, time, open } = recording();
  for (let n = 1; n <= 2024; n += 1) {
    const exchange = open('A.a');
    const ms = n <= 1000 ? 9999 : n - 1000;
    exchange.sent = time.now;
    exchange.returned = time.now + ms - 1;
    time.now += ms;
    recorder.closed(exchange, 'ok', null, 1);
  }
  const { latency } = recorder.tally('a');
  expect(latency.totals([0.5, 0.95, 0.99, 1])).toEqual([512, 973, 1014, 1024]);
  expect(latency.split(0.5)).toEqual({ total: 512, gateway: 1, browser: 511 });
  expect(recorder.stats(true, 0).p95).toBe(973);
});

test('nothing has been measured before the first answer of the browser', () => {
  const { recorder, open } = recording();
  recorder.closed(open('Browser.crash'), 'error', 'refused', 1);
  expect(recorder.tally('a').latency.split(0.5)).toBeNull();
  expect(recorder.stats(false, 0)).toMatchObject({ connected: false, p95: null });
});

test('the rate counts every message, collapsed ones too', () => {
  const { recorder, time } = recording();
  for (let n = 0; n < 50; n += 1) recorder.event(ALICE, 'T', 'X.y', 1);
  time.now = 500;
  expect(recorder.stats(true, 1).rate).toBe(100);
  time.now = 1500;
  expect(recorder.stats(true, 1).rate).toBe(0);
});

test('a method is made safe to show, whatever a client calls it', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300, unit: 'binary' }), (method) => {
      const { recorder, open } = recording();
      open(method);
      const shown = recorder.backfill(1).exchanges[0]?.method ?? '';
      expect(shown.length).toBeLessThanOrEqual(120);
      expect(shown).not.toMatch(/[\p{Cc}]/u);
    }),
  );
});
