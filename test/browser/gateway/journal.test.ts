import { chromium as playwright } from 'playwright-core';
import puppeteer from 'puppeteer-core';
import { afterAll, expect, test } from 'vitest';
import type { Journal } from '../../../src/shared/isolation.ts';
import { Chrome } from '../../helpers/chrome.ts';
import { GatewayProcess } from '../../integration/gateway/gateway-process.ts';
import { RawClient } from './raw-client.ts';

const chrome = await Chrome.start();
afterAll(() => chrome[Symbol.asyncDispose]());

const COOKIE = { name: 'login', value: 'own', domain: 'shop.test', path: '/' };

const at = (gateway: GatewayProcess, path: string) =>
  RawClient.connect(gateway.cdp.replace('/devtools', `${path}/devtools`));

/** The pages that a client sees. */
async function pagesOf(client: RawClient): Promise<string[]> {
  const { result } = await client.call('Target.getTargets');
  const infos = result.targetInfos as { targetId: string; type: string }[];
  return infos.flatMap(({ targetId, type }) => (type === 'page' ? [targetId] : []));
}

async function evaluate(client: RawClient, targetId: string, expression: string): Promise<unknown> {
  const { result } = await client.call('Target.attachToTarget', { targetId, flatten: true });
  const { sessionId } = result;
  const answer = await client.call('Runtime.evaluate', { expression }, sessionId);
  await client.call('Target.detachFromTarget', { sessionId });
  return answer.result.result.value;
}

/** The pages of the browser, asked past the hub. */
async function pagesOfChrome(): Promise<string[]> {
  const targets = (await (await fetch(`${chrome.url}/json/list`)).json()) as { id: string; type: string }[];
  return targets.flatMap(({ id, type }) => (type === 'page' ? [id] : []));
}

function lastJournal({ messages }: GatewayProcess): Journal | undefined {
  return messages.findLast((message) => message.type === 'journal')?.journal;
}

const sorted = (ids: readonly string[]) => ids.toSorted();

/** Three clients with pages, a gateway that is killed under them, and what it told last. */
async function killed() {
  await using before = await GatewayProcess.start(chrome.endpoint);
  await using a = await at(before, '/w/alice');
  await using o = await RawClient.connect(
    `${before.cdp.replace('/devtools', '/w/own/devtools')}?isolation=context`,
  );
  await using g = await RawClient.connect(before.cdp);
  await a.call('Target.createTarget', { url: 'data:text/html,<title>second</title>' });
  const [alice = [], own = [], guest = []] = await Promise.all([a, o, g].map(pagesOf));
  for (const page of alice) await evaluate(a, page, `window.mark = 'alice ${alice.indexOf(page)}'`);
  for (const page of own) await evaluate(o, page, `window.mark = 'own'`);
  await o.call('Storage.setCookies', { cookies: [COOKIE] });
  const all = JSON.stringify(sorted([...alice, ...own, ...guest]));
  const { journal } = await before.next('journal', (message) => {
    return JSON.stringify(sorted(message.journal.workspaces.flatMap(({ targets }) => targets))) === all;
  });
  before.child.kill('SIGKILL');
  await before.exited;
  return { alice, own, guest, journal };
}

const [person = ''] = await pagesOfChrome();
const { alice, own, guest, journal } = await killed();
const left = await pagesOfChrome();
const gateway = await GatewayProcess.start(chrome.endpoint, {}, journal);
afterAll(() => gateway[Symbol.asyncDispose]());
await gateway.next('upstream', ({ connected }) => connected);

test('the tab of a client that nobody can come back to is closed, the person’s is not', async () => {
  expect([alice.length, own.length, guest.length]).toEqual([2, 1, 1]);
  expect(sorted(left)).toEqual(sorted([person, ...alice, ...own, ...guest]));
  await expect.poll(async () => sorted(await pagesOfChrome())).toEqual(sorted([person, ...alice, ...own]));
});

test('a named workspace has its pages back as they were, and no others', async () => {
  await using client = await at(gateway, '/w/alice');
  expect(sorted(await pagesOf(client))).toEqual(sorted(alice));
  for (const page of alice) {
    expect(await evaluate(client, page, 'mark')).toBe(`alice ${alice.indexOf(page)}`);
  }
  const listed = (await (await fetch(`${gateway.url}/w/alice/json/list`)).json()) as { id: string }[];
  expect(sorted(listed.map(({ id }) => id))).toEqual(sorted(alice));
});

test('a named context is there with its page and its cookies, and is what it was', async () => {
  await using client = await at(gateway, '/w/own');
  expect(await pagesOf(client)).toEqual(own);
  expect(await evaluate(client, own[0] ?? '', 'mark')).toBe('own');
  const { result } = await client.call('Storage.getCookies');
  expect(result.cookies).toMatchObject([COOKIE]);
  const other = await fetch(`${gateway.url}/w/own/json/list?isolation=tabs`);
  expect(other.status).toBe(409);
});

test('Playwright comes back to the pages of each', async () => {
  for (const [name, marks] of [
    ['alice', ['alice 0', 'alice 1']],
    ['own', ['own']],
  ] as const) {
    const browser = await playwright.connectOverCDP(`${gateway.url}/w/${name}`);
    try {
      const pages = browser.contexts().flatMap((context) => context.pages());
      const found = await Promise.all(pages.map((page) => page.evaluate('mark')));
      expect([name, found.toSorted()]).toEqual([name, marks]);
      if (name === 'own') expect(await browser.contexts()[0]?.cookies()).toMatchObject([COOKIE]);
    } finally {
      await browser.close();
    }
  }
});

test('Puppeteer, which comes to pages by their tabs, finds them too', async () => {
  for (const [name, marks] of [
    ['alice', ['alice 0', 'alice 1']],
    ['own', ['own']],
  ] as const) {
    const browser = await puppeteer.connect({ browserURL: `${gateway.url}/w/${name}` });
    try {
      const pages = await browser.pages();
      const found = await Promise.all(pages.map((page) => page.evaluate('mark')));
      expect([name, found.toSorted()]).toEqual([name, marks]);
    } finally {
      await browser.disconnect();
    }
  }
});

test('what the next gateway tells is what it has found, under the same ids', async () => {
  const named = (of: Journal | undefined) =>
    of?.workspaces
      .filter((entry) => entry.named)
      .map((entry) => ({ ...entry, targets: sorted(entry.targets) }));
  await expect.poll(() => named(lastJournal(gateway))).toEqual(named(journal));
  expect(lastJournal(gateway)?.browser).toBe(chrome.endpoint.wsUrl);
});

test('with the journal of another browser nothing is taken over', async () => {
  const elsewhere = { ...journal, browser: 'ws://127.0.0.1:1/devtools/browser/other' };
  await using other = await GatewayProcess.start(chrome.endpoint, {}, elsewhere);
  await using client = await at(other, '/w/alice');
  expect(alice).not.toContain((await pagesOf(client))[0]);
  expect(await pagesOfChrome()).toEqual(expect.arrayContaining([person, ...alice, ...own]));
});
