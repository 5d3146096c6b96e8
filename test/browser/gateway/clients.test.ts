import { chromium as playwright } from 'playwright-core';
import puppeteer from 'puppeteer-core';
import { expect, test } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';
import { RawClient } from './raw-client.ts';

const chrome = await Chrome.start();
const gateway = await gatewayOn(chrome);

const PAGE = 'data:text/html,<title>T</title><button onclick="this.textContent=\'done\'">go</button>';

async function withPuppeteer(
  options: { browserURL: string } | { browserWSEndpoint: string },
): Promise<string> {
  const browser = await puppeteer.connect(options);
  try {
    const page = await browser.newPage();
    await page.goto(PAGE);
    await page.click('button');
    const text = await page.$eval('button', (button) => button.textContent ?? '');
    const picture = await page.screenshot();
    expect(picture.length).toBeGreaterThan(100);
    await page.close();
    return text;
  } finally {
    await browser.close();
  }
}

async function withPlaywright(endpoint: string): Promise<string> {
  const browser = await playwright.connectOverCDP(endpoint);
  try {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(PAGE);
    await page.click('button');
    const text = await page.textContent('button');
    await context.close();
    return text ?? '';
  } finally {
    await browser.close();
  }
}

test('Puppeteer and Playwright, by HTTP and by WebSocket, all four at once and unmodified', async () => {
  const answers = await Promise.all([
    withPuppeteer({ browserURL: gateway.url }),
    withPuppeteer({ browserWSEndpoint: gateway.cdp }),
    withPlaywright(gateway.url),
    withPlaywright(gateway.cdp),
  ]);
  expect(answers).toEqual(['done', 'done', 'done', 'done']);
  // browser.close() ended its client, and the browser runs on for the next.
  await expect(withPuppeteer({ browserURL: gateway.url })).resolves.toBe('done');
});

test('raw clients with equal ids get their own answers and their own events', async () => {
  await using a = await RawClient.connect(gateway.cdp);
  await using b = await RawClient.connect(gateway.cdp);
  for (const [name, client] of [
    ['a', a],
    ['b', b],
  ] as const) {
    const made = await client.call('Target.createTarget', { url: `data:text/html,<title>${name}</title>` });
    const attached = await client.call('Target.attachToTarget', {
      targetId: made.result.targetId,
      flatten: true,
    });
    const { sessionId } = attached.result;
    await client.call('Runtime.enable', {}, sessionId);
    client.say({ id: 100, method: 'Runtime.evaluate', params: { expression: `'${name}'` }, sessionId });
  }
  const [ofA, ofB] = await Promise.all([a, b].map((client) => client.heard((frame) => frame.id === 100)));
  expect(ofA?.result.result.value).toBe('a');
  expect(ofB?.result.result.value).toBe('b');
  const sessionsOf = (client: RawClient) =>
    new Set(client.frames.flatMap((frame) => (frame.method && frame.sessionId ? [frame.sessionId] : [])));
  expect(sessionsOf(a).size).toBe(1);
  expect([...sessionsOf(b)]).not.toContain([...sessionsOf(a)][0]);
});

test('another client’s session is not found, and does nothing', async () => {
  await using a = await RawClient.connect(gateway.cdp);
  await using b = await RawClient.connect(gateway.cdp);
  const made = await a.call('Target.createTarget', { url: 'about:blank' });
  const attached = await a.call('Target.attachToTarget', { targetId: made.result.targetId, flatten: true });
  const { sessionId } = attached.result;
  const stolen = await b.call('Runtime.evaluate', { expression: 'globalThis.stolen = 1' }, sessionId);
  expect(stolen.error).toEqual({ code: -32001, message: 'Session with given id not found.' });
  const seen = await a.call('Runtime.evaluate', { expression: 'typeof stolen' }, sessionId);
  expect(seen.result.result.value).toBe('undefined');
});

