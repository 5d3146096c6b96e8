import puppeteer from 'puppeteer-core';
import { expect, test } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';
import { Neighbour } from './neighbour.ts';

const chrome = await Chrome.start();
const gateway = await gatewayOn(chrome);

const BURST = 200;

/** Waits until the hub lists a client of that name, and returns its id. */
async function idOf(name: string): Promise<string> {
  const { clients } = await gateway.next('clients', (told) =>
    told.clients.some((each) => each.name === name),
  );
  return clients.find((each) => each.name === name)?.id ?? '';
}

/** How many pages there are in the browser, by its own word. */
async function pages(): Promise<number> {
  const list = await fetch(`http://127.0.0.1:${chrome.endpoint.port}/json/list`);
  return ((await list.json()) as { type: string }[]).filter(({ type }) => type === 'page').length;
}

let asked = 0;

async function pause(on: boolean, client: string): Promise<void> {
  asked += 1;
  const id = asked;
  gateway.send({ type: 'pause', id, on, clients: [client] });
  expect((await gateway.next('paused', (message) => message.id === id)).clients).toEqual([client]);
}

test('Puppeteer paused in the middle of a burst loses nothing, in order; a bystander waits for none of it', async () => {
  await using neighbour = await Neighbour.beside(gateway.cdp);
  const browser = await puppeteer.connect({ browserWSEndpoint: `${gateway.cdp}?client=burst` });
  try {
    const page = await browser.newPage();
    await page.evaluate('globalThis.seen = []');
    const id = await idOf('burst');
    const from = performance.now();
    await neighbour.answers(20);
    const alone = performance.now() - from;
    const answered: number[] = [];
    const calls = Array.from({ length: BURST }, async (_, n) => {
      // Long enough to be paused before the last.
      const value = await page.evaluate(
        `{ for (const until = performance.now() + 10; performance.now() < until; ); seen.push(${n}); ${n} }`,
      );
      answered.push(n);
      return value;
    });
    await expect.poll(() => answered.length).toBeGreaterThan(0);
    await pause(true, id);
    // What has gone out is answered; nothing more goes out.
    let before = -1;
    while (before !== answered.length) {
      before = answered.length;
      await neighbour.answers(40);
    }
    expect(before).toBeLessThan(BURST);
    const began = performance.now();
    await neighbour.answers(20);
    expect(performance.now() - began).toBeLessThan(5 * alone + 500);
    expect(answered.length).toBe(before);
    await pause(false, id);
    const all = Array.from({ length: BURST }, (_, n) => n);
    expect(await Promise.all(calls)).toEqual(all);
    expect(answered).toEqual(all);
    expect(await page.evaluate('seen')).toEqual(all);
  } finally {
    await browser.disconnect();
  }
});

test('a page that waits for its paused client to let it run keeps no other client waiting', async () => {
  await using neighbour = await Neighbour.beside(gateway.cdp);
  const browser = await puppeteer.connect({ browserWSEndpoint: `${gateway.cdp}?client=opener` });
  const other = await puppeteer.connect({ browserWSEndpoint: `${gateway.cdp}?client=bystander` });
  try {
    const page = await browser.newPage();
    const id = await idOf('opener');
    const popup = new Promise((resolve) => page.once('popup', resolve));
    const known = await pages();
    // Puppeteer lets new pages run itself, which it cannot while it is paused.
    await page.evaluate('setTimeout(() => window.open("about:blank#popup"), 300), 0');
    await pause(true, id);
    await expect.poll(pages, { timeout: 10_000 }).toBeGreaterThan(known);
    const began = performance.now();
    const own = await other.newPage();
    expect(await own.evaluate('6 * 7')).toBe(42);
    await own.goto('data:text/html,<title>other</title>');
    expect(await own.title()).toBe('other');
    await neighbour.answers(20);
    expect(performance.now() - began).toBeLessThan(10_000);
    await pause(false, id);
    await popup;
  } finally {
    await Promise.all([browser.disconnect(), other.disconnect()]);
  }
});
