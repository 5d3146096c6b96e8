import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { OpenApi } from '../../helpers/openapi.ts';
import { BROWSER_ID, CONTROL_TOKEN, GatewayProcess } from '../../integration/gateway/gateway-process.ts';
import { ForwarderProcess } from '../../integration/proxy/forwarder-process.ts';
import { RawClient } from './raw-client.ts';

/**
 * A page that means harm, in a browser of the person who runs the hub. `evil.test` leads to 127.0.0.1 there, which is what
 * DNS rebinding comes to: the page's own name is the gateway's or the forwarder's address.
 */

/** Everything that a page can do to an address; what came of it, in words. */
const ATTEMPTS = `async (base, browserId, pageId, token) => {
  const command = JSON.stringify({ method: 'Runtime.evaluate', params: { expression: '1 + 1' } });
  const said = {};
  const within = (start) =>
    Promise.race([new Promise(start), new Promise((done) => setTimeout(done, 4000, 'nothing'))]);
  const attempt = async (name, act) => {
    said[name] = await act().then((what) => String(what), () => 'refused');
  };
  const read = (path, options) =>
    fetch(base + path, options).then(async (answer) => answer.status + ' ' + (await answer.text()));
  const json = { 'content-type': 'application/json', ...(token && { authorization: 'Bearer ' + token }) };
  await attempt('fetch', () => read('/json/version'));
  await attempt('fetch list', () => read('/json/list'));
  await attempt('fetch stats', () => read('/stats'));
  await attempt('fetch clients', () => read('/api/v2/clients'));
  await attempt('fetch text', () => read('/execute', { method: 'POST', body: command }));
  await attempt('fetch json', () => read('/execute', { method: 'POST', headers: json, body: command }));
  await attempt('fetch put', () => read('/json/new?about:blank', { method: 'PUT' }));
  await attempt('fetch blind', () =>
    read('/execute', { method: 'POST', mode: 'no-cors', body: new Blob([command], { type: 'text/plain' }) }));
  await attempt('beacon', async () => {
    navigator.sendBeacon(base + '/execute', new Blob([command], { type: 'text/plain' }));
    return 'sent';
  });
  const element = (name, properties) => () =>
    within((done) => {
      const made = Object.assign(document.createElement(name), properties);
      made.onload = () => done('loaded');
      made.onerror = () => done('refused');
      document.body.appendChild(made);
    });
  await attempt('image', element('img', { src: base + '/json/close/' + pageId }));
  await attempt('image new', element('img', { src: base + '/json/new?about:blank' }));
  await attempt('script', element('script', { src: base + '/json/version' }));
  await attempt('style', element('link', { rel: 'stylesheet', href: base + '/json/list' }));
  await attempt('frame', () =>
    within((done) => {
      const frame = document.createElement('iframe');
      frame.onload = () => {
        try {
          done(frame.contentDocument.body.textContent);
        } catch {
          done('unreadable');
        }
      };
      frame.src = base + '/json/list';
      document.body.appendChild(frame);
    }));
  await attempt('form', () =>
    within((done) => {
      const frame = Object.assign(document.createElement('iframe'), { name: 'target' });
      document.body.appendChild(frame);
      const form = Object.assign(document.createElement('form'), {
        action: base + '/execute', method: 'post', enctype: 'text/plain', target: 'target',
      });
      form.appendChild(Object.assign(document.createElement('input'), {
        name: command.slice(0, -1) + ',"x":"', value: '"}',
      }));
      document.body.appendChild(form);
      frame.onload = () => done('sent');
      form.submit();
    }));
  const query = token ? '?token=' + token : '';
  const socket = (path) => () =>
    within((done) => {
      const made = new WebSocket(base.replace('http', 'ws') + path + query);
      made.onopen = () => made.send(JSON.stringify({ id: 1, method: 'Browser.getVersion' }));
      made.onmessage = ({ data }) => done('heard ' + data);
      made.onerror = () => done('refused');
    });
  await attempt('socket', socket('/devtools/browser/' + browserId));
  await attempt('page socket', socket('/devtools/page/' + pageId));
  await attempt('command socket', socket('/ws'));
  for (const path of ['/api/v2/events', '/stats']) {
    await attempt('events ' + path, () =>
      within((done) => {
        const source = new EventSource(base + path);
        source.onopen = source.onmessage = () => done('open');
        source.onerror = () => {
          source.close();
          done('refused');
        };
      }));
  }
  return said;
}`;

