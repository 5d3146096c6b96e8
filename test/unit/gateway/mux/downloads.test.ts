import { describe, expect, test } from 'vitest';
import type { Files } from '../../../../src/gateway/mux/downloads.ts';
import { type Client, CONTROL, DEFAULT_CONTEXT, Transcript } from './transcript.ts';

const info = (targetId: string, more: object = {}) => ({
  targetId,
  type: 'page',
  url: 'about:blank',
  browserContextId: DEFAULT_CONTEXT,
  ...more,
});

/** Two clients in tabs with a page each, PA and PB, and files that move when the test says so. */
function two() {
  const moves: {
    from: string;
    folder: string;
    name: string;
    done: (path: string) => void;
    fail: (e: Error) => void;
  }[] = [];
  const removed: string[] = [];
  const warnings: string[] = [];
  const files: Files = {
    move: (from, folder, name) =>
      new Promise((done, fail) => void moves.push({ from, folder, name, done, fail })),
    remove: async (path) => void removed.push(path),
  };
  const t = new Transcript({ files, warn: (message) => void warnings.push(message) });
  const [wa, wb] = [t.workspace('tabs', true), t.workspace('tabs', true)];
  const [a, b] = [t.ready('RA', wa), t.ready('RB', wb)];
  page(t, a, 'PA');
  page(t, b, 'PB');
  return { t, a, b, wa, wb, moves, removed, warnings };
}

/** The client makes a page. */
function page(t: Transcript, client: Client, targetId: string) {
  client.say({ id: 1, method: 'Target.createTarget', params: { url: 'about:blank' } });
  const { id } = t.one();
  t.chrome({ method: 'Target.targetCreated', params: { targetInfo: info(targetId) }, sessionId: CONTROL });
  t.chrome({ id, result: { targetId }, sessionId: CONTROL });
  client.heard();
}

/** The client says what it wants of downloads; returns what the browser is sent for it. */
function wants(t: Transcript, client: Client, params: object) {
  client.say({ id: 50, method: 'Browser.setDownloadBehavior', params });
  const sent = t.sent();
  for (const { id, sessionId } of sent) t.chrome({ id, result: {}, sessionId });
  expect(client.heard()).toEqual([{ id: 50, result: {} }]);
  return sent.map(({ params: each, sessionId }) => [sessionId, each]);
}

const begin = (t: Transcript, guid: string, frameId: string, sessionId = CONTROL) =>
  t.chrome({
    method: 'Browser.downloadWillBegin',
    params: { guid, frameId, url: 'https://a.test/x', suggestedFilename: '../x.txt' },
    sessionId,
  });

const progress = (t: Transcript, guid: string, more: object, sessionId = CONTROL) =>
  t.chrome({
    method: 'Browser.downloadProgress',
    params: { guid, totalBytes: 1, receivedBytes: 1, ...more },
    sessionId,
  });

const complete = (t: Transcript, guid: string) =>
  progress(t, guid, { state: 'completed', filePath: `/dl/${guid}` });

/** What a client was told of downloads, in short. */
const told = (client: Client) =>
  client
    .heard()
    .map(({ params }) => [params?.suggestedFilename ?? params?.state, params?.filePath ?? params?.guid]);

const ON = { behavior: 'default', eventsEnabled: true };
const OFF = { behavior: 'default', eventsEnabled: false };
const ALLOW = { behavior: 'allow', downloadPath: '/a', eventsEnabled: true };

test('the browser is left to put files where it does; the hub listens while anybody wants to know', () => {
  const { t, a, b } = two();
  expect(wants(t, a, ALLOW)).toEqual([[CONTROL, ON]]);
  expect(wants(t, b, { behavior: 'deny', browserContextId: DEFAULT_CONTEXT })).toEqual([[CONTROL, ON]]);
  expect(wants(t, a, OFF)).toEqual([[CONTROL, ON]]);
  expect(wants(t, b, { behavior: 'default' })).toEqual([[CONTROL, OFF]]);
  expect(wants(t, b, { behavior: 'default' })).toEqual([]);
});

