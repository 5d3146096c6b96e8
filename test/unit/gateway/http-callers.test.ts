import { describe, expect, test } from 'vitest';
import type { WorkspaceCall } from '../../../src/gateway/contract/workspace-call.ts';
import type { HttpCaller } from '../../../src/gateway/http-caller.ts';
import { Workspace } from '../../../src/gateway/isolation/workspace.ts';
import type { Isolation } from '../../../src/shared/isolation.ts';
import { hubOn, WrittenBrowser } from './written-browser.ts';

const MINUTE = 60_000;

function call(method: string, on: WorkspaceCall['on'] = { kind: 'tab' }): WorkspaceCall {
  return { method, params: undefined, on, bytes: 1 };
}

function setUp() {
  const browser = new WrittenBrowser();
  const hub = hubOn(browser);
  const workspace = (name: string, isolation: Isolation | null = null): Workspace => {
    const found = hub.workspaces.named(name, { isolation, seed: [] });
    if (!(found instanceof Workspace)) throw new Error(found.message);
    return found;
  };
  const caller = (name: string, isolation: Isolation | null = null): HttpCaller => {
    const got = hub.callers.get(workspace(name, isolation));
    if ('status' in got) throw new Error(got.message);
    return got;
  };
  /** The targets that the browser was sent this method on, in order. */
  const sentTo = (method: string) =>
    browser.sent(method).map(({ sessionId = '' }) => sessionId.slice(sessionId.indexOf('-') + 1));
  return { browser, ...hub, workspace, caller, sentTo };
}

describe('the tab of a caller', () => {
  test('is made at the first command that needs one, in a background window of its own, and kept', async () => {
    const { browser, recorder, caller, sentTo } = setUp();
    await caller('alice').execute(call('Browser.getVersion', { kind: 'browser' }));
    expect(browser.pages).toEqual([]);
    await Promise.all([caller('alice').execute(call('Page.a')), caller('alice').execute(call('Page.b'))]);
    expect(browser.sent('Target.createTarget').map(({ params }) => params)).toEqual([
      { url: 'about:blank', newWindow: true, background: true },
    ]);
    expect([sentTo('Page.a'), sentTo('Page.b')]).toEqual([browser.pages, browser.pages]);
    const pages = browser.commands.map(({ method }) => method).filter((method) => method.startsWith('Page.'));
    expect(pages).toEqual(['Page.a', 'Page.b']);
    // What the hub does for the caller is not counted as the caller's.
    expect(recorder.totals.requests).toBe(3);
  });

  test('is the first page of its workspace, where another client has made one', async () => {
    const { browser, mux, workspace, caller, sentTo } = setUp();
    browser.open('HUMAN');
    await mux.prepare(workspace('alice'));
    const [, first] = browser.pages;
    await caller('alice').execute(call('Target.createTarget', { kind: 'browser' }));
    await caller('alice').execute(call('Page.a'));
    expect(browser.pages).toHaveLength(3);
    expect(sentTo('Page.a')).toEqual([first]);
  });

  test('is made where all pages of the workspace were closed', async () => {
    const { browser, mux, workspace, caller, sentTo } = setUp();
    await mux.prepare(workspace('alice'));
    for (const page of browser.pages) browser.close(page);
    await caller('alice').execute(call('Page.a'));
    expect(browser.pages).toHaveLength(1);
    expect(sentTo('Page.a')).toEqual(browser.pages);
  });

  test('is its own without isolation, where the first page is somebody else’s, and goes with it', async () => {
    const { browser, caller, sentTo, registry } = setUp();
    browser.open('HUMAN');
    await caller('open', 'none').execute(call('Page.a'));
    expect(browser.pages).toHaveLength(2);
    expect(sentTo('Page.a')).toEqual([browser.pages[1]]);
    registry.all()[0]?.end({ code: 1008, reason: 'cdp-hub: ended' });
    expect(browser.pages).toEqual(['HUMAN']);
  });

  test('is replaced when it was closed', async () => {
    const { browser, caller, sentTo } = setUp();
    await caller('alice').execute(call('Page.a'));
    for (const page of browser.pages) browser.close(page);
    await caller('alice').execute(call('Page.b'));
    expect(sentTo('Page.b')).toEqual(browser.pages);
    expect(sentTo('Page.b')).not.toEqual(sentTo('Page.a'));
  });

  test('is closed and replaced when it crashed, also while the browser is still closing it', async () => {
    const { browser, caller, sentTo } = setUp();
    await caller('alice').execute(call('Page.a'));
    const [crashed = ''] = browser.pages;
    const [{ sessionId = '' } = {}] = browser.sent('Page.a');
    browser.silent.add('Target.closeTarget');
    browser.event('Inspector.targetCrashed', {}, sessionId);
    await caller('alice').execute(call('Page.b'));
    expect(browser.sent('Target.closeTarget').map(({ params }) => params)).toEqual([{ targetId: crashed }]);
    expect(sentTo('Page.b')).toHaveLength(1);
    expect(sentTo('Page.b')).not.toEqual([crashed]);
  });

  test('is another one in the next browser', async () => {
    const { browser, mux, workspaces, caller, sentTo } = setUp();
    await caller('alice').execute(call('Page.a'));
    workspaces.forget();
    mux.lost('cdp-hub: the browser is gone');
    const down = await caller('alice').execute(call('Page.b'));
    expect(down.error?.message).toContain('the browser is gone');
    browser.targets.clear();
    browser.connect(mux);
    await caller('alice').execute(call('Page.c'));
    expect(sentTo('Page.c')).toEqual(browser.pages);
  });

  test('is not there for a named target of another workspace, which does not exist', async () => {
    const { browser, caller } = setUp();
    browser.open('HUMAN');
    const answer = await caller('alice').execute(call('Page.a', { kind: 'target', id: 'HUMAN' }));
    expect(answer.error).toEqual({ code: -32602, message: 'No target with given id found' });
    expect(browser.sent('Page.a')).toEqual([]);
  });
});