/** Every route of the control API and the callers', with the token that opens them, as far as a page can send it. */
const CONTROL_ATTEMPTS = `async (base, routes, token) => {
  const command = JSON.stringify({ method: 'Target.createTarget', params: { url: 'about:blank' } });
  const said = {};
  const attempt = (name, options, path) =>
    fetch(base + path, options).then(
      (answer) => answer.type === 'opaque' ? 'unread' : answer.body?.cancel().then(() => String(answer.status)),
      () => 'refused',
    ).then((what) => { said[name] = what; });
  const query = '?token=' + token;
  for (const [method, path] of routes) {
    const body = path === '/execute' ? command : undefined;
    const headers = { authorization: 'Bearer ' + token, ...(body && { 'content-type': 'application/json' }) };
    await attempt(method + ' ' + path, { method, headers, body }, path);
    await attempt(method + ' ' + path + ' token', { method, body }, path + query);
    if (method === 'DELETE') continue;
    const plain = method === 'POST' ? new Blob([command], { type: 'text/plain' }) : undefined;
    await attempt(method + ' ' + path + ' blind', { method, mode: 'no-cors', body: plain }, path + query);
  }
  said.socket = await new Promise((done) => {
    const made = new WebSocket(base.replace('http', 'ws') + '/ws' + query);
    made.onopen = () => done('open');
    made.onerror = () => done('refused');
  });
  said.stream = await new Promise((done) => {
    const source = new EventSource(base + '/api/v2/events' + query);
    source.onopen = () => done('open');
    source.onerror = () => done('refused');
  });
  return said;
}`;

/** Newer browsers keep pages from loopback by themselves; the hub is not to rely on that. */
const UNGUARDED = '--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets';

/** What only somebody can know who has read something. */
const SECRETS = /webSocketDebuggerUrl|total_requests|"product"|targetId|heard|open$/;

let chrome: Chrome;
let gateway: GatewayProcess;
let forwarder: ForwarderProcess;
let victim: Chrome;
let browser: Browser;
let site: Server;
let sitePort: number;

