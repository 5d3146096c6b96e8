import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import puppeteer, { type Browser, type ConnectOptions, type Dialog, type Page } from 'puppeteer-core';
import { expect } from 'vitest';
import { until } from '../../helpers/hub.ts';
import { ASK, type Place, pictureSize, type Step, script } from './steps.ts';

/** Puppeteer with the browser that it is connected to. */
class Actor implements AsyncDisposable {
  readonly browser: Browser;
  readonly place: Place;

  constructor(browser: Browser, place: Place) {
    this.browser = browser;
    this.place = place;
  }

  get url(): string {
    return this.at('/');
  }

  at(path: string): string {
    return this.place.site.page(path, this.place.who);
  }

  /** A page of its own for the step, closed behind it. */
  async on(path: string | null, use: (page: Page) => Promise<void>): Promise<void> {
    const page = await this.browser.newPage();
    page.setDefaultTimeout(15_000);
    if (path !== null) await page.goto(this.at(path));
    await use(page);
    await page.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.disconnect();
  }
}

const STEPS: Step<Actor>[] = [
  {
    name: 'version',
    run: async ({ browser }) => {
      expect(await browser.version()).toMatch(/Chrome\/\d+/);
      expect(await browser.userAgent()).toContain('Mozilla/5.0');
    },
  },
  {
    name: 'new page',
    run: async ({ browser }) => {
      const page = await browser.newPage();
      expect(page.url()).toBe('about:blank');
      expect(await browser.pages()).toContain(page);
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
        await page.goBack();
        expect(page.url()).toBe(actor.url);
        await page.goForward();
        await page.reload();
        expect(await page.title()).toBe(`files of ${actor.place.who}`);
      }),
  },
  {
    name: 'click, type and evaluate',
    run: (actor) =>
      actor.on('/', async (page) => {
        await page.click('#button');
        expect(await page.evaluate(ASK.button)).toBe('clicked');
        await page.type('#field', 'as typed');
        expect(await page.evaluate(ASK.field)).toBe('as typed');
        await page.exposeFunction('add', (a: number, b: number) => a + b);
        expect(await page.evaluate('add(20, 22)')).toBe(42);
        await page.evaluateOnNewDocument('window.early = true');
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
        page.on('pageerror', (error) => said.push(String(error)));
        await page.evaluate('console.log("hello", 1); setTimeout(() => { throw new Error("oops") })');
        await until('it said both', () => said.length === 2);
        expect(said).toEqual(['hello 1', expect.stringContaining('oops')]);
      }),
  },
  {
    name: 'cross-origin frame',
    run: (actor) =>
      actor.on('/framed', async (page) => {
        const frame = page.frames().find((each) => each.url().startsWith(actor.place.site.other));
        expect(await frame?.evaluate(ASK.text)).toBe('real');
        await (await frame?.$('#button'))?.click();
        expect(await frame?.evaluate(ASK.button)).toBe('clicked');
      }),
  },
  {
    name: 'interception',
    run: (actor) =>
      actor.on(null, async (page) => {
        await page.setRequestInterception(true);
        page.on('request', (request) => {
          const made = request.url().includes('/made-up');
          const answer = { contentType: 'text/html', body: '<h1>made up</h1>' };
          void (made ? request.respond(answer) : request.continue());
        });
        await page.goto(actor.at('/made-up'));
        expect(await page.evaluate(ASK.text)).toBe('made up');
        await page.goto(actor.url);
        expect(await page.evaluate(ASK.text)).toBe('real');
      }),
  },
  ...(['#open', '#link'] as const).map(
    (selector): Step<Actor> => ({
      name: `popup ${selector === '#open' ? 'with' : 'without'} opener`,
      run: (actor) =>
        actor.on('/openers', async (page) => {
          const { promise, resolve } = Promise.withResolvers<Page | null>();
          page.once('popup', resolve);
          await page.click(selector);
          const popup = await promise;
          await until(
            'the popup is loaded',
            async () => (await popup?.title()) === `popup of ${actor.place.who}`,
          );
          expect(await popup?.evaluate('window.opener !== null')).toBe(selector === '#open');
          await popup?.close();
        }),
    }),
  ),
  {
    name: 'alert and prompt',
    run: (actor) =>
      actor.on('/', async (page) => {
        const shown: string[] = [];
        page.on('dialog', (dialog: Dialog) => {
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
        await page.click('#attachment');
        await written(join(folder, 'attached.txt'), `attachment for ${who}`);
        await page.click('#named');
        await written(join(folder, 'named.txt'), `plain for ${who}`);
      }),
  },
  {
    name: 'upload',
    run: (actor) =>
      actor.on('/', async (page) => {
        const file = join(actor.place.folder, 'upload.txt');
        await writeFile(file, 'as uploaded');
        const [chooser] = await Promise.all([page.waitForFileChooser(), page.click('#file')]);
        await chooser.accept([file]);
        expect(await page.evaluate(ASK.upload)).toBe('as uploaded');
      }),
  },
  {
    name: 'cookies',
    run: (actor) =>
      actor.on('/', async (page) => {
        const name = `cookie-of-${actor.place.who}`;
        const named = async () => (await actor.browser.cookies()).filter((cookie) => cookie.name === name);
        await actor.browser.setCookie({ name, value: 'yes', domain: '127.0.0.1' });
        expect(await page.evaluate('document.cookie')).toContain(`${name}=yes`);
        const cookies = await named();
        expect(cookies).toMatchObject([{ value: 'yes', domain: '127.0.0.1' }]);
        await actor.browser.deleteCookie(...cookies);
        expect(await named()).toEqual([]);
      }),
  },
  {
    name: 'new context',
    run: async ({ browser, url, place }) => {
      const context = await browser.createBrowserContext();
      expect(browser.browserContexts()).toContain(context);
      const page = await context.newPage();
      await page.goto(url);
      await context.setCookie({ name: `apart-${place.who}`, value: 'yes', domain: '127.0.0.1' });
      expect(await page.evaluate('document.cookie')).toContain(`apart-${place.who}=yes`);
      expect((await browser.cookies()).map(({ name }) => name)).not.toContain(`apart-${place.who}`);
      expect(await context.pages()).toEqual([page]);
      await context.close();
      expect(browser.browserContexts()).not.toContain(context);
    },
  },
  {
    name: 'permissions and geolocation',
    run: (actor) =>
      actor.on('/', async (page) => {
        const { origin } = actor.place.site;
        const context = actor.browser.defaultBrowserContext();
        await context.overridePermissions(origin, ['geolocation']);
        expect(await page.evaluate(ASK.permission)).toBe('granted');
        await page.setGeolocation({ latitude: 10, longitude: 20 });
        expect(await page.evaluate(ASK.geolocation)).toBe('10,20');
        await context.clearPermissionOverrides();
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
        const found = (type: string) =>
          actor.browser.waitForTarget(
            (each) => each.type() === type && each.url().startsWith(actor.place.site.origin),
          );
        const service = await (await found('service_worker')).worker();
        expect(await service?.evaluate('location.origin')).toBe(actor.place.site.origin);
        // It gets no further with one: evaluate() in it hangs on plain Chrome too.
        await found('shared_worker');
      }),
  },
  {
    name: 'tracing',
    alone: true,
    run: (actor) =>
      actor.on(null, async (page) => {
        await page.tracing.start({ screenshots: true });
        await page.goto(actor.url);
        const trace = JSON.parse(Buffer.from((await page.tracing.stop()) ?? []).toString());
        expect(trace.traceEvents.length).toBeGreaterThan(10);
      }),
  },
  {
    name: 'pdf and screenshots',
    run: (actor) =>
      actor.on('/', async (page) => {
        expect(Buffer.from(await page.pdf()).toString('latin1', 0, 5)).toBe('%PDF-');
        await page.setViewport({ width: 640, height: 480 });
        expect(pictureSize(await page.screenshot())).toEqual({ width: 640, height: 480 });
        const button = await page.$('#button');
        const clip = pictureSize((await button?.screenshot()) ?? new Uint8Array());
        expect(clip.height).toBeLessThan(100);
        await page.goto(actor.at('/tall'));
        expect(pictureSize(await page.screenshot({ fullPage: true })).height).toBeGreaterThanOrEqual(3000);
      }),
  },
  {
    name: 'emulation',
    run: (actor) =>
      actor.on('/', async (page) => {
        const viewport = { width: 400, height: 300, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
        await page.emulate({ viewport, userAgent: `agent of ${actor.place.who}` });
        await page.emulateTimezone('Asia/Tokyo');
        await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'dark' }]);
        await page.emulateCPUThrottling(2);
        await page.setExtraHTTPHeaders({ 'x-extra': 'yes' });
        await page.reload();
        expect(await page.evaluate('devicePixelRatio')).toBe(2);
        expect(await page.evaluate('navigator.userAgent')).toBe(`agent of ${actor.place.who}`);
        expect(await page.evaluate(ASK.zone)).toBe('Asia/Tokyo');
        expect(await page.evaluate(ASK.dark)).toBe(true);
        await page.setOfflineMode(true);
        await expect(page.goto(actor.url)).rejects.toThrow('ERR_INTERNET_DISCONNECTED');
      }),
  },
  {
    name: 'coverage and accessibility',
    run: (actor) =>
      actor.on(null, async (page) => {
        await page.coverage.startJSCoverage();
        await page.goto(actor.at('/popup'));
        expect((await page.coverage.stopJSCoverage()).map(({ url }) => url)).toEqual([actor.at('/popup')]);
        await page.goto(actor.url);
        const tree = await page.accessibility.snapshot();
        expect(tree?.children?.map(({ role }) => role)).toContain('heading');
      }),
  },
  {
    name: 'a CDP session of a page and of the browser',
    run: (actor) =>
      actor.on('/', async (page) => {
        const own = await page.createCDPSession();
        const { result } = await own.send('Runtime.evaluate', { expression: '6 * 7' });
        expect(result.value).toBe(42);
        await own.detach();
        const whole = await actor.browser.target().createCDPSession();
        expect((await whole.send('Browser.getVersion')).product).toContain('Chrome/');
        const { targetInfos } = await whole.send('Target.getTargets');
        expect(targetInfos.map(({ url }) => url)).toContain(actor.url);
        await whole.detach();
      }),
  },
  {
    name: 'windows',
    run: (actor) =>
      actor.on('/', async (page) => {
        const bounds = await actor.browser.getWindowBounds(await page.windowId());
        expect(bounds).toMatchObject({ windowState: 'normal' });
      }),
  },
  {
    name: 'two pages',
    run: async (actor) => {
      const pages = [await actor.browser.newPage(), await actor.browser.newPage()];
      await Promise.all(pages.map((page) => page.goto(actor.url)));
      for (const [n, page] of pages.entries()) {
        await page.bringToFront();
        await page.type('#field', `on page ${n}`);
        await page.click('#button');
      }
      const seen = await Promise.all(pages.map((page) => page.evaluate(`${ASK.field} + ${ASK.button}`)));
      expect(seen).toEqual(['on page 0clicked', 'on page 1clicked']);
      await Promise.all(pages.map((page) => page.close()));
    },
  },
  {
    name: 'close page',
    run: async (actor) => {
      const page = await actor.browser.newPage();
      const gone = new Promise((resolve) => actor.browser.once('targetdestroyed', resolve));
      await page.close();
      await gone;
      expect(page.isClosed()).toBe(true);
      expect(await actor.browser.pages()).not.toContain(page);
    },
  },
  {
    name: 'close',
    run: async ({ browser }) => {
      const gone = new Promise((resolve) => browser.once('disconnected', resolve));
      await browser.close();
      await gone;
      expect(browser.connected).toBe(false);
    },
  },
];

async function written(path: string, text: string): Promise<void> {
  await until(`${path} is there`, async () => (await readFile(path, 'utf8').catch(() => '')) === text);
}

const playing = (endpoint: (place: Place) => ConnectOptions) =>
  script(async (place) => {
    const downloadBehavior = { policy: 'allow', downloadPath: place.folder } as const;
    return new Actor(await puppeteer.connect({ ...endpoint(place), downloadBehavior }), place);
  }, STEPS);

export const puppeteerByUrl = playing(({ http }) => ({ browserURL: http }));
export const puppeteerByWebSocket = playing(({ ws }) => ({ browserWSEndpoint: ws }));
