import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium as playwright } from 'playwright-core';
import puppeteer from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { until } from '../../helpers/hub.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';
import { DownloadSite } from './download-site.ts';
import { Downloader } from './downloader.ts';

/** The person's own folder of downloads is in here, and the clients' folders beside it. */
const scratch = mkdtempSync(join(tmpdir(), 'cdp-hub-downloads-'));
const downloads = join(scratch, 'Downloads');
// Last of all: the browser writes into it until it has ended.
afterAll(() => rmSync(scratch, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
const chrome = await Chrome.start(0, { env: { HOME: scratch, XDG_CONFIG_HOME: join(scratch, 'config') } });
const gateway = await gatewayOn(chrome);
let site: DownloadSite;

beforeAll(async () => {
  site = await DownloadSite.start();
});
afterAll(() => site[Symbol.asyncDispose]());

/** A client in a workspace of its own that has asked for this, with a page open. */
const ready = (who: string, behavior: object, url = `${gateway.cdp}?isolation=tabs`) =>
  Downloader.ready({ who, url, origin: site.origin }, behavior);

const read = (path: string) => readFileSync(path, 'utf8');
const list = (folder: string) => (existsSync(folder) ? readdirSync(folder).sort() : []);

test('two clients at once: each file lands where its client wants it, and each hears of its own', async () => {
  await using a = await ready('a', { behavior: 'allow', downloadPath: join(scratch, 'a', 'new') });
  await using b = await ready('b', { behavior: 'allowAndName', downloadPath: join(scratch, 'b') });
  const [ofA, ofB] = await Promise.all([a.download('same.txt'), b.download('same.txt')]);

  expect(ofA.params).toMatchObject({ state: 'completed', filePath: join(scratch, 'a', 'new', 'same.txt') });
  expect(ofB.params).toMatchObject({ state: 'completed', filePath: join(scratch, 'b', ofB.params.guid) });
  expect(read(ofA.params.filePath)).toBe('for a');
  expect(read(ofB.params.filePath)).toBe('for b');
  expect([a.told, b.told]).toEqual([['same.txt'], ['same.txt']]);

  const again = await a.download('archive.tar.gz');
  const third = await a.client.call('Runtime.evaluate', { expression: '1' }, a.session);
  expect([read(again.params.filePath), third.error]).toEqual(['for a', undefined]);
  expect(list(join(scratch, 'a', 'new'))).toEqual(['archive.tar.gz', 'same.txt']);
  expect(list(downloads)).toEqual([]);
});

test('a name that is taken gets a number, as in Chrome', async () => {
  await using a = await ready('twice', {
    behavior: 'allow',
    downloadPath: join(scratch, 'twice'),
  });
  await a.download('one.txt');
  a.client.frames.length = 0;
  const second = await a.download('one.txt');
  expect(second.params.filePath).toBe(join(scratch, 'twice', 'one (1).txt'));
  expect(list(join(scratch, 'twice'))).toEqual(['one (1).txt', 'one.txt']);
});

test('deny beside allow: one is cancelled, the other goes on', async () => {
  await using a = await ready('allowed', {
    behavior: 'allow',
    downloadPath: join(scratch, 'allowed'),
  });
  await using b = await ready('denied', { behavior: 'deny' });
  const [ofA, ofB] = await Promise.all([a.download('x.txt'), b.download('y.txt')]);
  expect(ofA.params.state).toBe('completed');
  expect(ofB.params).toMatchObject({ state: 'canceled' });
  expect(ofB.params.filePath).toBeUndefined();
  expect(list(join(scratch, 'allowed'))).toEqual(['x.txt']);
  expect(list(downloads)).toEqual([]);
});

test("the person's own downloads stay where they always go, and nobody isolated hears of them", async () => {
  await using a = await ready('watching', { behavior: 'deny' });
  await using open = await ready(
    'open',
    { behavior: 'allow', downloadPath: join(scratch, 'open') },
    `${gateway.cdp}?isolation=none`,
  );
  await using person = await Downloader.connect({
    who: 'person',
    url: chrome.endpoint.wsUrl,
    origin: site.origin,
  });
  await person.open('page');
  await person.click('mine.txt');
  await until("the person's file is there", () => list(downloads).includes('mine.txt'));
  expect(read(join(downloads, 'mine.txt'))).toBe('for person');
  // Without isolation it is heard of, and left alone.
  const { params } = await open.began('mine.txt');
  expect((await open.ended(params.guid)).params.filePath).toBe(join(downloads, 'mine.txt'));
  const own = await open.download('openly.txt');
  expect(own.params.filePath).toBe(join(scratch, 'open', 'openly.txt'));
  expect(open.told).toEqual(['mine.txt', 'openly.txt']);
  expect(a.told).toEqual([]);
  rmSync(join(downloads, 'mine.txt'));
});

test('a client in a context of its own beside one in tabs: each hears of its own alone', async () => {
  await using a = await ready('tabs', { behavior: 'allow', downloadPath: join(scratch, 'tabs') });
  await using b = await ready(
    'context',
    { behavior: 'allow', downloadPath: join(scratch, 'context') },
    `${gateway.cdp}?isolation=context`,
  );
  const [ofA, ofB] = await Promise.all([a.download('t.txt'), b.download('c.txt')]);
  expect(ofA.params.filePath).toBe(join(scratch, 'tabs', 't.txt'));
  expect(ofB.params.filePath).toBe(join(scratch, 'context', 'c.txt'));
  expect([a.told, b.told]).toEqual([['t.txt'], ['c.txt']]);
  expect([read(ofA.params.filePath), read(ofB.params.filePath)]).toEqual(['for tabs', 'for context']);
  await b.open('frame');
  const framed = await b.download('framed.txt', { inside: 'frames[0]' });
  expect(framed.params.filePath).toBe(join(scratch, 'context', 'framed.txt'));
  expect(a.told).toEqual(['t.txt']);
});

test('a context that a client in tabs made is apart from its tabs', async () => {
  await using a = await ready('both', { behavior: 'allow', downloadPath: join(scratch, 'both') });
  const { browserContextId } = (await a.client.call('Target.createBrowserContext')).result;
  const made = join(scratch, 'made');
  await a.wants({ behavior: 'allow', downloadPath: made, browserContextId, eventsEnabled: true });
  const ofTab = await a.download('home.txt');
  await a.open('page', { browserContextId });
  const ofContext = await a.download('away.txt');
  expect(ofTab.params.filePath).toBe(join(scratch, 'both', 'home.txt'));
  expect(ofContext.params.filePath).toBe(join(made, 'away.txt'));
  const completed = a.client.frames.filter(({ params }) => params?.state === 'completed');
  expect(a.told).toEqual(['home.txt', 'away.txt']);
  expect(completed).toHaveLength(2);
});

test('from a frame in the same process, and from a popup that becomes a download', async () => {
  await using a = await ready('deep', { behavior: 'allow', downloadPath: join(scratch, 'deep') });
  await a.open('frame');
  const framed = await a.download('framed.txt', { inside: 'frames[0]' });
  expect(framed.params.filePath).toBe(join(scratch, 'deep', 'framed.txt'));
  const popped = await a.download('popped.txt', { target: '_blank' });
  expect(popped.params.filePath).toBe(join(scratch, 'deep', 'popped.txt'));
  await a.evaluate(`void window.open('/file/opened.txt?who=deep')`);
  const opened = await a.ended((await a.began('opened.txt')).params.guid);
  expect(opened.params.filePath).toBe(join(scratch, 'deep', 'opened.txt'));
  expect(list(downloads)).toEqual([]);
});

test('a file that is on its way when its client leaves still goes where it was wanted', async () => {
  const a = await ready('gone', { behavior: 'allow', downloadPath: join(scratch, 'gone') });
  await a.click('late.txt', { more: '&slow' });
  await a.began('late.txt');
  await until('half of it is there', () => site.half === 1);
  await a[Symbol.asyncDispose]();
  site.letGo();
  await until('the file is there', () => list(join(scratch, 'gone')).includes('late.txt'));
  expect(read(join(scratch, 'gone', 'late.txt')).trim()).toBe('for gone');
  expect(list(downloads)).toEqual([]);
});

test('a folder that cannot be made: the file stays, the client is told where, and the person is warned', async () => {
  writeFileSync(join(scratch, 'file'), '');
  await using a = await ready('stuck', { behavior: 'allow', downloadPath: join(scratch, 'file', 'below') });
  const { params } = await a.download('stuck.txt');
  expect(params).toMatchObject({ state: 'completed', filePath: join(downloads, 'stuck.txt') });
  expect(read(params.filePath)).toBe('for stuck');
  const { message } = await gateway.next('warning');
  expect(message).toContain(`a download stays where the browser put it, at ${params.filePath}`);
  rmSync(params.filePath);
});

test('a download is cancelled by its own client alone', async () => {
  await using a = await ready('owner', {
    behavior: 'allow',
    downloadPath: join(scratch, 'owner'),
  });
  await using b = await ready('other', {
    behavior: 'allow',
    downloadPath: join(scratch, 'other'),
  });
  await a.click('half.txt', { more: '&slow' });
  const { guid } = (await a.began('half.txt')).params;
  const refused = await b.client.call('Browser.cancelDownload', { guid });
  expect(refused.error).toEqual({ code: -32602, message: 'No download item found for the given GUID' });
  expect((await a.client.call('Browser.cancelDownload', { guid })).result).toEqual({});
  expect((await a.ended(guid)).params.state).toBe('canceled');
  site.letGo();
});

test('Playwright: path() and saveAs(), two at once', async () => {
  const work = async (who: string) => {
    const browser = await playwright.connectOverCDP(`${gateway.url}/w/${who}`);
    try {
      const page = await browser.contexts()[0]?.newPage();
      if (!page) throw new Error('no context');
      await page.goto(`${site.origin}/page?who=${who}`);
      const link = `/file/for-${who}.txt?who=${who}`;
      await page.evaluate(`document.body.innerHTML = '<a href="${link}">file</a>'`);
      const [download] = await Promise.all([page.waitForEvent('download'), page.click('a')]);
      const kept = join(scratch, `${who}-kept.txt`);
      await download.saveAs(kept);
      return [download.suggestedFilename(), read(await download.path()), read(kept)];
    } finally {
      await browser.close();
    }
  };
  expect(await Promise.all([work('pw1'), work('pw2')])).toEqual([
    ['for-pw1.txt', 'for pw1', 'for pw1'],
    ['for-pw2.txt', 'for pw2', 'for pw2'],
  ]);
  expect(list(downloads)).toEqual([]);
});

test('Puppeteer: a download in its tabs', async () => {
  const browser = await puppeteer.connect({
    browserURL: `${gateway.url}/w/pptr`,
    downloadBehavior: { policy: 'allow', downloadPath: join(scratch, 'pptr') },
  });
  try {
    const page = await browser.newPage();
    await page.goto(`${site.origin}/page?who=pptr`);
    await page.evaluate(`document.body.innerHTML = '<a href="/file/pup.txt?who=pptr">file</a>'`);
    await page.click('a');
    await until('the file is there', () => list(join(scratch, 'pptr')).includes('pup.txt'));
    expect(read(join(scratch, 'pptr', 'pup.txt'))).toBe('for pptr');
  } finally {
    await browser.close();
  }
});
