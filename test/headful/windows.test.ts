import { chromium, type Browser as PlaywrightBrowser } from 'playwright-core';
import puppeteer, { type Page, type Browser as PuppeteerBrowser } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawClient } from '../browser/gateway/raw-client.ts';
import { until } from '../helpers/hub.ts';
import { GatewayProcess } from '../integration/gateway/gateway-process.ts';
import { COUNTING, Desktop } from './desktop.ts';

/**
 * A browser with windows, a person at it, and agents beside: what the agents do leaves the person's window and
 * focus alone, and their own pages work as if each were alone.
 */
const display = process.env.CDP_HUB_TEST_DISPLAY;
const FULL = process.env.CDP_HUB_TEST_FULL === '1';
const MODES: ('tabs' | 'context')[] = FULL ? ['tabs', 'context'] : ['tabs'];

describe.skipIf(!display).each(MODES)('with windows, isolation %s', (isolation) => {
  let desktop: Desktop;
  let gateway: GatewayProcess;
  let agents: [PuppeteerBrowser, PuppeteerBrowser];
  let playwright: PlaywrightBrowser;
  let pages: [Page, Page];

  beforeAll(async () => {
    desktop = await Desktop.start(display ?? '');
    gateway = await GatewayProcess.start(desktop.chrome.endpoint, { isolation });
    const connect = () => puppeteer.connect({ browserWSEndpoint: gateway.cdp, defaultViewport: null });
    agents = [await connect(), await connect()];
    playwright = await chromium.connectOverCDP(gateway.cdp);
    pages = [await agents[0].newPage(), await agents[1].newPage()];
    await Promise.all(pages.map((page) => page.goto(COUNTING)));
  });
  afterAll(async () => {
    await Promise.all([...(agents ?? []).map((agent) => agent.disconnect()), playwright?.close()]);
    await gateway?.[Symbol.asyncDispose]();
    await desktop?.[Symbol.asyncDispose]();
  });

  const covers = async () => (await desktop.tabs()).filter((url) => url.includes('cdp-hub=')).length;

  const windowOf = async (page: Page) => {
    const session = await page.createCDPSession();
    return (await session.send('Browser.getWindowForTarget')).windowId;
  };

  it('each page has a window of its own, and the person keeps the focus', async () => {
    const first = await agents[0].pages();
    const mine = await Promise.all([...first, pages[1]].map(windowOf));
    expect(new Set([...mine, await desktop.windowId()]).size).toBe(4);
    await desktop.expectUndisturbed();
  });

  it('the cover of a window has its client’s name, and the page knows nothing of that', async () => {
    const titles = (await desktop.tabs()).filter((url) => url.includes('cdp-hub=')).map(decodeURIComponent);
    expect(titles).toContainEqual(expect.stringContaining('<title>cdp-hub: Puppeteer</title>'));
    expect(await pages[0].title()).not.toContain('Puppeteer');
  });

  it('all pages are visible, focused and painting at the same time', async () => {
    for (const page of pages) {
      expect(await page.evaluate('[document.visibilityState, document.hasFocus()]')).toEqual([
        'visible',
        true,
      ]);
    }
    const frames = async () =>
      Promise.all([...pages.map((page) => page.evaluate('frames_')), desktop.evaluate('frames_')]);
    const before = (await frames()) as number[];
    await until('each has painted 30 frames', async () =>
      ((await frames()) as number[]).every((count, i) => count > (before[i] ?? 0) + 30),
    );
    await desktop.expectUndisturbed();
  });

  it('pictures, typing, scrolling and bringToFront disturb nobody', async () => {
    await Promise.all(
      pages.map(async (page, i) => {
        for (let n = 0; n < 5; n += 1) expect((await page.screenshot()).length).toBeGreaterThan(1000);
        await page.focus('#field');
        await page.keyboard.type(`agent ${i}`);
        await page.mouse.wheel({ deltaY: 100 });
        await page.bringToFront();
        expect(await page.$eval('#field', (field) => (field as unknown as { value: string }).value)).toBe(
          `agent ${i}`,
        );
        expect(await page.evaluate('heard')).toEqual(expect.arrayContaining(['focus', 'keydown', 'input']));
      }),
    );
    const [context] = playwright.contexts();
    const page = await context?.newPage();
    await page?.goto(COUNTING);
    await page?.locator('#field').fill('playwright');
    await page?.screenshot();
    await desktop.expectUndisturbed();
  });

  it('two agents click at once without waiting for each other', async () => {
    await Promise.all(
      pages.map(async (page) => {
        await page.evaluate('window.clicks = 0');
        for (let n = 0; n < 5; n += 1) await page.mouse.click(300, 300);
        expect(await page.evaluate('clicks')).toBe(5);
        await page.screenshot();
      }),
    );
    await desktop.expectUndisturbed();
  });

  it.each([
    ['a tab', ''],
    ['a window', ", '_blank', 'width=300,height=200'"],
    ['a tab without an opener', ", '_blank', 'noopener'"],
  ])('a popup, %s, goes behind its opener’s cover and gives the focus back', async (_kind, more) => {
    const [page] = pages;
    const before = (await agents[0].pages()).length;
    const popped = new Promise<Page>((resolve) =>
      agents[0].once('targetcreated', (target) => resolve(target.page() as Promise<Page>)),
    );
    await page.evaluate(`window.open('about:blank'${more}); 1`);
    const popup = await popped;
    await desktop.expectHandedBack();
    await until(
      'it is in its opener’s window',
      async () => (await windowOf(popup)) === (await windowOf(page)),
    );
    await popup.goto(COUNTING);
    await popup.mouse.click(100, 100);
    expect(await popup.evaluate('clicks')).toBe(1);
    expect((await popup.screenshot()).length).toBeGreaterThan(1000);
    await desktop.expectUndisturbed();
    expect((await agents[1].pages()).length).toBe(2);
    expect((await agents[0].pages()).length).toBe(before + 1);
    await popup.close();
    await desktop.expectUndisturbed();
  });

  it('a popup window whose opener closes at once touches nobody’s window', async () => {
    const before = (await desktop.tabs()).length;
    const opener = await agents[0].newPage();
    const popped = new Promise<Page>((resolve) =>
      agents[0].once('targetcreated', (target) => resolve(target.page() as Promise<Page>)),
    );
    await opener.evaluate(
      "window.open('about:blank', '_blank', 'width=300,height=200'); setTimeout(close); 1",
    );
    const popup = await popped;
    await popup.goto(COUNTING);
    await desktop.focus();
    await popup.mouse.click(100, 100);
    expect(await popup.evaluate('clicks')).toBe(1);
    await desktop.expectHandedBack();
    expect((await popup.screenshot()).length).toBeGreaterThan(1000);
    await popup.close();
    await until('nothing is left of both', async () => (await desktop.tabs()).length === before);
    expect(await desktop.evaluate('document.visibilityState')).toBe('visible');
  });

  it('touches, gestures, whole pages and other sizes are as fast as in front', async () => {
    const [page] = pages;
    await page.touchscreen.tap(300, 300);
    expect(await page.evaluate('touches')).toBe(1);
    const session = await page.createCDPSession();
    await session.send('Input.synthesizeTapGesture', { x: 300, y: 300 });
    expect(await page.evaluate('touches')).toBe(2);
    for (let n = 0; n < 10; n += 1) {
      expect((await page.screenshot({ fullPage: true })).length).toBeGreaterThan(1000);
    }
    const { windowId } = await session.send('Browser.getWindowForTarget');
    await session.send('Browser.setWindowBounds', { windowId, bounds: { width: 700, height: 600 } });
    await until('the page has its window’s size', async () => (await page.evaluate('outerWidth')) === 700);
    await page.mouse.click(300, 300);
    await desktop.expectUndisturbed();
  });

  it('the hub’s own tabs are nobody’s to see', async () => {
    const before = await covers();
    expect(before).toBeGreaterThan(1);
    await using everything = await RawClient.connect(`${gateway.cdp}?isolation=none`);
    await everything.call('Target.setDiscoverTargets', { discover: true, filter: [{}] });
    await everything.call('Target.setAutoAttach', {
      autoAttach: true,
      waitForDebuggerOnStart: true,
      flatten: true,
      filter: [{}],
    });
    const extra = await agents[1].newPage();
    await extra.mouse.click(300, 300);
    const { result } = await everything.call('Target.getTargets', { filter: [{}] });
    const list = (await (
      await fetch(`${gateway.url}/json/list?workspace=all&isolation=none`)
    ).json()) as object[];
    const told = JSON.stringify([everything.frames, result, list]);
    expect(told).toContain(await desktop.evaluate('location.href'));
    for (const own of ['cdp-hub=', 'chrome://bookmarks', '"type":"other"']) {
      expect(told.includes(own), own).toBe(false);
    }
    for (const agent of agents) {
      expect(JSON.stringify(agent.targets().map((target) => target.url()))).not.toContain('cdp-hub=');
    }
    await extra.close();
    await until('its cover is closed', async () => (await covers()) === before);
    await desktop.expectUndisturbed();
  });

  it('a person takes a page over: it comes to the front, and its DevTools open in a tab of theirs', async () => {
    const taken = await agents[0].newPage();
    const { clients } = await gateway.next('clients', (told) => told.clients.length > 1);
    const client = clients.find(({ name }) => name === 'Puppeteer')?.id ?? '';
    const before = (await agents[0].pages()).length;
    gateway.send({ type: 'page', id: 3, act: 'picture', client, target: '' });
    const pictured = await gateway.next('page', ({ id }) => id === 3);
    expect(pictured.answer).toMatchObject({ result: { picture: expect.stringMatching(/^iVBOR/) } });
    await desktop.expectUndisturbed();
    gateway.send({ type: 'page', id: 1, act: 'front', client, target: '' });
    const { answer } = await gateway.next('page', ({ id }) => id === 1);
    expect(answer).toMatchObject({ result: { address: null } });
    await until('the person’s window is behind', async () => !(await desktop.hasFocus()));
    gateway.send({ type: 'page', id: 2, act: 'devtools', client, target: '' });
    const opened = await gateway.next('page', ({ id }) => id === 2);
    expect(opened.answer).toMatchObject({ result: { address: null } });
    const inspector = /\/devtools\/inspector\.html\?ws=127\.0\.0\.1:\d+\/devtools\/pass\/[\w-]{22}$/;
    await until('the DevTools are open', async () =>
      (await desktop.tabs()).some((url) => inspector.test(url)),
    );
    await gateway.next('clients', (told) => told.clients.some(({ name }) => name === 'DevTools'));
    // It is nobody's: no agent sees it.
    expect((await agents[0].pages()).length).toBe(before);
    await taken.close();
    await desktop.focus();
    await desktop.expectHandedBack();
  });

  it('a cover goes with the last page behind it, and another hub clears up after one that was killed', async () => {
    const before = await covers();
    const page = await agents[0].newPage();
    await until('it has a cover', async () => (await covers()) === before + 1);
    await page.close();
    await until('its cover is closed', async () => (await covers()) === before);
    gateway.child.kill('SIGKILL');
    await gateway.exited;
    await using _next = await GatewayProcess.start(desktop.chrome.endpoint, { isolation });
    await until('the covers are closed', async () => (await covers()) === 0);
    await desktop.expectUndisturbed();
  });
});