beforeAll(async () => {
  site = createServer((_, response) => {
    response.setHeader('content-type', 'text/html').end('<!doctype html><body>');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => site.once('listening', resolve));
  sitePort = (site.address() as AddressInfo).port;
  chrome = await Chrome.start();
  gateway = await GatewayProcess.start(chrome.endpoint, { corsOrigins: [`http://friend.test:${sitePort}`] });
  await gateway.next('upstream', ({ connected }) => connected);
  forwarder = await ForwarderProcess.start({ host: '127.0.0.1', port: chrome.port });
  victim = await Chrome.start(0, {
    omnibox: true,
    flags: ['--host-resolver-rules=MAP evil.test 127.0.0.1,MAP friend.test 127.0.0.1', UNGUARDED],
  });
  browser = await puppeteer.connect({ browserURL: victim.url });
});
afterAll(async () => {
  await browser?.disconnect();
  for (const each of [victim, forwarder, gateway, chrome]) await each?.[Symbol.asyncDispose]();
  site?.close();
});

/** A page whose address is this one, whoever would answer there. */
async function pageAt(url: string): Promise<Page> {
  const page = await browser.newPage();
  await page.setRequestInterception(true);
  page.once('request', (request) => request.respond({ contentType: 'text/html', body: '<!doctype html>' }));
  await page.goto(url);
  await page.setRequestInterception(false);
  return page;
}

async function triedFrom(
  from: string,
  base: string,
  pageId: string,
  token = '',
): Promise<Record<string, string>> {
  const page = await pageAt(from);
  const browserId = base.endsWith(`:${forwarder.port}`)
    ? new URL(chrome.endpoint.wsUrl).pathname.split('/').pop()
    : BROWSER_ID;
  const words = [base, browserId, pageId, token].map((word) => JSON.stringify(word)).join();
  const said = (await page.evaluate(`(${ATTEMPTS})(${words})`)) as Record<string, string>;
  await page.close();
  return said;
}

/** What the hub and the browser behind it have to tell of what was done to them. */
async function traces(): Promise<unknown> {
  const { total_requests, total_clients, upstream } = (await (
    await fetch(`${gateway.url}/stats`)
  ).json()) as {
    total_requests: number;
    total_clients: number;
    upstream: object;
  };
  const targets = (await (await fetch(`${chrome.url}/json/list`)).json()) as { id: string }[];
  return { total_requests, total_clients, upstream, targets: targets.map(({ id }) => id).sort() };
}

async function ownPage(): Promise<string> {
  const made = await fetch(`${gateway.url}/json/new?about:blank`, { method: 'PUT' });
  return ((await made.json()) as { id: string }).id;
}

const at = (host: string, port: number) => `http://${host}:${port}`;
const PATIENCE = 120_000;

test('a page under a name that leads to the gateway or the forwarder reaches nothing', {
  timeout: PATIENCE,
}, async () => {
  const pageId = await ownPage();
  for (const port of [gateway.port, forwarder.port]) {
    for (const from of [at('evil.test', port), at('evil.test', sitePort)]) {
      const before = await traces();
      const said = await triedFrom(from, at('evil.test', port), pageId);
      expect(Object.entries(said).filter(([, what]) => SECRETS.test(what))).toEqual([]);
      expect(await traces()).toEqual(before);
    }
  }
});

test('a page of another site reaches nothing by the address either', { timeout: PATIENCE }, async () => {
  const pageId = await ownPage();
  for (const from of [at('evil.test', sitePort), at('127.0.0.1', sitePort), at('localhost', gateway.port)]) {
    const before = await traces();
    const said = await triedFrom(from, gateway.url, pageId);
    expect(Object.entries(said).filter(([, what]) => SECRETS.test(what))).toEqual([]);
    expect(await traces()).toEqual(before);
  }
  // Chrome's own rules stand behind the forwarder: an id that is not known cannot be closed.
  const before = await traces();
  const said = await triedFrom(at('evil.test', sitePort), at('127.0.0.1', forwarder.port), 'F'.repeat(32));
  expect(Object.entries(said).filter(([, what]) => SECRETS.test(what))).toEqual([]);
  expect(await traces()).toEqual(before);
});

test('the same page in the hub’s own origin, and one that was let in, reach what they may', {
  timeout: PATIENCE,
}, async () => {
  const own = await triedFrom(`${gateway.url}/health`, gateway.url, await ownPage());
  expect(own).toMatchObject({
    fetch: expect.stringMatching(/^200 .*webSocketDebuggerUrl/s),
    'fetch stats': expect.stringContaining('total_requests'),
    'fetch clients': expect.stringMatching(/^401 /),
    'fetch text': expect.stringMatching(/^415 /),
    'fetch json': expect.stringMatching(/^200 .*"value":2/),
    'fetch put': expect.stringMatching(/^200 /),
    socket: expect.stringContaining('"product"'),
    'events /api/v2/events': 'refused',
  });
  const pageId = await ownPage();
  const before = await traces();
  const friend = await triedFrom(at('friend.test', sitePort), gateway.url, pageId, CONTROL_TOKEN);
  expect(friend).toMatchObject({
    fetch: expect.stringMatching(/^200 .*webSocketDebuggerUrl/s),
    'fetch text': expect.stringMatching(/^415 /),
    'fetch json': expect.stringMatching(/^200 .*"value":2/),
    image: 'refused',
    frame: expect.not.stringContaining('webSocketDebuggerUrl'),
    socket: expect.stringContaining('"product"'),
    'page socket': expect.stringContaining('"product"'),
  });
  expect(await traces()).not.toEqual(before);
});

test('no page of another site reaches any route of the control API, even with its token, and nothing changes', {
  timeout: PATIENCE,
}, async () => {
  await using watched = await RawClient.connect(`${gateway.cdp}?client=watched`);
  await watched.call('Browser.getVersion');
  const withToken = { headers: { authorization: `Bearer ${CONTROL_TOKEN}` } };
  const listed = async () => {
    const asked = await fetch(`${gateway.url}/api/v2/clients/${id}`, withToken);
    return ((await asked.json()) as { paused: boolean }).paused;
  };
  const { clients } = await gateway.next('clients', (told) =>
    told.clients.some(({ name }) => name === 'watched'),
  );
  const id = clients.find(({ name }) => name === 'watched')?.id ?? '';
  const routes = (await OpenApi.of(gateway.url)).operations().flatMap(({ method, path }) => {
    const wanted = path.startsWith('/api/v2/') || path === '/execute' || path === '/ws';
    return wanted ? [[method, path.replace('{id}', id).replace('{name}', 'browser')] as const] : [];
  });
  expect(routes.length).toBeGreaterThan(10);
  const tried = async (from: string, base: string, only: typeof routes = routes) => {
    const page = from.startsWith('data:') ? await browser.newPage() : await pageAt(from);
    if (from.startsWith('data:')) await page.goto(from);
    const words = [base, only, CONTROL_TOKEN].map((word) => JSON.stringify(word)).join();
    const said = (await page.evaluate(`(${CONTROL_ATTEMPTS})(${words})`)) as Record<string, string>;
    await page.close();
    return said;
  };

  const before = { ...((await traces()) as object), paused: await listed() };
  const asked = gateway.messages.filter(({ type }) => type === 'ask').length;
  // Under the hub's address by a name of its own it reads the refusals; else it cannot even do that.
  for (const [from, base, allowed] of [
    [at('evil.test', gateway.port), at('evil.test', gateway.port), ['403', 'refused']],
    [at('evil.test', sitePort), gateway.url, ['refused', 'unread']],
    [at('localhost', sitePort), at('localhost', gateway.port), ['refused', 'unread']],
    ['data:text/html,<!doctype html>', gateway.url, ['refused', 'unread']],
  ] as const) {
    const said = await tried(from, base);
    expect(Object.keys(said).length).toBeGreaterThan(2 * routes.length);
    expect(Object.entries(said).filter(([, what]) => !(allowed as readonly string[]).includes(what))).toEqual(
      [],
    );
    expect([said.socket, said.stream]).toEqual(['refused', 'refused']);
    expect({ ...((await traces()) as object), paused: await listed() }).toEqual(before);
  }
  expect(gateway.messages.filter(({ type }) => type === 'ask').length).toBe(asked);

  // One that was let in is not refused, with the same attempts.
  const harmless = routes.filter(([method, path]) => method === 'GET' && path.endsWith(id));
  expect(await tried(at('friend.test', sitePort), gateway.url, harmless)).toMatchObject({
    [`GET /api/v2/clients/${id}`]: '200',
    socket: 'open',
    stream: 'open',
  });
});