test('a page WebSocket speaks to its page, and ends with it', async () => {
  const made = await fetch(`${gateway.url}/json/new?data:text/html,<title>mine</title>`, { method: 'PUT' });
  const target = (await made.json()) as { id: string; webSocketDebuggerUrl: string };
  await using page = await RawClient.connect(target.webSocketDebuggerUrl);
  const title = () => page.call('Runtime.evaluate', { expression: 'document.title' });
  await expect.poll(async () => (await title()).result.result.value).toBe('mine');
  expect((await title()).sessionId).toBeUndefined();
  const closed = await fetch(`${gateway.url}/json/close/${target.id}`);
  expect(await closed.text()).toBe('Target is closing');
  expect(await page.closed).toMatchObject({ code: 1000 });
  expect(page.frames.at(-1)).toEqual({
    method: 'Inspector.detached',
    params: { reason: 'target_closed' },
  });
});

test.each(['Browser.close', 'Browser.crash'])('%s from a page session spares the browser', async (method) => {
  await using bystander = await RawClient.connect(gateway.cdp);
  const { id } = (await (await fetch(`${gateway.url}/json/new`, { method: 'PUT' })).json()) as { id: string };
  await using page = await RawClient.connect(`${gateway.url.replace('http', 'ws')}/devtools/page/${id}`);
  const answer = await page.call(method);
  if (method === 'Browser.close') {
    expect(answer.result).toEqual({});
    expect(await page.closed).toMatchObject({ code: 1000 });
  } else {
    expect(answer.error?.message).toContain('cdp-hub: Browser.crash is refused');
  }
  expect((await bystander.call('Browser.getVersion')).result.product).toContain('Chrome');
  await fetch(`${gateway.url}/json/close/${id}`);
});

test('whatever a client sends, each message is answered once and the others are not touched', async () => {
  await using bystander = await RawClient.connect(gateway.cdp);
  await using client = await RawClient.connect(gateway.cdp);
  const bad = [
    'garbage',
    '[]',
    '{}',
    '{"id":"x","method":"Browser.getVersion"}',
    '{"id":1.5,"method":"Browser.getVersion"}',
    '{"id":4294967296,"method":"Browser.getVersion"}',
    '{"id":1}',
    '{"id":1,"method":"Browser.getVersion","extra":1}',
    '{"id":1,"method":"Browser.getVersion","params":3}',
    '{"id":1,"method":"Browser.getVersion","sessionId":"nope"}',
    `{"id":1,"method":"Browser.getVersion","params":{"a":${'['.repeat(500)}${']'.repeat(500)}}}`,
    '{"id":1,"method":"Nope.nope"}',
  ];
  for (const text of bad) client.say(text);
  client.say({ id: 7, method: 'Browser.getVersion' });
  await client.heard((frame) => frame.id === 7);
  expect(client.frames).toHaveLength(bad.length + 1);
  expect(client.frames.filter((frame) => frame.error === undefined)).toHaveLength(1);
  expect((await bystander.call('Browser.getVersion')).error).toBeUndefined();
});

test('clients that are cut at any point leave nothing attached in the browser', async () => {
  const { id } = (await (await fetch(`${gateway.url}/json/new`, { method: 'PUT' })).json()) as { id: string };
  await expect.poll(() => attached(id)).toBe(false);
  const shared = `${gateway.cdp}?workspace=default`;
  for (let round = 0; round < 3; round += 1) {
    const clients = await Promise.all(Array.from({ length: 10 }, () => RawClient.connect(shared)));
    for (const client of clients) {
      client.say({ id: 1, method: 'Target.attachToTarget', params: { targetId: id, flatten: true } });
    }
    await Promise.all(clients.slice(5).map((client) => client.heard((frame) => frame.id === 1)));
    expect(await attached(id)).toBe(true);
    await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
    await expect.poll(() => attached(id)).toBe(false);
  }
  await expect
    .poll(async () => {
      const stats = (await (await fetch(`${gateway.url}/stats`)).json()) as { clients: { kind: string }[] };
      return stats.clients.filter(({ kind }) => kind === 'cdp').length;
    })
    .toBe(0);
});

/** Whether anybody is attached to the target, asked past the hub. */
async function attached(targetId: string): Promise<boolean> {
  await using direct = await RawClient.connect(chrome.endpoint.wsUrl);
  return (await direct.call('Target.getTargetInfo', { targetId })).result.targetInfo.attached;
}
