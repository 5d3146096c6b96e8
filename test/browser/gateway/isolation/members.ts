import { chromium, type Browser as PlaywrightBrowser } from 'playwright-core';
import puppeteer, { type Browser as PuppeteerBrowser } from 'puppeteer-core';
import { type Frame, RawClient } from '../raw-client.ts';

/** What a page of any of the clients can do, in the words that Playwright and Puppeteer have in common. */
export interface Tab {
  goto(url: string): Promise<unknown>;
  evaluate(expression: string): Promise<unknown>;
  click(selector: string): Promise<unknown>;
  close(): Promise<unknown>;
}

/** One client of the browser. */
export interface Member extends AsyncDisposable {
  readonly name: string;
  open(url?: string): Promise<Tab>;
  /** The addresses of all pages and workers that this client can see or was ever told of. */
  sees(): Promise<string[]>;
}

/** Playwright, in the default context that it finds. */
export class PlaywrightMember implements Member {
  readonly name: string;
  readonly browser: PlaywrightBrowser;
  /** Pages that turned up without this client asking for them. */
  readonly #told: string[] = [];

  private constructor(name: string, browser: PlaywrightBrowser) {
    this.name = name;
    this.browser = browser;
    this.context.on('page', (page) => {
      this.#told.push(page.url());
      page.on('framenavigated', (frame) => this.#told.push(frame.url()));
    });
  }

  static async connect(name: string, endpoint: string): Promise<PlaywrightMember> {
    return new PlaywrightMember(name, await chromium.connectOverCDP(endpoint));
  }

  get context() {
    const [context] = this.browser.contexts();
    if (!context) throw new Error(`${this.name} has no default context`);
    return context;
  }

  async open(url?: string) {
    const page = await this.context.newPage();
    page.setDefaultTimeout(10_000);
    if (url !== undefined) await page.goto(url);
    return page;
  }

  async sees(): Promise<string[]> {
    const contexts = this.browser.contexts();
    const pages = contexts.flatMap((context) => [...context.pages(), ...context.serviceWorkers()]);
    return [...pages.map((page) => page.url()), ...this.#told];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close();
  }
}

export class PuppeteerMember implements Member {
  readonly name: string;
  readonly browser: PuppeteerBrowser;
  readonly #told: string[] = [];

  private constructor(name: string, browser: PuppeteerBrowser) {
    this.name = name;
    this.browser = browser;
    for (const event of ['targetcreated', 'targetchanged', 'targetdestroyed'] as const) {
      browser.on(event, (target) => this.#told.push(target.url()));
    }
  }

  static async connect(name: string, endpoint: string): Promise<PuppeteerMember> {
    const browser = await puppeteer.connect({ browserURL: endpoint, defaultViewport: null });
    return new PuppeteerMember(name, browser);
  }

  async open(url?: string) {
    const page = await this.browser.newPage();
    page.setDefaultTimeout(10_000);
    if (url !== undefined) await page.goto(url);
    return page;
  }

  async sees(): Promise<string[]> {
    return [...this.browser.targets().map((target) => target.url()), ...this.#told];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.disconnect();
  }
}

/** CDP by hand: it asks for everything that there is to know of targets. */
export class RawMember implements Member {
  readonly name: string;
  readonly client: RawClient;

  private constructor(name: string, client: RawClient) {
    this.name = name;
    this.client = client;
  }

  static async connect(name: string, endpoint: string): Promise<RawMember> {
    const version = (await (await fetch(`${endpoint}/json/version`)).json()) as {
      webSocketDebuggerUrl: string;
    };
    return RawMember.on(name, await RawClient.connect(version.webSocketDebuggerUrl));
  }

  /** On a socket that is open. */
  static async on(name: string, client: RawClient): Promise<RawMember> {
    await client.call('Target.setDiscoverTargets', { discover: true, filter: [{}] });
    await client.call('Target.setAutoAttach', {
      autoAttach: true,
      waitForDebuggerOnStart: false,
      flatten: true,
    });
    return new RawMember(name, client);
  }

  async open(url = 'about:blank'): Promise<RawTab> {
    const { result } = await this.client.call('Target.createTarget', { url: 'about:blank' });
    const tab = await RawTab.attach(this.client, result.targetId);
    if (url !== 'about:blank') await tab.goto(url);
    return tab;
  }

  async sees(): Promise<string[]> {
    return (await this.targets()).map(({ url }) => url);
  }

  /** All that it was told of targets, and all that it gets when it asks, the same target many times. */
  async targets(): Promise<{ targetId: string; type: string; url: string }[]> {
    const { result } = await this.client.call('Target.getTargets', { filter: [{}] });
    const told = this.client.frames.flatMap(({ method, params }) =>
      method?.startsWith('Target.') && params?.targetInfo ? [params.targetInfo] : [],
    );
    return [...result.targetInfos, ...told];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]();
  }
}

export class RawTab implements Tab {
  readonly client: RawClient;
  readonly targetId: string;
  readonly sessionId: string;

  private constructor(client: RawClient, targetId: string, sessionId: string) {
    this.client = client;
    this.targetId = targetId;
    this.sessionId = sessionId;
  }

  static async attach(client: RawClient, targetId: string): Promise<RawTab> {
    const { result } = await client.call('Target.attachToTarget', { targetId, flatten: true });
    await client.call('Page.enable', {}, result.sessionId);
    return new RawTab(client, targetId, result.sessionId);
  }

  call(method: string, params: object = {}): Promise<Frame> {
    return this.client.call(method, params, this.sessionId);
  }

  async goto(url: string): Promise<string> {
    const from = this.client.frames.length;
    const { result } = await this.call('Page.navigate', { url });
    if (result.errorText) return result.errorText;
    const { frames } = this.client;
    await this.client.heard(
      (frame) =>
        frame.method === 'Page.loadEventFired' &&
        frame.sessionId === this.sessionId &&
        frames.indexOf(frame) >= from,
    );
    return '';
  }

  async evaluate(expression: string): Promise<unknown> {
    const params = { expression, awaitPromise: true, returnByValue: true, userGesture: true };
    const { result, error } = await this.call('Runtime.evaluate', params);
    if (error) throw new Error(error.message);
    if (result.exceptionDetails) throw new Error(JSON.stringify(result.exceptionDetails));
    return result.result.value;
  }

  async click(selector: string): Promise<unknown> {
    return this.evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`);
  }

  async close(): Promise<unknown> {
    return this.client.call('Target.closeTarget', { targetId: this.targetId });
  }
}
