import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import puppeteer from 'puppeteer-core';
import { Home, until } from '../test/helpers/hub.ts';
import { Pty } from '../test/helpers/pty.ts';
import { svgOf } from './svg.ts';

/**
 * Draws docs/screen.svg, the README's picture: the real screen over a real hub on its default ports, with three
 * clients at work. Run after a build, with nothing on 9222–9224: `node scripts/picture.ts`.
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
writeFileSync(join(import.meta.dirname, '../docs/screen.svg'), svgOf(pty.terminal));
await tester.disconnect();
await crawler.close();
pty.type('qs');
await pty.exit;

async function evaluate(expression: string): Promise<void> {
  await fetch(`${GATEWAY}/execute`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-client-id': 'alice' },
    body: JSON.stringify({ method: 'Runtime.evaluate', params: { expression } }),
  });
}
