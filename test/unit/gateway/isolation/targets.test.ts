import { describe, expect, test } from 'vitest';
import type { TargetInfo } from '../../../../src/gateway/isolation/target-info.ts';
import { Targets } from '../../../../src/gateway/isolation/targets.ts';
import { Workspace } from '../../../../src/gateway/isolation/workspace.ts';

function setUp() {
  const told: string[] = [];
  const clock = { now: 0 };
  const targets = new Targets(
    {
      now: () => clock.now,
      changed: () => {},
      settled: () => void told.push('settled'),
      appeared: (id, { name }) => void told.push(`${id} appeared to ${name}`),
      orphan: (id) => void told.push(`orphan ${id}`),
      orphanContext: (id) => void told.push(`orphan context ${id}`),
      taken: () => {},
      left: () => {},
    },
    () => 'abc',
  );
  targets.complete();
  const make = (name: string) => new Workspace({ name, named: true, isolation: 'tabs' });
  const see = (targetId: string, type: string, more: Partial<TargetInfo> = {}) =>
    targets.see({ targetId, type, url: 'about:blank', ...more });
  return { targets, told, see, clock, a: make('a'), b: make('b') };
}

describe('a page in the default context', () => {
  test('is nobody’s where nobody has asked for one', () => {
    const { targets, see, a } = setUp();
    see('P', 'page');
    expect(targets.ownerOf('P')).toBe(null);
    expect(targets.visible(a, 'P')).toBe(false);
  });

  test('is unknown until the answer, and then of whoever asked', () => {
    const { targets, told, see, a, b } = setUp();
    const creation = targets.creating(a);
    see('P', 'page');
    expect(targets.visible(a, 'P')).toBe(undefined);
    targets.created(creation, 'P');
    expect(told).toEqual(['settled']);
    expect(targets.visible(a, 'P')).toBe(true);
    expect(targets.visible(b, 'P')).toBe(false);
  });

  test('of two that are asked for at once, each goes to the one that the answer names', () => {
    const { targets, see, a, b } = setUp();
    const [first, second] = [targets.creating(a), targets.creating(b)];
    see('P1', 'page');
    see('P2', 'page');
    targets.created(second, 'P1');
    expect(targets.ownerOf('P1')).toBe(b);
    expect(targets.ownerOf('P2')).toBe(undefined);
    targets.created(first, 'P2');
    expect(targets.ownerOf('P2')).toBe(a);
  });

  test('that a person opens meanwhile is known to be nobody’s when the answers are in', () => {
    const { targets, see, a, b } = setUp();
    const [first, second] = [targets.creating(a), targets.creating(b)];
    see('HUMAN', 'page');
    targets.created(first, 'P1');
    expect(targets.ownerOf('HUMAN')).toBe(undefined);
    const third = targets.creating(a);
    targets.created(second, null);
    expect(targets.ownerOf('HUMAN')).toBe(null);
    see('LATER', 'page');
    targets.created(third, 'LATER');
    expect(targets.ownerOf('LATER')).toBe(a);
  });

  test('answered before it is announced is known at once', () => {
    const { targets, see, a } = setUp();
    targets.created(targets.creating(a), 'P');
    see('P', 'page');
    expect(targets.ownerOf('P')).toBe(a);
  });

  test('is its opener’s, also where the opener is not known yet', () => {
    const { targets, see, a } = setUp();
    const creation = targets.creating(a);
    see('P', 'page');
    see('POPUP', 'page', { openerId: 'P' });
    see('POPUP2', 'page', { openerId: 'POPUP' });
    expect(targets.ownerOf('POPUP2')).toBe(undefined);
    targets.created(creation, 'P');
    expect(targets.ownerOf('POPUP2')).toBe(a);
  });

  test('that is gone before its owner is known is told of all the same, and then forgotten', () => {
    const { targets, told, see, a } = setUp();
    const creation = targets.creating(a);
    see('P', 'page');
    targets.gone('P');
    expect([...targets.all()]).toEqual([]);
    targets.created(creation, 'P');
    expect(told).toEqual(['settled']);
    expect(targets.get('P')).toBe(undefined);
  });

  test('of an answer that never comes is nobody’s in the end', () => {
    const { targets, see, clock, a, b } = setUp();
    targets.creating(a);
    see('P', 'page');
    clock.now = 1000;
    const young = targets.creating(b);
    see('Q', 'page');
    targets.giveUp(0);
    expect(targets.ownerOf('P')).toBe(null);
    // Somebody else's is on its way all the same.
    expect(targets.ownerOf('Q')).toBe(undefined);
    targets.created(young, 'Q');
    expect(targets.ownerOf('Q')).toBe(b);
  });
});

