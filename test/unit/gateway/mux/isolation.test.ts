import { describe, expect, test } from 'vitest';
import { type Client, CONTROL, DEFAULT_CONTEXT, Transcript } from './transcript.ts';

const info = (targetId: string, more: object = {}) => ({
  targetId,
  type: 'page',
  url: 'about:blank',
  ...more,
});

const created = (targetId: string, sessionId: string, more: object = {}) => ({
  method: 'Target.targetCreated',
  params: { targetInfo: info(targetId, more) },
  sessionId,
});

const attached = (
  targetId: string,
  sessionId: string,
  at: { on: string; waiting?: boolean } & Record<string, unknown>,
) => {
  const { on, waiting = false, ...more } = at;
  return {
    method: 'Target.attachedToTarget',
    params: { sessionId, targetInfo: info(targetId, more), waitingForDebugger: waiting },
    sessionId: on,
  };
};

/** Two clients in `tabs`, each with a page of its own: PA with the session SA, PB with SB. */
function two() {
  const t = new Transcript();
  const [wa, wb] = [t.workspace('tabs', true), t.workspace('tabs', true)];
  const [a, b] = [t.ready('RA', wa), t.ready('RB', wb)];
  for (const [client, page, root] of [
    [a, 'PA', 'RA'],
    [b, 'PB', 'RB'],
  ] as const) {
    client.say({ id: 1, method: 'Target.createTarget', params: { url: 'about:blank' } });
    const command = t.one();
    t.chrome(created(page, CONTROL));
    t.chrome({ id: command.id, result: { targetId: page }, sessionId: CONTROL });
    client.say({ id: 2, method: 'Target.attachToTarget', params: { targetId: page, flatten: true } });
    const attach = t.one();
    t.chrome(attached(page, `S${page}`, { on: root }));
    t.chrome({ id: attach.id, result: { sessionId: `S${page}` }, sessionId: root });
  }
  a.heard();
  b.heard();
  t.sent();
  return { t, a, b, wa, wb };
}

/** The answer to one command; fails where the browser was asked. */
function refused(t: Transcript, client: Client, command: object) {
  client.say({ id: 99, ...command });
  expect(t.sent()).toEqual([]);
  const [answer] = client.heard();
  return answer?.error;
}

/** What the browser is sent for one command. */
function forwarded(t: Transcript, client: Client, command: object) {
  client.say({ id: 99, ...command });
  const { id: _, ...rest } = t.one();
  return rest;
}

