import { expect } from 'vitest';
import { RawClient } from '../browser/gateway/raw-client.ts';
import { Chrome } from '../helpers/chrome.ts';
import { until } from '../helpers/hub.ts';

const HTML = `<body style="height:3000px"><input id=field><button id=popper onclick="window.open('about:blank')">open</button>
<script>
  window.frames_ = 0;
  const count = () => { window.frames_ += 1; requestAnimationFrame(count); };
  count();
  window.heard = [];
  for (const type of ['focus', 'keydown', 'input']) field.addEventListener(type, () => heard.push(type));
  window.clicks = 0;
  document.body.addEventListener('click', () => { window.clicks += 1; });
  addEventListener('touchstart', () => { window.touches = (window.touches ?? 0) + 1; });
</script>`;

/** A page that counts what it sees: frames, clicks, touches, what its field hears. */
export const COUNTING = `data:text/html,${encodeURIComponent(HTML)}`;

/** A browser with windows and a person at it, whose page is watched straight on the browser. */
export class Desktop implements AsyncDisposable {
  readonly chrome: Chrome;
  readonly #person: RawClient;

  private constructor(chrome: Chrome, person: RawClient) {
    this.chrome = chrome;
    this.#person = person;
  }

  static async start(display: string): Promise<Desktop> {
    const chrome = await Chrome.start(0, { display });
    const [page] = (await (await fetch(`${chrome.url}/json/list`)).json()) as {
      webSocketDebuggerUrl: string;
    }[];
    const person = await RawClient.connect(page?.webSocketDebuggerUrl ?? '');
    const desktop = new Desktop(chrome, person);
    await person.call('Page.navigate', { url: COUNTING });
    // Only what a person did makes a window's page focused for sure.
    await person.call('Page.bringToFront');
    for (const type of ['mousePressed', 'mouseReleased']) {
      await person.call('Input.dispatchMouseEvent', { type, x: 300, y: 300, button: 'left', clickCount: 1 });
    }
    await until('the person’s page has the focus', () => desktop.hasFocus());
    await desktop.evaluate("window.blurs = 0; addEventListener('blur', () => { window.blurs += 1 })");
    return desktop;
  }

  async evaluate(expression: string): Promise<unknown> {
    const { result } = await this.#person.call('Runtime.evaluate', { expression, returnByValue: true });
    return result?.result?.value;
  }

  /** The person turns to their own window. */
  async focus(): Promise<void> {
    await this.#person.call('Page.bringToFront');
    // It is answered before the focus has come.
    await until('the person’s page has the focus', () => this.hasFocus());
  }

  async hasFocus(): Promise<boolean> {
    return (await this.evaluate('document.hasFocus()')) === true;
  }

  async windowId(): Promise<number> {
    return (await this.#person.call('Browser.getWindowForTarget')).result.windowId;
  }

  /** The person has the focus, and had it all the time since this was last asked. */
  async expectUndisturbed(): Promise<void> {
    expect(await this.evaluate('[document.hasFocus(), document.visibilityState, blurs]')).toEqual([
      true,
      'visible',
      0,
    ]);
  }

  /** The person has the focus again: an agent had it for a moment. */
  async expectHandedBack(): Promise<void> {
    await until('the person has the focus back', () => this.hasFocus(), 3000);
    await this.evaluate('window.blurs = 0');
  }

  /** The addresses of all tabs, the hub's own among them. */
  async tabs(): Promise<string[]> {
    const list = (await (await fetch(`${this.chrome.url}/json/list`)).json()) as {
      type: string;
      url: string;
    }[];
    return list.filter(({ type }) => type === 'page').map(({ url }) => url);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#person[Symbol.asyncDispose]();
    await this.chrome[Symbol.asyncDispose]();
  }
}
