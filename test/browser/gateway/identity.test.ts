import { chromium as playwright } from 'playwright-core';
import puppeteer from 'puppeteer-core';
import { describe, expect, test } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';
import { BROWSER_ID } from '../../integration/gateway/gateway-process.ts';
import { RawClient, refusedUpgrade } from './raw-client.ts';

const chrome = await Chrome.start();
const gateway = await gatewayOn(chrome, {
  listen: [{ port: 0, workspace: 'by-port', isolation: null, seed: [] }],
});
const [further = 0] = (await gateway.next('ready')).listen;
const HUB = `127.0.0.1:${gateway.port}`;
const FURTHER = `127.0.0.1:${further}`;

interface Listed {
  id: string;
  type: string;
  url: string;
  devtoolsFrontendUrl: string;
  webSocketDebuggerUrl: string;
}

async function get<T = Listed[]>(url: string, options: RequestInit = {}): Promise<T> {
  const response = await fetch(url, options);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

const list = (prefix = '') => get(`http://${HUB}${prefix}/json/list`);

async function textOf(url: string): Promise<[status: number, text: string]> {
  const response = await fetch(url);
  return [response.status, await response.text()];
}

/** The pages of the browser, asked past the hub. */
async function pagesOfChrome(): Promise<string[]> {
  return (await get(`${chrome.url}/json/list`))
    .filter(({ type }) => type === 'page')
    .map(({ id }) => id)
    .sort();
}

/** The pages that a client of the browser sees. */
async function pagesOf(client: RawClient): Promise<string[]> {
  const { result } = await client.call('Target.getTargets');
  const infos = result.targetInfos as { targetId: string; type: string }[];
  return infos.flatMap(({ targetId, type }) => (type === 'page' ? [targetId] : []));
}

async function value(page: RawClient, expression: string): Promise<unknown> {
  return (await page.call('Runtime.evaluate', { expression })).result.result.value;
}

const [person = ''] = await pagesOfChrome();

const WAYS: [way: string, at: string, ask: (path: string) => [string, RequestInit?]][] = [
  ['the path /w/NAME', `${HUB}/w/by-path`, (path) => [`http://${HUB}/w/by-path${path}`]],
  ['?workspace=NAME', `${HUB}/w/by-query`, (path) => [`http://${HUB}${path}?workspace=by-query`]],
  [
    'the header X-Client-Id',
    `${HUB}/w/by-header`,
    (path) => [`http://${HUB}${path}`, { headers: { 'x-client-id': 'by-header' } }],
  ],
  ['a port of its own', FURTHER, (path) => [`http://${FURTHER}${path}`]],
];

describe.each(WAYS)('a workspace named by %s', (_, at, ask) => {
  test('is handed out addresses of its own, and shows its first tab alone', async () => {
    const before = await pagesOfChrome();
    const version = await get<{ webSocketDebuggerUrl: string }>(...ask('/json/version'));
    expect(version.webSocketDebuggerUrl).toBe(`ws://${at}/devtools/browser/${BROWSER_ID}`);
    // Who only asks for the version costs no tab.
    expect(await pagesOfChrome()).toEqual(before);

    const listed = await get(...ask('/json/list'));
    const [{ id = '' } = {}] = listed;
    expect(listed).toMatchObject([{ type: 'page', url: 'about:blank' }]);
    expect(listed[0]?.webSocketDebuggerUrl).toBe(`ws://${at}/devtools/page/${id}`);
    expect(listed[0]?.devtoolsFrontendUrl).toMatch(`?ws=${at}/devtools/page/${id}`);
    expect(await pagesOfChrome()).toEqual(expect.arrayContaining([...before, id]));
    expect(await get(...ask('/json'))).toMatchObject([{ id }]);

    await using client = await RawClient.connect(version.webSocketDebuggerUrl);
    expect(await pagesOf(client)).toEqual([id]);
  });

  test('has page sockets that work for it, and for nobody else', async () => {
    const [{ id = '', webSocketDebuggerUrl = '' } = {}] = await get(...ask('/json/list'));
    await using page = await RawClient.connect(webSocketDebuggerUrl);
    expect(await value(page, 'location.href')).toBe('about:blank');
    for (const other of [HUB, `${HUB}/w/somebody`]) {
      expect(await refusedUpgrade(`ws://${other}/devtools/page/${id}`)).toEqual({
        status: 500,
        body: `No such target id: ${id}`,
      });
    }
    expect((await refusedUpgrade(`ws://${at}/devtools/page/${person}`)).status).toBe(500);
  });
});

test('what the query says of the caller is repeated in every address, and works there', async () => {
  const query = '?isolation=context&client=me&token=t';
  const { webSocketDebuggerUrl } = await get<{ webSocketDebuggerUrl: string }>(
    `http://${HUB}/json/version?workspace=carried&isolation=context&client=me&token=t`,
  );
  expect(webSocketDebuggerUrl).toBe(`ws://${HUB}/w/carried/devtools/browser/${BROWSER_ID}${query}`);
  const [page] = await get(`http://${HUB}/w/carried/json/list${query}`);
  const socket = `${HUB}/w/carried/devtools/page/${page?.id}${query}`;
  expect(page?.webSocketDebuggerUrl).toBe(`ws://${socket}`);
  expect(new URL(page?.devtoolsFrontendUrl ?? '').searchParams.get('ws')).toBe(socket);
  await using client = await RawClient.connect(page?.webSocketDebuggerUrl ?? '');
  expect(await value(client, '1')).toBe(1);
});

test('Playwright and Puppeteer at the same prefix share its pages', async () => {
  const slash = await get<{ webSocketDebuggerUrl: string }>(`http://${HUB}/w/both/json/version/`);
  expect(slash.webSocketDebuggerUrl).toBe(`ws://${HUB}/w/both/devtools/browser/${BROWSER_ID}`);
  const one = await playwright.connectOverCDP(`http://${HUB}/w/both`);
  const other = await puppeteer.connect({ browserURL: `http://${HUB}/w/both` });
  try {
    const [page] = one.contexts()[0]?.pages() ?? [];
    await page?.evaluate(`window.mark = 'shared'`);
    const pages = await other.pages();
    expect(await Promise.all(pages.map((each) => each.evaluate('window.mark')))).toEqual(['shared']);
  } finally {
    await one.close();
    await other.disconnect();
  }
});

test('new, activate and close are about one’s own targets; what is another’s does not exist', async () => {
  const url = 'data:text/html,<title>new</title>';
  const made = await get<Listed>(`http://${HUB}/w/maker/json/new?${url}`, { method: 'PUT' });
  expect(made.webSocketDebuggerUrl).toBe(`ws://${HUB}/w/maker/devtools/page/${made.id}`);
  const ids = async (prefix = '') => (await list(prefix)).map(({ id }) => id);
  expect(await ids('/w/maker')).toContain(made.id);
  expect(await ids('/w/stranger')).not.toContain(made.id);
  expect(await ids()).not.toContain(made.id);
  for (const prefix of ['', '/w/stranger']) {
    for (const verb of ['activate', 'close']) {
      for (const id of [made.id, person, 'x']) {
        const answer = await textOf(`http://${HUB}${prefix}/json/${verb}/${id}`);
        expect([prefix, verb, ...answer]).toEqual([prefix, verb, 404, `No such target id: ${id}`]);
      }
    }
  }
  expect(await pagesOfChrome()).toEqual(expect.arrayContaining([made.id, person]));
  expect(await textOf(`http://${HUB}/w/maker/json/activate/${made.id}`)).toEqual([200, 'Target activated']);
  expect(await textOf(`http://${HUB}/w/maker/json/close/${made.id}`)).toEqual([200, 'Target is closing']);
  await expect.poll(pagesOfChrome).not.toContain(made.id);
});

test('a second isolation for one name is 409, over HTTP and at the upgrade', async () => {
  const [{ id = '' } = {}] = await list('/w/once');
  const conflict = {
    error: 'WORKSPACE_CONFLICT',
    message: 'the workspace once is there already, with isolation tabs, and not context',
    hint: 'Ask for isolation=tabs, leave the isolation out, or take another name.',
  };
  const paths = ['/json/version', '/json/list', '/json/activate/x', `/json/close/${id}`];
  for (const path of paths) {
    const response = await fetch(`http://${HUB}/w/once${path}?isolation=context`);
    expect([path, response.status, await response.json()]).toEqual([path, 409, conflict]);
  }
  const executed = await fetch(`http://${HUB}/execute?isolation=context`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-client-id': 'once' },
    body: '{"method":"Browser.getVersion"}',
  });
  expect([executed.status, await executed.json()]).toEqual([409, conflict]);
  for (const path of [`browser/${BROWSER_ID}`, `page/${id}`]) {
    const { status, body } = await refusedUpgrade(`ws://${HUB}/w/once/devtools/${path}?isolation=context`);
    expect([path, status, JSON.parse(body)]).toEqual([path, 409, conflict]);
  }
  // The same, and none, are no conflict.
  expect(await get(`http://${HUB}/w/once/json/list?isolation=tabs`)).toMatchObject([{ id }]);
  await using same = await RawClient.connect(`ws://${HUB}/w/once/devtools/page/${id}?isolation=tabs`);
  expect(await value(same, '1')).toBe(1);
});

