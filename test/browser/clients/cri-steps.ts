import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import CDP from 'chrome-remote-interface';
import { expect } from 'vitest';
import { until } from '../../helpers/hub.ts';
import { Actor, click } from './cri-actor.ts';
import { ASK, pictureSize, type Step, script } from './steps.ts';

const STEPS: Step<Actor>[] = [
  {
    name: 'version and protocol',
    run: async ({ address }) => {
      expect((await CDP.Version(address)).Browser).toMatch(/Chrome\/\d+/);
      const { domains } = await CDP.Protocol(address);
      expect(domains.map(({ domain }) => domain)).toContain('Page');
    },
  },
  {
    name: 'new page, list, activate and close',
    run: async ({ address, url }) => {
      const { id, type } = await CDP.New({ ...address, url });
      expect(type).toBe('page');
      await until('it is there', async () => (await CDP.List(address)).some((each) => each.url === url));
      await CDP.Activate({ ...address, id });
      const client = await CDP({ ...address, target: id });
      const gone = new Promise((resolve) => client.on('disconnect', () => resolve(null)));
      await CDP.Close({ ...address, id });
      await gone;
      expect((await CDP.List(address)).map((each) => each.id)).not.toContain(id);
    },
  },
  {
    name: 'the first page that there is',
    run: async ({ address }) => {
      const client = await CDP(address);
      const { result } = await client.Runtime.evaluate({ expression: 'location.href' });
      expect(result.value).toBe('about:blank');
      await client.close();
    },
  },
  {
    name: 'navigate, back, reload',
    run: (actor) =>
      actor.on('/', async ({ client, goto, evaluate }) => {
        expect(await evaluate('document.title')).toBe(`page of ${actor.place.who}`);
        await goto(actor.at('/files'));
        const { currentIndex, entries } = await client.Page.getNavigationHistory();
        const before = entries[currentIndex - 1];
        expect(before?.url).toBe(actor.url);
        await client.Page.navigateToHistoryEntry({ entryId: before?.id ?? -1 });
        await until('it is back', async () => (await evaluate('location.href')) === actor.url);
        const loaded = client.Page.loadEventFired();
        await client.Page.reload({});
        await loaded;
        expect(await evaluate('document.title')).toBe(`page of ${actor.place.who}`);
      }),
  },
  {
    name: 'click, type and evaluate',
    run: (actor) =>
      actor.on('/', async (tab) => {
        await click(tab, '#button');
        expect(await tab.evaluate(ASK.button)).toBe('clicked');
        await click(tab, '#field');
        for (const text of 'typed') await tab.client.Input.dispatchKeyEvent({ type: 'char', text });
        await tab.client.Input.insertText({ text: ' and inserted' });
        expect(await tab.evaluate(ASK.field)).toBe('typed and inserted');
        const called: string[] = [];
        tab.client.Runtime.bindingCalled(({ payload }) => void called.push(payload));
        await tab.client.Runtime.addBinding({ name: 'tell' });
        await tab.evaluate('tell("something")');
        await until('it was told', () => called[0] === 'something');
      }),
  },
  {
    name: 'console and errors',
    run: (actor) =>
      actor.on('/', async ({ client, evaluate }) => {
        const said: unknown[] = [];
        client.Runtime.consoleAPICalled(({ args }) => void said.push(...args.map(({ value }) => value)));
        client.Runtime.exceptionThrown(({ exceptionDetails }) => void said.push(exceptionDetails.text));
        await evaluate('console.log("hello", 1); setTimeout(() => { throw new Error("oops") }); 0');
        await until('it said both', () => said.length === 3);
        expect(said).toEqual(['hello', 1, 'Uncaught']);
      }),
  },
  {
    name: 'cross-origin frame',
    run: (actor) =>
      actor.on(null, async ({ client, goto, evaluate }) => {
        const frames: string[] = [];
        client.Target.attachedToTarget(({ sessionId, targetInfo }) => {
          if (targetInfo.type === 'iframe') frames.push(sessionId);
          void client.Runtime.runIfWaitingForDebugger(sessionId);
        });
        await client.Target.setAutoAttach({ autoAttach: true, waitForDebuggerOnStart: true, flatten: true });
        await goto(actor.at('/framed'));
        expect(frames).toHaveLength(1);
        expect(await evaluate('location.origin', frames[0])).toBe(actor.place.site.other);
        expect(await evaluate(ASK.text, frames[0])).toBe('real');
      }),
  },
  {
    name: 'interception',
    run: (actor) =>
      actor.on(null, async ({ client, goto, evaluate }) => {
        client.Fetch.requestPaused(({ requestId, request }) => {
          const body = Buffer.from('<h1>made up</h1>').toString('base64');
          const made = request.url.includes('/made-up');
          const answer = { requestId, responseCode: 200, body };
          void (made ? client.Fetch.fulfillRequest(answer) : client.Fetch.continueRequest({ requestId }));
        });
        await client.Fetch.enable({ patterns: [{ urlPattern: '*' }] });
        await goto(actor.at('/made-up'));
        expect(await evaluate(ASK.text)).toBe('made up');
        await goto(actor.url);
        expect(await evaluate(ASK.text)).toBe('real');
      }),
  },
  ...(['#open', '#link'] as const).map(
    (selector): Step<Actor> => ({
      name: `popup ${selector === '#open' ? 'with' : 'without'} opener`,
      run: (actor) =>
        actor.on('/openers', async (tab) => {
          const { address, place } = actor;
          const popup = async () =>
            (await CDP.List(address)).find(({ url }) => url.startsWith(`${place.site.origin}/popup`));
          await click(tab, selector);
          await until('the popup is there', async () => (await popup())?.title === `popup of ${place.who}`);
          const target = await popup();
          const client = await CDP({ ...address, target: target?.id });
          const { result } = await client.Runtime.evaluate({ expression: 'window.opener !== null' });
          expect(result.value).toBe(selector === '#open');
          await client.close();
          await CDP.Close({ ...address, id: target?.id ?? '' });
        }),
    }),
  ),
  {
    name: 'alert and prompt',
    run: (actor) =>
      actor.on('/', async ({ client, evaluate }) => {
        const shown: string[] = [];
        client.Page.javascriptDialogOpening(({ type, message }) => {
          shown.push(`${type} ${message}`);
          void client.Page.handleJavaScriptDialog({ accept: true, promptText: 'an answer' });
        });
        await evaluate('alert("look")');
        expect(await evaluate('prompt("a name?")')).toBe('an answer');
        expect(shown).toEqual(['alert look', 'prompt a name?']);
      }),
  },
  {
    name: 'download',
    run: (actor) =>
      actor.on('/files', async (tab) => {
        const { folder, who } = actor.place;
        const ended: string[] = [];
        tab.client.Browser.downloadProgress(({ state }) => void ended.push(state));
        await tab.client.Browser.setDownloadBehavior({
          behavior: 'allow',
          downloadPath: folder,
          eventsEnabled: true,
        });
        await click(tab, '#attachment');
        await until('it is complete', () => ended.includes('completed'));
        expect(await readFile(join(folder, 'attached.txt'), 'utf8')).toBe(`attachment for ${who}`);
      }),
  },
  {
    name: 'upload',
    run: (actor) =>
      actor.on('/', async (tab) => {
        const file = join(actor.place.folder, 'upload.txt');
        await writeFile(file, 'as uploaded');
        await tab.client.Page.setInterceptFileChooserDialog({ enabled: true });
        const opened = tab.client.Page.fileChooserOpened();
        await click(tab, '#file');
        const { backendNodeId } = await opened;
        await tab.client.DOM.setFileInputFiles({ files: [file], backendNodeId: backendNodeId ?? 0 });
        expect(await tab.evaluate(ASK.upload)).toBe('as uploaded');
      }),
  },
  {
    name: 'cookies',
    run: (actor) =>
      actor.on('/', async ({ client, evaluate }) => {
        const name = `cookie-of-${actor.place.who}`;
        const named = async () =>
          (await client.Network.getCookies({})).cookies.filter((it) => it.name === name);
        await client.Network.setCookie({ name, value: 'yes', url: actor.url });
        expect(await evaluate('document.cookie')).toContain(`${name}=yes`);
        expect(await named()).toMatchObject([{ value: 'yes', domain: '127.0.0.1' }]);
        const stored = (await client.Storage.getCookies({})).cookies;
        expect(stored.map((cookie) => cookie.name)).toContain(name);
        await client.Network.deleteCookies({ name, url: actor.url });
        expect(await named()).toEqual([]);
      }),
  },
  {
    name: 'new context',
    run: (actor) =>
      actor.whole(async ({ Target, Runtime, Storage }) => {
        const { browserContextId } = await Target.createBrowserContext({});
        expect((await Target.getBrowserContexts()).browserContextIds).toContain(browserContextId);
        const { targetId } = await Target.createTarget({ url: actor.url, browserContextId });
        const { sessionId } = await Target.attachToTarget({ targetId, flatten: true });
        const evaluate = async (expression: string) =>
          (await Runtime.evaluate({ expression }, sessionId)).result.value;
        await until(
          'it is loaded',
          async () => (await evaluate('document.title')) === `page of ${actor.place.who}`,
        );
        const cookie = { name: `apart-${actor.place.who}`, value: 'yes', url: actor.url };
        await Storage.setCookies({ cookies: [cookie], browserContextId });
        expect(await evaluate('document.cookie')).toContain(`${cookie.name}=yes`);
        const names = (await Storage.getCookies({})).cookies.map(({ name }) => name);
        expect(names).not.toContain(cookie.name);
        const gone = Target.detachedFromTarget();
        await Target.disposeBrowserContext({ browserContextId });
        expect(await gone).toMatchObject({ sessionId });
      }),
  },
  {
    name: 'permissions and geolocation',
    run: (actor) =>
      actor.on('/', async ({ client, evaluate }) => {
        const { origin } = actor.place.site;
        await client.Browser.grantPermissions({ origin, permissions: ['geolocation'] });
        expect(await evaluate(ASK.permission)).toBe('granted');
        await client.Emulation.setGeolocationOverride({ latitude: 10, longitude: 20, accuracy: 1 });
        expect(await evaluate(ASK.geolocation)).toBe('10,20');
        await client.Browser.resetPermissions({});
        expect(await evaluate(ASK.permission)).not.toBe('granted');
      }),
  },
  {
    name: 'workers and service worker',
    run: (actor) =>
      actor.on('/', async ({ client, goto, evaluate }) => {
        const sessions = new Map<string, string>();
        client.Target.attachedToTarget(({ sessionId, targetInfo }) => {
          sessions.set(targetInfo.type, sessionId);
        });
        await client.Target.setAutoAttach({ autoAttach: true, waitForDebuggerOnStart: false, flatten: true });
        await goto(actor.at('/busy'));
        expect(await evaluate('window.all')).toBe('frame,service,shared,worker');
        await until('it is attached to both', () => sessions.has('worker') && sessions.has('service_worker'));
        expect(await evaluate('location.pathname', sessions.get('worker'))).toBe('/worker.js');
        expect(await evaluate('location.pathname', sessions.get('service_worker'))).toBe('/service.js');
      }),
  },
  {
    name: 'tracing',
    alone: true,
    run: (actor) =>
      actor.on(null, async ({ client, goto }) => {
        const events: object[] = [];
        client.Tracing.dataCollected(({ value }) => void events.push(...value));
        await client.Tracing.start({ transferMode: 'ReportEvents' });
        await goto(actor.url);
        const complete = client.Tracing.tracingComplete();
        await client.Tracing.end();
        await complete;
        expect(events.length).toBeGreaterThan(10);
      }),
  },
  {
    name: 'tracing into a stream',
    alone: true,
    run: (actor) =>
      actor.whole(async ({ Tracing, IO }) => {
        await Tracing.start({ transferMode: 'ReturnAsStream' });
        const complete = Tracing.tracingComplete();
        await Tracing.end();
        const handle = (await complete).stream ?? '';
        let text = '';
        for (let eof = false; !eof; ) {
          const chunk = await IO.read({ handle });
          text += chunk.base64Encoded ? Buffer.from(chunk.data, 'base64') : chunk.data;
          ({ eof } = chunk);
        }
        await IO.close({ handle });
        expect(JSON.parse(text).traceEvents.length).toBeGreaterThan(10);
      }),
  },
  {
    name: 'pdf and screenshots',
    run: (actor) =>
      actor.on('/', async ({ client, goto, evaluate }) => {
        const pdf = Buffer.from((await client.Page.printToPDF({})).data, 'base64');
        expect(pdf.toString('latin1', 0, 5)).toBe('%PDF-');
        const shot = async (params = {}) =>
          pictureSize(Buffer.from((await client.Page.captureScreenshot(params)).data, 'base64'));
        expect((await shot()).height).toBe(await evaluate('innerHeight'));
        await goto(actor.at('/tall'));
        const { cssContentSize } = await client.Page.getLayoutMetrics();
        const clip = { ...cssContentSize, scale: 1 };
        expect((await shot({ captureBeyondViewport: true, clip })).height).toBeGreaterThanOrEqual(3000);
      }),
  },
  {
    name: 'emulation',
    run: (actor) =>
      actor.on(null, async ({ client, goto, evaluate }) => {
        const metrics = { width: 400, height: 300, deviceScaleFactor: 2, mobile: false };
        await client.Emulation.setDeviceMetricsOverride(metrics);
        await client.Emulation.setUserAgentOverride({ userAgent: `agent of ${actor.place.who}` });
        await client.Emulation.setTimezoneOverride({ timezoneId: 'Asia/Tokyo' });
        await client.Emulation.setEmulatedMedia({
          features: [{ name: 'prefers-color-scheme', value: 'dark' }],
        });
        await goto(actor.url);
        expect(await evaluate(ASK.screen)).toBe('400,300,2');
        expect(await evaluate('navigator.userAgent')).toBe(`agent of ${actor.place.who}`);
        expect(await evaluate(ASK.zone)).toBe('Asia/Tokyo');
        expect(await evaluate(ASK.dark)).toBe(true);
      }),
  },
  {
    name: 'sessions of pages on the browser’s own socket',
    run: (actor) =>
      actor.whole(async ({ Browser, Target, Runtime }) => {
        expect((await Browser.getVersion()).product).toContain('Chrome/');
        const found: string[] = [];
        Target.targetCreated(({ targetInfo }) => void found.push(targetInfo.targetId));
        await Target.setDiscoverTargets({ discover: true });
        const { targetId } = await Target.createTarget({ url: actor.url });
        expect(found).toContain(targetId);
        const sessions = await Promise.all(
          [1, 2].map(() => Target.attachToTarget({ targetId, flatten: true })),
        );
        const answers = await Promise.all(
          sessions.map(({ sessionId }, n) => Runtime.evaluate({ expression: `6 * ${n}` }, sessionId)),
        );
        expect(answers.map(({ result }) => result.value)).toEqual([0, 6]);
        const gone = Target.targetDestroyed();
        await Target.closeTarget({ targetId });
        expect(await gone).toEqual({ targetId });
      }),
  },
  {
    name: 'two pages, and two clients of one page',
    run: (actor) =>
      actor.on('/', (first) =>
        actor.on('/', async (second) => {
          const third = await CDP({ ...actor.address, target: second.target });
          for (const [n, tab] of [first, second].entries()) await tab.evaluate(`window.mine = ${n}`);
          expect(await first.evaluate('window.mine')).toBe(0);
          expect((await third.Runtime.evaluate({ expression: 'window.mine' })).result.value).toBe(1);
          await third.close();
          expect(await second.evaluate('window.mine')).toBe(1);
        }),
      ),
  },
  {
    name: 'errors in Chrome’s own words',
    run: (actor) =>
      actor.on('/', async ({ client }) => {
        await expect(client.send('Nope.nope' as 'Page.enable')).rejects.toThrow("'Nope.nope' wasn't found");
        await expect(client.Page.navigate({ url: '' })).rejects.toThrow('Cannot navigate to invalid URL');
        await expect(CDP.Close({ ...actor.address, id: 'nope' })).rejects.toThrow('No such target id: nope');
      }),
  },
  {
    name: 'close',
    run: async ({ address }) => {
      const { webSocketDebuggerUrl } = await CDP.Version(address);
      const client = await CDP({ target: webSocketDebuggerUrl });
      const gone = new Promise((resolve) => client.on('disconnect', () => resolve(null)));
      await client.Browser.close();
      await gone;
    },
  },
];

export const chromeRemoteInterface = script(async (place) => new Actor(place), STEPS);
