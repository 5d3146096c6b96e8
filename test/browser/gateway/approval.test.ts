import { chromium } from 'playwright-core';
import puppeteer from 'puppeteer-core';
import { expect, test } from 'vitest';
import { ApprovalChrome } from '../../helpers/approval.ts';
import { GatewayProcess } from '../../integration/gateway/gateway-process.ts';
import { Agent } from '../mcp/agent.ts';
import { RawClient, refusedUpgrade } from './raw-client.ts';

const ASKS = 'the browser asks for permission: press Allow in its window';

/** For a busy machine. */
const PATIENT = { timeout: 10_000, interval: 20 };

async function health(gateway: GatewayProcess): Promise<{ status: number; body: object }> {
  const response = await fetch(`${gateway.url}/health`);
  return { status: response.status, body: (await response.json()) as object };
}

test('one prompt for everybody: who comes meanwhile waits, discovery needs no HTTP of the browser', async () => {
  await using chrome = await ApprovalChrome.start();
  await using gateway = await GatewayProcess.start(chrome.endpoint);
  expect((await gateway.next('upstream')).reason).toBe(ASKS);
  expect(await health(gateway)).toMatchObject({
    status: 503,
    body: { status: 'disconnected', browser_connected: false, reason: ASKS },
  });
  const waiting = Promise.all([
    puppeteer.connect({ browserURL: gateway.url }),
    chromium.connectOverCDP(gateway.cdp),
    gateway.execute({ method: 'Browser.getVersion' }),
  ]);
  // All three are in: the gateway has answered who came behind them.
  await health(gateway);
  chrome.allow();
  const [browser, playwright, executed] = await waiting;
  expect(await (await browser.newPage()).evaluate('6 * 7')).toBe(42);
  expect(playwright.isConnected()).toBe(true);
  expect(executed.body.result.product).toContain('Chrome/');

  const get = async (path: string, method = 'GET') => fetch(`${gateway.url}${path}`, { method });
  const version = (await (await get('/json/version')).json()) as Record<string, string>;
  expect(version).toMatchObject({
    Browser: expect.stringContaining('Chrome/'),
    'Protocol-Version': '1.3',
    webSocketDebuggerUrl: gateway.cdp,
  });
  const made = (await (await get('/json/new?about:blank', 'PUT')).json()) as { id: string };
  const list = (await (await get('/json/list')).json()) as { id: string }[];
  expect(list.map(({ id }) => id)).toContain(made.id);
  const protocol = await get('/json/protocol');
  expect([protocol.status, await protocol.json()]).toEqual([
    503,
    expect.objectContaining({
      error: 'NO_PROTOCOL',
      hint: expect.stringContaining('devtools-protocol'),
    }),
  ]);
  expect(await (await get(`/json/close/${made.id}`)).text()).toBe('Target is closing');
  expect([chrome.asked, chrome.connections]).toEqual([1, 1]);
  await Promise.all([browser.disconnect(), playwright.close()]);
});

test('a connection that broke is asked for again by the next client alone; a refusal is told to it', async () => {
  await using chrome = await ApprovalChrome.start();
  await using gateway = await GatewayProcess.start(chrome.endpoint);
  await expect.poll(() => chrome.asked, PATIENT).toBe(1);
  chrome.allow();
  await gateway.next('upstream', ({ connected }) => connected);
  await using client = await RawClient.connect(gateway.cdp);
  chrome.cut();
  expect(await client.closed).toMatchObject({ code: 1012, reason: expect.stringMatching(/reconnect$/) });
  expect((await health(gateway)).status).toBe(503);

  const refused = refusedUpgrade(gateway.cdp);
  await expect.poll(() => chrome.asked, PATIENT).toBe(2);
  chrome.refuse();
  const { status, body } = await refused;
  expect([status, JSON.parse(body)]).toEqual([
    503,
    expect.objectContaining({
      message: 'no browser is connected: the person at the browser did not allow the connection',
    }),
  ]);
  expect((await health(gateway)).body).toMatchObject({ reason: expect.stringContaining('did not allow') });

  await chrome.restart();
  // Nobody has asked for it: neither the loss nor the refusal, nor who looks at the state.
  expect(chrome.asked).toBe(2);
  const again = RawClient.connect(gateway.cdp);
  await expect.poll(() => chrome.asked, PATIENT).toBe(3);
  chrome.allow();
  await using next = await again;
  expect((await next.call('Browser.getVersion')).result.product).toContain('Chrome/');
  expect((await health(gateway)).status).toBe(200);
  expect(chrome.connections).toBe(1);
});

test('an agent hears what the person has to do, or did not, and not that the page is slow', async () => {
  await using chrome = await ApprovalChrome.start();
  await using gateway = await GatewayProcess.start(chrome.endpoint);
  await expect.poll(() => chrome.asked, PATIENT).toBe(1);
  await using agent = await Agent.connect(gateway);
  // As long as it may take where its own time is over first.
  expect(await agent.fails('wait_for', { text: ['never'], timeout: 1 })).toContain(ASKS);
  const began = performance.now();
  const refused = agent.fails('list_pages');
  // What came behind it is answered: it waits by now.
  await agent.client.ping();
  chrome.refuse();
  expect(await refused).toContain('did not allow the connection');
  // Nobody starts a browser here that would be worth waiting for.
  expect(performance.now() - began).toBeLessThan(10_000);
});