describe('a target of somebody else', () => {
  const NOT_FOUND = { code: -32602, message: 'No target with given id found' };

  test.each(['Target.attachToTarget', 'Target.closeTarget', 'Target.activateTarget', 'Target.getTargetInfo'])(
    '%s: does not exist, on the root as on a page',
    (method) => {
      const { t, a } = two();
      for (const sessionId of [undefined, 'SPA']) {
        expect(refused(t, a, { method, params: { targetId: 'PB' }, sessionId })).toEqual(NOT_FOUND);
        expect(forwarded(t, a, { method, params: { targetId: 'PA' }, sessionId })).toMatchObject({ method });
      }
    },
  );

  test('has no window, and windows that nobody told of do not exist', () => {
    const { t, a, b } = two();
    const method = 'Browser.getWindowForTarget';
    expect(refused(t, a, { method, params: { targetId: 'PB' } })).toEqual({
      code: -32000,
      message: 'No target with given id',
    });
    a.say({ id: 5, method, params: { targetId: 'PA' } });
    t.chrome({ id: t.one().id, result: { windowId: 7, bounds: {} }, sessionId: 'RA' });
    a.heard();
    const minimise = { method: 'Browser.setWindowBounds', params: { windowId: 7, bounds: {} } };
    expect(forwarded(t, a, minimise)).toMatchObject(minimise);
    expect(refused(t, b, minimise)).toEqual({ code: -32000, message: 'Browser window not found' });
  });

  test('is in no list', () => {
    const { t, a } = two();
    a.say({ id: 5, method: 'Target.getTargets', sessionId: 'SPA' });
    const targetInfos = [info('PA'), info('PB'), info('HUMAN'), info('X', { type: 'browser' })];
    t.chrome({ id: t.one().id, result: { targetInfos }, sessionId: 'SPA' });
    expect(a.heard()).toMatchObject([
      { id: 5, result: { targetInfos: [{ targetId: 'PA' }] }, sessionId: 'SPA' },
    ]);
  });

  test('is never told of: not its coming, nor its changes, nor its end', () => {
    const { t, a } = two();
    a.say({ id: 3, method: 'Target.setDiscoverTargets', params: { discover: true } });
    t.chrome(created('PA', 'RA'));
    t.chrome(created('PB', 'RA'));
    t.chrome({ ...created('PB', 'RA'), method: 'Target.targetInfoChanged' });
    t.chrome({ method: 'Target.targetCrashed', params: { targetId: 'PB' }, sessionId: 'RA' });
    t.chrome({ method: 'Target.targetDestroyed', params: { targetId: 'PB' }, sessionId: 'RA' });
    t.chrome({ method: 'Target.targetDestroyed', params: { targetId: 'PA' }, sessionId: 'RA' });
    expect(a.heard().map(({ method, params }) => [method, params?.targetId])).toEqual([
      ['Target.targetCreated', undefined],
      ['Target.targetDestroyed', 'PA'],
    ]);
  });

  test('another client’s root is one too, and its own is not', () => {
    const t = new Transcript();
    const roots = ['RA', 'RB'].map((id) => {
      const client = t.join({ kind: 'browser' }, t.workspace('tabs', true));
      client.mux.start();
      const { id: asked } = t.one();
      t.chrome({
        method: 'Target.attachedToTarget',
        params: { sessionId: id, targetInfo: { targetId: `B-${id}`, type: 'browser', url: '' } },
      });
      t.chrome({ id: asked, result: { sessionId: id } });
      return client;
    });
    const [a] = roots as [Client, Client];
    a.say({ id: 1, method: 'Target.setDiscoverTargets', params: { discover: true, filter: [{}] } });
    t.sent();
    t.chrome(created('B-RB', 'RA', { type: 'browser' }));
    t.chrome(created('B-RA', 'RA', { type: 'browser' }));
    expect(a.heard()).toMatchObject([{ params: { targetInfo: { targetId: 'B-RA' } } }]);
    const attach = { method: 'Target.attachToTarget', params: { targetId: 'B-RB' } };
    expect(refused(t, a, attach)).toMatchObject({ message: 'No target with given id found' });
  });
});

test('a service worker of an origin is seen by all with a page there, and closed by none', () => {
  const { t, a } = two();
  t.chrome({ ...created('PA', CONTROL, { url: 'https://a.test/' }), method: 'Target.targetInfoChanged' });
  t.chrome(created('SW', CONTROL, { type: 'service_worker', url: 'https://a.test/sw.js' }));
  const params = { targetId: 'SW', flatten: true };
  expect(forwarded(t, a, { method: 'Target.attachToTarget', params })).toMatchObject({ params });
  expect(refused(t, a, { method: 'Target.closeTarget', params: { targetId: 'SW' } })).toEqual({
    code: -32602,
    message: "Specified target doesn't support closing",
  });
});

