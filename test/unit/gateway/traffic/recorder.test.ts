import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readMessage, textOf } from '../../../../src/gateway/protocol/envelope.ts';
import { BODY_LIMIT } from '../../../../src/gateway/traffic/bodies.ts';
import { TrafficBatch } from '../../../../src/shared/events.ts';
import { ALICE, BOB, recording } from './recording.ts';

test('a command and its answer are one exchange and two frames', () => {
  const { recorder, time, open, close } = recording({ urlOf: (id) => `https://example.com/${id}` });
  const exchange = open('Page.reload', { sessionId: 'S', id: 71 });
  time.now = 1;
  exchange.sent = 1;
  time.now = 9;
  exchange.returned = 9;
  time.now = 10.5;
  close(exchange, 'ok', { bytes: 200 });
  const { exchanges, frames } = recorder.backfill(10);
  expect(exchanges).toEqual([
    {
      seq: 1,
      at: 1_000_000,
      client: 'a',
      clientName: 'alice',
      kind: 'cdp',
      method: 'Page.reload',
      id: 71,
      target: 'T',
      tab: null,
      sessionId: 'S',
      url: 'https://example.com/T',
      outcome: 'ok',
      ms: 10.5,
      inMs: 1,
      browserMs: 8,
      outMs: 1.5,
      error: null,
      code: null,
    },
  ]);
  expect(frames.map(({ seq, dir, outcome, ms, bytes }) => [seq, dir, outcome, ms, bytes])).toEqual([
    [1, 'command', 'open', null, 10],
    [2, 'answer', 'ok', 10.5, 200],
  ]);
  expect(frames.map(({ id, exchange: of, sessionId }) => [id, of, sessionId])).toEqual([
    [71, 1, 'S'],
    [71, 1, 'S'],
  ]);
  expect(TrafficBatch.safeParse({ exchanges, frames }).success).toBe(true);
});

test('what the gateway answers itself took all its time there; an error has its code', () => {
  const { recorder, time, open, close } = recording();
  const exchange = open('Browser.crash');
  time.now = 2;
  close(exchange, 'error', { error: { code: -32000, message: 'cdp-hub: refused' } });
  expect(recorder.backfill(1).exchanges).toMatchObject([
    { ms: 2, inMs: 2, browserMs: null, outMs: null, error: 'cdp-hub: refused', code: -32000 },
  ]);
});

test('the address of a row is the one that its command names, else that of its target', () => {
  const { recorder, open, event } = recording({ urlOf: () => 'https://now.example/' });
  open('Page.navigate', { params: { url: 'https://next.example/' } });
  open('Page.enable');
  open('Browser.getVersion', { target: '' });
  event('Page.loadEventFired');
  expect(recorder.backfill(9).exchanges.map(({ url }) => url)).toEqual([
    'https://next.example/',
    'https://now.example/',
    '',
  ]);
  expect(recorder.backfill(1).frames[0]?.url).toBe('https://now.example/');
});

test('rows say in which tab they passed; for the browser itself nobody is asked', () => {
  const { recorder, open, event } = recording({ tabOf: (targetId) => (targetId === 'T' ? 3 : null) });
  open('Page.enable');
  open('Browser.getVersion', { target: '' });
  event('Page.loadEventFired');
  const { exchanges, frames } = recorder.backfill(9);
  expect(exchanges.map(({ tab }) => tab)).toEqual([3, null]);
  expect(frames.map(({ tab }) => tab)).toEqual([3, null, 3]);
});

test('a tool that is called is a row of the requests, which nothing is counted by', () => {
  const { recorder, time, watch } = recording();
  watch({ bodies: true });
  const agent = { id: 'm', kind: 'mcp', name: 'claude', workspace: 'm', isolation: 'tabs' } as const;
  const ended = recorder.called(agent, 'fill', { uid: '1_2', value: 'hunter2' });
  expect(recorder.backfill(1).exchanges).toMatchObject([{ method: 'fill', outcome: 'open', ms: null }]);
  time.now = 40;
  ended({ error: 'The element 1_2 is not on the page any more.', result: null });
  const { exchanges, frames } = recorder.backfill(9);
  expect(exchanges).toMatchObject([
    { clientName: 'claude', kind: 'mcp', outcome: 'error', ms: 40, error: expect.stringContaining('1_2') },
  ]);
  expect(frames).toEqual([]);
  expect(recorder.totals.requests).toBe(0);
  // For the person at the screen as it was; for files and streams without what was typed.
  expect(recorder.body('exchange', 1, true).command?.text).toContain('hunter2');
  const masked = JSON.stringify(recorder.body('exchange', 1, false));
  expect(masked).toContain('fill');
  expect(masked).not.toContain('hunter2');
});

