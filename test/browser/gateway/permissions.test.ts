import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium as playwright } from 'playwright-core';
import { afterAll, expect, test } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { until } from '../../helpers/hub.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';
import { RawClient } from './raw-client.ts';

const server = createServer((_, response) =>
  response.setHeader('content-type', 'text/html').end('<title>page</title>'),
);
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const chrome = await Chrome.start();
const gateway = await gatewayOn(chrome);

/** A client with a page of the one origin that all of them share. */
class Visitor implements AsyncDisposable {
  readonly client: RawClient;
  readonly session: string;

  private constructor(client: RawClient, session: string) {
    this.client = client;
    this.session = session;
  }

  static async arrive(isolation = 'tabs'): Promise<Visitor> {
    const client = await RawClient.connect(`${gateway.cdp}?isolation=${isolation}`);
    const { targetId } = (await client.call('Target.createTarget', { url: `${origin}/` })).result;
    const attached = await client.call('Target.attachToTarget', { targetId, flatten: true });
    const self = new Visitor(client, attached.result.sessionId);
    await until('the page is there', async () => (await self.evaluate('document.title')) === 'page');
    return self;
  }

  async grant(...permissions: string[]): Promise<object> {
    const { result, error } = await this.client.call('Browser.grantPermissions', { origin, permissions });
    return result ?? error;
  }

  async evaluate(expression: string): Promise<string> {
    const params = { expression, awaitPromise: true };
    return (await this.client.call('Runtime.evaluate', params, this.session)).result?.result?.value;
  }

  /** What the page is told of a permission. */
  state(name: string): Promise<string> {
    return this.evaluate(`navigator.permissions.query({ name: '${name}' }).then(({ state }) => state)`);
  }

  /** Of geolocation, midi and notifications. */
  states(): Promise<string[]> {
    return Promise.all(['geolocation', 'midi', 'notifications'].map((name) => this.state(name)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]();
  }
}

test('two clients at one origin keep what they granted; who leaves takes only its own along', async () => {
  await using a = await Visitor.arrive();
  const before = await a.states();
  {
    await using b = await Visitor.arrive();
    expect(await a.grant('geolocation')).toEqual({});
    expect(await b.grant('midi')).toEqual({});
    for (const each of [a, b]) expect(await each.states()).toEqual(['granted', 'granted', 'denied']);
  }
  await expect.poll(() => a.states()).toEqual(['granted', 'denied', 'denied']);
  await a.client.call('Browser.resetPermissions');
  expect(await a.states()).toEqual(before);
});

test('who resets, resets its own; what Chrome refuses changes nothing', async () => {
  await using a = await Visitor.arrive();
  await using b = await Visitor.arrive();
  await a.grant('geolocation');
  await b.grant('midi');
  expect(await b.grant('nope')).toEqual({ code: -32602, message: 'Unknown permission type: nope' });
  const opaque = await b.client.call('Browser.grantPermissions', { origin: 'nope', permissions: ['midi'] });
  expect(opaque.error).toEqual({ code: -32602, message: "Permission can't be granted to opaque origins." });
  expect(await a.states()).toEqual(['granted', 'granted', 'denied']);
  await b.client.call('Browser.resetPermissions');
  expect(await a.states()).toEqual(['granted', 'denied', 'denied']);
  const setting = { permission: { name: 'notifications' }, setting: 'granted', origin };
  expect((await b.client.call('Browser.setPermission', setting)).result).toEqual({});
  expect(await a.states()).toEqual(['granted', 'denied', 'granted']);
});

test('a client without isolation is one of those who share; one in a context of its own is not', async () => {
  await using a = await Visitor.arrive();
  await using apart = await Visitor.arrive('context');
  const before = await apart.states();
  {
    await using open = await Visitor.arrive('none');
    await a.grant('geolocation');
    await open.grant('midi');
    expect(await a.states()).toEqual(['granted', 'granted', 'denied']);
  }
  await expect.poll(() => a.states()).toEqual(['granted', 'denied', 'denied']);
  expect(await apart.states()).toEqual(before);
  expect(await apart.grant('notifications')).toEqual({});
  expect(await apart.states()).toEqual(['denied', 'denied', 'granted']);
  expect(await a.states()).toEqual(['granted', 'denied', 'denied']);
});

test('Playwright grants and clears beside another client', async () => {
  await using a = await Visitor.arrive();
  await a.grant('geolocation');
  const browser = await playwright.connectOverCDP(`${gateway.url}/w/player`);
  try {
    const [context] = browser.contexts();
    await context?.grantPermissions(['notifications'], { origin });
    expect(await a.states()).toEqual(['granted', 'denied', 'granted']);
    await context?.clearPermissions();
    expect(await a.states()).toEqual(['granted', 'denied', 'denied']);
  } finally {
    await browser.close();
  }
});
