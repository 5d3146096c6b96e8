import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { until } from '../../helpers/hub.ts';
import { ASK, type Place, pictureSize, type Step, script } from './steps.ts';

/** Playwright in the default context of the browser that it is connected to. */
class Actor implements AsyncDisposable {
  readonly browser: Browser;
  readonly place: Place;

  constructor(browser: Browser, place: Place) {
    this.browser = browser;
    this.place = place;
  }

  get context(): BrowserContext {
    const [context] = this.browser.contexts();
    if (!context) throw new Error('no default context');
    return context;
  }

  get url(): string {
    return this.at('/');
  }

  at(path: string): string {
    return this.place.site.page(path, this.place.who);
  }

  /** A page of its own for the step, closed behind it. */
  async on(path: string | null, use: (page: Page) => Promise<void>): Promise<void> {
    const page = await this.context.newPage();
    page.setDefaultTimeout(15_000);
    if (path !== null) await page.goto(this.at(path));
    await use(page);
    await page.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close();
  }
}

const STEPS: Step<Actor>[] = [
  {
    name: 'version',
    run: async ({ browser }) => expect(browser.version()).toMatch(/^\d+\.\d+/),
  },
  {
    name: 'new page',
    run: async ({ context }) => {
      const page = await context.newPage();
      expect(page.url()).toBe('about:blank');
      expect(context.pages()).toContain(page);
      // In front of all others, as a new page is: before anything is clicked.
      await page.setContent('<input>');
      expect(await page.evaluate(ASK.focused)).toBe(true);
      await page.close();
    },
  },
  {
    name: 'navigate, back and forward, reload',
    run: (actor) =>
      actor.on(null, async (page) => {
        const response = await page.goto(actor.url);
        expect(response?.status()).toBe(200);
        expect(await page.title()).toBe(`page of ${actor.place.who}`);
        await page.goto(actor.at('/files'));
        // A page of the back-forward cache has no load event; Playwright's own browsers have no such cache.
        await page.goBack({ waitUntil: 'commit' });
        expect(page.url()).toBe(actor.url);
        await page.goForward({ waitUntil: 'commit' });
        await page.reload();
        expect(await page.title()).toBe(`files of ${actor.place.who}`);
      }),
  },
  {
    name: 'click, type and evaluate',
    run: (actor) =>
      actor.on('/', async (page) => {
        await page.getByRole('button', { name: 'go' }).click();
        expect(await page.textContent('#button')).toBe('clicked');
        await page.locator('#field').pressSequentially('as typed');
        expect(await page.inputValue('#field')).toBe('as typed');
        await page.exposeFunction('add', (a: number, b: number) => a + b);
        expect(await page.evaluate('add(20, 22)')).toBe(42);
        await page.addInitScript('window.early = true');
        await page.reload();
        expect(await page.evaluate('window.early')).toBe(true);
      }),
  },
  {
    name: 'console and errors',
    run: (actor) =>
      actor.on('/', async (page) => {
        const said: string[] = [];
        page.on('console', (message) => said.push(message.text()));
        page.on('pageerror', (error) => said.push(error.message));
        await page.evaluate('console.log("hello", 1); setTimeout(() => { throw new Error("oops") }); 0');
        await until('it said both', () => said.length === 2);
        expect(said).toEqual(['hello 1', 'oops']);
      }),
  },
  {
    name: 'cross-origin frame',
    run: (actor) =>
      actor.on('/framed', async (page) => {
        const frame = page.frames().find((each) => each.url().startsWith(actor.place.site.other));
        if (!frame) throw new Error('no such frame');
        await frame.click('#button');
        expect(await frame.textContent('#button')).toBe('clicked');
        // Only a frame of a process of its own has a session.
        const own = await actor.context.newCDPSession(frame);
        const { result } = await own.send('Runtime.evaluate', { expression: ASK.text });
        expect(result.value).toBe('real');
        await own.detach();
      }),
  },
  {
    name: 'interception',
    run: (actor) =>
      actor.on(null, async (page) => {
        const answer = { contentType: 'text/html', body: '<h1>made up</h1>' };
        await actor.context.route('**/made-up**', (route) => route.fulfill(answer));
        await page.route('**/?who=*', async (route) => {
          const response = await route.fetch();
          await route.fulfill({ response, body: (await response.text()).replace('real', 'changed') });
        });
        await page.goto(actor.at('/made-up'));
        expect(await page.textContent('h1')).toBe('made up');
        await page.goto(actor.url);
        expect(await page.textContent('h1')).toBe('changed');
        await page.unroute('**/?who=*');
        await actor.context.unroute('**/made-up**');
        await page.goto(actor.url);
        expect(await page.textContent('h1')).toBe('real');
      }),
  },
  ...(['#open', '#link'] as const).map(
    (selector): Step<Actor> => ({
      name: `popup ${selector === '#open' ? 'with' : 'without'} opener`,
      run: (actor) =>
        actor.on('/openers', async (page) => {
          await actor.context.addInitScript('window.early ??= "before the page"');
          const [popup] = await Promise.all([page.waitForEvent('popup'), page.click(selector)]);
          await popup.waitForLoadState();
          expect(await popup.title()).toBe(`popup of ${actor.place.who}`);
          expect(await popup.evaluate('window.seen')).toBe('before the page');
          expect(await popup.evaluate('window.opener !== null')).toBe(selector === '#open');
          await popup.close();
        }),
    }),
  ),
  {
    name: 'alert and prompt',
    run: (actor) =>
      actor.on('/', async (page) => {
        const shown: string[] = [];
        page.on('dialog', (dialog) => {
          shown.push(`${dialog.type()} ${dialog.message()}`);
          void dialog.accept('an answer');
        });
        await page.evaluate('alert("look")');
        expect(await page.evaluate('prompt("a name?")')).toBe('an answer');
        expect(shown).toEqual(['alert look', 'prompt a name?']);
      }),
  },
  {
    name: 'download',
    run: (actor) =>
      actor.on('/files', async (page) => {
        const { folder, who } = actor.place;
        for (const [selector, name, text] of [
          ['#attachment', 'attached.txt', `attachment for ${who}`],
          ['#named', 'named.txt', `plain for ${who}`],
        ] as const) {
          const [download] = await Promise.all([page.waitForEvent('download'), page.click(selector)]);
          expect(download.suggestedFilename()).toBe(name);
          expect(await readFile(await download.path(), 'utf8')).toBe(text);
          await download.saveAs(join(folder, name));
          expect(await readFile(join(folder, name), 'utf8')).toBe(text);
        }
      }),
  },
  {
    name: 'upload',
    run: (actor) =>
      actor.on('/', async (page) => {
        const file = join(actor.place.folder, 'upload.txt');
        await writeFile(file, 'as uploaded');
        const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.click('#file')]);
        await chooser.setFiles(file);
        expect(await page.evaluate(ASK.upload)).toBe('as uploaded');
        await page.setInputFiles('#file', {
          name: 'x',
          mimeType: 'text/plain',
          buffer: Buffer.from('bytes'),
        });
        expect(await page.evaluate(ASK.upload)).toBe('bytes');
      }),
  },
  {
    name: 'cookies',
    run: (actor) =>
      actor.on('/', async (page) => {
        const name = `cookie-of-${actor.place.who}`;
        const { context } = actor;
        const named = async () => (await context.cookies()).filter((cookie) => cookie.name === name);
        await context.addCookies([{ name, value: 'yes', url: actor.place.site.origin }]);
        expect(await page.evaluate('document.cookie')).toContain(`${name}=yes`);
        expect(await named()).toMatchObject([{ value: 'yes', domain: '127.0.0.1' }]);
        expect((await context.storageState()).cookies.map((cookie) => cookie.name)).toContain(name);
        await context.clearCookies({ name });
        expect(await named()).toEqual([]);
      }),
  },
  {
    name: 'new context',
    run: async ({ browser, context: home, url, place }) => {
      const name = `apart-${place.who}`;
      const context = await browser.newContext({ userAgent: `agent of ${place.who}`, locale: 'de-DE' });
      expect(browser.contexts()).toContain(context);
      const page = await context.newPage();
      await page.goto(url);
      expect(await page.evaluate('navigator.userAgent + navigator.language')).toBe(
        `agent of ${place.who}de-DE`,
      );
      await context.addCookies([{ name, value: 'yes', url: place.site.origin }]);
      expect(await page.evaluate('document.cookie')).toContain(`${name}=yes`);
      expect((await home.cookies()).map((cookie) => cookie.name)).not.toContain(name);
      expect(home.pages()).not.toContain(page);
      await context.close();
      expect(browser.contexts()).not.toContain(context);
    },
  },
  {
    name: 'permissions and geolocation',
    run: (actor) =>
      actor.on('/', async (page) => {
        const { context } = actor;
        await context.grantPermissions(['geolocation'], { origin: actor.place.site.origin });
        expect(await page.evaluate(ASK.permission)).toBe('granted');
        await context.setGeolocation({ latitude: 10, longitude: 20 });
        expect(await page.evaluate(ASK.geolocation)).toBe('10,20');
        await context.setGeolocation(null);
        await context.clearPermissions();
        expect(await page.evaluate(ASK.permission)).not.toBe('granted');
      }),
  },
  {
    name: 'workers and service worker',
    run: (actor) =>
      actor.on('/busy', async (page) => {
        expect(await page.evaluate('window.all')).toBe('frame,service,shared,worker');
        const [worker] = page.workers();
        expect(worker?.url()).toContain(`/worker.js?who=${actor.place.who}`);
        expect(await worker?.evaluate('6 * 7')).toBe(42);
        const { origin } = actor.place.site;
        const service = () => actor.context.serviceWorkers().find((each) => each.url().startsWith(origin));
        await until('the service worker is there', () => service() !== undefined);
        expect(await service()?.evaluate('location.origin')).toBe(origin);
      }),
  },
  {
    name: 'tracing',
    alone: true,
    run: (actor) =>
      actor.on(null, async (page) => {
        await actor.browser.startTracing(page, { screenshots: true });
        await page.goto(actor.url);
        const trace = JSON.parse((await actor.browser.stopTracing()).toString());
        expect(trace.traceEvents.length).toBeGreaterThan(10);
      }),
  },
  {
    name: 'Playwright’s own trace',
    run: (actor) =>
      actor.on(null, async (page) => {
        const path = join(actor.place.folder, 'trace.zip');
        await actor.context.tracing.start({ screenshots: true, snapshots: true });
        await page.goto(actor.url);
        await page.click('#button');
        await actor.context.tracing.stop({ path });
        expect((await stat(path)).size).toBeGreaterThan(1000);
      }),
  },
  {
    name: 'pdf and screenshots',
    run: (actor) =>
      actor.on('/', async (page) => {
        expect((await page.pdf()).toString('latin1', 0, 5)).toBe('%PDF-');
        await page.setViewportSize({ width: 640, height: 480 });
        expect(pictureSize(await page.screenshot())).toEqual({ width: 640, height: 480 });
        expect(pictureSize(await page.locator('#button').screenshot()).height).toBeLessThan(100);
        await page.goto(actor.at('/tall'));
        expect(pictureSize(await page.screenshot({ fullPage: true })).height).toBeGreaterThanOrEqual(3000);
      }),
  },
  {
    name: 'emulation',
    run: (actor) =>
      actor.on('/', async (page) => {
        await page.setViewportSize({ width: 400, height: 300 });
        expect(await page.evaluate(ASK.screen)).toBe('400,300,1');
        await page.emulateMedia({ colorScheme: 'dark' });
        expect(await page.evaluate(ASK.dark)).toBe(true);
        await page.setExtraHTTPHeaders({ 'x-extra': 'yes' });
        await page.clock.install({ time: 0 });
        expect(await page.evaluate('new Date().getFullYear()')).toBe(1970);
        const device = { viewport: { width: 360, height: 640 }, deviceScaleFactor: 3, isMobile: true };
        const phone = await actor.browser.newPage({ ...device, timezoneId: 'Asia/Tokyo', offline: true });
        expect(await phone.evaluate(ASK.zone)).toBe('Asia/Tokyo');
        expect(await phone.evaluate('devicePixelRatio')).toBe(3);
        await expect(phone.goto(actor.url)).rejects.toThrow('ERR_INTERNET_DISCONNECTED');
        await phone.close();
      }),
  },
  {
    name: 'a CDP session of a page and of the browser',
    run: (actor) =>
      actor.on('/', async (page) => {
        const own = await actor.context.newCDPSession(page);
        const { result } = await own.send('Runtime.evaluate', { expression: '6 * 7' });
        expect(result.value).toBe(42);
        await own.detach();
        const whole = await actor.browser.newBrowserCDPSession();
        expect((await whole.send('Browser.getVersion')).product).toContain('Chrome/');
        const { targetInfos } = await whole.send('Target.getTargets');
        expect(targetInfos.map(({ url }) => url)).toContain(actor.url);
        await whole.detach();
      }),
  },
  {
    name: 'two pages',
    run: async (actor) => {
      const pages = [await actor.context.newPage(), await actor.context.newPage()];
      await Promise.all(pages.map((page) => page.goto(actor.url)));
      for (const [n, page] of pages.entries()) {
        await page.fill('#field', `on page ${n}`);
        await page.click('#button');
      }
      const seen = await Promise.all(pages.map((page) => page.evaluate(`${ASK.field} + ${ASK.button}`)));
      expect(seen).toEqual(['on page 0clicked', 'on page 1clicked']);
      await Promise.all(pages.map((page) => page.close()));
    },
  },
  {
    name: 'close page',
    run: async ({ context }) => {
      const page = await context.newPage();
      const gone = page.waitForEvent('close');
      await page.close();
      await gone;
      expect(page.isClosed()).toBe(true);
      expect(context.pages()).not.toContain(page);
    },
  },
  {
    name: 'close',
    run: async ({ browser }) => {
      const gone = new Promise((resolve) => browser.once('disconnected', resolve));
      await browser.close();
      await gone;
      expect(browser.isConnected()).toBe(false);
    },
  },
];

const playing = (endpoint: (place: Place) => string) =>
  script(async (place) => new Actor(await chromium.connectOverCDP(endpoint(place)), place), STEPS);

export const playwrightByUrl = playing(({ http }) => http);
export const playwrightByWebSocket = playing(({ ws }) => ws);
