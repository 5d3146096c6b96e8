import { expect, test } from 'vitest';
import { Transcript } from './transcript.ts';

const NOTHING = { clients: 0, sessions: 0, inFlight: 0 };

test('a client that leaves takes its root, its sessions and its ids with it', () => {
  const t = new Transcript();
  const client = t.ready('R');
  t.attached('R', 'S');
  client.say({ id: 1, method: 'Runtime.evaluate', sessionId: 'S' });
  t.sent();
  client.mux.leave();
  const detach = t.one();
  expect(detach).toEqual({ id: detach.id, method: 'Target.detachFromTarget', params: { sessionId: 'R' } });
  t.chrome({ id: detach.id, result: {} });
  t.chrome({ method: 'Target.detachedFromTarget', params: { sessionId: 'R' } });
  expect(t.mux.held).toEqual(NOTHING);
  expect(t.exchanges).toEqual([{ method: 'Runtime.evaluate', end: 'left', error: 'the client left' }]);
});

test('what comes for a client that has left is dropped', () => {
  const t = new Transcript();
  const client = t.ready('R');
  client.say({ id: 1, method: 'Browser.getVersion' });
  const command = t.one();
  client.mux.leave();
  const before = client.frames.length;
  t.chrome({ id: command.id, result: {}, sessionId: 'R' });
  t.attached('R', 'LATE');
  t.chrome({ method: 'Target.targetDestroyed', params: {}, sessionId: 'R' });
  client.say({ id: 2, method: 'Browser.getVersion' });
  client.mux.leave();
  expect(client.frames).toHaveLength(before);
  expect(t.mux.held.sessions).toBe(0);
});

test('a client that leaves while its root is being made: the root is detached when it comes', () => {
  const t = new Transcript();
  const client = t.join();
  client.say({ id: 1, method: 'Browser.getVersion' });
  const attach = t.one();
  client.mux.leave();
  t.chrome({ id: attach.id, result: { sessionId: 'LATE' } });
  const detach = t.one();
  expect(detach).toMatchObject({ method: 'Target.detachFromTarget', params: { sessionId: 'LATE' } });
  t.chrome({ id: detach.id, result: {} });
  expect(t.mux.held).toEqual(NOTHING);
  expect(client.frames).toEqual([]);
});

test('a page client that leaves while its page is being attached', () => {
  const t = new Transcript();
  const client = t.join({ kind: 'page', targetId: 'P' });
  client.mux.start();
  t.chrome({ id: t.one().id, result: { sessionId: 'R' } });
  const attach = t.one();
  client.mux.leave();
  const detach = t.one();
  expect(detach.params).toEqual({ sessionId: 'R' });
  t.attached('R', 'S', 'page', 'P');
  t.chrome({ id: attach.id, error: { code: -32001, message: 'Session with given id not found.' } });
  t.chrome({ id: detach.id, result: {} });
  expect(t.mux.held).toEqual(NOTHING);
});

test('a client that left before the browser did costs nothing when it goes', () => {
  const t = new Transcript();
  const client = t.join();
  client.mux.start();
  client.mux.leave();
  t.mux.lost('the browser was killed');
  expect(client.lost).toEqual([]);
  expect(t.mux.held).toEqual(NOTHING);
});

test('a client that leaves dismisses a dialog only where nobody else could answer it', () => {
  for (const [isolation, others, dismissed] of [
    ['tabs', false, true],
    ['tabs', true, false],
    ['none', false, false],
  ] as const) {
    const t = new Transcript();
    const workspace = t.workspace(isolation, true);
    const [leaves, stays] = [t.ready('RA', workspace), t.ready('RB', workspace)];
    t.mux.targets.created(t.mux.targets.creating(workspace), 'P');
    t.chrome({
      method: 'Target.targetCreated',
      params: { targetInfo: { targetId: 'P', type: 'page', url: '' } },
      sessionId: 'HUB',
    });
    t.attached('RA', 'SA', 'page', 'P');
    if (others) t.attached('RB', 'SB', 'page', 'P');
    t.chrome({ method: 'Page.javascriptDialogOpening', params: {}, sessionId: 'SA' });
    t.sent();
    leaves.mux.leave();
    expect(t.sent().some(({ method }) => method === 'Page.handleJavaScriptDialog')).toBe(dismissed);
    expect(stays.closed).toEqual([]);
  }
});

test('roots below a root that ended are roots no more', () => {
  const t = new Transcript();
  const client = t.ready('RA', t.workspace('tabs', true));
  t.attached('RA', 'R1', 'browser', 'B1');
  t.attached('R1', 'R2', 'browser', 'B2');
  expect(client.mux.roots.size).toBe(3);
  t.chrome({ method: 'Target.detachedFromTarget', params: { sessionId: 'R1' }, sessionId: 'RA' });
  expect(client.mux.roots.size).toBe(1);
});