test('repeats of one event of one client and session collapse; a row once told is final', () => {
  const { recorder, event, watch } = recording();
  const watcher = watch();
  for (let n = 0; n < 100; n += 1) event('Network.dataReceived');
  event('Network.dataReceived', { target: 'U', sessionId: 'S2' });
  event('Network.dataReceived', {}, BOB);
  event('Page.loadEventFired');
  event('Network.dataReceived');
  recorder.tick();
  const [batch] = watcher.told();
  expect(batch?.frames.map(({ client, target, count, bytes }) => [client, target, count, bytes])).toEqual([
    ['a', 'T', 100, 700],
    ['a', 'U', 1, 7],
    ['b', 'T', 1, 7],
    ['a', 'T', 1, 7],
    ['a', 'T', 1, 7],
  ]);
  event('Network.dataReceived');
  recorder.tick();
  expect(watcher.told().flatMap(({ frames }) => frames.map(({ seq, count }) => [seq, count]))).toEqual([
    [6, 1],
  ]);
});

test('rows of both kinds are kept up to a number, and what is let go of is counted', () => {
  const { recorder, time, open, close, event } = recording({ maxRows: 100 });
  for (let n = 0; n < 30; n += 1) {
    time.now += 1;
    close(open('A.b'), 'ok');
  }
  expect(recorder.stats(true, 1)).toMatchObject({ buffered: 90, dropped: 0 });
  for (let n = 0; n < 40; n += 1) {
    time.now += 1;
    event('X.y', { sessionId: `S${n}` });
  }
  expect(recorder.stats(true, 1)).toMatchObject({ buffered: 100, dropped: 30 });
  // The oldest of both kinds went together.
  const { frames, exchanges } = recorder.backfill(5000);
  expect([frames[0]?.seq, frames.at(-1)?.seq, exchanges[0]?.seq]).toEqual([21, 100, 11]);
  expect(recorder.backfill(2).frames.map(({ seq }) => seq)).toEqual([99, 100]);
});

test('rows are kept up to a number of bytes, however they grow', () => {
  const maxBytes = 64 * 1024;
  const { recorder, open, close, event } = recording({ maxBytes });
  for (let n = 0; n < 500; n += 1) {
    const error = { code: -32000, message: 'x'.repeat(n) };
    close(open('Page.navigate', { params: { url: `https://example.com/${'p'.repeat(n)}` } }), 'error', {
      error,
    });
    event('X.y', { sessionId: `S${n}` });
    expect(recorder.stats(true, 1).bufferedBytes).toBeLessThanOrEqual(maxBytes);
  }
  const { buffered, dropped } = recorder.stats(true, 1);
  expect(buffered).toBeGreaterThan(10);
  expect(buffered + dropped).toBe(2000);
});

test('an answer to a command whose row is gone is counted and disturbs nothing', () => {
  const { recorder, open, close, event } = recording({ maxRows: 10 });
  const early = open('A.early');
  for (let n = 0; n < 40; n += 1) event('X.y', { sessionId: `S${n}` });
  close(early, 'error', { error: { code: 1, message: 'late' } });
  expect(recorder.backfill(50).exchanges).toEqual([]);
  expect(recorder.tally('a')).toMatchObject({ requests: 1, failures: 1 });
});

test('counts are kept per client and in total, and a client that left early has not failed', () => {
  const { recorder, open, close } = recording();
  close(open('A.a'), 'ok');
  close(open('A.b'), 'error', { error: { code: 1, message: 'no' } });
  close(open('A.c', { client: BOB }), 'lost', { error: { code: 1, message: 'gone' } });
  close(open('A.d', { client: BOB }), 'left', { error: { code: null, message: 'left' }, bytes: 0 });
  expect(recorder.tally('a')).toMatchObject({ requests: 2, failures: 1, bytesIn: 20, bytesOut: 6 });
  expect(recorder.tally('b')).toMatchObject({ requests: 2, failures: 1 });
  recorder.forget('b');
  expect(recorder.totals).toMatchObject({ requests: 4, failures: 2 });
  const { exchanges, frames } = recorder.backfill(9);
  expect(exchanges.map(({ outcome }) => outcome)).toEqual(['ok', 'error', 'lost', 'lost']);
  expect(frames).toHaveLength(7);
});

