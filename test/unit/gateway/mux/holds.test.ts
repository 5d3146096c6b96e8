import { expect, test } from 'vitest';
import { type Client, CONTROL, Transcript } from './transcript.ts';

const PAGE_STYLE = undefined;
const TAB_STYLE = [{ type: 'page', exclude: true }, {}];

/** An owner of the page P who auto-attaches in its style and waits, and a foreigner who auto-attaches too. */
function cast(style: object | undefined, isolation: 'tabs' | 'none' = 'tabs') {
  const t = new Transcript();
  const workspace = t.workspace('tabs', true);
  const owner = t.ready('RO', workspace);
  const other = t.ready('RX', t.workspace(isolation, true));
  owner.say({ id: 1, method: 'Target.createTarget', params: { url: 'about:blank' } });
  const { id } = t.one();
  t.chrome({ method: 'Target.targetCreated', params: { targetInfo: page('P') }, sessionId: CONTROL });
  t.chrome({ id, result: { targetId: 'P' }, sessionId: CONTROL });
  autoAttach(t, owner, style);
  autoAttach(t, other, PAGE_STYLE);
  owner.heard();
  other.heard();
  t.sent();
  return { t, owner, other };
}

function autoAttach(t: Transcript, client: Client, filter: object | undefined) {
  const params = { autoAttach: true, waitForDebuggerOnStart: true, flatten: true, ...(filter && { filter }) };
  client.say({ id: 2, method: 'Target.setAutoAttach', params });
  const { id, sessionId } = t.one();
  t.chrome({ id, result: {}, sessionId });
}

const page = (targetId: string, openerId?: string) => ({
  targetId,
  type: 'page',
  url: '',
  ...(openerId && { openerId }),
});

/** A popup of P opens: the browser attaches everybody to it, and to its tab where that is asked for. */
function popup(t: Transcript, owner: 'page' | 'tab') {
  const tab = { targetId: 'TAB', type: 'tab', url: '', embedderData: {} };
  const attach = (sessionId: string, targetInfo: object, on: string) =>
    t.chrome({
      method: 'Target.attachedToTarget',
      params: { sessionId, targetInfo, waitingForDebugger: true },
      sessionId: on,
    });
  t.chrome({ method: 'Target.targetCreated', params: { targetInfo: tab }, sessionId: CONTROL });
  if (owner === 'tab') attach('OWN-TAB', tab, 'RO');
  t.chrome({ method: 'Target.targetCreated', params: { targetInfo: page('POP', 'P') }, sessionId: CONTROL });
  attach('FOREIGN', page('POP', 'P'), 'RX');
  attach('OWN', page('POP', 'P'), owner === 'tab' ? 'OWN-TAB' : 'RO');
}

const lines = (t: Transcript) =>
  t.sent().map(({ method, sessionId, params }) => [method, params?.sessionId ?? sessionId]);

test.each([
  ['page-style', PAGE_STYLE, 'page'],
  ['tab-style', TAB_STYLE, 'tab'],
] as const)('a %s owner’s popup is let run by nobody before its owner', (_, style, kind) => {
  const { t, owner, other } = cast(style);
  popup(t, kind);
  expect(t.sent()).toEqual([]);
  expect(other.heard()).toEqual([]);
  expect(owner.heard().map(({ params }) => params?.sessionId)).toEqual(
    kind === 'tab' ? ['OWN-TAB', 'OWN'] : ['OWN'],
  );
  if (kind === 'tab') {
    owner.say({ id: 3, method: 'Runtime.runIfWaitingForDebugger', sessionId: 'OWN-TAB' });
    expect(lines(t)).toEqual([['Runtime.runIfWaitingForDebugger', 'OWN-TAB']]);
  }
  owner.say({ id: 4, method: 'Runtime.runIfWaitingForDebugger', sessionId: 'OWN' });
  // The owner first, then every gate that is left.
  expect(lines(t)).toEqual([
    ['Runtime.runIfWaitingForDebugger', 'OWN'],
    ['Runtime.runIfWaitingForDebugger', 'FOREIGN'],
    ['Target.detachFromTarget', 'FOREIGN'],
  ]);
  expect(t.mux.waiting.holds).toBe(0);
});

test('a tab that a page-style owner does not attach to is let go at once', () => {
  const { t } = cast(PAGE_STYLE);
  t.chrome({
    method: 'Target.attachedToTarget',
    params: {
      sessionId: 'FOREIGN-TAB',
      targetInfo: { targetId: 'TAB', type: 'tab', url: '', embedderData: {} },
      waitingForDebugger: true,
    },
    sessionId: 'RX',
  });
  t.chrome({ method: 'Target.targetCreated', params: { targetInfo: page('POP', 'P') }, sessionId: CONTROL });
  expect(lines(t)).toEqual([
    ['Runtime.runIfWaitingForDebugger', 'FOREIGN-TAB'],
    ['Target.detachFromTarget', 'FOREIGN-TAB'],
  ]);
});