test('a folder that is missing is refused in Chrome’s words, and changes nothing', () => {
  const { t, a } = two();
  a.say({ id: 1, method: 'Browser.setDownloadBehavior', params: { behavior: 'allow' } });
  expect(t.sent()).toEqual([]);
  expect(a.heard()).toEqual([{ id: 1, error: { code: -32602, message: 'downloadPath not provided' } }]);
});

test('the end is told when the file is in its place, and to its owner alone', async () => {
  const { t, a, b, moves } = two();
  wants(t, a, ALLOW);
  wants(t, b, { ...ALLOW, downloadPath: '/b', behavior: 'allowAndName' });
  begin(t, 'G1', 'PA');
  begin(t, 'G2', 'PB');
  progress(t, 'G1', { state: 'inProgress' });
  complete(t, 'G1');
  complete(t, 'G2');
  expect(moves).toMatchObject([
    { from: '/dl/G1', folder: '/a', name: 'x.txt' },
    { from: '/dl/G2', folder: '/b', name: 'G2' },
  ]);
  expect(told(a)).toEqual([
    ['../x.txt', 'G1'],
    ['inProgress', 'G1'],
  ]);
  moves[0]?.done('/a/x.txt');
  await expect
    .poll(() => a.frames.at(-1)?.params)
    .toMatchObject({ state: 'completed', filePath: '/a/x.txt' });
  expect(told(b)).toEqual([['../x.txt', 'G2']]);
  moves[1]?.done('/b/G2');
  await expect.poll(() => told(b)).toEqual([['completed', '/b/G2']]);
});

test('deny: the browser is told to cancel; what was quicker is deleted and counts as cancelled', async () => {
  const { t, a, removed } = two();
  wants(t, a, { behavior: 'deny', eventsEnabled: true });
  begin(t, 'G', 'PA');
  expect(t.one()).toMatchObject({
    method: 'Browser.cancelDownload',
    params: { guid: 'G' },
    sessionId: CONTROL,
  });
  complete(t, 'G');
  await expect.poll(() => removed).toEqual(['/dl/G']);
  await expect
    .poll(() => a.frames.at(-1)?.params)
    .toEqual({ guid: 'G', totalBytes: 1, receivedBytes: 1, state: 'canceled' });
});

test('a file that cannot be moved is told of where it is; the person hears of it once', async () => {
  const { t, a, moves, warnings } = two();
  wants(t, a, ALLOW);
  for (const guid of ['G1', 'G2']) {
    begin(t, guid, 'PA');
    complete(t, guid);
    moves.at(-1)?.fail(Object.assign(new Error('it is not there'), { code: 'NOT_SHARED' }));
    await expect.poll(() => a.frames.at(-1)?.params?.filePath).toBe(`/dl/${guid}`);
  }
  expect(warnings).toEqual(['a download stays where the browser put it, at /dl/G1: it is not there']);
});

test('the hub listens until the last file is where it was wanted, even when its client has left', async () => {
  const { t, a, moves } = two();
  wants(t, a, ALLOW);
  begin(t, 'G', 'PA');
  a.mux.leave();
  expect(t.sent().map(({ method }) => method)).toEqual(['Target.detachFromTarget']);
  complete(t, 'G');
  expect(t.one()).toMatchObject({ method: 'Browser.setDownloadBehavior', params: OFF });
  expect(moves).toMatchObject([{ folder: '/a' }]);
});