test('percentiles are those of the latest 1,024, split into gateway and browser', () => {
  const { recorder, time, open, close } = recording();
  for (let n = 1; n <= 2024; n += 1) {
    const exchange = open('A.a');
    const ms = n <= 1000 ? 9999 : n - 1000;
    exchange.sent = time.now;
    exchange.returned = time.now + ms - 1;
    time.now += ms;
    close(exchange, 'ok');
  }
  const { latency } = recorder.tally('a');
  expect(latency.totals([0.5, 0.95, 0.99, 1])).toEqual([512, 973, 1014, 1024]);
  expect(latency.split(0.5)).toEqual({ total: 512, gateway: 1, browser: 511 });
  expect(recorder.stats(true, 0).p95).toBe(973);
});

test('nothing has been measured before the first answer of the browser', () => {
  const { recorder, open, close } = recording();
  close(open('Browser.crash'), 'error', { error: { code: 1, message: 'refused' } });
  expect(recorder.tally('a').latency.split(0.5)).toBeNull();
  expect(recorder.stats(false, 0)).toMatchObject({ connected: false, p95: null });
});

test('the rate counts every message, collapsed ones too', () => {
  const { recorder, time, event } = recording();
  for (let n = 0; n < 50; n += 1) event('X.y');
  time.now = 500;
  expect(recorder.stats(true, 1).rate).toBe(100);
  time.now = 1500;
  expect(recorder.stats(true, 1).rate).toBe(0);
});

test('what passed after a frame is had with its exchanges, and whether it is all', () => {
  const { recorder, open, close, event } = recording({ maxRows: 12 });
  const early = open('A.early');
  const from = recorder.latest;
  close(early, 'ok');
  open('A.late');
  const { frames, exchanges, gap } = recorder.since(from, null);
  expect(frames.map(({ dir, method }) => `${dir} ${method}`)).toEqual(['answer A.early', 'command A.late']);
  expect(exchanges.map(({ method, outcome }) => [method, outcome])).toEqual([
    ['A.early', 'ok'],
    ['A.late', 'open'],
  ]);
  expect(gap).toBe(false);
  for (let n = 0; n < 20; n += 1) event('X.y', { sessionId: `S${n}` });
  expect(recorder.since(from, null).gap).toBe(true);
  expect(recorder.since(recorder.latest, null)).toEqual({ frames: [], exchanges: [], gap: false });
});

test('a method is made safe to show, whatever a client calls it', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300, unit: 'binary' }), (method) => {
      const { recorder, open } = recording();
      open(method, { client: ALICE });
      const shown = recorder.backfill(1).exchanges[0]?.method ?? '';
      expect(shown.length).toBeLessThanOrEqual(120);
      expect(shown).not.toMatch(/[\p{Cc}]/u);
    }),
  );
});

test('what is answered to a client that is gone is in the totals alone: nothing more is kept of it', () => {
  const { recorder, open, close } = recording();
  const late = open('A.a');
  recorder.forget('a');
  close(late, 'ok');
  expect([recorder.totals.bytesOut, recorder.tally('a').bytesOut]).toEqual([3, 0]);
});

test('a message of which not all is kept says so, whatever its characters', () => {
  const { recorder, open, watch } = recording();
  watch({ bodies: true });
  const text = `{"id":1,"result":{"kept":"é","big":"${'é'.repeat(BODY_LIMIT)}"}}`;
  const answer = readMessage(Buffer.from(text));
  const exchange = open('A.a');
  const bytes = Buffer.byteLength(text);
  recorder.closed(exchange, 'ok', { error: null, bytes, body: textOf(answer, BODY_LIMIT) });
  const shown = recorder.body('exchange', 1, false).answer;
  expect(shown).toMatchObject({ cut: true, bytes, text: expect.stringContaining('"kept":"é"') });
});
