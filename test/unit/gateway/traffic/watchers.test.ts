import { expect, test } from 'vitest';
import { recording } from './recording.ts';

test('batches come only while watched, an exchange again when its outcome is known', () => {
  const { recorder, open, close, watch } = recording();
  open('A.before');
  const { told, stop } = watch();
  recorder.tick();
  expect(told()).toEqual([]);
  const exchange = open('A.a');
  recorder.tick();
  const [first] = told();
  expect(first?.exchanges.map(({ seq, outcome }) => [seq, outcome])).toEqual([[2, 'open']]);
  close(exchange, 'error', { error: { code: 1, message: 'No \u001b[31mnode\n' } });
  recorder.tick();
  const [second] = told();
  expect(second?.exchanges.map(({ seq, outcome, error }) => [seq, outcome, error])).toEqual([
    [2, 'error', 'No node·'],
  ]);
  expect(second?.frames.map(({ dir }) => dir)).toEqual(['answer']);
  recorder.tick();
  expect(told()).toEqual([]);
  stop();
  open('A.after');
  recorder.tick();
  expect(told()).toEqual([]);
});

test('each watcher has rows of its own choice, and from its own beginning', () => {
  const { recorder, open, event, watch } = recording();
  const all = watch();
  open('A.early');
  const pages = watch({ matches: ({ method }) => method.startsWith('Page.') });
  open('Page.reload');
  event('Page.loadEventFired');
  event('Network.dataReceived');
  recorder.tick();
  const methods = (batches: ReturnType<typeof all.told>) =>
    batches.flatMap(({ frames }) => frames.map(({ method }) => method));
  expect(methods(all.told())).toEqual([
    'A.early',
    'Page.reload',
    'Page.loadEventFired',
    'Network.dataReceived',
  ]);
  expect(methods(pages.told())).toEqual(['Page.reload', 'Page.loadEventFired']);
  all.stop();
  open('Page.close');
  recorder.tick();
  expect([methods(all.told()), methods(pages.told())]).toEqual([[], ['Page.close']]);
});

test('an exchange that was told while open is told at its end, whatever the filter says of that', () => {
  const { recorder, open, close, watch } = recording();
  const { told } = watch({ matches: ({ outcome }) => outcome === 'open' });
  const exchange = open('A.a');
  recorder.tick();
  close(exchange, 'ok');
  close(open('A.b'), 'ok');
  recorder.tick();
  const rows = told().map(({ exchanges }) => exchanges.map(({ method, outcome }) => `${method} ${outcome}`));
  expect(rows).toEqual([['A.a open'], ['A.a ok']]);
});

test('what does not fit into a batch is counted', () => {
  const { recorder, event, watch } = recording();
  const { told } = watch();
  for (let n = 0; n < 5300; n += 1) event('X.y', { sessionId: `S${n}` });
  recorder.tick();
  const [batch] = told();
  expect([batch?.frames.length, batch?.frames.at(-1)?.seq, batch?.skipped]).toEqual([5000, 5300, 300]);
});

test('bodies are kept only while somebody watches with bodies', () => {
  const { recorder, open, close, event, watch } = recording();
  const none = { command: null, answer: null, event: null };
  open('A.before');
  expect(recorder.body('exchange', 1, true)).toEqual(none);
  const rows = watch();
  open('A.rows');
  expect(recorder.body('exchange', 2, true)).toEqual(none);
  const bodies = watch({ bodies: true });
  const exchange = open('A.a', { params: { x: 1 } });
  close(exchange, 'ok', { bytes: 31 }, { y: 2 });
  event('X.y', {}, undefined, { z: 3 });
  expect(recorder.body('exchange', 3, true)).toEqual({
    command: { text: '{"id":3,"method":"A.a","params":{"x":1}}', bytes: 10, cut: false },
    answer: { text: '{"id":3,"result":{"y":2}}', bytes: 31, cut: false },
    event: null,
  });
  const { seq = 0 } = recorder.backfill(1).frames[0] ?? {};
  expect(recorder.body('frame', seq, true).event?.text).toBe('{"method":"X.y","params":{"z":3}}');
  bodies.stop();
  expect(recorder.body('exchange', 3, true)).toEqual(none);
  expect(recorder.stats(true, 1).bufferedBytes).toBeLessThan(10_000);
  rows.stop();
});

test('bodies are cut at 256 KiB, and the oldest go where they are too many', () => {
  const maxBytes = 8 * 1024 * 1024;
  const { recorder, open, watch } = recording({ maxBytes });
  watch({ bodies: true });
  for (let n = 0; n < 20; n += 1) open('A.big', { params: { text: 'x'.repeat(1e6) }, bytes: 1e6 + 50 });
  const last = recorder.body('exchange', 20, true).command;
  expect([last?.text.length, last?.bytes, last?.cut]).toEqual([256 * 1024, 1_000_050, true]);
  expect(recorder.body('exchange', 1, true).command).toBeNull();
  expect(recorder.stats(true, 1).bufferedBytes).toBeLessThanOrEqual(maxBytes);
});