test('a popup of the person at the browser is let run at once', () => {
  const { t } = cast(PAGE_STYLE);
  t.chrome({ method: 'Target.targetCreated', params: { targetInfo: page('HUMAN') }, sessionId: CONTROL });
  for (const root of ['RO', 'RX']) {
    t.chrome({
      method: 'Target.attachedToTarget',
      params: { sessionId: `H-${root}`, targetInfo: page('HUMAN'), waitingForDebugger: true },
      sessionId: root,
    });
  }
  expect(lines(t).map(([method]) => method)).toEqual([
    'Runtime.runIfWaitingForDebugger',
    'Target.detachFromTarget',
    'Runtime.runIfWaitingForDebugger',
    'Target.detachFromTarget',
  ]);
});

test.each([
  [
    'detaches from it',
    (t: Transcript) =>
      t.chrome({ method: 'Target.detachedFromTarget', params: { sessionId: 'OWN' }, sessionId: 'RO' }),
  ],
  ['leaves', (_: Transcript, owner: Client) => owner.mux.leave()],
  [
    'takes 15 s',
    (t: Transcript) => {
      t.now = 14_999;
      t.mux.tick();
      expect(t.mux.waiting.holds).toBe(1);
      t.now = 15_000;
      t.mux.tick();
    },
  ],
])('it is let run when its owner %s', (_, act) => {
  const { t, owner } = cast(PAGE_STYLE);
  popup(t, 'page');
  act(t, owner);
  const sent = lines(t);
  expect(sent).toContainEqual(['Runtime.runIfWaitingForDebugger', 'FOREIGN']);
  expect(sent).toContainEqual(['Target.detachFromTarget', 'FOREIGN']);
  expect(t.mux.waiting.holds).toBe(0);
});

test('a leaving owner lets its paused popup run before its root goes', () => {
  const { t, owner } = cast(PAGE_STYLE);
  popup(t, 'page');
  owner.mux.leave();
  const sent = lines(t);
  const run = sent.findIndex(([method, id]) => method === 'Runtime.runIfWaitingForDebugger' && id === 'OWN');
  const detach = sent.findIndex(([method, id]) => method === 'Target.detachFromTarget' && id === 'RO');
  expect(run).toBeGreaterThanOrEqual(0);
  expect(detach).toBeGreaterThan(run);
});

test('what its owner has run already is not held', () => {
  const { t, owner } = cast(PAGE_STYLE);
  const attach = (sessionId: string, on: string) =>
    t.chrome({
      method: 'Target.attachedToTarget',
      params: { sessionId, targetInfo: page('POP', 'P'), waitingForDebugger: true },
      sessionId: on,
    });
  attach('OWN', 'RO');
  owner.say({ id: 4, method: 'Runtime.runIfWaitingForDebugger', sessionId: 'OWN' });
  t.sent();
  attach('FOREIGN', 'RX');
  expect(lines(t)).toEqual([
    ['Runtime.runIfWaitingForDebugger', 'FOREIGN'],
    ['Target.detachFromTarget', 'FOREIGN'],
  ]);
});

test('a session that is held and ends by itself is forgotten', () => {
  const { t, owner } = cast(PAGE_STYLE);
  popup(t, 'page');
  t.chrome({ method: 'Target.detachedFromTarget', params: { sessionId: 'FOREIGN' }, sessionId: 'RX' });
  expect(t.mux.waiting.holds).toBe(0);
  owner.say({ id: 4, method: 'Runtime.runIfWaitingForDebugger', sessionId: 'OWN' });
  expect(lines(t)).toEqual([['Runtime.runIfWaitingForDebugger', 'OWN']]);
});

test('a client without isolation sees the popup, and its run waits for the owner’s', () => {
  const { t, owner, other } = cast(PAGE_STYLE, 'none');
  popup(t, 'page');
  expect(other.heard()).toMatchObject([{ params: { sessionId: 'FOREIGN' } }]);
  other.say({ id: 9, method: 'Runtime.runIfWaitingForDebugger', sessionId: 'FOREIGN' });
  expect(t.sent()).toEqual([]);
  owner.say({ id: 4, method: 'Runtime.runIfWaitingForDebugger', sessionId: 'OWN' });
  expect(lines(t)).toEqual([
    ['Runtime.runIfWaitingForDebugger', 'OWN'],
    ['Runtime.runIfWaitingForDebugger', 'FOREIGN'],
  ]);
});
