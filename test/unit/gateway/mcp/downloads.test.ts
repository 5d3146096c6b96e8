import { EventEmitter, getEventListeners } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Artifacts } from '../../../../src/gateway/mcp/browser/artifacts.ts';
import { Downloads } from '../../../../src/gateway/mcp/browser/downloads.ts';
import type { CDPSession } from '../../../../src/gateway/mcp/browser/puppeteer.ts';
import { downloadLine } from '../../../../src/gateway/mcp/downloaded.ts';
import { matchesGlob } from '../../../../src/gateway/mcp/tools/artifacts/glob.ts';

/** A browser that is on another machine, or does what no test can wait for. */
class Browser extends EventEmitter {
  readonly asked: { method: string; params: { downloadPath?: string; guid?: string } }[] = [];
  send(method: string, params: { downloadPath?: string; guid?: string }): Promise<void> {
    this.asked.push({ method, params });
    return Promise.resolve();
  }
  begin(guid: string, frameId = 'mine'): void {
    this.emit('Browser.downloadWillBegin', {
      guid,
      frameId,
      url: `http://site/${guid}`,
      suggestedFilename: `${guid}.txt`,
    });
  }
  progress(guid: string, state: string, more: object = {}): void {
    this.emit('Browser.downloadProgress', { guid, state, totalBytes: 0, receivedBytes: 0, ...more });
  }
}

let root: string;
let browser: Browser;
let downloads: Downloads;
let folder: string;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'cdp-hub-downloads-'));
  browser = new Browser();
  downloads = new Downloads(new Artifacts(root, 'session'), (frameId) => frameId !== "another's");
  await downloads.arm(browser as unknown as CDPSession);
  folder = browser.asked[0]?.params.downloadPath ?? '';
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Waits until none is running, and says how each ended. */
async function ends(): Promise<string[]> {
  await downloads.until(AbortSignal.timeout(5000), () =>
    downloads.since(0).every(({ state }) => state !== 'running'),
  );
  return downloads.since(0).map(downloadLine);
}

test('what lies where the hub sees it becomes an artifact', async () => {
  browser.begin('a');
  writeFileSync(join(folder, 'a'), 'text');
  browser.progress('a', 'completed', { filePath: join(folder, 'a') });
  expect(await ends()).toEqual(['Downloaded a.txt (4 bytes), an artifact of this session.']);
});

test('what lies on another machine is said to be there', async () => {
  browser.begin('a');
  browser.begin('b');
  browser.progress('a', 'completed', { filePath: '/home/other/Downloads/a.txt' });
  browser.progress('b', 'completed', { filePath: join(folder, 'b') });
  const [a, b] = await ends();
  expect(a).toContain('Downloaded a.txt to /home/other/Downloads/a.txt, where the browser put it');
  expect(b).toContain(`Downloaded b.txt to ${join(folder, 'b')}, where the browser put it`);
});

test('what is too large is canceled, what the browser gives up and what goes with it have failed', async () => {
  for (const guid of ['a', 'b', 'c']) browser.begin(guid);
  browser.progress('a', 'inProgress', { totalBytes: 2 * 1024 ** 3 });
  browser.progress('b', 'canceled');
  downloads.lost();
  expect(await ends()).toEqual([
    expect.stringContaining('The download of a.txt failed: it is larger than'),
    expect.stringContaining('The download of b.txt failed: it was canceled'),
    'The download of c.txt failed: the browser went.',
  ]);
  expect(browser.asked.at(-1)).toEqual({ method: 'Browser.cancelDownload', params: { guid: 'a' } });
});

test("of another's nothing is heard; each is told once", async () => {
  browser.begin('a', "another's");
  browser.begin('b');
  browser.progress('a', 'canceled');
  browser.progress('b', 'canceled');
  await ends();
  expect(downloads.takeEnded().map(({ name }) => name)).toEqual(['b.txt']);
  expect(downloads.takeEnded()).toEqual([]);
});

test('who waits for one listens to its end once, however often it goes on', async () => {
  const { signal } = new AbortController();
  browser.begin('a');
  const ended = downloads.until(signal, () => downloads.since(0).every(({ state }) => state !== 'running'));
  for (let received = 1; received <= 20; received += 1) {
    browser.progress('a', 'inProgress', { receivedBytes: received });
    await setImmediate();
    expect(getEventListeners(signal, 'abort').length).toBe(1);
  }
  browser.progress('a', 'canceled');
  await ended;
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

const isOther = (url: string) => url === 'http://site/other';

test('the one that was asked for is told by who asked; given up, it is canceled when it begins', async () => {
  const asked = downloads.next(
    'mine',
    { url: 'http://site/a', name: 'mine.txt', isOther },
    AbortSignal.timeout(5000),
  );
  browser.begin('other');
  browser.begin('a');
  expect(await asked).toMatchObject({ name: 'mine.txt', told: true });
  const given = new AbortController();
  const late = downloads.next('mine', { url: 'http://site/b', name: '', isOther }, given.signal);
  given.abort();
  expect(await late).toBeNull();
  browser.begin('c');
  browser.begin('b');
  const canceled = browser.asked.filter(({ method }) => method === 'Browser.cancelDownload');
  expect(canceled.map(({ params }) => params.guid)).toEqual(['b']);
});

test.each([
  ['*', 'anything', true],
  ['*.png', 'a.png', true],
  ['*.png', 'a.png.txt', false],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['', 'a', false],
  ['a*b*c', 'a-b-b-c', true],
  ['a.b', 'axb', false],
  ['[a]', 'a', false],
  ['**a**', 'bab', true],
])('the pattern %j and the name %j: %j', (pattern, name, matches) => {
  expect(matchesGlob(pattern, name)).toBe(matches);
});

test('no pattern takes long', () => {
  const start = performance.now();
  expect(matchesGlob('*a'.repeat(100), 'a'.repeat(200).concat('b'))).toBe(false);
  expect(performance.now() - start).toBeLessThan(100);
});
