import { expect, test } from 'vitest';
import { CdpSession, descendants } from '../../../../src/gateway/mux/sessions.ts';
import { Recorder } from '../../../../src/gateway/traffic/recorder.ts';
import { Transcript } from './transcript.ts';

const NOT_FOUND = { code: -32001, message: 'Session with given id not found.' };

test('a child session is learnt from the event that precedes the answer', () => {
  const t = new Transcript();
  const client = t.ready('R');
  client.say({ id: 1, method: 'Target.attachToTarget', params: { targetId: 'P', flatten: true } });
  const attach = t.one();
  t.attached('R', 'S', 'page', 'P');
  t.chrome({ id: attach.id, result: { sessionId: 'S' }, sessionId: 'R' });
  client.say({ id: 2, method: 'Page.enable', sessionId: 'S' });
  const enable = t.one();
  expect(enable).toMatchObject({ method: 'Page.enable', sessionId: 'S' });
  t.chrome({ id: enable.id, result: {}, sessionId: 'S' });
  t.chrome({ method: 'Page.loadEventFired', params: { timestamp: 1 }, sessionId: 'S' });
  expect(client.frames.slice(1)).toEqual([
    { id: 1, result: { sessionId: 'S' } },
    { id: 2, result: {}, sessionId: 'S' },
    { method: 'Page.loadEventFired', params: { timestamp: 1 }, sessionId: 'S' },
  ]);
  expect(client.mux.tabs).toBe(1);
});

test.each([
  ['unknown', 'NOPE'],
  ["another client's", 'SB'],
  ["another client's root", 'RB'],
  ['its own root, whose id it was never told', 'RA'],
])('%s session is answered here, as Chrome answers', (_, sessionId) => {
  const t = new Transcript();
  const a = t.ready('RA');
  t.ready('RB');
  t.attached('RB', 'SB');
  a.say({ id: 5, method: 'Runtime.evaluate', params: { expression: '1' }, sessionId });
  expect(t.sent()).toEqual([]);
  expect(a.frames).toEqual([{ id: 5, error: NOT_FOUND }]);
});

test('events on a child session go to its owner alone', () => {
  const t = new Transcript();
  const a = t.ready('RA');
  const b = t.ready('RB');
  t.attached('RA', 'SA');
  t.attached('SA', 'SAA', 'iframe');
  a.heard();
  t.chrome({ method: 'Page.frameNavigated', params: {}, sessionId: 'SAA' });
  expect(a.heard()).toEqual([{ method: 'Page.frameNavigated', params: {}, sessionId: 'SAA' }]);
  expect(b.frames).toEqual([]);
});

test('a nested root is the client’s own: its children too', () => {
  const t = new Transcript();
  const client = t.ready('R');
  t.attached('R', 'R2', 'browser');
  t.attached('R2', 'S');
  client.say({ id: 1, method: 'Browser.getVersion', sessionId: 'R2' });
  client.say({ id: 2, method: 'Page.enable', sessionId: 'S' });
  expect(t.sent().map((frame) => frame.sessionId)).toEqual(['R2', 'S']);
});

test('a detached session is forgotten with all below it, and its commands are answered after the event', () => {
  const t = new Transcript();
  const client = t.ready('R');
  t.attached('R', 'S');
  t.attached('S', 'W', 'worker');
  client.heard();
  client.say({ id: 1, method: 'Runtime.evaluate', sessionId: 'S' });
  client.say({ id: 2, method: 'Runtime.evaluate', sessionId: 'W' });
  client.say({ id: 3, method: 'Browser.getVersion' });
  t.chrome({ method: 'Target.detachedFromTarget', params: { sessionId: 'S' }, sessionId: 'R' });
  const data = 'cdp-hub: its target was closed or detached before Runtime.evaluate was answered';
  expect(client.heard()).toEqual([
    { method: 'Target.detachedFromTarget', params: { sessionId: 'S' } },
    { id: 1, error: { ...NOT_FOUND, data }, sessionId: 'S' },
    { id: 2, error: { ...NOT_FOUND, data }, sessionId: 'W' },
  ]);
  t.sent();
  client.say({ id: 4, method: 'Runtime.evaluate', sessionId: 'W' });
  expect(t.sent()).toEqual([]);
  expect(client.heard()).toEqual([{ id: 4, error: NOT_FOUND }]);
  expect(t.mux.held).toEqual({ clients: 1, sessions: 1, inFlight: 1 });
  expect(t.exchanges.map(({ end }) => end)).toEqual(['lost', 'lost', 'error']);
});

