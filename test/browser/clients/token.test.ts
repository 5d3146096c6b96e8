import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import CDP from 'chrome-remote-interface';
import { chromium } from 'playwright-core';
import puppeteer from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { GatewayProcess } from '../../integration/gateway/gateway-process.ts';
import { McpTool, PROGRAM } from './mcp-tool.ts';

/** Clients as they come, at a hub that asks for a token: by the address alone, and by a header where they take one. */

const TOKEN = 'a+token/of-this.test=';
const QUERY = `?token=${encodeURIComponent(TOKEN)}`;
const HEADERS = { Authorization: `Bearer ${TOKEN}` };

let chrome: Chrome;
let gateway: GatewayProcess;
beforeAll(async () => {
  chrome = await Chrome.start();
  gateway = await GatewayProcess.start(chrome.endpoint, { token: TOKEN });
  await gateway.next('upstream', ({ connected }) => connected);
});
afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
  await chrome?.[Symbol.asyncDispose]();
});

test('Puppeteer: browserURL and browserWSEndpoint, by query and by header', async () => {
  for (const options of [
    { browserURL: `${gateway.url}${QUERY}` },
    { browserURL: `${gateway.url}/w/alice${QUERY}` },
    { browserURL: gateway.url, headers: HEADERS },
    { browserWSEndpoint: `${gateway.cdp}${QUERY}` },
    { browserWSEndpoint: gateway.cdp, headers: HEADERS },
  ]) {
    const browser = await puppeteer.connect(options);
    const page = await browser.newPage();
    expect(await page.evaluate('6 * 7')).toBe(42);
    await page.close();
    await browser.disconnect();
  }
  await expect(puppeteer.connect({ browserURL: gateway.url })).rejects.toThrow('Unauthorized');
  await expect(puppeteer.connect({ browserWSEndpoint: gateway.cdp })).rejects.toThrow();
});

test('Playwright: http and ws, by query and by header', async () => {
  for (const [url, headers] of [
    [`${gateway.url}${QUERY}`, {}],
    [`${gateway.url}/w/bob${QUERY}`, {}],
    [gateway.url, HEADERS],
    [`${gateway.cdp}${QUERY}`, {}],
    [gateway.cdp, HEADERS],
  ] as const) {
    const browser = await chromium.connectOverCDP(url, { headers });
    const [context] = browser.contexts();
    const page = await context?.newPage();
    expect(await page?.evaluate('6 * 7')).toBe(42);
    await page?.close();
    await browser.close();
  }
  await expect(chromium.connectOverCDP(gateway.url)).rejects.toThrow('401');
  await expect(chromium.connectOverCDP(gateway.cdp)).rejects.toThrow('401');
});

test('chrome-remote-interface: the address of the socket', async () => {
  const version = await fetch(`${gateway.url}/json/version${QUERY}`);
  const { webSocketDebuggerUrl } = (await version.json()) as { webSocketDebuggerUrl: string };
  const client = await CDP({ target: webSocketDebuggerUrl, local: true });
  expect((await client.Browser.getVersion()).product).toContain('Chrome');
  await client.close();
});

test.each([
  ['--browserUrl with a query', () => ['--browserUrl', `${gateway.url}${QUERY}`]],
  ['--wsEndpoint with a query', () => ['--wsEndpoint', `${gateway.cdp}${QUERY}`]],
  ['--wsEndpoint with headers', () => ['--wsEndpoint', gateway.cdp, '--wsHeaders', JSON.stringify(HEADERS)]],
] as const)('chrome-devtools-mcp: %s', async (_, endpoint) => {
  const folder = await mkdtemp(join(tmpdir(), 'cdp-hub-client-'));
  try {
    await using tool = await McpTool.start(
      PROGRAM.chromeDevtools,
      [...endpoint(), '--no-usage-statistics', '--no-performance-crux'],
      folder,
    );
    const { text } = await tool.call('new_page', { url: 'data:text/html,<title>mine</title>' });
    expect(text).toContain('data:text/html');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('the DevTools pages that /json/list names: their files need no token, what they show does', async () => {
  const made = await fetch(
    `${gateway.url}/w/carol/json/new?data:text/html,<h1>real</h1>&token=${encodeURIComponent(TOKEN)}`,
    {
      method: 'PUT',
    },
  );
  const { devtoolsFrontendUrl } = (await made.json()) as { devtoolsFrontendUrl: string };
  await using viewer = await Chrome.start();
  const browser = await puppeteer.connect({ browserURL: viewer.url });
  const connected = async () => {
    const stats = await fetch(`${gateway.url}/stats`, { headers: HEADERS });
    const { clients } = (await stats.json()) as { clients: { kind: string; workspace: string }[] };
    return clients.filter(({ kind, workspace }) => kind === 'cdp' && workspace === 'carol').length;
  };
  const page = await browser.newPage();
  const refused: string[] = [];
  page.on('response', (answer) => {
    if (answer.status() >= 400 && !answer.url().endsWith('/favicon.ico')) refused.push(answer.url());
  });
  await page.goto(devtoolsFrontendUrl.replace(/%3Ftoken%3D.*$/, ''));
  await expect.poll(() => page.title(), { timeout: 20_000 }).toContain('DevTools');
  expect(await connected()).toBe(0);
  await page.goto(devtoolsFrontendUrl);
  await expect.poll(connected, { timeout: 20_000 }).toBe(1);
  expect(refused).toEqual([]);
  await browser.disconnect();
});
