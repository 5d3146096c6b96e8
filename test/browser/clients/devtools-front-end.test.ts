import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { type Mode, Stage } from '../gateway/isolation/stage.ts';

/** Everything that a page shows, through all shadow roots: the front-end is made of them. */
const SHOWN = `(function textOf(node) {
  if (node.nodeName === 'STYLE') return '';
  const inside = [...(node.shadowRoot ? [node.shadowRoot] : []), ...node.childNodes];
  return node.nodeType === Node.TEXT_NODE ? node.data : inside.map(textOf).join('');
})(document.body).replaceAll('\\u200b', '')`;

/** A browser of the person's own, in which the DevTools pages are opened. */
let viewer: Chrome;
let window: Browser;

beforeAll(async () => {
  viewer = await Chrome.start();
  window = await puppeteer.connect({ browserURL: viewer.url, defaultViewport: { width: 1200, height: 900 } });
});
afterAll(async () => {
  await window.disconnect();
  await viewer[Symbol.asyncDispose]();
});

interface Made {
  id: string;
  webSocketDebuggerUrl: string;
  devtoolsFrontendUrl: string;
}

/** Where Chrome serves it itself; its own `devtoolsFrontendUrl` is on the internet. */
function frontEndOf(stage: Stage, made: Made): string {
  const socket = made.webSocketDebuggerUrl.slice('ws://'.length);
  return stage.mode === 'direct'
    ? `${stage.chrome.url}/devtools/inspector.html?ws=${socket}`
    : made.devtoolsFrontendUrl;
}

async function shows(page: Page, text: string): Promise<void> {
  await expect.poll(() => page.evaluate(SHOWN), { timeout: 20_000 }).toContain(text);
}

const MODES: Mode[] =
  process.env.CDP_HUB_TEST_FULL === '1' ? ['direct', 'none', 'tabs', 'context'] : ['tabs'];

describe.each(MODES)('the DevTools front-end: %s', (mode) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.start(mode);
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  test('shows the page of a client, as it is and as it changes, and evaluates in it', async () => {
    const opened = await fetch(`${stage.endpoint('alice')}/json/new?${stage.site.page('/', 'alice')}`, {
      method: 'PUT',
    });
    const made = (await opened.json()) as Made;
    const page = await window.newPage();
    const failed: string[] = [];
    page.on('response', (response) => {
      if (!response.ok() && !response.url().endsWith('/favicon.ico')) failed.push(response.url());
    });
    await page.goto(frontEndOf(stage, made));
    await shows(page, '<h1>real</h1>');

    await page.keyboard.down('Control');
    await page.keyboard.press('Backquote');
    await page.keyboard.up('Control');
    await shows(page, 'Default levels');
    await page.keyboard.type(
      'document.querySelector("h1").textContent = "changed", "answer: " + 6 * 7 + document.title',
    );
    await page.keyboard.press('Enter');
    await shows(page, 'answer: 42page of alice');
    await shows(page, '<h1>changed</h1>');
    expect(failed).toEqual([]);
    await page.close();
  });

  test('has the files that Chrome has, byte for byte', async () => {
    for (const file of [
      'inspector.html',
      'worker_app.html',
      'entrypoints/inspector/inspector.js',
      'core/i18n/locales/en-US.json',
      'Images/cross.svg',
    ]) {
      const own = await fetch(`${stage.chrome.url}/devtools/${file}`);
      const hub = await fetch(`${stage.endpoint('alice')}/devtools/${file}`);
      for (const header of ['content-type', 'content-length', 'content-security-policy']) {
        expect(hub.headers.get(header)).toBe(own.headers.get(header));
      }
      expect([hub.status, Buffer.from(await hub.arrayBuffer())]).toEqual([
        200,
        Buffer.from(await own.arrayBuffer()),
      ]);
      const head = await fetch(`${stage.endpoint('alice')}/devtools/${file}`, { method: 'HEAD' });
      expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([
        200,
        own.headers.get('content-length'),
        '',
      ]);
    }
  });
});

describe('from a page of another site', () => {
  let stage: Stage;
  let page: Page;
  let socket: string;
  beforeAll(async () => {
    stage = await Stage.start('tabs');
    const opened = await fetch(`${stage.endpoint('alice')}/json/new`, { method: 'PUT' });
    socket = ((await opened.json()) as Made).webSocketDebuggerUrl;
    page = await window.newPage();
    await page.goto(stage.site.page('/', 'mallory'));
  });
  afterAll(async () => {
    await page.close();
    await stage[Symbol.asyncDispose]();
  });

  test('nothing opens the front-end, not even with an address of the hub', async () => {
    const url = `${stage.gateway?.url}/devtools/inspector.html?ws=${socket.slice('ws://'.length)}`;
    const answer = page.waitForResponse((response) => response.url() === url);
    await page.evaluate(
      `document.body.appendChild(document.createElement('iframe')).src = ${JSON.stringify(url)}`,
    );
    expect((await answer).status()).toBe(403);
  });

  test('no socket is opened, though one is from a page of the hub', async () => {
    const opens = (from: Page) =>
      from.evaluate(
        (address) =>
          new Promise((resolve) => {
            const made = new WebSocket(address);
            made.onopen = () => resolve('open');
            made.onerror = () => resolve('refused');
          }),
        socket,
      );
    expect(await opens(page)).toBe('refused');
    const own = await window.newPage();
    await own.goto(`${stage.gateway?.url}/health`);
    expect(await opens(own)).toBe('open');
    await own.close();
  });
});