test('Chrome’s answer to a session that died on the way carries no session, and finds its client', () => {
  const t = new Transcript();
  const client = t.ready('R');
  t.attached('R', 'S');
  client.heard();
  client.say({ id: 8, method: 'Page.enable', sessionId: 'S' });
  t.chrome({ id: t.one().id, error: NOT_FOUND });
  expect(client.heard()).toEqual([{ id: 8, error: NOT_FOUND }]);
});

test('a crashed tab fails its commands at once; the session lives on', () => {
  const t = new Transcript();
  const client = t.ready('R');
  t.attached('R', 'S');
  client.heard();
  client.say({ id: 1, method: 'Page.navigate', params: { url: 'chrome://crash' }, sessionId: 'S' });
  t.sent();
  t.chrome({ method: 'Inspector.targetCrashed', params: {}, sessionId: 'S' });
  expect(client.heard()).toEqual([
    { method: 'Inspector.targetCrashed', params: {}, sessionId: 'S' },
    {
      id: 1,
      error: { code: -32000, message: 'cdp-hub: the tab crashed; Page.navigate was not answered' },
      sessionId: 'S',
    },
  ]);
  client.say({ id: 2, method: 'Page.reload', sessionId: 'S' });
  expect(t.one().method).toBe('Page.reload');
});

test('a command is known by its target from its arrival on', () => {
  const recorder = new Recorder({ now: () => 0, wall: () => 0 });
  const t = new Transcript({ observer: recorder });
  const browser = t.ready('R');
  t.attached('R', 'S', 'page', 'P');
  t.attached('S', 'W', 'worker', 'WORKER');
  browser.say({ id: 1, method: 'Page.enable', sessionId: 'S' });
  browser.say({ id: 2, method: 'Runtime.enable', sessionId: 'W' });
  browser.say({ id: 3, method: 'Browser.getVersion' });
  browser.say({ id: 4, method: 'Page.enable', sessionId: 'NOPE' });
  t.sent();
  const page = t.join({ kind: 'page', targetId: 'Q' });
  page.say({ id: 1, method: 'Page.reload' });
  const { frames, exchanges } = recorder.backfill(20);
  const commands = frames.filter(({ dir }) => dir === 'command');
  for (const rows of [commands, exchanges]) {
    expect(rows.map(({ method, target }) => [method, target])).toEqual([
      ['Page.enable', 'P'],
      ['Runtime.enable', 'WORKER'],
      ['Browser.getVersion', ''],
      ['Page.enable', ''],
      ['Page.reload', 'Q'],
    ]);
  }
});

/** A session below another, as Chrome tells of it. */
function below(parent: CdpSession | null, id: string): CdpSession {
  const owner = { event: () => {}, rootDetached: () => {} };
  const session = new CdpSession({ id, owner, parent, targetId: id, type: parent ? 'page' : 'browser' });
  parent?.children.add(session);
  return session;
}

test('the sessions below one are each told before those below it, in the order in which they came', () => {
  const root = below(null, 'R');
  const a = below(root, 'A');
  below(root, 'B');
  below(below(a, 'AA'), 'AAA');
  below(a, 'AB');
  expect([...descendants(root)].map(({ id }) => id)).toEqual(['A', 'AA', 'AAA', 'AB', 'B']);
  expect([...descendants(a)].map(({ id }) => id)).toEqual(['AA', 'AAA', 'AB']);
});

test('sessions may be nested as deep as a client likes', () => {
  const root = below(null, 'R');
  let last = root;
  for (let depth = 0; depth < 20_000; depth += 1) last = below(last, `S${depth}`);
  let count = 0;
  for (const _ of descendants(root)) count += 1;
  expect(count).toBe(20_000);
});
