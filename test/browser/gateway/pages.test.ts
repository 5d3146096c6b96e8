import puppeteer from 'puppeteer-core';
import { expect, test } from 'vitest';
import type { PageAct } from '../../../src/shared/ipc.ts';
import { Chrome } from '../../helpers/chrome.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';
import { RawClient, refusedUpgrade } from './raw-client.ts';

const TOKEN = 'a-token-of-the-clients';
const chrome = await Chrome.start();
const gateway = await gatewayOn(chrome, { token: TOKEN });

const connect = (client: string, more = '') =>
  puppeteer.connect({ browserWSEndpoint: `${gateway.cdp}?client=${client}&token=${TOKEN}${more}` });

async function idOf(name: string): Promise<string> {
  const { clients } = await gateway.next('clients', (told) =>
    told.clients.some((each) => each.name === name),
  );
  return clients.find((each) => each.name === name)?.id ?? '';
}

let asked = 0;
async function ask(act: PageAct, client: string, target = '') {
  asked += 1;
  const id = asked;
  gateway.send({ type: 'page', id, act, client, target });
  return (await gateway.next('page', (message) => message.id === id)).answer;
}

/** The pages by the browser's own word. */
async function pages(): Promise<{ id: string; url: string }[]> {
  const list = await fetch(`${chrome.url}/json/list`);
  return ((await list.json()) as { id: string; url: string; type: string }[]).filter(
    ({ type }) => type === 'page',
  );
}

const titled = (title: string) => `data:text/html,<title>${title}</title><h1>${title}</h1>`;

test('the page that a client used last comes to the front, or the one that is named', async () => {
  // Pages of this isolation are not made to feel focused: they are when their tab is in front.
  const browser = await connect('driver', '&isolation=none');
  try {
    const one = await browser.newPage();
    await one.goto(titled('one'));
    const two = await browser.newPage();
    await two.goto(titled('two'));
    const inFront = () => Promise.all([one, two].map((page) => page.evaluate('document.hasFocus()')));
    const id = await idOf('driver');
    const target = (await pages()).find(({ url }) => url === titled('one'))?.id ?? '';
    const answer = await ask('front', id, target);
    expect(answer).toMatchObject({ result: { title: 'one', url: titled('one'), address: null } });
    await expect.poll(inFront).toEqual([true, false]);
    await two.evaluate('"the latest"');
    expect(await ask('front', id)).toMatchObject({ result: { title: 'two' } });
    await expect.poll(inFront).toEqual([false, true]);
    await one.close();
    expect(await ask('front', id, target)).toMatchObject({ error: { code: 'NOT_FOUND' } });
    await two.close();
  } finally {
    await browser.disconnect();
  }
});

test('what another client has is not shown as this one’s, and nobody’s client has nothing', async () => {
  const [mine, other] = await Promise.all([connect('mine'), connect('other')]);
  try {
    const page = await other.newPage();
    await page.goto(titled('of the other'));
    const target = (await pages()).find(({ url }) => url === titled('of the other'))?.id ?? '';
    expect(await ask('front', await idOf('mine'), target)).toMatchObject({ error: { code: 'NOT_FOUND' } });
    expect(await ask('picture', 'cdp-nobody')).toMatchObject({ error: { code: 'NOT_FOUND' } });
  } finally {
    await Promise.all([mine.disconnect(), other.disconnect()]);
  }
});

test('DevTools of a page open by an address without the token, show what its client sees, and take nothing away', async () => {
  await using viewer = await Chrome.start();
  const [window, browser, other] = await Promise.all([
    puppeteer.connect({ browserURL: viewer.url, defaultViewport: { width: 1200, height: 900 } }),
    connect('inspected'),
    connect('beside'),
  ]);
  try {
    const theirs = await other.newPage();
    await theirs.goto(titled('of the other'));
    const page = await browser.newPage();
    await page.goto(titled('inspected'));
    const id = await idOf('inspected');
    const answer = await ask('devtools', id);
    const address = ('result' in answer ? answer.result.address : null) ?? '';
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/devtools\/pass\/[\w-]{22}$/);
    expect(address).not.toContain(TOKEN);
    expect(await ask('devtools', id)).toEqual(answer);
    const front = await window.newPage();
    await front.goto(address);
    await gateway.next('clients', ({ clients }) => clients.some(({ name }) => name === 'DevTools'));
    const shown = `(function textOf(node) {
      const inside = [...(node.shadowRoot ? [node.shadowRoot] : []), ...node.childNodes];
      return node.nodeType === Node.TEXT_NODE ? node.data : inside.map(textOf).join('');
    })(document.body).replaceAll('\\u200b', '')`;
    await expect.poll(() => front.evaluate(shown), { timeout: 20_000 }).toContain('<h1>inspected</h1>');
    const told = gateway.messages.length;
    await front.close();
    await expect
      .poll(() =>
        gateway.messages
          .slice(told)
          .some((each) => each.type === 'clients' && each.clients.every(({ name }) => name !== 'DevTools')),
      )
      .toBe(true);
    // The person only looked on: the client has its page as before.
    expect(await page.title()).toBe('inspected');
    expect((await refusedUpgrade(address.replace(/^http/, 'ws').replace(/.$/, '_'))).status).toBe(401);
    const socket = address.replace(/^http/, 'ws');
    await using raw = await RawClient.connect(socket);
    const { result } = await raw.call('Target.getTargets');
    expect(JSON.stringify(result)).toContain('<h1>inspected</h1>');
    expect(JSON.stringify(result)).not.toContain('of the other');
    await page.close();
    expect((await refusedUpgrade(socket)).status).toBe(500);
  } finally {
    await Promise.all([window, browser, other].map((each) => each.disconnect()));
  }
}, 60_000);

test('a picture is small, of that page, and leaves what the client emulates', async () => {
  const browser = await connect('pictured');
  try {
    const page = await browser.newPage();
    await page.setViewport({ width: 500, height: 400, deviceScaleFactor: 2, isMobile: true, hasTouch: true });
    await page.goto(
      'data:text/html,<meta name=viewport content=width=device-width><body style="background:rgb(0,128,0)">',
    );
    const size = '[innerWidth, innerHeight, devicePixelRatio, matchMedia("(pointer: coarse)").matches]';
    const before = await page.evaluate(size);
    expect(before).toEqual([500, 400, 2, true]);
    // The resize of the emulation itself comes with a frame.
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
    await page.evaluate('globalThis.resizes = 0; addEventListener("resize", () => { resizes += 1 })');
    const id = await idOf('pictured');
    for (let n = 0; n < 3; n += 1) {
      const answer = await ask('picture', id);
      const png = Buffer.from(('result' in answer && answer.result.picture) || '', 'base64');
      expect(png.subarray(1, 4).toString()).toBe('PNG');
      const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
      expect(width).toBeGreaterThan(50);
      expect(width).toBeLessThanOrEqual(160);
      expect(height).toBeLessThanOrEqual(100);
    }
    expect(await page.evaluate(size)).toEqual(before);
    expect(await page.evaluate('resizes')).toBe(0);
  } finally {
    await browser.disconnect();
  }
});