describe('callers', () => {
  test('of the workspace default are the client http, each other name is a client of that name', () => {
    const { caller, registry } = setUp();
    expect(caller('default')).toBe(caller('default'));
    expect(caller('alice')).not.toBe(caller('default'));
    expect(registry.all().map(({ identity }) => identity)).toEqual([
      { id: 'http', kind: 'http', name: 'http', workspace: 'default', isolation: 'tabs' },
      {
        id: expect.stringMatching(/^http-[0-9a-f]{32}$/),
        kind: 'http',
        name: 'alice',
        workspace: 'alice',
        isolation: 'tabs',
      },
    ]);
  });

  test('that nobody calls for 30 minutes end, and their workspaces with them', async () => {
    const { browser, time, caller, callers, workspaces, registry } = setUp();
    await caller('idle').execute(call('Page.a'));
    await caller('used').execute(call('Page.a'));
    const expire = (now: number) => {
      time.now = now;
      callers.expire();
      workspaces.expire();
      return registry.all().map(({ identity }) => identity.name);
    };
    expect(expire(30 * MINUTE - 1)).toEqual(['idle', 'used']);
    await caller('used').execute(call('Page.b'));
    expect(expire(30 * MINUTE)).toEqual(['used']);
    // The connection-less client left just now: its tab is kept a little longer, as for any client.
    expect(expire(30 * MINUTE + 30_000)).toEqual(['used']);
    expect(browser.pages).toHaveLength(1);
    registry.all()[0]?.end({ code: 1008, reason: 'cdp-hub: ended by the person who runs the hub' });
    expect(registry.size).toBe(0);
  });

  test('are not kept by a call that is never answered', async () => {
    const { browser, time, caller, callers, registry } = setUp();
    browser.silent.add('Hold.it');
    const held = caller('alice').execute(call('Hold.it'));
    await expect.poll(() => browser.sent('Hold.it').length).toBe(1);
    time.now = 30 * MINUTE - 1;
    callers.expire();
    expect(registry.size).toBe(1);
    time.now = 30 * MINUTE;
    callers.expire();
    expect(registry.size).toBe(0);
    expect((await held).error?.message).toBe('cdp-hub: it was idle for 30 minutes');
  });

  test('have 256 calls in flight at most, and those that are too many do not keep them', async () => {
    const { browser, time, caller, callers, registry } = setUp();
    browser.silent.add('Hold.it');
    const held = Array.from({ length: 256 }, () => caller('alice').execute(call('Hold.it')));
    await expect.poll(() => registry.all()[0]?.mux.inFlight).toBe(256);
    time.now = 1;
    expect(await caller('alice').execute(call('Page.a'))).toMatchObject({
      error: {
        code: -32000,
        message: 'cdp-hub: 256 calls of this caller are in flight; wait for some of them',
      },
    });
    expect(browser.sent('Page.a')).toEqual([]);
    expect((await caller('bob').execute(call('Page.a'))).error).toBeUndefined();
    time.now = 30 * MINUTE;
    callers.expire();
    expect(registry.all().map(({ identity }) => identity.name)).toEqual(['bob']);
    for (const call of held) expect((await call).error?.message).toBe('cdp-hub: it was idle for 30 minutes');
    expect((await caller('alice').execute(call('Page.a'))).error).toBeUndefined();
  });

  test('with an answer may call again', async () => {
    const { browser, caller, registry } = setUp();
    const alice = caller('alice');
    for (let n = 0; n < 300; n += 1) await alice.execute(call('Page.a'));
    expect(browser.sent('Page.a')).toHaveLength(300);
    expect(registry.size).toBe(1);
  });

  test('that close their browser end with their tab, and the next call starts afresh', async () => {
    const { browser, caller, registry } = setUp();
    await caller('alice').execute(call('Page.a'));
    const old = browser.pages;
    const answer = await caller('alice').execute(call('Browser.close', { kind: 'browser' }));
    expect(answer.result).toEqual({});
    expect([registry.size, browser.pages]).toEqual([0, []]);
    await caller('alice').execute(call('Page.b'));
    expect(browser.pages).not.toEqual(old);
  });

  test('that cannot have a root session leave the tabs alone', async () => {
    const { browser, mux, workspace, caller } = setUp();
    await mux.prepare(workspace('alice'));
    const first = caller('alice');
    await first.execute(call('Page.a'));
    const { root } = first.client.mux;
    browser.detachRoot(root?.id ?? '');
    expect(browser.pages).toHaveLength(1);
    expect(caller('alice')).not.toBe(first);
  });

  test('send nothing later that nobody waited for, which was on its way when they were paused', async () => {
    const { browser, time, mux, caller } = setUp();
    browser.silent.add('Hold.it');
    const alice = caller('alice');
    await alice.execute(call('Page.a'));
    const busy = Array.from({ length: 64 }, () => alice.execute(call('Hold.it')));
    const givenUp = new AbortController();
    const late = alice.execute({ ...call('Page.tooLate'), signal: givenUp.signal });
    await expect.poll(() => alice.client.mux.inFlight).toBe(65);
    alice.client.mux.pause.begin();
    givenUp.abort();
    expect((await late).error?.message).toContain('it was not sent');
    time.now = 1000;
    mux.tick();
    alice.client.mux.pause.end();
    await alice.execute(call('Page.inTime'));
    expect([browser.sent('Page.tooLate'), browser.sent('Page.inTime').length]).toEqual([[], 1]);
    alice.end('the test is over');
    await Promise.all(busy);
  });
});