describe('what hangs from a page', () => {
  test('a tab is what its page is, which comes next', () => {
    const { targets, see, a } = setUp();
    const creation = targets.creating(a);
    see('TAB', 'tab', { embedderData: {} });
    see('P', 'page');
    see('TAB2', 'tab', { embedderData: {} });
    see('P2', 'page', { openerId: 'P' });
    targets.created(creation, 'P');
    expect(['TAB', 'TAB2'].map((id) => targets.ownerOf(id))).toEqual([a, a]);
  });

  test('createTarget with forTab is answered with the tab', () => {
    const { targets, see, a } = setUp();
    const creation = targets.creating(a);
    see('TAB', 'tab', { embedderData: {} });
    see('P', 'page');
    targets.created(creation, 'TAB');
    expect(['TAB', 'P'].map((id) => targets.ownerOf(id))).toEqual([a, a]);
  });

  test('frames and workers are their page’s', () => {
    const { targets, see, a } = setUp();
    targets.created(targets.creating(a), 'P');
    see('P', 'page');
    see('FRAME', 'iframe', { parentId: 'P' });
    see('WORKER', 'worker', { parentId: 'FRAME' });
    expect(targets.visible(a, 'WORKER')).toBe(true);
    targets.see({ targetId: 'NESTED', type: 'worker', url: '' }, 'WORKER');
    expect(targets.visible(a, 'NESTED')).toBe(true);
  });

  test('a worker of an origin is seen by whoever has a page of that origin', () => {
    const { targets, told, see, a, b } = setUp();
    for (const [workspace, id, url] of [
      [a, 'PA', 'https://a.test/x'],
      [b, 'PB', 'https://b.test/'],
    ] as const) {
      targets.created(targets.creating(workspace), id);
      see(id, 'page', { url });
    }
    see('SW', 'service_worker', { url: 'https://a.test/sw.js' });
    expect([targets.visible(a, 'SW'), targets.visible(b, 'SW')]).toEqual([true, false]);
    see('PB', 'page', { url: 'https://a.test/y' });
    expect(targets.visible(b, 'SW')).toBe(true);
    expect(told).toEqual(['SW appeared to b']);
    see('ODD', 'service_worker', { url: '' });
    expect(targets.visible(a, 'ODD')).toBe(false);
  });

  test('a prerendered page stands alone until it is found below a tab', () => {
    const { targets, see, a } = setUp();
    targets.created(targets.creating(a), 'P');
    see('TAB', 'tab', { embedderData: {} });
    see('P', 'page');
    see('PRE', 'page', { subtype: 'prerender' });
    expect(targets.visible(a, 'PRE')).toBe(false);
    targets.see({ targetId: 'PRE', type: 'page', subtype: 'prerender', url: '' }, 'TAB');
    expect(targets.visible(a, 'PRE')).toBe(true);
  });

  test('the browser’s own pages are hidden from everybody, as tabs without data of a window', () => {
    const { targets, see, a } = setUp();
    see('TAB', 'tab', { embedderData: {} });
    see('P', 'page');
    see('OMNIBOX-TAB', 'tab');
    see('OMNIBOX', 'browser_ui');
    targets.addContext('C', a);
    see('OMNIBOX-C', 'browser_ui', { browserContextId: 'C' });
    for (const id of ['OMNIBOX-TAB', 'OMNIBOX', 'OMNIBOX-C']) expect(targets.visible(a, id)).toBe(false);
    // The next page is not that tab's.
    expect(targets.pageOf('OMNIBOX-TAB')).toBe(undefined);
  });
});

describe('a browser context', () => {
  test('of a workspace makes all in it that workspace’s', () => {
    const { targets, see, a, b } = setUp();
    targets.addContext('C', a);
    targets.creating(b);
    see('P', 'page', { browserContextId: 'C' });
    see('SW', 'service_worker', { browserContextId: 'C', url: 'https://x.test/sw.js' });
    expect([targets.visible(a, 'P'), targets.visible(a, 'SW'), targets.visible(b, 'SW')]).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('that is found again takes in what is there', () => {
    const { targets, see, a } = setUp();
    see('P', 'page', { browserContextId: 'C' });
    expect(targets.visible(a, 'P')).toBe(false);
    targets.adoptContext('C', a);
    expect(targets.pagesOf(a).map(({ targetId }) => targetId)).toEqual(['P']);
  });
});

describe('what turns up of a workspace that has ended', () => {
  test('is told of to be closed', () => {
    const { targets, told, see, a } = setUp();
    const creation = targets.creating(a);
    see('P', 'page');
    a.ended = 'closed';
    targets.created(creation, 'P');
    targets.addContext('C', a);
    see('POPUP', 'page', { openerId: 'P' });
    expect(told).toEqual(['orphan P', 'settled', 'orphan context C', 'orphan POPUP']);
  });

  test('is the person’s where tabs are kept', () => {
    const { targets, told, see, a } = setUp();
    targets.created(targets.creating(a), 'P');
    see('P', 'page');
    const creation = targets.creating(a);
    see('P2', 'page');
    targets.release(a);
    a.ended = 'kept';
    targets.created(creation, 'P2');
    expect([targets.ownerOf('P'), targets.ownerOf('P2')]).toEqual([null, null]);
    expect(told).toEqual(['settled']);
  });
});

test('parents that lead in a ring hang nobody', () => {
  const { targets, see, a } = setUp();
  see('X', 'iframe', { parentId: 'Y' });
  see('Y', 'iframe', { parentId: 'X' });
  expect(targets.visible(a, 'X')).toBe(false);
});

describe('a tab’s number', () => {
  test('is its page’s, and that of all that hangs from it', () => {
    const { targets, see } = setUp();
    see('T', 'tab');
    see('P', 'page');
    see('F', 'iframe', { parentId: 'P' });
    see('W', 'worker', { parentId: 'F' });
    expect(['P', 'T', 'F', 'W'].map((id) => targets.tabNumber(id))).toEqual([1, 1, 1, 1]);
  });

  test('counts in the order in which it is first asked for, and no other tab ever has it', () => {
    const { targets, see } = setUp();
    for (const id of ['P1', 'P2', 'P3']) see(id, 'page');
    expect([targets.tabNumber('P2'), targets.tabNumber('P1')]).toEqual([1, 2]);
    targets.gone('P2');
    expect([targets.tabNumber('P3'), targets.tabNumber('P1'), targets.tabNumber('P2')]).toEqual([3, 2, null]);
  });

  test('what is in no tab has none', () => {
    const { targets, see } = setUp();
    see('S', 'service_worker');
    expect([targets.tabNumber('S'), targets.tabNumber('unknown')]).toEqual([null, null]);
  });
});
