import CDP from 'chrome-remote-interface';
import type { Place } from './steps.ts';

/** Host and port are all that chrome-remote-interface is given. */
interface Address {
  host: string;
  port: number;
}

/** A page with a socket of its own. */
export interface Tab {
  target: CDP.Target;
  client: CDP.Client;
  goto(url: string): Promise<void>;
  evaluate(expression: string, sessionId?: string): Promise<unknown>;
}

/** chrome-remote-interface: pages by HTTP, each with a socket; and the browser's own socket. */
export class Actor implements AsyncDisposable {
  readonly address: Address;
  readonly place: Place;

  constructor(place: Place) {
    const { hostname, port } = new URL(place.http);
    this.address = { host: hostname, port: Number(port) };
    this.place = place;
  }

  get url(): string {
    return this.at('/');
  }

  at(path: string): string {
    return this.place.site.page(path, this.place.who);
  }

  /** A page of its own for the step, closed behind it. */
  async on(path: string | null, use: (tab: Tab) => Promise<void>): Promise<void> {
    const target = await CDP.New(this.address);
    const client = await CDP({ ...this.address, target });
    await client.Page.enable();
    await client.Runtime.enable();
    const tab: Tab = {
      target,
      client,
      async goto(url) {
        const loaded = client.Page.loadEventFired();
        await client.Page.navigate({ url });
        await loaded;
      },
      async evaluate(expression, sessionId) {
        const params = { expression, awaitPromise: true, returnByValue: true, userGesture: true };
        const { result, exceptionDetails } = await client.Runtime.evaluate(params, sessionId);
        if (exceptionDetails) throw new Error(exceptionDetails.exception?.description);
        return result.value;
      },
    };
    if (path !== null) await tab.goto(this.at(path));
    await use(tab);
    await client.close();
    await CDP.Close({ ...this.address, id: target.id });
  }

  /** The browser's own socket. */
  async whole(use: (client: CDP.Client) => Promise<void>): Promise<void> {
    const { webSocketDebuggerUrl } = await CDP.Version(this.address);
    const client = await CDP({ target: webSocketDebuggerUrl });
    await use(client);
    await client.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** Where something is on the page, for the mouse. */
async function middle(tab: Tab, selector: string): Promise<{ x: number; y: number }> {
  const box = await tab.evaluate(`(({ x, y, width, height }) => ({ x: x + width / 2, y: y + height / 2 }))(
    document.querySelector('${selector}').getBoundingClientRect())`);
  return box as { x: number; y: number };
}

export async function click(tab: Tab, selector: string): Promise<void> {
  const at = { ...(await middle(tab, selector)), button: 'left', clickCount: 1 } as const;
  await tab.client.Input.dispatchMouseEvent({ type: 'mousePressed', ...at });
  await tab.client.Input.dispatchMouseEvent({ type: 'mouseReleased', ...at });
}
