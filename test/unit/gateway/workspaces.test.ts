import { describe, expect, test } from 'vitest';
import { Guests } from '../../../src/gateway/guests.ts';
import { Workspace } from '../../../src/gateway/isolation/workspace.ts';
import type { Mux } from '../../../src/gateway/mux/mux.ts';
import { Passes } from '../../../src/gateway/passes.ts';
import type { Refusal } from '../../../src/shared/refusal.ts';
import { hubOn, WrittenBrowser } from './written-browser.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const ANY = { isolation: null, seed: [] };

function made(workspace: Workspace | Refusal): Workspace {
  if (workspace instanceof Workspace) return workspace;
  throw new Error(workspace.message);
}

/** A client with a socket, as far as a workspace sees of it. */
function join(mux: Mux, workspace: Workspace) {
  const { name, isolation } = workspace;
  const identity = { id: `of ${name}`, kind: 'cdp' as const, name, workspace: name, isolation };
  const sink = { deliver: () => {}, close: () => {}, lost: () => {} };
  return mux.join({ identity, workspace, face: { kind: 'browser' }, sink });
}

describe('a name', () => {
  test('is one workspace for all who give it, made at its first mention', () => {
    const { workspaces } = hubOn(new WrittenBrowser());
    const alice = made(workspaces.named('alice', ANY));
    expect(alice).toMatchObject({ name: 'alice', named: true, isolation: 'tabs', seed: [], world: 'unmade' });
    expect(workspaces.named('alice', ANY)).toBe(alice);
    expect(workspaces.named('bob', ANY)).not.toBe(alice);
  });

  test('gets the isolation that it asks for first, else the hub’s', () => {
    const { workspaces } = hubOn(new WrittenBrowser(), { isolation: 'context' });
    expect(made(workspaces.named('as-the-hub', ANY)).isolation).toBe('context');
    expect(made(workspaces.named('open', { isolation: 'none', seed: [] })).isolation).toBe('none');
  });

  test('says nothing of isolation, or the same, and fits', () => {
    const { workspaces } = hubOn(new WrittenBrowser());
    const seed = ['a.test', 'b.test'];
    const own = workspaces.named('own', { isolation: 'context', seed });
    expect(workspaces.named('own', ANY)).toBe(own);
    expect(workspaces.named('own', { isolation: 'context', seed: [] })).toBe(own);
    expect(workspaces.named('own', { isolation: 'context', seed })).toBe(own);
  });

  test.each([
    [
      { isolation: 'context' as const, seed: [] },
      'the workspace alice is there already, with isolation tabs, and not context',
      'Ask for isolation=tabs, leave the isolation out, or take another name.',
    ],
    [
      { isolation: null, seed: ['a.test', 'b.test'] },
      'the workspace alice is there already, and was not seeded with a.test, b.test',
      'Leave the seed out, or take another name: cookies are copied when a workspace is made, and not later.',
    ],
  ])('with %j is refused where it is another kind', (wish, message, hint) => {
    const { workspaces } = hubOn(new WrittenBrowser());
    const identity = { ...wish, workspace: 'alice', client: null };
    expect(workspaces.check(identity)).toBe(null);
    // Looking makes nothing.
    workspaces.named('alice', ANY);
    const refusal = { status: 409, error: 'WORKSPACE_CONFLICT', message, hint };
    expect(workspaces.named('alice', wish)).toEqual(refusal);
    expect(workspaces.check(identity)).toEqual(refusal);
    expect(workspaces.check({ ...identity, workspace: null })).toBe(null);
  });
});

test('default has the isolation of the hub, also where it is not there yet', () => {
  const { workspaces } = hubOn(new WrittenBrowser(), { isolation: 'tabs' });
  const refusal = {
    status: 409,
    error: 'WORKSPACE_CONFLICT',
    message: 'the workspace default is there already, with isolation tabs, and not none',
    hint: 'Ask for isolation=tabs, leave the isolation out, or take another name.',
  };
  const wish = { isolation: 'none' as const, seed: [] };
  const asked = { ...wish, workspace: 'default', client: null };
  expect(workspaces.check(asked)).toEqual(refusal);
  expect(workspaces.named('default', wish)).toEqual(refusal);
  expect(workspaces.journal('ws').workspaces).toEqual([]);
  const own = made(workspaces.named('default', { isolation: 'tabs', seed: [] }));
  expect(workspaces.named('default', ANY)).toBe(own);
  expect(workspaces.named('default', wish)).toEqual(refusal);
  // A bare socket gets a workspace of its own, in which it has what it asks for.
  expect(workspaces.check({ ...asked, workspace: null })).toBe(null);
});

