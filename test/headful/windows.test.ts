import { chromium, type Browser as PlaywrightBrowser } from 'playwright-core';
import puppeteer, { type Page, type Browser as PuppeteerBrowser } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawClient } from '../browser/gateway/raw-client.ts';
import { Chrome } from '../helpers/chrome.ts';
import { until } from '../helpers/hub.ts';
import { GatewayProcess } from '../integration/gateway/gateway-process.ts';

/**
 * A browser with windows, a person at it, and agents beside: what the agents do leaves the person's window and
 * focus alone, and their own pages work as if each were alone.
 */
const display = process.env.CDP_HUB_TEST_DISPLAY;

const HTML = `<body style="height:3000px"><input id=field><button id=popper onclick="window.open('about:blank')">open</button>
<script>
  window.frames_ = 0;
  const count = () => { window.frames_ += 1; requestAnimationFrame(count); };
  count();
  window.heard = [];
  for (const type of ['focus', 'keydown', 'input']) field.addEventListener(type, () => heard.push(type));
</script>`;
const URL_ = `data:text/html,${encodeURIComponent(HTML)}`;

describe.skipIf(!display).each(['tabs', 'context'] as const)('with windows, isolation %s', (isolation) => {
  let chrome: Chrome;
  let gateway: GatewayProcess;
  /** The person's own page, watched straight on the browser. */
  let person: RawClient;
  let agents: [PuppeteerBrowser, PuppeteerBrowser];
  let playwright: PlaywrightBrowser;
  let pages: [Page, Page];

  beforeAll(async () => {
    chrome = await Chrome.start(0, { display });
    const [start] = (await (await fetch(`${chrome.url}/json/list`)).json()) as {
      webSocketDebuggerUrl: string;
    }[];
    person = await RawClient.connect(start?.webSocketDebuggerUrl ?? '');
    await person.call('Page.navigate', { url: URL_ });
    // Only what a person did makes a window's page focused for sure.
    await person.call('Page.bringToFront');
    for (const type of ['mousePressed', 'mouseReleased']) {
      await person.call('Input.dispatchMouseEvent', { type, x: 300, y: 300, button: 'left', clickCount: 1 });
    }
    await until(
      'the person’s page has the focus',
      async () => (await evaluate('document.hasFocus()')) === true,
    );
    await evaluate("window.blurs = 0; addEventListener('blur', () => { window.blurs += 1 })");

    gateway = await GatewayProcess.start(chrome.endpoint, { isolation });
    const connect = () => puppeteer.connect({ browserWSEndpoint: gateway.cdp, defaultViewport: null });
    agents = [await connect(), await connect()];
    playwright = await chromium.connectOverCDP(gateway.cdp);
    pages = [await agents[0].newPage(), await agents[1].newPage()];
    await Promise.all(pages.map((page) => page.goto(URL_)));
  });
  afterAll(async () => {
    await Promise.all([...(agents ?? []).map((agent) => agent.disconnect()), playwright?.close()]);
    await person?.[Symbol.asyncDispose]();
    await gateway?.[Symbol.asyncDispose]();
    await chrome?.[Symbol.asyncDispose]();
  });

  async function evaluate(expression: string): Promise<unknown> {
    const { result } = await person.call('Runtime.evaluate', { expression, returnByValue: true });
    return result?.result?.value;
  }

  async function expectUndisturbed(): Promise<void> {
    expect(await evaluate('[document.hasFocus(), document.visibilityState, window.blurs]')).toEqual([
      true,
      'visible',
      0,
    ]);
  }

  const windowOf = async (page: Page) => {
    const session = await page.createCDPSession();
    return (await session.send('Browser.getWindowForTarget')).windowId;
  };

  it('each page has a window of its own, and the person keeps the focus', async () => {
    const first = await agents[0].pages();
    const mine = await Promise.all([...first, pages[1]].map(windowOf));
    const { result } = await person.call('Browser.getWindowForTarget');
    expect(new Set([...mine, result.windowId]).size).toBe(4);
    await expectUndisturbed();
  });

  it('all pages are visible, focused and painting at the same time', async () => {
    for (const page of pages) {
      expect(await page.evaluate('[document.visibilityState, document.hasFocus()]')).toEqual([
        'visible',
        true,
      ]);
    }
    const frames = async () =>
      Promise.all([...pages.map((page) => page.evaluate('frames_')), evaluate('frames_')]);
    const before = (await frames()) as number[];
    await until('each has painted 30 frames', async () =>
      ((await frames()) as number[]).every((count, i) => count > (before[i] ?? 0) + 30),
    );
    await expectUndisturbed();
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
    await page?.goto(URL_);
    await page?.locator('#field').fill('playwright');
    await page?.screenshot();
    await expectUndisturbed();
  });

  it('two agents click at once without waiting for each other', async () => {
    await Promise.all(
      pages.map(async (page) => {
        await page.evaluate(
          "window.clicks = 0; document.body.addEventListener('click', () => { clicks += 1 })",
        );
        for (let n = 0; n < 5; n += 1) await page.mouse.click(300, 300);
        expect(await page.evaluate('clicks')).toBe(5);
        await page.screenshot();
      }),
    );
    // A press raises the window that it is in: Chromium does that by itself (docs/protocol.md). Visible it stays.
    expect(await evaluate('document.visibilityState')).toBe('visible');
  });

  it('a popup is in its opener’s window and is seen by its opener alone', async () => {
    const [page] = pages;
    const popped = new Promise<Page>((resolve) => page.once('popup', (popup) => popup && resolve(popup)));
    await page.evaluate('popper.click()');
    const popup = await popped;
    expect(await windowOf(popup)).toBe(await windowOf(page));
    expect((await agents[1].pages()).length).toBe(2);
    expect((await agents[0].pages()).length).toBe(3);
  });
});