describe('a new page', () => {
  test('gets a background window of its own, whoever asks and on whichever session', () => {
    const { t, a } = two();
    for (const sessionId of [undefined, 'SPA']) {
      const params = { url: 'https://x.test/', newWindow: false, background: false, focus: true };
      expect(forwarded(t, a, { method: 'Target.createTarget', params, sessionId })).toEqual({
        method: 'Target.createTarget',
        params: { url: 'https://x.test/', newWindow: true, background: true, focus: false },
        sessionId: CONTROL,
      });
    }
  });

  test('is told of before the answer, in Chrome’s order, once it is known whose it is', () => {
    const { t, a, b } = two();
    for (const client of [a, b])
      client.say({ id: 3, method: 'Target.setDiscoverTargets', params: { discover: true } });
    a.say({ id: 4, method: 'Target.createTarget', params: { url: 'about:blank' } });
    b.say({ id: 4, method: 'Target.createTarget', params: { url: 'about:blank' } });
    const [forA, forB] = t.sent().filter(({ method }) => method === 'Target.createTarget');
    for (const page of ['P1', 'P2']) {
      for (const root of [CONTROL, 'RA', 'RB']) t.chrome(created(page, root));
      for (const root of ['RA', 'RB']) t.chrome(attached(page, `${page}-${root}`, { on: root }));
    }
    expect([a.heard(), b.heard()]).toEqual([[], []]);
    // The answers come in another order than the pages.
    t.chrome({ id: forB?.id, result: { targetId: 'P1' }, sessionId: CONTROL });
    expect(b.heard()).toMatchObject([
      { method: 'Target.targetCreated', params: { targetInfo: { targetId: 'P1' } } },
      { method: 'Target.attachedToTarget', params: { sessionId: 'P1-RB' } },
      { id: 4, result: { targetId: 'P1' } },
    ]);
    expect(a.heard()).toEqual([]);
    t.chrome({ id: forA?.id, result: { targetId: 'P2' }, sessionId: CONTROL });
    expect(a.heard()).toMatchObject([
      { method: 'Target.targetCreated', params: { targetInfo: { targetId: 'P2' } } },
      { method: 'Target.attachedToTarget', params: { sessionId: 'P2-RA' } },
      { id: 4, result: { targetId: 'P2' } },
    ]);
    expect(b.heard()).toEqual([]);
    // Chrome attached each of them to both: the foreign sessions are let go.
    const detached = t.sent().map(({ method, params }) => [method, params?.sessionId]);
    expect(detached).toEqual([
      ['Target.detachFromTarget', 'P1-RA'],
      ['Target.detachFromTarget', 'P2-RB'],
    ]);
    expect(t.mux.waiting).toEqual({ holds: 0, parked: 0 });
  });

  test('asked for by a client that leaves before the answer is closed when the answer comes', () => {
    const t = new Transcript();
    const a = t.ready('RA', t.workspace('tabs'));
    a.say({ id: 1, method: 'Target.createTarget', params: { url: 'about:blank' } });
    const command = t.one();
    a.mux.leave();
    expect(t.sent().map(({ method }) => method)).toEqual(['Target.detachFromTarget']);
    t.chrome(created('P', CONTROL));
    t.chrome({ id: command.id, result: { targetId: 'P' }, sessionId: CONTROL });
    expect(t.one()).toMatchObject({ method: 'Target.closeTarget', params: { targetId: 'P' } });
    expect(a.heard()).toEqual([]);
  });
});

describe('a session on somebody else’s target', () => {
  test('is not the client’s to use, and its end is not told', () => {
    const { t, a } = two();
    t.chrome(attached('PB', 'STOLEN', { on: 'RA' }));
    expect(a.heard()).toEqual([]);
    t.sent();
    a.say({ id: 9, method: 'Runtime.evaluate', sessionId: 'STOLEN' });
    expect(a.heard()).toEqual([
      { id: 9, error: { code: -32001, message: 'Session with given id not found.' } },
    ]);
    t.chrome({ method: 'Runtime.consoleAPICalled', params: {}, sessionId: 'STOLEN' });
    t.chrome({ method: 'Target.detachedFromTarget', params: { sessionId: 'STOLEN' }, sessionId: 'RA' });
    expect(a.heard()).toEqual([]);
    // Two roots and two pages.
    expect(t.mux.held.sessions).toBe(4);
  });
});