test('a bare request that asks for another isolation than the hub’s is refused', () => {
  const { workspaces, mux } = hubOn(new WrittenBrowser(), { isolation: 'tabs' });
  const guests = new Guests({ mux, workspaces, portOf: () => null, passes: new Passes() });
  const located = (isolation: 'none' | null) => ({
    path: '/execute',
    prefix: '',
    carried: '',
    query: '',
    identity: { workspace: null, client: null, isolation, seed: [] },
  });
  expect(guests.open(located('none'))).toMatchObject({ status: 409, error: 'WORKSPACE_CONFLICT' });
  expect(guests.open(located(null))).toMatchObject({ name: 'default', isolation: 'tabs' });
});

describe('a named workspace', () => {
  /** Whether it is still there at the end of each of these times. */
  function lasts(hub: ReturnType<typeof hubOn>, name: string, ...times: number[]): boolean[] {
    const names = () => hub.workspaces.journal('ws').workspaces.map((entry) => entry.name);
    return times.map((time) => {
      hub.time.now = time;
      hub.workspaces.expire();
      return names().includes(name);
    });
  }

  test('that is only mentioned ends after 30 s', () => {
    const hub = hubOn(new WrittenBrowser());
    hub.workspaces.named('alice', ANY);
    expect(lasts(hub, 'alice', 30 * SECOND - 1, 30 * SECOND)).toEqual([true, false]);
  });

  test('stays while a client is there, and 30 s more', () => {
    const hub = hubOn(new WrittenBrowser());
    const alice = made(hub.workspaces.named('alice', ANY));
    hub.workspaces.joined(alice);
    hub.workspaces.joined(alice);
    expect(lasts(hub, 'alice', 10 * MINUTE)).toEqual([true]);
    hub.workspaces.left(alice);
    expect(lasts(hub, 'alice', 20 * MINUTE)).toEqual([true]);
    hub.workspaces.left(alice);
    expect(lasts(hub, 'alice', 20 * MINUTE + 30 * SECOND - 1)).toEqual([true]);
    // Somebody comes back.
    expect(hub.workspaces.named('alice', ANY)).toBe(alice);
    expect(lasts(hub, 'alice', 21 * MINUTE - 2, 21 * MINUTE - 1)).toEqual([true, false]);
  });

  test('that was called over HTTP stays for 30 min, whatever connections do meanwhile', () => {
    const hub = hubOn(new WrittenBrowser());
    const alice = made(hub.workspaces.named('alice', ANY));
    hub.workspaces.called(alice);
    hub.workspaces.joined(alice);
    hub.workspaces.left(alice);
    hub.workspaces.named('alice', ANY);
    expect(lasts(hub, 'alice', 30 * MINUTE - 1, 30 * MINUTE)).toEqual([true, false]);
  });

  test('that its last client has closed ends with it; others keep it', () => {
    const hub = hubOn(new WrittenBrowser());
    const alice = made(hub.workspaces.named('alice', ANY));
    hub.workspaces.called(alice);
    hub.workspaces.joined(alice);
    hub.workspaces.joined(alice);
    hub.workspaces.left(alice, true);
    expect(lasts(hub, 'alice', 0)).toEqual([true]);
    hub.workspaces.left(alice, true);
    expect(lasts(hub, 'alice', 0)).toEqual([false]);
  });

  test('has its tabs closed at the end, and its name is free for another kind', async () => {
    const browser = new WrittenBrowser();
    browser.open('HUMAN');
    const hub = hubOn(browser);
    const alice = made(hub.workspaces.named('alice', ANY));
    expect(await hub.mux.prepare(alice)).toBe(null);
    expect(browser.pages).toHaveLength(2);
    lasts(hub, 'alice', 30 * SECOND);
    expect(browser.pages).toEqual(['HUMAN']);
    const next = made(hub.workspaces.named('alice', { isolation: 'context', seed: [] }));
    // Whoever still speaks for the one before counts for nothing.
    hub.workspaces.joined(alice);
    expect(lasts(hub, 'alice', 60 * SECOND)).toEqual([false]);
    expect(next.isolation).toBe('context');
  });

  test('keeps its tabs where the hub is told so, the first one only where it was used', async () => {
    const browser = new WrittenBrowser();
    const hub = hubOn(browser, { keepTabs: true });
    const [alice, bob] = [made(hub.workspaces.named('alice', ANY)), made(hub.workspaces.named('bob', ANY))];
    await hub.mux.prepare(alice);
    await hub.mux.prepare(bob);
    const [used] = browser.pages;
    hub.mux.targets.see({ targetId: used ?? '', type: 'page', url: 'https://a.test/' });
    expect(lasts(hub, 'alice', 30 * SECOND)).toEqual([false]);
    expect(browser.pages).toEqual([used]);
    expect(hub.mux.targets.pagesOf(alice)).toEqual([]);
  });
});