describe('a frame that is no target', () => {
  /** The hub attaches to PA and PB, and gets these frames of them. */
  const answer = (t: Transcript, frames: Record<string, string[]>) => {
    const attaches = t.sent();
    for (const { id, params } of attaches) {
      const sessionId = `S-${params?.targetId}`;
      t.chrome({ id, result: { sessionId }, sessionId: CONTROL });
    }
    const asks = t.sent();
    for (const { id, sessionId = '' } of asks) {
      const target = sessionId.slice(2);
      const childFrames = (frames[target] ?? []).map((frameId) => ({ frame: { id: frameId } }));
      t.chrome({ id, result: { frameTree: { frame: { id: target }, childFrames } }, sessionId });
    }
    return {
      attached: attaches.map(({ params }) => params?.targetId),
      asked: asks.map(({ method }) => method),
    };
  };

  test('is looked for in the pages of those who want downloads; nothing stays attached', () => {
    const { t, a, b, moves } = two();
    wants(t, a, ALLOW);
    wants(t, b, ALLOW);
    begin(t, 'G', 'inner');
    complete(t, 'G');
    expect(told(a)).toEqual([]);
    const sessions = t.mux.held.sessions;
    expect(answer(t, { PB: ['inner'] })).toEqual({
      attached: ['PA', 'PB'],
      asked: ['Page.getFrameTree', 'Page.getFrameTree'],
    });
    expect(told(a)).toEqual([]);
    expect(told(b)).toEqual([['../x.txt', 'G']]);
    expect(moves).toHaveLength(1);
    expect(t.sent().map(({ params }) => params)).toEqual([{ sessionId: 'S-PA' }, { sessionId: 'S-PB' }]);
    expect(t.mux.held.sessions).toBe(sessions);
  });

  test('of nobody is nobody’s: only who is not isolated hears of it, and the file stays', () => {
    const { t, a, moves } = two();
    const open = t.ready('RO', t.workspace('none', true));
    wants(t, a, ALLOW);
    wants(t, open, ALLOW);
    begin(t, 'G', 'strange');
    answer(t, {});
    complete(t, 'G');
    expect(moves).toEqual([]);
    expect(told(a)).toEqual([]);
    expect(told(open)).toEqual([
      ['../x.txt', 'G'],
      ['completed', '/dl/G'],
    ]);
  });

  test('is nobody’s after two seconds without an answer, and what hangs is let go', () => {
    const { t, a } = two();
    wants(t, a, ALLOW);
    begin(t, 'G', 'inner');
    const { id } = t.one();
    t.chrome({ id, result: { sessionId: 'S-PA' }, sessionId: CONTROL });
    expect(t.one().method).toBe('Page.getFrameTree');
    t.now = 1999;
    t.mux.tick();
    expect(t.sent()).toEqual([]);
    t.now = 2000;
    t.mux.tick();
    expect(t.one()).toMatchObject({ method: 'Target.detachFromTarget', params: { sessionId: 'S-PA' } });
    complete(t, 'G');
    expect(told(a)).toEqual([]);
  });
});

test('a page whose owner is not known yet: its download waits for it', () => {
  const { t, a } = two();
  wants(t, a, ALLOW);
  a.say({ id: 1, method: 'Target.createTarget', params: { url: 'https://a.test/x' } });
  const { id } = t.one();
  t.chrome({ method: 'Target.targetCreated', params: { targetInfo: info('PX') }, sessionId: CONTROL });
  begin(t, 'G', 'PX');
  expect(told(a)).toEqual([]);
  t.chrome({ id, result: { targetId: 'PX' }, sessionId: CONTROL });
  expect(told(a)).toContainEqual(['../x.txt', 'G']);
});

test('a download is cancelled by its own workspace alone', () => {
  const { t, a, b } = two();
  wants(t, a, ALLOW);
  begin(t, 'G', 'PA');
  b.say({ id: 1, method: 'Browser.cancelDownload', params: { guid: 'G' } });
  a.say({ id: 2, method: 'Browser.cancelDownload', params: { guid: 'unheard' } });
  const error = { code: -32602, message: 'No download item found for the given GUID' };
  expect(t.sent()).toEqual([]);
  expect([...b.heard(), ...a.heard()].filter(({ id }) => id !== undefined)).toEqual([
    { id: 1, error },
    { id: 2, error },
  ]);
  a.say({ id: 3, method: 'Browser.cancelDownload', params: { guid: 'G' } });
  expect(t.one()).toMatchObject({ params: { guid: 'G' }, sessionId: CONTROL });
});