describe('browser contexts', () => {
  /** A client with a context of its own, HOME, and one that it made, MADE. */
  function withContexts(isolation: 'tabs' | 'context') {
    const t = new Transcript();
    const workspace = t.workspace(isolation, true);
    if (isolation === 'context') {
      workspace.home = 'HOME';
      t.mux.targets.addContext('HOME', workspace);
    }
    const client = t.ready('R', workspace);
    client.say({ id: 1, method: 'Target.createBrowserContext', params: {} });
    const { id, sessionId } = t.one();
    t.chrome({ id, result: { browserContextId: 'MADE' }, sessionId });
    t.mux.targets.addContext('FOREIGN', t.workspace('context', true));
    t.chrome(created('P', CONTROL, { browserContextId: 'MADE' }));
    t.chrome(attached('P', 'S', { on: 'R', browserContextId: 'MADE' }));
    client.heard();
    return { t, client };
  }

  test('where none is named a page is made at home', () => {
    const { t, client } = withContexts('context');
    const make = { method: 'Target.createTarget', params: { url: 'x:' } };
    expect(forwarded(t, client, make)).toMatchObject({ params: { browserContextId: 'HOME' } });
  });

  test('one that the client made is used as it says; another’s cannot be found', () => {
    for (const isolation of ['tabs', 'context'] as const) {
      const { t, client } = withContexts(isolation);
      const make = (browserContextId: string) => ({
        method: 'Target.createTarget',
        params: { url: 'x:', browserContextId },
      });
      expect(forwarded(t, client, make('MADE'))).toMatchObject({ params: { browserContextId: 'MADE' } });
      expect(refused(t, client, make('FOREIGN'))).toEqual({
        code: -32000,
        message: 'Failed to find browser context with id FOREIGN',
      });
      const cookies = { method: 'Storage.getCookies', params: { browserContextId: 'FOREIGN' } };
      expect(refused(t, client, cookies)).toEqual({
        code: -32602,
        message: 'Failed to find browser context for id FOREIGN',
      });
    }
  });

  test('the default context is everybody’s in tabs, and nobody’s in context', () => {
    const params = { url: 'x:', browserContextId: DEFAULT_CONTEXT };
    const make = { method: 'Target.createTarget', params };
    const inTabs = withContexts('tabs');
    expect(forwarded(inTabs.t, inTabs.client, make)).toMatchObject({ params });
    const inContext = withContexts('context');
    expect(refused(inContext.t, inContext.client, make)?.message).toMatch(/^Failed to find/);
  });

  test('commands for a context that come on a page’s session go to the root', () => {
    const { t, client } = withContexts('context');
    expect(forwarded(t, client, { method: 'Storage.getCookies', params: {}, sessionId: 'S' })).toEqual({
      method: 'Storage.getCookies',
      params: { browserContextId: 'HOME' },
      sessionId: 'R',
    });
    client.say({ id: 8, method: 'Storage.clearCookies', sessionId: 'S' });
    t.chrome({ id: t.one().id, result: {}, sessionId: 'R' });
    expect(client.heard()).toEqual([{ id: 8, result: {}, sessionId: 'S' }]);
  });

  test('the list has those that the client made, and its home is the default', () => {
    const { t, client } = withContexts('context');
    client.say({ id: 7, method: 'Target.getBrowserContexts' });
    const result = {
      browserContextIds: ['FOREIGN', 'HOME', 'MADE'],
      defaultBrowserContextId: DEFAULT_CONTEXT,
    };
    t.chrome({ id: t.one().id, result, sessionId: 'R' });
    expect(client.heard()).toEqual([
      { id: 7, result: { browserContextIds: ['MADE'], defaultBrowserContextId: 'HOME' } },
    ]);
  });

  test('only what the client made can be disposed', () => {
    const { t, client } = withContexts('context');
    const dispose = (browserContextId: string) => ({
      method: 'Target.disposeBrowserContext',
      params: { browserContextId },
    });
    expect(refused(t, client, dispose('HOME'))).toEqual({
      code: -32000,
      message: 'Cannot dispose default browser context.',
    });
    expect(refused(t, client, dispose('FOREIGN'))).toEqual({
      code: -32000,
      message: 'Failed to find context with id FOREIGN',
    });
    expect(forwarded(t, client, dispose('MADE'))).toMatchObject(dispose('MADE'));
  });
});