describe('where there are 256 names', () => {
  /** All of them, each mentioned a second after the one before. */
  function crowd() {
    const browser = new WrittenBrowser();
    const hub = hubOn(browser);
    const names = () => hub.workspaces.journal('ws').workspaces.map(({ name }) => name);
    const all = Array.from({ length: 256 }, (_, i) => {
      hub.time.now = i * SECOND;
      return made(hub.workspaces.named(`n${i}`, ANY));
    });
    return { browser, ...hub, names, all };
  }

  test('the one unused for longest makes room for another, of those without a page first', async () => {
    const { workspaces, mux, names, all, browser } = crowd();
    for (const each of all.slice(0, 2)) await mux.prepare(each);
    const pages = browser.pages;
    // It is used again.
    workspaces.named('n2', ANY);
    expect(made(workspaces.named('more', ANY)).name).toBe('more');
    expect(names()).toHaveLength(256);
    expect(names().slice(0, 4)).toEqual(['n0', 'n1', 'n2', 'n4']);
    for (const each of all.slice(2)) await mux.prepare(each);
    await mux.prepare(made(workspaces.named('more', ANY)));
    workspaces.named('another', ANY);
    expect(names().slice(0, 3)).toEqual(['n1', 'n2', 'n4']);
    expect(browser.pages).not.toContain(pages[0]);
    expect(browser.pages).toContain(pages[1]);
  });

  test('those with clients stay, and another is refused where all have some; default never is', () => {
    const { workspaces, names, all } = crowd();
    for (const each of all) workspaces.joined(each);
    const before = names();
    expect(workspaces.named('more', ANY)).toMatchObject({ status: 503, error: 'TOO_MANY_WORKSPACES' });
    expect(names()).toEqual(before);
    made(workspaces.named('default', ANY));
    expect(workspaces.named('more', ANY)).toMatchObject({ status: 503 });
    expect(names()).toEqual([...before, 'default']);
    for (const each of all.slice(7, 8)) workspaces.left(each);
    made(workspaces.named('more', ANY));
    expect(names()).toEqual([...before.filter((name) => name !== 'n7'), 'default', 'more']);
  });

  test('default is not one of them', () => {
    const hub = hubOn(new WrittenBrowser());
    const first = hub.workspaces.named('default', ANY);
    for (let i = 0; i < 300; i += 1) made(hub.workspaces.named(`n${i}`, ANY));
    expect(hub.workspaces.journal('ws').workspaces).toHaveLength(257);
    expect(hub.workspaces.named('default', ANY)).toBe(first);
  });

  test('a caller over HTTP keeps its workspace only while it has something in flight', async () => {
    const { browser, workspaces, callers, registry, names, all } = crowd();
    const call = {
      method: 'Browser.getVersion',
      params: undefined,
      on: { kind: 'browser' as const },
      bytes: 1,
    };
    const called = all.slice(0, 2).map((each) => callers.get(each));
    for (const each of all.slice(2)) workspaces.joined(each);
    browser.silent.add('Hold.it');
    for (const caller of called) if (!('status' in caller)) await caller.execute(call);
    const [first] = called;
    if (!first || 'status' in first) throw new Error('no caller');
    const held = first.execute({ ...call, method: 'Hold.it' });
    made(workspaces.named('more', ANY));
    expect(names().slice(0, 2)).toEqual(['n0', 'n2']);
    expect(registry.all().map(({ identity }) => identity.workspace)).toEqual(['n0']);
    const more = made(workspaces.named('more', ANY));
    workspaces.joined(more);
    expect(workspaces.named('another', ANY)).toMatchObject({ error: 'TOO_MANY_WORKSPACES' });
    registry.all()[0]?.end({ code: 1008, reason: 'cdp-hub: ended' });
    expect((await held).error?.message).toBe('cdp-hub: ended');
    made(workspaces.named('another', ANY));
    expect(names()).not.toContain('n0');
  });
});

