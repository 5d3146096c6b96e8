import { expect, test } from 'vitest';
import { type Client, Transcript } from './transcript.ts';

function pageClient(t: Transcript): Client {
  const client = t.join({ kind: 'page', targetId: 'P' });
  client.say({ id: 1, method: 'Page.enable' });
  t.chrome({ id: t.one().id, result: { sessionId: 'R' } });
  const attach = t.one();
  expect(attach).toMatchObject({
    method: 'Target.attachToTarget',
    params: { targetId: 'P', flatten: true },
    sessionId: 'R',
  });
  t.attached('R', 'S', 'page', 'P');
  t.chrome({ id: attach.id, result: { sessionId: 'S' }, sessionId: 'R' });
  return client;
}

test('messages without a session are the page’s, both ways', () => {
  const t = new Transcript();
  const client = pageClient(t);
  const enable = t.one();
  expect(enable).toEqual({ id: enable.id, method: 'Page.enable', sessionId: 'S' });
  t.chrome({ id: enable.id, result: {}, sessionId: 'S' });
  t.chrome({ method: 'Page.loadEventFired', params: { timestamp: 2 }, sessionId: 'S' });
  expect(client.frames).toEqual([
    { id: 1, result: {} },
    { method: 'Page.loadEventFired', params: { timestamp: 2 } },
  ]);
});

test('events of its root are swallowed, those of frames below the page keep their session', () => {
  const t = new Transcript();
  const client = pageClient(t);
  t.chrome({ method: 'Target.targetCreated', params: {}, sessionId: 'R' });
  t.attached('S', 'F', 'iframe');
  t.chrome({ method: 'Page.frameNavigated', params: {}, sessionId: 'F' });
  expect(client.frames.map((frame) => [frame.method, frame.sessionId])).toEqual([
    ['Target.attachedToTarget', undefined],
    ['Page.frameNavigated', 'F'],
  ]);
});

test('when its page goes it is told so and closed, with every command answered', () => {
  const t = new Transcript();
  const client = pageClient(t);
  t.chrome({
    method: 'Target.detachedFromTarget',
    params: { sessionId: 'S', targetId: 'P' },
    sessionId: 'R',
  });
  expect(client.frames).toMatchObject([
    { method: 'Inspector.detached', params: { reason: 'target_closed' } },
    { id: 1, error: { code: -32001 } },
  ]);
  expect(client.frames[1]).not.toHaveProperty('sessionId', 'S');
  expect(client.closed.map((close) => close.code)).toEqual([1000]);
  expect(t.sent().at(-1)).toMatchObject({ method: 'Target.detachFromTarget', params: { sessionId: 'R' } });
});

test('a page that is gone before it could be attached ends the client', () => {
  const t = new Transcript();
  const client = t.join({ kind: 'page', targetId: 'P' });
  client.say({ id: 1, method: 'Page.enable' });
  t.chrome({ id: t.one().id, result: { sessionId: 'R' } });
  t.chrome({
    id: t.one().id,
    error: { code: -32602, message: 'No target with given id found' },
    sessionId: 'R',
  });
  expect(client.frames).toMatchObject([
    { id: 1, error: { message: 'cdp-hub: No target with given id found' } },
  ]);
  expect(client.closed.map((close) => close.code)).toEqual([1011]);
  expect(t.one()).toMatchObject({ method: 'Target.detachFromTarget', params: { sessionId: 'R' } });
});
