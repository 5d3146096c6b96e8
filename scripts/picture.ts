import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { chromium } from 'playwright-core';
import puppeteer from 'puppeteer-core';
import { Home, until } from '../test/helpers/hub.ts';
import { Pty } from '../test/helpers/pty.ts';
import { svgOf } from './svg.ts';

/**
 * Draws the README's pictures, docs/screen.png and docs/screen-detail.png: the real screen over a real hub on its default
 * ports, with clients at work, and the message that went wrong. Run after a build, with nothing on 9222–9224:
 * `node scripts/picture.ts`.
 */
const GATEWAY = 'http://127.0.0.1:9223';
const AT_WORK_MS = 6000;

using home = new Home();
await using pty = new Pty(home, ['up', '--isolated', '--headless'], { columns: 120, rows: 35 });
await pty.shows('Nothing yet');

const tester = await puppeteer.connect({ browserURL: GATEWAY });
const crawler = await chromium.connectOverCDP(GATEWAY);
const shop = await tester.newPage();
const docs = await (crawler.contexts()[0] ?? (await crawler.newContext())).newPage();

const end = performance.now() + AT_WORK_MS;
await until(
  'they have worked',
  async () => {
    await shop.goto('data:text/html,<title>Shop</title><button>Buy</button>');
    await shop.click('button');
    await docs.goto('data:text/html,<title>Docs</title><a href="about:blank">Next</a>');
    await docs.getByText('Next').click();
    await evaluate('document.title');
    await evaluate('nowhere.to.be.found');
    return performance.now() > end;
  },
  AT_WORK_MS * 3,
);
await pty.shows('alice');
const whole = svgOf(pty.terminal);

const agent = new Client({ name: 'claude', version: '1' });
await agent.connect(new StreamableHTTPClientTransport(new URL(`${GATEWAY}/mcp`)) as Transport);
await agent.callTool({ name: 'navigate_page', arguments: { url: 'data:text/html,<button>Pay</button>' } });
await agent.callTool({ name: 'click', arguments: { uid: '1_9' } });
pty.type('!');
await pty.shows(/claude +click/);
pty.type('3');
await pty.shows('┏━ 3 Requests');
pty.type('\r');
await pty.shows('no element 1_9');
await draw(whole, 'screen.png');
await draw(svgOf(pty.terminal), 'screen-detail.png');
await agent.close();
await tester.disconnect();
await crawler.close();
pty.type('qs');
await pty.exit;

/** By the browser that is there already, a half larger than it is shown. */
async function draw(svg: string, name: string): Promise<void> {
  const page = await tester.newPage();
  await page.setViewport({ width: 1100, height: 900, deviceScaleFactor: 1.5 });
  await page.setContent(`<style>body { margin: 0 }</style>${svg}`);
  const picture = await page.$('svg');
  writeFileSync(join(import.meta.dirname, '../docs', name), (await picture?.screenshot()) ?? '');
  await page.close();
}

async function evaluate(expression: string): Promise<void> {
  await fetch(`${GATEWAY}/execute`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-client-id': 'alice' },
    body: JSON.stringify({ method: 'Runtime.evaluate', params: { expression } }),
  });
}