test('an anonymous workspace is its client’s alone and ends with it, at once', async () => {
  const browser = new WrittenBrowser();
  const { workspaces, mux } = hubOn(browser);
  const names = () => workspaces.journal('ws').workspaces.map(({ name }) => name);
  const one = workspaces.anonymous('alice', { isolation: 'context', seed: [] });
  expect(one).toMatchObject({ named: false, isolation: 'context' });
  expect(workspaces.named('alice', ANY)).not.toBe(one);
  // Not before its client is there: it might never be.
  expect(names()).toEqual(['alice']);
  const client = join(mux, one);
  workspaces.joined(one);
  expect(names()).toEqual(['alice', 'alice']);
  await mux.prepare(one);
  expect(browser.sent('Target.createBrowserContext')[0]?.params).toEqual({ disposeOnDetach: true });
  client.leave();
  workspaces.left(one);
  expect(names()).toEqual(['alice']);
  expect([browser.pages, [...browser.contexts]]).toEqual([[], []]);
});

describe('the journal', () => {
  test('lists what each workspace has, and every change of it is told', async () => {
    const browser = new WrittenBrowser();
    const { workspaces, mux, told } = hubOn(browser);
    const [alice, own] = [
      made(workspaces.named('alice', ANY)),
      made(workspaces.named('own', { isolation: 'context', seed: ['a.test'] })),
    ];
    const guest = workspaces.anonymous('guest', ANY);
    workspaces.joined(guest);
    expect(told.changes).toBe(1);
    for (const workspace of [alice, own, guest]) expect(await mux.prepare(workspace)).toBe(null);
    const page = (index: number) => [browser.pages[index]];
    const home = own.home;
    expect(home).not.toBe(null);
    expect(workspaces.journal('ws://browser')).toEqual({
      browser: 'ws://browser',
      workspaces: [
        {
          name: 'alice',
          named: true,
          isolation: 'tabs',
          paused: null,
          seed: [],
          home: null,
          contexts: [],
          targets: page(0),
        },
        {
          name: 'own',
          named: true,
          isolation: 'context',
          paused: null,
          seed: ['a.test'],
          home,
          contexts: [home],
          targets: page(1),
        },
        {
          name: 'guest',
          named: false,
          isolation: 'tabs',
          paused: null,
          seed: [],
          home: null,
          contexts: [],
          targets: page(2),
        },
      ],
    });
    // The browser went: the workspaces stay, with nothing in them.
    mux.lost('the browser is gone');
    workspaces.forget();
    for (const { home, contexts, targets } of workspaces.journal('ws').workspaces) {
      expect({ home, contexts, targets }).toEqual({ home: null, contexts: [], targets: [] });
    }
  });
});

