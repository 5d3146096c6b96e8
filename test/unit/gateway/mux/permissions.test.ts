import { expect, test } from 'vitest';
import { type Client, CONTROL, DEFAULT_CONTEXT, Transcript } from './transcript.ts';

const ORIGIN = 'https://a.test';

function two() {
  const t = new Transcript();
  const [a, b] = [t.ready('RA', t.workspace('tabs', true)), t.ready('RB', t.workspace('none', true))];
  return { t, a, b };
}

const grant = (client: Client, id: number, ...permissions: string[]) =>
  client.say({ id, method: 'Browser.grantPermissions', params: { origin: ORIGIN, permissions } });

/** The browser takes what it was sent since the last call, all on the hub's own session. */
function take(t: Transcript) {
  const frames = t.sent();
  for (const { id, sessionId } of frames) {
    expect(sessionId).toBe(CONTROL);
    t.chrome({ id, result: {}, sessionId });
  }
  return frames.map(({ method, params }) => [method, params]);
}

test('clients grant through the hub, on its own session, and each is answered', () => {
  const { t, a, b } = two();
  grant(a, 1, 'geolocation');
  expect(take(t)).toEqual([['Browser.grantPermissions', { origin: ORIGIN, permissions: ['geolocation'] }]]);
  grant(b, 7, 'midi');
  expect(take(t)).toEqual([
    ['Browser.grantPermissions', { origin: ORIGIN, permissions: ['midi', 'geolocation'] }],
  ]);
  expect(a.heard()).toEqual([{ id: 1, result: {} }]);
  expect(b.heard()).toEqual([{ id: 7, result: {} }]);
});

test("Chrome's error comes back unchanged, and the next grant is as if nothing had been asked", () => {
  const { t, a, b } = two();
  grant(a, 1, 'nope');
  const error = { code: -32602, message: 'Unknown permission type: nope' };
  t.chrome({ id: t.one().id, error, sessionId: CONTROL });
  expect(a.heard()).toEqual([{ id: 1, error }]);
  grant(b, 1, 'midi');
  expect(take(t)).toEqual([['Browser.grantPermissions', { origin: ORIGIN, permissions: ['midi'] }]]);
});

test('one change after the other: the second waits for what became of the first', () => {
  const { t, a, b } = two();
  grant(a, 1, 'nope');
  grant(b, 1, 'midi');
  const first = t.one();
  t.chrome({ id: first.id, error: { code: -32602, message: 'no' }, sessionId: CONTROL });
  expect(take(t)).toEqual([['Browser.grantPermissions', { origin: ORIGIN, permissions: ['midi'] }]]);
});

test('who leaves, and who resets, takes its own along and nothing else', () => {
  const { t, a, b } = two();
  grant(a, 1, 'geolocation');
  take(t);
  grant(b, 1, 'midi');
  take(t);
  a.mux.leave();
  const sent = t.sent();
  expect(sent.map(({ method, params }) => [method, params])).toEqual([
    ['Browser.resetPermissions', {}],
    ['Browser.grantPermissions', { origin: ORIGIN, permissions: ['midi'] }],
    ['Target.detachFromTarget', { sessionId: 'RA' }],
  ]);
  for (const { id, sessionId } of sent) t.chrome({ id, result: {}, ...(sessionId && { sessionId }) });
  b.say({ id: 2, method: 'Browser.resetPermissions', params: { browserContextId: DEFAULT_CONTEXT } });
  expect(take(t)).toEqual([['Browser.resetPermissions', {}]]);
  b.say({ id: 3, method: 'Browser.resetPermissions' });
  expect(t.sent()).toEqual([]);
  expect(b.heard().at(-1)).toEqual({ id: 3, result: {} });
});

test('a client that leaves before its grant is answered keeps nothing', () => {
  const { t, a, b } = two();
  grant(a, 1, 'geolocation');
  const [{ id } = { id: 0 }] = t.sent();
  a.mux.leave();
  expect(t.one().method).toBe('Target.detachFromTarget');
  t.chrome({ id, result: {}, sessionId: CONTROL });
  expect(take(t)).toEqual([['Browser.resetPermissions', {}]]);
  expect(t.exchanges).toContainEqual({
    method: 'Browser.grantPermissions',
    end: 'left',
    error: 'the client left',
  });
  grant(b, 1, 'midi');
  expect(take(t)).toEqual([['Browser.grantPermissions', { origin: ORIGIN, permissions: ['midi'] }]]);
});

test('in a context of its own a client asks the browser itself', () => {
  const t = new Transcript();
  const workspace = t.workspace('context', true);
  workspace.home = 'CTX-A';
  workspace.contexts.add('CTX-A');
  const a = t.ready('RA', workspace);
  grant(a, 1, 'geolocation');
  expect(t.one()).toMatchObject({
    method: 'Browser.grantPermissions',
    params: { permissions: ['geolocation'], browserContextId: 'CTX-A' },
    sessionId: 'RA',
  });
});

test('a new browser has no grants of the one before', () => {
  const { t, a, b } = two();
  grant(a, 1, 'geolocation');
  take(t);
  t.mux.lost('the browser went');
  t.sent();
  t.open();
  b.mux.start();
  t.chrome({ id: t.one().id, result: { sessionId: 'RB2' } });
  grant(b, 2, 'midi');
  expect(take(t)).toEqual([['Browser.grantPermissions', { origin: ORIGIN, permissions: ['midi'] }]]);
});

const FULL = {
  code: -32000,
  message: 'cdp-hub: this client has permissions for 100 origins already; reset them first',
};

/** One client with as many origins as it may have. */
function full() {
  const { t, a, b } = two();
  for (let i = 0; i < 100; i += 1) {
    const params = { origin: `https://${i}.test`, permissions: ['midi'] };
    a.say({ id: i, method: 'Browser.grantPermissions', params });
    take(t);
  }
  a.heard();
  return { t, a, b };
}

test('a client with 100 origins is refused another until it resets, and others are not', () => {
  const { t, a, b } = full();
  grant(a, 1, 'nfc');
  const set = { origin: ORIGIN, permission: { name: 'midi' }, setting: 'denied' };
  a.say({ id: 2, method: 'Browser.setPermission', params: set });
  expect(t.sent()).toEqual([]);
  expect(a.heard()).toEqual([
    { id: 1, error: FULL },
    { id: 2, error: FULL },
  ]);
  grant(b, 3, 'geolocation');
  expect(take(t)).toEqual([['Browser.grantPermissions', { origin: ORIGIN, permissions: ['geolocation'] }]]);
  a.say({ id: 4, method: 'Browser.resetPermissions' });
  expect(take(t)).toHaveLength(2);
  grant(a, 5, 'nfc');
  expect(take(t)).toEqual([
    ['Browser.grantPermissions', { origin: ORIGIN, permissions: ['nfc', 'geolocation'] }],
  ]);
});

test('any number of refusals may wait behind one change', () => {
  const { t, a, b } = full();
  grant(b, 1, 'midi');
  for (let id = 0; id < 5_000; id += 1) grant(a, id, 'nfc');
  take(t);
  const heard = a.heard();
  expect(heard).toHaveLength(5_000);
  expect(heard.at(-1)).toEqual({ id: 4_999, error: FULL });
});
