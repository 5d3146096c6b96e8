import { setTimeout as patience } from 'node:timers/promises';
import { until } from '../../../helpers/hub.ts';
import type { Frame } from '../raw-client.ts';
import { RawClient } from '../raw-client.ts';
import type { Stage } from './stage.ts';

/** How an auto-attacher gets its pages: itself, as Playwright does, or through their tabs, as Puppeteer. */
export type Style = 'page-style' | 'tab-style';

/** What is clicked on the page `/openers`. */
export type Kind = 'open' | 'noopener';

const PAUSE = { autoAttach: true, waitForDebuggerOnStart: true, flatten: true };
const TABS_ONLY = [{ type: 'page', exclude: true }, {}];

/** How long it takes over a popup before it lets it run, milliseconds. */
const SLOWNESS = 700;

/** A client that takes its time with a popup, puts a script of its own into it and only then lets it run. */
export class PopupOwner implements AsyncDisposable {
  readonly #stage: Stage;
  readonly #name: string;
  readonly #client: RawClient;
  /** When a target was let run, by its id; milliseconds of `performance.now()`. */
  readonly #released = new Map<string, number>();
  #lastId = 1_000_000;
  #opener = { targetId: '', sessionId: '' };

  private constructor(stage: Stage, name: string, client: RawClient) {
    this.#stage = stage;
    this.#name = name;
    this.#client = client;
    client.socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as Frame;
      if (frame.method === 'Target.attachedToTarget') void this.#attached(frame);
    });
  }

  static async start(stage: Stage, style: Style): Promise<PopupOwner> {
    const name = stage.name(style);
    const version = (await (await fetch(`${stage.endpoint(name)}/json/version`)).json()) as {
      webSocketDebuggerUrl: string;
    };
    const client = await RawClient.connect(version.webSocketDebuggerUrl);
    const owner = new PopupOwner(stage, name, client);
    const filter = style === 'tab-style' ? { filter: TABS_ONLY } : {};
    await client.call('Target.setAutoAttach', { ...PAUSE, ...filter });
    const url = stage.site.page('/openers', name);
    const { targetId } = (await client.call('Target.createTarget', { url })).result;
    const attached = await client.heard((frame) => isAttached(frame, (info) => info.targetId === targetId));
    owner.#opener = { targetId, sessionId: attached.params.sessionId };
    await owner.#shows(owner.#opener.sessionId, '/openers');
    return owner;
  }

  /**
   * One popup from the click to its end: what its page found of the owner's script, and how long after its
   * release it was asked for, milliseconds; negative: too early. Rejects where it never loads.
   */
  async popup(kind: Kind): Promise<{ found: unknown; requestedAfter: number }> {
    const from = this.#client.frames.length;
    const path = `/popup?who=${this.#name}&kind=${kind}`;
    const hitsBefore = this.#stage.site.hits.length;
    const expression = `document.querySelector('${kind === 'open' ? '#open' : '#link'}').click()`;
    // The opener of window.open hangs until its popup runs: there is no waiting for this answer.
    this.#say('Runtime.evaluate', { expression, userGesture: true }, this.#opener.sessionId);
    const { frames } = this.#client;
    const { params } = await this.#client.heard(
      (frame) =>
        isAttached(frame, (info) => info.type === 'page' && info.openerId === this.#opener.targetId) &&
        frames.indexOf(frame) >= from,
    );
    const { targetId } = params.targetInfo;
    await until('the owner lets it run', () => this.#released.has(targetId));
    await this.#shows(params.sessionId, '/popup');
    const found = await this.#evaluate(params.sessionId, 'window.seen');
    const hit = this.#stage.site.hits.slice(hitsBefore).find(({ url }) => url === path);
    const requestedAfter = (hit?.at ?? Number.NaN) - (this.#released.get(targetId) ?? Number.NaN);
    await this.#client.call('Target.closeTarget', { targetId });
    return { found, requestedAfter };
  }

  async #attached({ params, sessionId: parent }: Frame): Promise<void> {
    const { sessionId, targetInfo } = params;
    this.#say('Target.setAutoAttach', PAUSE, sessionId);
    // A tab waits for its page: a noopener popup is held by the session of the tab alone.
    if (targetInfo.type === 'tab') return;
    if (targetInfo.type === 'page') {
      this.#say('Page.enable', {}, sessionId);
      const source = "window.early = 'the script of the owner'";
      this.#say('Page.addScriptToEvaluateOnNewDocument', { source }, sessionId);
      if (targetInfo.openerId) await patience(SLOWNESS);
    }
    this.#released.set(targetInfo.targetId, performance.now());
    this.#say('Runtime.runIfWaitingForDebugger', {}, sessionId);
    if (parent !== undefined) this.#say('Runtime.runIfWaitingForDebugger', {}, parent);
  }

  #say(method: string, params: object, sessionId: string): void {
    this.#lastId += 1;
    this.#client.say({ id: this.#lastId, method, params, sessionId });
  }

  async #evaluate(sessionId: string, expression: string): Promise<unknown> {
    const answer = await this.#client.call('Runtime.evaluate', { expression }, sessionId);
    return answer.result?.result.value;
  }

  async #shows(sessionId: string, path: string): Promise<void> {
    const loaded = 'location.pathname + document.readyState';
    await until(
      `${path} is loaded`,
      async () => (await this.#evaluate(sessionId, loaded)) === `${path}complete`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]();
  }
}

function isAttached(
  { method, params }: Frame,
  fits: (info: { targetId: string; type: string; openerId?: string }) => boolean,
): boolean {
  return method === 'Target.attachedToTarget' && fits(params.targetInfo);
}