describe('a world', () => {
  test('is made once, before the first command that could show it, and everything waits in order', () => {
    const t = new Transcript();
    const workspace = t.workspace('context', true);
    workspace.world = 'unmade';
    const [a, b] = [t.ready('RA', workspace), t.ready('RB', workspace)];
    expect(forwarded(t, a, { method: 'Browser.getVersion' })).toMatchObject({ sessionId: 'RA' });
    a.say({ id: 1, method: 'Target.getTargets' });
    a.say({ id: 2, method: 'Browser.getVersion' });
    b.say({ id: 1, method: 'Target.getTargets' });
    const context = t.one();
    expect(context).toMatchObject({ method: 'Target.createBrowserContext', params: {}, sessionId: CONTROL });
    t.chrome({ id: context.id, result: { browserContextId: 'C' }, sessionId: CONTROL });
    const tab = t.one();
    expect(tab).toMatchObject({
      method: 'Target.createTarget',
      params: { browserContextId: 'C', newWindow: true, background: true },
    });
    t.chrome({ id: tab.id, result: { targetId: 'P' }, sessionId: CONTROL });
    expect(t.sent().map(({ method, sessionId }) => [method, sessionId])).toEqual([
      ['Target.getTargets', 'RA'],
      ['Browser.getVersion', 'RA'],
      ['Target.getTargets', 'RB'],
    ]);
  });

  test('that cannot be made is an answer, and the next command tries again', () => {
    const t = new Transcript();
    const workspace = t.workspace('context');
    workspace.world = 'unmade';
    const a = t.ready('RA', workspace);
    a.say({ id: 1, method: 'Target.getTargets' });
    const error = { code: -32000, message: 'Failed to create browser context.' };
    t.chrome({ id: t.one().id, error, sessionId: CONTROL });
    expect(a.heard()).toEqual([{ id: 1, error }]);
    a.say({ id: 2, method: 'Target.getTargets' });
    expect(t.one()).toMatchObject({
      method: 'Target.createBrowserContext',
      params: { disposeOnDetach: true },
    });
  });

  test('is seeded with the cookies of its sites and no others', () => {
    const t = new Transcript();
    const workspace = t.workspace('context', true, ['example.com']);
    workspace.world = 'unmade';
    t.ready('R', workspace).say({ id: 1, method: 'Target.getTargets' });
    t.chrome({ id: t.one().id, result: { browserContextId: 'C' }, sessionId: CONTROL });
    const read = t.one();
    expect(read).toMatchObject({ method: 'Storage.getCookies', params: {} });
    const [own, sub, other] = ['.example.com', 'www.example.com', 'badexample.com'].map((domain) => ({
      domain,
    }));
    t.chrome({ id: read.id, result: { cookies: [own, sub, other] }, sessionId: CONTROL });
    expect(t.one()).toMatchObject({
      method: 'Storage.setCookies',
      params: { browserContextId: 'C', cookies: [own, sub] },
    });
  });
});

