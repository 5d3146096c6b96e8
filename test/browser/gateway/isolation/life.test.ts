import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Chrome } from '../../../helpers/chrome.ts';
import { inFull } from '../../../helpers/full.ts';
import { until } from '../../../helpers/hub.ts';
import { GatewayProcess } from '../../../integration/gateway/gateway-process.ts';
import { RawClient } from '../raw-client.ts';

/** When a workspace gets what it has, and what becomes of it. */
interface Page {
  id: string;
  type: string;
  url: string;
}

let chrome: Chrome;

beforeAll(async () => {
  chrome = await Chrome.start(0, { omnibox: true });
});
afterAll(() => chrome[Symbol.asyncDispose]());

/** The pages of the browser, asked straight; contexts too. */
async function there(): Promise<{ pages: string[]; contexts: string[] }> {
  const list = (await (await fetch(`${chrome.url}/json/list`)).json()) as Page[];
  await using direct = await RawClient.connect(chrome.endpoint.wsUrl);
  const { result } = await direct.call('Target.getBrowserContexts');
  return {
    pages: list.filter(({ type }) => type === 'page').map(({ id }) => id),
    contexts: result.browserContextIds,
  };
}

async function clientsOf(gateway: GatewayProcess): Promise<number> {
  const stats = (await (await fetch(`${gateway.url}/stats`)).json()) as { total_clients: number };
  return stats.total_clients;
}

async function makePages(client: RawClient): Promise<string[]> {
  const { browserContextId } = (await client.call('Target.createBrowserContext')).result;
  const pages = [{}, { browserContextId }].map(async (where) => {
    const { result } = await client.call('Target.createTarget', { url: 'about:blank', ...where });
    return result.targetId as string;
  });
  return Promise.all(pages);
}

describe.each(inFull(['tabs', 'context'], ['tabs']))('isolation %s', (isolation) => {
  it('makes nothing for a client that only looks at the browser’s version', async () => {
    await using gateway = await GatewayProcess.start(chrome.endpoint, { isolation });
    const before = await there();
    await using client = await RawClient.connect(gateway.cdp);
    await client.call('Browser.getVersion');
    await fetch(`${gateway.url}/w/idle/json/version`);
    expect(await there()).toEqual(before);
    const { targetInfos } = (await client.call('Target.getTargets')).result;
    expect(targetInfos).toMatchObject([{ type: 'page', url: 'about:blank' }]);
    expect((await there()).pages.length).toBe(before.pages.length + 1);
  });

  it('closes what a client without a name had', async () => {
    await using gateway = await GatewayProcess.start(chrome.endpoint, { isolation });
    const before = await there();
    const client = await RawClient.connect(gateway.cdp);
    await makePages(client);
    expect((await there()).pages.length).toBe(before.pages.length + 3);
    await client[Symbol.asyncDispose]();
    await until('all of it is gone', async () => JSON.stringify(await there()) === JSON.stringify(before));
  });

  it('with --keep-tabs leaves them to the person at the browser', async () => {
    await using gateway = await GatewayProcess.start(chrome.endpoint, { isolation, keepTabs: true });
    const client = await RawClient.connect(gateway.cdp);
    const made = await makePages(client);
    await client[Symbol.asyncDispose]();
    await until('the client is off the list', async () => (await clientsOf(gateway)) === 0);
    // Asked over the connection that would have closed them, so behind that.
    await using next = await RawClient.connect(gateway.cdp);
    const { targetInfos } = (await next.call('Target.getTargets')).result as {
      targetInfos: { targetId: string }[];
    };
    for (const targetId of made) {
      expect((await there()).pages).toContain(targetId);
      expect(targetInfos.map((info) => info.targetId)).not.toContain(targetId);
    }
    for (const id of (await there()).pages.slice(1)) await fetch(`${chrome.url}/json/close/${id}`);
  });

  it('keeps a named one for as long as anybody is in it, and ends it with the last Browser.close', async () => {
    await using gateway = await GatewayProcess.start(chrome.endpoint, { isolation });
    const before = await there();
    const url = gateway.cdp.replace('/devtools', '/w/alice/devtools');
    await using stays = await RawClient.connect(url);
    const made = await makePages(stays);
    // Each takes its leave in another way, and none of them takes the workspace with it.
    const guests = [await RawClient.connect(url), await RawClient.connect(url), await RawClient.connect(url)];
    await guests[0]?.call('Browser.close');
    guests[1]?.socket.close();
    guests[2]?.socket.terminate();
    await Promise.all(guests.map((guest) => guest.closed));
    await until('the hub knows that they are gone', async () => (await clientsOf(gateway)) === 1);
    expect((await there()).pages).toEqual(expect.arrayContaining(made));
    await stays.call('Browser.close');
    await until('all of it is gone', async () => JSON.stringify(await there()) === JSON.stringify(before));
  });

  it('keeps a named one between two connections', async () => {
    await using gateway = await GatewayProcess.start(chrome.endpoint, { isolation });
    const url = gateway.cdp.replace('/devtools', '/w/alice/devtools');
    const first = await RawClient.connect(url);
    const made = await makePages(first);
    await first[Symbol.asyncDispose]();
    await using again = await RawClient.connect(url);
    const { targetInfos } = (await again.call('Target.getTargets')).result as {
      targetInfos: { targetId: string }[];
    };
    expect(targetInfos.map(({ targetId }) => targetId)).toEqual(expect.arrayContaining(made));
    expect(targetInfos).toHaveLength(3);
  });
});
