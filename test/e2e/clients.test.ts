import { chromium } from 'playwright-core';
import puppeteer from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluate, execute } from '../helpers/execute.ts';
import { Home, Hub } from '../helpers/hub.ts';

let hub: Hub;

beforeAll(async () => {
  hub = await Hub.up(new Home());
});
afterAll(() => hub[Symbol.asyncDispose]());

const page = (title: string) => `data:text/html,<title>${title}</title><h1>${title}</h1>`;

async function executeTitle(client: string | undefined, title: string): Promise<unknown> {
  await execute(hub.urls.gateway, { method: 'Page.navigate', params: { url: page(title) } }, client);
  // The answer to Page.navigate comes before the page is there.
  await expect
    .poll(async () => {
      const { body } = await execute(hub.urls.gateway, { id: 6, ...evaluate('document.readyState') }, client);
      return JSON.stringify(body);
    })
    .toContain('complete');
  const { status, body } = await execute(hub.urls.gateway, { id: 7, ...evaluate('document.title') }, client);
  expect(status).toBe(200);
  return body;
}

async function puppeteerTitle(how: { browserURL: string } | { browserWSEndpoint: string }, title: string) {
  const browser = await puppeteer.connect(how);
  try {
    const tab = await browser.newPage();
    await tab.goto(page(title));
    const text = await tab.$eval('h1', (element) => element.textContent);
    await tab.close();
    return text;
  } finally {
    await browser.disconnect();
  }
}

async function playwrightTitle(endpoint: string, title: string) {
  const browser = await chromium.connectOverCDP(endpoint);
  try {
    const context = browser.contexts()[0] ?? (await browser.newContext());
    const tab = await context.newPage();
    await tab.goto(page(title));
    const text = await tab.locator('h1').textContent();
    await tab.close();
    return text;
  } finally {
    await browser.close();
  }
}

describe('unmodified clients on one hub', () => {
  it('all drive the browser at once', async () => {
    const answers = await Promise.all([
      puppeteerTitle({ browserURL: hub.urls.gateway }, 'puppeteer-http'),
      puppeteerTitle({ browserWSEndpoint: hub.urls.cdp }, 'puppeteer-ws'),
      playwrightTitle(hub.urls.gateway, 'playwright-http'),
      playwrightTitle(hub.urls.cdp, 'playwright-ws'),
      executeTitle(undefined, 'http'),
      executeTitle('second', 'http-2'),
    ]);
    const answer = (value: string) => ({ id: 7, result: { result: { type: 'string', value } }, error: null });
    expect(answers).toEqual([
      'puppeteer-http',
      'puppeteer-ws',
      'playwright-http',
      'playwright-ws',
      answer('http'),
      answer('http-2'),
    ]);
  });

  it('are counted in /stats, and the browser lives on after they closed it', async () => {
    const browser = await puppeteer.connect({ browserURL: hub.urls.gateway });
    await browser.close();
    const stats = (await (await fetch(`${hub.urls.gateway}/stats`)).json()) as Record<string, unknown>;
    expect(stats).toMatchObject({ connected: true, success_rate: expect.stringMatching(/^\d+\.\d\d%$/) });
    expect(stats.active_clients).toContain('http');
    const health = await fetch(`${hub.urls.gateway}/health`);
    expect([health.status, await health.json()]).toEqual([
      200,
      expect.objectContaining({ status: 'ok', browser_connected: true }),
    ]);
  });

  it('reach the browser raw through the forwarder', async () => {
    const version = await fetch(`http://${hub.urls.forwarder}/json/version`);
    const { webSocketDebuggerUrl } = (await version.json()) as { webSocketDebuggerUrl: string };
    expect(webSocketDebuggerUrl).toMatch(new RegExp(`^ws://${hub.urls.forwarder}/devtools/browser/`));
    expect(await puppeteerTitle({ browserURL: `http://${hub.urls.forwarder}` }, 'forwarded')).toBe(
      'forwarded',
    );
  });
});