describe('messages wrapped in text', () => {
  test('are unwrapped, judged by every rule, and answered wrapped', () => {
    const { t, a } = two();
    a.say({ id: 3, method: 'Target.attachToTarget', params: { targetId: 'PA' } });
    const attach = t.one();
    expect(attach.params).toEqual({ targetId: 'PA', flatten: true });
    t.chrome(attached('PA', 'OLD', { on: 'RA' }));
    t.chrome({ id: attach.id, result: { sessionId: 'OLD' }, sessionId: 'RA' });
    a.heard();
    const say = (message: object) =>
      a.say({
        id: 4,
        method: 'Target.sendMessageToTarget',
        params: { sessionId: 'OLD', message: JSON.stringify(message) },
      });
    say({ id: 1, method: 'Target.closeTarget', params: { targetId: 'PB' } });
    expect(t.sent()).toEqual([]);
    const heard = a.heard();
    expect(heard[0]).toEqual({ id: 4, result: {} });
    expect(JSON.parse(String(heard[1]?.params?.message))).toEqual({
      id: 1,
      error: { code: -32602, message: 'No target with given id found' },
    });
    say({ id: 2, method: 'Runtime.evaluate', params: { expression: '1' } });
    const evaluate = t.one();
    expect(evaluate).toMatchObject({ method: 'Runtime.evaluate', sessionId: 'OLD' });
    t.chrome({ id: evaluate.id, result: { value: 1 }, sessionId: 'OLD' });
    t.chrome({ method: 'Runtime.consoleAPICalled', params: {}, sessionId: 'OLD' });
    const [, answer, event] = a.heard();
    expect(answer).toMatchObject({
      method: 'Target.receivedMessageFromTarget',
      params: { sessionId: 'OLD', targetId: 'PA' },
    });
    expect(JSON.parse(String(answer?.params?.message))).toEqual({ id: 2, result: { value: 1 } });
    expect(JSON.parse(String(event?.params?.message))).toEqual({
      method: 'Runtime.consoleAPICalled',
      params: {},
    });
    // Such a session is not spoken to in any other way.
    a.say({ id: 5, method: 'Runtime.enable', sessionId: 'OLD' });
    expect(a.heard()).toMatchObject([{ id: 5, error: { code: -32001 } }]);
  });

  test('to nobody are answered as Chrome does', () => {
    const { t, a } = two();
    const to = (params: object) =>
      refused(t, a, {
        method: 'Target.sendMessageToTarget',
        params: { message: '{"id":1,"method":"A.a"}', ...params },
      });
    expect(to({ sessionId: 'SPA' })).toEqual({ code: -32602, message: 'No session with given id' });
    expect(to({ targetId: 'PB' })).toEqual({ code: -32602, message: 'No session for given target id' });
    expect(to({})).toEqual({ code: -32602, message: 'Session id must be specified' });
  });
});

describe('what counts for the whole browser', () => {
  test('certificate errors are ignored on each page of the client, those to come too', () => {
    const { t, a } = two();
    a.say({ id: 3, method: 'Security.setIgnoreCertificateErrors', params: { ignore: true } });
    expect(t.one()).toMatchObject({ method: 'Security.setIgnoreCertificateErrors', sessionId: 'SPA' });
    expect(a.heard()).toEqual([{ id: 3, result: {} }]);
    t.chrome(created('POPUP', CONTROL, { openerId: 'PA' }));
    t.chrome(attached('POPUP', 'SP', { on: 'RA' }));
    expect(t.one()).toMatchObject({
      method: 'Security.setIgnoreCertificateErrors',
      params: { ignore: true },
      sessionId: 'SP',
    });
  });

  test('interception on the root would pause everybody, and is refused in words', () => {
    const { t, a } = two();
    expect(refused(t, a, { method: 'Fetch.enable' })?.message).toMatch(/^cdp-hub: Fetch.enable is refused: /);
    expect(forwarded(t, a, { method: 'Fetch.enable', sessionId: 'SPA' })).toMatchObject({ sessionId: 'SPA' });
  });
});