describe('cookies', () => {
  const SITES = ['shop.test', 'www.shop.test', 'badshop.test', 'bank.test'];
  const browser = (path: string) =>
    RawClient.connect(`ws://${HUB}${path.replace('?', `/devtools/browser/${BROWSER_ID}?`)}`);
  const domains = async (client: RawClient) => {
    const { result } = await client.call('Storage.getCookies');
    return (result.cookies as { domain: string }[]).map(({ domain }) => domain).sort();
  };

  test('are the profile’s in tabs, one’s own in a context, which a seed gives the logins of its sites', async () => {
    await using profile = await RawClient.connect(chrome.endpoint.wsUrl);
    await profile.call('Storage.setCookies', {
      cookies: SITES.map((domain) => ({ name: 'login', value: domain, domain, path: '/' })),
    });
    await using tabs = await browser('/w/in-tabs?');
    await using own = await browser('/w/own?isolation=context');
    await using seeded = await browser('/w/seeded?seed=shop.test');
    expect(await domains(tabs)).toEqual(SITES.toSorted());
    expect(await domains(own)).toEqual([]);
    expect(await domains(seeded)).toEqual(['shop.test', 'www.shop.test']);

    const late = { name: 'late', value: '1', domain: 'late.test', path: '/' };
    await seeded.call('Storage.setCookies', { cookies: [late] });
    expect(await domains(seeded)).toContain('late.test');
    for (const other of [profile, tabs, own]) expect(await domains(other)).not.toContain('late.test');
    // A page in that context sends what the context has.
    const [page = ''] = await pagesOf(seeded);
    await using socket = await RawClient.connect(`ws://${HUB}/w/seeded/devtools/page/${page}`);
    const { result } = await socket.call('Network.getCookies', {
      urls: SITES.map((site) => `http://${site}/`),
    });
    const sent = (result.cookies as { domain: string }[]).map(({ domain }) => domain).sort();
    expect(sent).toEqual(['shop.test', 'www.shop.test']);
  });

  test('are copied once: another seed for the same name is 409', async () => {
    await list('/w/seeded');
    const answer = await fetch(`http://${HUB}/w/seeded/json/list?seed=bank.test`);
    expect([answer.status, await answer.json()]).toEqual([
      409,
      expect.objectContaining({
        message: 'the workspace seeded is there already, and was not seeded with bank.test',
      }),
    ]);
  });
});

