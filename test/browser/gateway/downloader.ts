import { expect } from 'vitest';
import { until } from '../../helpers/hub.ts';
import { type Frame, RawClient } from './raw-client.ts';

/** `origin`: of the site that it downloads from; `url`: of the browser's WebSocket. */
interface Of {
  who: string;
  url: string;
  origin: string;
}

const has = (frame: Frame, method: string, params: object) =>
  frame.method === method && Object.entries(params).every(([key, value]) => frame.params?.[key] === value);

/** A client with a page of its own, which downloads what it is told to, and hears of it. */
export class Downloader implements AsyncDisposable {
  readonly client: RawClient;
  readonly #of: Of;
  session = '';

  private constructor(client: RawClient, of: Of) {
    this.client = client;
    this.#of = of;
  }

  static async connect(of: Of): Promise<Downloader> {
    return new Downloader(await RawClient.connect(of.url), of);
  }

  /** With its events on, and with a page. */
  static async ready(of: Of, behavior: object): Promise<Downloader> {
    const self = await Downloader.connect(of);
    await self.wants({ eventsEnabled: true, ...behavior });
    await self.open('page');
    return self;
  }

  async wants(behavior: object): Promise<void> {
    const answer = await this.client.call('Browser.setDownloadBehavior', behavior);
    expect(answer.error).toBeUndefined();
  }

  async open(path: string, more: object = {}): Promise<void> {
    const url = `${this.#of.origin}/${path}?who=${this.#of.who}`;
    const { targetId } = (await this.client.call('Target.createTarget', { url, ...more })).result;
    const attached = await this.client.call('Target.attachToTarget', { targetId, flatten: true });
    this.session = attached.result.sessionId;
    await until('the page is there', () =>
      this.evaluate(`[window, ...Array.from(frames)].every(({ document }) => document.body?.innerHTML)`),
    );
  }

  // biome-ignore lint/suspicious/noExplicitAny: whatever the page says
  async evaluate(expression: string): Promise<any> {
    const params = { expression, awaitPromise: true, userGesture: true };
    const answer = await this.client.call('Runtime.evaluate', params, this.session);
    return answer.result?.result.value;
  }

  /** A click on a link to the file, in this window of the page. */
  async click(name: string, { inside = 'window', more = '', target = '' } = {}): Promise<void> {
    const href = `/file/${name}?who=${this.#of.who}${more}`;
    await this.evaluate(`(() => {
      const { document } = ${inside};
      const link = document.body.appendChild(document.createElement('a'));
      Object.assign(link, { href: '${href}', target: '${target}' });
      link.click();
    })()`);
  }

  began(name: string): Promise<Frame> {
    return this.client.heard((frame) => has(frame, 'Browser.downloadWillBegin', { suggestedFilename: name }));
  }

  ended(guid: string): Promise<Frame> {
    return this.client.heard(
      (frame) => has(frame, 'Browser.downloadProgress', { guid }) && frame.params.state !== 'inProgress',
    );
  }

  /** Downloads it and returns the last that was told of it. */
  async download(
    name: string,
    how: { inside?: string; more?: string; target?: string } = {},
  ): Promise<Frame> {
    await this.click(name, how);
    const { params } = await this.began(name);
    return this.ended(params.guid);
  }

  /** Of all downloads, as suggested. */
  get told(): string[] {
    return this.client.frames.flatMap((frame) =>
      frame.method === 'Browser.downloadWillBegin' ? [frame.params.suggestedFilename as string] : [],
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]();
  }
}