test('on a client’s own root: its own contexts, and neither others’ nor the default one', () => {
  const { t, a, b, wa, wb } = two();
  for (const [workspace, context, target] of [
    [wa, 'CTX-A', 'OA'],
    [wb, 'CTX-B', 'OB'],
  ] as const) {
    t.mux.targets.addContext(context, workspace);
    const targetInfo = info(target, { browserContextId: context });
    t.chrome({ method: 'Target.targetCreated', params: { targetInfo }, sessionId: CONTROL });
  }
  a.say({ id: 1, method: 'Browser.setDownloadBehavior', params: { ...ALLOW, browserContextId: 'CTX-A' } });
  expect(t.one()).toMatchObject({ params: { ...ALLOW, browserContextId: 'CTX-A' }, sessionId: 'RA' });
  for (const frameId of ['OA', 'OB', 'PA']) {
    begin(t, `of ${frameId}`, frameId, 'RA');
    progress(t, `of ${frameId}`, { state: 'completed', filePath: '/c/x' }, 'RA');
  }
  expect(told(a)).toEqual([
    ['../x.txt', 'of OA'],
    ['completed', '/c/x'],
  ]);
  expect(b.heard()).toEqual([]);
});

test('asked on a page’s session it goes out on the root, and its events come where they were asked for', () => {
  const { t, a, wa } = two();
  t.mux.targets.addContext('CTX-A', wa);
  wa.home = 'CTX-A';
  const targetInfo = info('OA', { browserContextId: 'CTX-A' });
  t.chrome({ method: 'Target.targetCreated', params: { targetInfo }, sessionId: CONTROL });
  t.attached('RA', 'SA', 'page', 'OA');
  a.heard();
  const home = { browserContextId: 'CTX-A' };
  const sets = (params: object, sessionId?: string) => {
    a.say({ id: 9, method: 'Browser.setDownloadBehavior', params, ...(sessionId && { sessionId }) });
    return t.one();
  };
  const heardOn = () => a.heard().flatMap((frame) => (frame.method ? [frame.sessionId] : []));

  expect(sets(ALLOW, 'SA')).toMatchObject({ params: { ...ALLOW, ...home }, sessionId: 'RA' });
  begin(t, 'one', 'OA', 'RA');
  expect(heardOn()).toEqual(['SA']);

  // The root asks too, for none, and does not silence the page.
  expect(sets({ ...ALLOW, eventsEnabled: false })).toMatchObject({ params: { ...ALLOW, ...home } });
  begin(t, 'two', 'OA', 'RA');
  expect(heardOn()).toEqual(['SA']);
  sets(ALLOW);
  begin(t, 'three', 'OA', 'RA');
  expect(heardOn()).toEqual(['SA', undefined]);

  sets({ ...ALLOW, eventsEnabled: false }, 'SA');
  begin(t, 'four', 'OA', 'RA');
  expect(heardOn()).toEqual([undefined]);
});

test('the page’s own command counts as well, and says nothing about events', () => {
  const { t, a, moves } = two();
  t.attached('RA', 'SA', 'page', 'PA');
  a.heard();
  const params = { behavior: 'allow', downloadPath: '/page' };
  a.say({ id: 1, method: 'Page.setDownloadBehavior', params, sessionId: 'SA' });
  expect(t.one()).toMatchObject({ method: 'Browser.setDownloadBehavior', params: ON, sessionId: CONTROL });
  begin(t, 'G', 'PA');
  complete(t, 'G');
  expect(moves).toMatchObject([{ folder: '/page', name: 'x.txt' }]);
  expect(a.heard()).toEqual([]);
});
