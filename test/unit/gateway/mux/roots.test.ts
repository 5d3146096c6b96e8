import { expect, test } from 'vitest';
import { Transcript } from './transcript.ts';

test('a client gets a root of its own, made on the bare connection', () => {
  const t = new Transcript();
  const client = t.join();
  client.mux.start();
  expect(t.one()).toEqual({ id: expect.any(Number), method: 'Target.attachToBrowserTarget', params: {} });
});

test('messages that come before the root wait and go out in order', () => {
  const t = new Transcript();
  const client = t.join();
  client.say({ id: 1, method: 'Browser.getVersion' });
  client.say({ id: 2, method: 'Target.getTargets', params: {} });
  const root = t.one();
  expect(root.method).toBe('Target.attachToBrowserTarget');
  t.chrome({ id: root.id, result: { sessionId: 'R' } });
  client.say({ id: 3, method: 'SystemInfo.getInfo' });
  expect(t.sent()).toEqual([
    { id: root.id + 1, method: 'Browser.getVersion', sessionId: 'R' },
    { id: root.id + 2, method: 'Target.getTargets', params: {}, sessionId: 'R' },
    { id: root.id + 3, method: 'SystemInfo.getInfo', sessionId: 'R' },
  ]);
});

test('answers come back under the client’s own id, without the root’s session', () => {
  const t = new Transcript();
  const client = t.ready('R');
  client.say({ id: 77, method: 'Browser.getVersion' });
  t.chrome({ id: t.one().id, result: { product: 'Chrome/156' }, sessionId: 'R' });
  client.say({ id: -5, method: 'Nope.nope' });
  t.chrome({ id: t.one().id, error: { code: -32601, message: "'Nope.nope' wasn't found" }, sessionId: 'R' });
  expect(client.frames).toEqual([
    { id: 77, result: { product: 'Chrome/156' } },
    { id: -5, error: { code: -32601, message: "'Nope.nope' wasn't found" } },
  ]);
});

test('two clients with equal ids each get their own answer, whatever the order', () => {
  const t = new Transcript();
  const a = t.ready('RA');
  const b = t.ready('RB');
  a.say({ id: 1, method: 'A.a' });
  b.say({ id: 1, method: 'B.b' });
  const [first, second] = t.sent();
  expect(first?.id).not.toBe(second?.id);
  t.chrome({ id: second?.id, result: { of: 'b' }, sessionId: 'RB' });
  t.chrome({ id: first?.id, result: { of: 'a' }, sessionId: 'RA' });
  expect(a.frames).toEqual([{ id: 1, result: { of: 'a' } }]);
  expect(b.frames).toEqual([{ id: 1, result: { of: 'b' } }]);
});

test('one client’s duplicate ids are each answered once', () => {
  const t = new Transcript();
  const client = t.ready('R');
  client.say({ id: 9, method: 'A.a' });
  client.say({ id: 9, method: 'A.a' });
  for (const [n, frame] of t.sent().entries()) t.chrome({ id: frame.id, result: { n }, sessionId: 'R' });
  expect(client.frames).toEqual([
    { id: 9, result: { n: 0 } },
    { id: 9, result: { n: 1 } },
  ]);
});

test('events on a root go to its client alone, without the session', () => {
  const t = new Transcript();
  const a = t.ready('RA');
  const b = t.ready('RB');
  t.chrome({ method: 'Target.targetDestroyed', params: { targetId: 'X' }, sessionId: 'RA' });
  expect(a.frames).toEqual([{ method: 'Target.targetDestroyed', params: { targetId: 'X' } }]);
  expect(b.frames).toEqual([]);
  expect(t.events).toEqual(['c1 Target.targetDestroyed']);
});

test('an empty sessionId is treated as absent', () => {
  const t = new Transcript();
  const client = t.ready('R');
  client.say({ id: 1, method: 'Browser.getVersion', sessionId: '' });
  expect(t.one().sessionId).toBe('R');
});

test('a refused root ends the client, and what waited is answered with the reason', () => {
  const t = new Transcript();
  const client = t.join();
  client.say({ id: 4, method: 'Browser.getVersion' });
  t.chrome({ id: t.one().id, error: { code: -32000, message: 'Not allowed' } });
  expect(client.frames).toEqual([{ id: 4, error: { code: -32000, message: 'cdp-hub: Not allowed' } }]);
  expect(client.closed.map((close) => close.code)).toEqual([1011]);
  expect(t.mux.held).toEqual({ clients: 0, sessions: 0, inFlight: 0 });
});

test('a root that the browser detaches ends its client, with every command answered', () => {
  const t = new Transcript();
  const client = t.ready('R');
  client.say({ id: 1, method: 'Browser.getVersion' });
  t.chrome({ method: 'Target.detachedFromTarget', params: { sessionId: 'R' } });
  expect(client.frames).toMatchObject([{ id: 1, error: { code: -32001 } }]);
  expect(client.closed.map((close) => close.code)).toEqual([1011]);
  expect(t.mux.held).toEqual({ clients: 0, sessions: 0, inFlight: 0 });
});