describe('a gateway after another, on the same browser', () => {
  /** A journal of alice in tabs, own in a context, and an anonymous guest, each with a page. */
  async function predecessor() {
    const browser = new WrittenBrowser();
    browser.open('HUMAN');
    const { workspaces, mux } = hubOn(browser);
    const alice = made(workspaces.named('alice', ANY));
    const own = made(workspaces.named('own', { isolation: 'context', seed: [] }));
    const guest = workspaces.anonymous('guest', ANY);
    workspaces.joined(guest);
    for (const workspace of [alice, own, guest]) await mux.prepare(workspace);
    const { workspaces: entries } = workspaces.journal('ws');
    const [[pageOfAlice = ''], [pageOfOwn = ''], [pageOfGuest = '']] = entries.map(
      ({ targets }) => targets,
    ) as [string[], string[], string[]];
    return { browser, entries, pageOfAlice, pageOfOwn, pageOfGuest, home: own.home ?? '' };
  }

  test('finds the named ones as they were, and closes what the others left behind', async () => {
    const { browser, entries, pageOfAlice, pageOfOwn, home } = await predecessor();
    const { workspaces, mux } = hubOn(browser);
    workspaces.restore(entries);
    expect(browser.pages).toEqual(['HUMAN', pageOfAlice, pageOfOwn]);
    const alice = made(workspaces.named('alice', ANY));
    const own = made(workspaces.named('own', ANY));
    expect([alice.isolation, own.isolation]).toEqual(['tabs', 'context']);
    expect([alice.world, own.world]).toEqual(['made', 'made']);
    expect(mux.targets.pagesOf(alice).map(({ targetId }) => targetId)).toEqual([pageOfAlice]);
    expect(mux.targets.pagesOf(own).map(({ targetId }) => targetId)).toEqual([pageOfOwn]);
    expect([own.home, [...own.contexts]]).toEqual([home, [home]]);
    expect(mux.targets.ownerOf('HUMAN')).toBe(null);
    expect(browser.sent('Target.createTarget')).toHaveLength(3);
  });

  test('tells a third what there was for as long as it does not know what is still there', async () => {
    const { browser, entries } = await predecessor();
    const named = entries.filter((entry) => entry.named);
    const { workspaces, mux } = hubOn(browser);
    browser.silent.add('Target.getBrowserContexts');
    workspaces.restore(entries);
    expect(workspaces.journal('ws').workspaces).toEqual(named);
    // With the browser all of it is gone.
    workspaces.forget();
    mux.lost('the browser is gone');
    expect(workspaces.journal('ws').workspaces.flatMap(({ targets }) => targets)).toEqual([]);
  });

  test('knows the tabs of their pages, and nobody stays attached', async () => {
    const { browser, entries, pageOfAlice, pageOfOwn } = await predecessor();
    const { workspaces, mux } = hubOn(browser);
    workspaces.restore(entries);
    expect(mux.targets.visible(made(workspaces.named('alice', ANY)), `TAB-${pageOfAlice}`)).toBe(true);
    expect(mux.targets.visible(made(workspaces.named('own', ANY)), `TAB-${pageOfOwn}`)).toBe(true);
    expect(mux.targets.pageOf('TAB-HUMAN')).toBe('HUMAN');
    expect(mux.targets.ownerOf('TAB-HUMAN')).toBe(null);
    const attached = browser.sent('Target.attachToTarget').length;
    expect(attached).toBeGreaterThan(1);
    expect(browser.sent('Target.detachFromTarget')).toHaveLength(attached);
    expect(mux.held.sessions).toBe(0);
  });

  test('gives them 30 min to be come back to', async () => {
    const { browser, entries } = await predecessor();
    const { workspaces, time } = hubOn(browser);
    workspaces.restore(entries);
    time.now = 30 * MINUTE - 1;
    workspaces.expire();
    expect(browser.pages).toHaveLength(3);
    time.now = 30 * MINUTE;
    workspaces.expire();
    expect([browser.pages, [...browser.contexts]]).toEqual([['HUMAN'], []]);
  });

  test('drops ids that are dead, and makes anew what is missing when it is needed', async () => {
    const { browser, entries, pageOfAlice, pageOfGuest, home } = await predecessor();
    browser.close(pageOfAlice);
    for (const page of browser.pages)
      if (browser.targets.get(page)?.browserContextId === home) browser.close(page);
    browser.contexts.delete(home);
    const { workspaces, mux } = hubOn(browser);
    workspaces.restore(entries);
    expect(browser.pages).not.toContain(pageOfGuest);
    const [alice, own] = [made(workspaces.named('alice', ANY)), made(workspaces.named('own', ANY))];
    expect([alice.world, own.world]).toEqual(['unmade', 'unmade']);
    expect([own.home, own.contexts.size]).toEqual([null, 0]);
    for (const workspace of [alice, own]) {
      expect(await mux.prepare(workspace)).toBe(null);
      expect(mux.targets.pagesOf(workspace)).toHaveLength(1);
    }
    expect(own.home).not.toBe(home);
  });

  test('gives a workspace that somebody named first its tabs all the same', async () => {
    const { browser, entries, pageOfAlice } = await predecessor();
    const { workspaces, mux } = hubOn(browser);
    const alice = made(workspaces.named('alice', ANY));
    workspaces.restore(entries);
    expect(workspaces.named('alice', ANY)).toBe(alice);
    expect(mux.targets.pagesOf(alice).map(({ targetId }) => targetId)).toEqual([pageOfAlice]);
  });

  test('lets whoever comes meanwhile wait until it is known what is there', async () => {
    const { browser, entries } = await predecessor();
    browser.silent.add('Target.attachToTarget');
    const { workspaces, mux } = hubOn(browser);
    workspaces.restore(entries);
    const alice = made(workspaces.named('alice', ANY));
    expect(alice.world).toBe('making');
    let answer: string | null | undefined;
    void mux.prepare(alice).then((failed) => {
      answer = failed;
    });
    // Rather than what a lost connection leaves is taken for what is there.
    mux.lost('cdp-hub: the browser is gone');
    await Promise.resolve();
    expect(answer).toContain('the browser is gone');
    expect(alice.world).toBe('unmade');
  });
});