describe('without a name', () => {
  test('discovery, page sockets and /execute share one workspace, called default', async () => {
    const listed = await list();
    expect(listed).toMatchObject([{ type: 'page', url: 'about:blank' }]);
    const [{ id = '', webSocketDebuggerUrl = '' } = {}] = listed;
    expect(webSocketDebuggerUrl).toBe(`ws://${HUB}/devtools/page/${id}`);
    await using page = await RawClient.connect(webSocketDebuggerUrl);
    await value(page, `window.mark = 'here'`);
    const executed = await gateway.execute({ method: 'Runtime.evaluate', params: { expression: 'mark' } });
    expect(executed.body.result.result.value).toBe('here');
    expect((await list('/w/default')).map((each) => each.id)).toEqual([id]);
    await using client = await RawClient.connect(`${gateway.cdp}?workspace=default`);
    expect(await pagesOf(client)).toEqual([id]);
  });

  test('each browser socket is alone, and its tab goes with it', async () => {
    const shared = (await list()).map(({ id }) => id);
    const one = await RawClient.connect(gateway.cdp);
    await using other = await RawClient.connect(gateway.cdp);
    const [mine, theirs] = await Promise.all([pagesOf(one), pagesOf(other)]);
    expect([mine.length, theirs.length]).toEqual([1, 1]);
    expect(new Set([person, ...shared, ...mine, ...theirs]).size).toBe(3 + shared.length);
    await one[Symbol.asyncDispose]();
    await expect.poll(pagesOfChrome).not.toContain(mine[0]);
    expect(await pagesOfChrome()).toEqual(expect.arrayContaining([person, ...shared, ...theirs]));
    expect(await pagesOf(other)).toEqual(theirs);
  });

  test('a client that makes, finds, drives, raises and closes a page by addresses alone finds it each time', async () => {
    const url = 'data:text/html,<title>mine</title>';
    const { id } = await get<Listed>(`http://${HUB}/json/new?${url}`, { method: 'PUT' });
    const found = (await list()).find((each) => each.id === id);
    await using page = await RawClient.connect(found?.webSocketDebuggerUrl ?? '');
    await page.call('Page.enable');
    await page.call('Page.navigate', { url: 'data:text/html,<title>next</title>' });
    await page.heard(({ method }) => method === 'Page.loadEventFired');
    await expect.poll(() => value(page, 'document.title')).toBe('next');
    expect(await textOf(`http://${HUB}/json/activate/${id}`)).toEqual([200, 'Target activated']);
    expect(await textOf(`http://${HUB}/json/close/${id}`)).toEqual([200, 'Target is closing']);
    expect(await page.closed).toMatchObject({ code: 1000 });
    expect((await list()).map((each) => each.id)).not.toContain(id);
  });
});

test('a named workspace outlives its connection: who comes back finds the page as it was', async () => {
  const address = `${gateway.cdp}?workspace=lasting`;
  const first = await RawClient.connect(address);
  const pages = await pagesOf(first);
  const mark = async (client: RawClient, expression: string) => {
    const attach = await client.call('Target.attachToTarget', { targetId: pages[0], flatten: true });
    const { result } = await client.call('Runtime.evaluate', { expression }, attach.result.sessionId);
    return result.result.value as unknown;
  };
  await mark(first, 'window.mark = 1');
  await first[Symbol.asyncDispose]();
  await expect
    .poll(async () => {
      const { clients } = await get<{ clients: { workspace: string }[] }>(`http://${HUB}/stats`);
      return clients.filter(({ workspace }) => workspace === 'lasting').length;
    })
    .toBe(0);
  await using second = await RawClient.connect(address);
  expect(await pagesOf(second)).toEqual(pages);
  expect(await mark(second, 'window.mark')).toBe(1);
});