describe('what a client cannot do to all the others', () => {
  const autoAttach = (filter: unknown) => ({
    method: 'Target.setAutoAttach',
    params: { autoAttach: true, waitForDebuggerOnStart: true, flatten: true, filter },
  });

  test('a filter that Chrome refuses is never asked, whatever is sent behind it', () => {
    const { t, a, b } = two();
    a.say({ id: 1, ...autoAttach([null]) });
    a.say({ id: 2, ...autoAttach([null, 7]) });
    b.say({ id: 1, ...autoAttach(undefined) });
    const sent = t.sent();
    for (const { id } of sent.slice(0, 2)) {
      t.chrome({ id, error: { code: -32602, message: 'Invalid parameters' }, sessionId: 'RA' });
    }
    t.chrome(created('POPUP', CONTROL, { openerId: 'PA' }));
    t.chrome(attached('POPUP', 'SX', { on: 'RB', waiting: true }));
    expect(t.sent().map(({ method }) => method)).toEqual([
      'Runtime.runIfWaitingForDebugger',
      'Target.detachFromTarget',
    ]);
  });

  test('sessions are wrapped in one another four deep at most', () => {
    const { t, a } = two();
    let on = 'RA';
    let say = (frame: object) => a.say(frame);
    for (let depth = 1; depth <= 5; depth += 1) {
      say({ id: depth, method: 'Target.attachToTarget', params: { targetId: 'PA' } });
      if (depth === 5) break;
      const { id } = t.one();
      t.chrome(attached('PA', `W${depth}`, { on }));
      t.chrome({ id, result: { sessionId: `W${depth}` }, sessionId: on });
      const [outer, sessionId] = [say, `W${depth}`];
      say = (frame) =>
        outer({
          id: 9,
          method: 'Target.sendMessageToTarget',
          params: { sessionId, message: JSON.stringify(frame) },
        });
      on = sessionId;
    }
    expect(t.sent()).toEqual([]);
    expect(JSON.stringify(a.heard().at(-1))).toContain('sessions are wrapped 4 deep');
  });

  test('the browser’s own pages that act on all tabs are not opened', () => {
    const { t, a } = two();
    for (const url of [
      'chrome://inspect/#pages',
      'about:inspect',
      'chrome://settings',
      'view-source:chrome://history',
    ]) {
      for (const command of [
        { method: 'Page.navigate', params: { url }, sessionId: 'SPA' },
        { method: 'Target.createTarget', params: { url } },
      ]) {
        expect(refused(t, a, command)?.message).toMatch(
          /^cdp-hub: chrome:\/\/\w+ is refused in an isolated workspace/,
        );
      }
    }
    for (const url of [
      'chrome://version',
      'chrome://terms',
      'about:blank',
      'https://chrome.test/',
      'chrome://crash',
    ]) {
      expect(forwarded(t, a, { method: 'Page.navigate', params: { url }, sessionId: 'SPA' })).toMatchObject({
        params: { url },
      });
    }
  });

  test('a worker that others wait for too is kept for 3 s at most', () => {
    const { t, a } = two();
    t.chrome({ ...created('PA', CONTROL, { url: 'https://a.test/' }), method: 'Target.targetInfoChanged' });
    const worker = { type: 'service_worker', url: 'https://a.test/sw.js' };
    t.chrome(created('SW', CONTROL, worker));
    t.chrome(attached('SW', 'SSW', { on: 'RA', waiting: true, ...worker }));
    expect(a.heard()).toMatchObject([{ method: 'Target.attachedToTarget' }]);
    t.now = 2999;
    t.mux.tick();
    expect(t.sent()).toEqual([]);
    t.now = 3000;
    t.mux.tick();
    expect(t.one()).toMatchObject({ method: 'Runtime.runIfWaitingForDebugger', sessionId: 'SSW' });
  });

  test('a client has 32 roots at most', () => {
    const { t, a } = two();
    for (let n = 1; n < 32; n += 1) {
      a.say({ id: n, method: 'Target.attachToBrowserTarget' });
      t.chrome(attached(`B${n}`, `R${n}`, { on: 'RA', type: 'browser' }));
      t.chrome({ id: t.one().id, result: { sessionId: `R${n}` }, sessionId: 'RA' });
    }
    a.heard();
    expect(refused(t, a, { method: 'Target.attachToBrowserTarget' })?.message).toMatch(/32 roots already$/);
  });
});
