import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';
import { Neighbour, openPage } from './neighbour.ts';
import { type Frame, RawClient } from './raw-client.ts';

/** A condition may take that long on a machine that is busy. */
const LOADED = { timeout: 10_000 };

const FULL = process.env.CDP_HUB_TEST_FULL === '1';
/** Of one page, and lines that it writes to its console. */
const REQUESTS = FULL ? 10_000 : 300;
const LINES = FULL ? 200_000 : 3000;

const chrome = await Chrome.start();
const gateway = await gatewayOn(chrome);

/** The answers to these, in the order in which they came. */
const answersTo = (client: RawClient, ids: ReadonlySet<number>): number[] =>
  client.frames.flatMap(({ id }) => (id !== undefined && ids.has(id) ? [id] : []));

const numbers = (from: number, count: number) => Array.from({ length: count }, (_, n) => from + n);

test('a client with hundreds of busy commands in flight: another waits for none of them', async () => {
  await using neighbour = await Neighbour.beside(gateway.cdp);
  await using flood = await RawClient.connect(gateway.cdp);
  const session = await openPage(flood);
  const expression = 'for (const until = performance.now() + 15; performance.now() < until; );';
  const ids = numbers(1000, 260);
  for (const id of ids) {
    flood.say({ id, method: 'Runtime.evaluate', params: { expression }, sessionId: session });
  }
  const known = new Set(ids);
  await expect.poll(() => answersTo(flood, known).length, LOADED).toBeGreaterThan(0);
  await neighbour.answers(20);
  expect(answersTo(flood, known).length).toBeLessThan(260);
  await expect.poll(() => answersTo(flood, known).length, { timeout: 30_000 }).toBe(260);
  expect(answersTo(flood, known)).toEqual(ids);
});

test('a client that never stops asking: another goes on, and both get what they asked for', async () => {
  await using neighbour = await Neighbour.beside(gateway.cdp);
  await using flood = await RawClient.connect(gateway.cdp);
  const session = await openPage(flood);
  let asked = 1000;
  let wrong = 0;
  const ask = () => {
    asked += 1;
    flood.say({
      id: asked,
      method: 'Runtime.evaluate',
      params: { expression: `${asked}` },
      sessionId: session,
    });
  };
  let next = 1001;
  flood.socket.on('message', (data) => {
    const { id, result } = JSON.parse(String(data)) as Frame;
    if (id !== next || result?.result.value !== next) wrong += 1;
    next += 1;
    flood.frames.length = 0;
    ask();
  });
  for (let n = 0; n < 400; n += 1) ask();
  await neighbour.answers(50);
  expect(wrong).toBe(0);
  expect(next).toBeGreaterThan(1400);
});

test(`a page that writes ${LINES} lines to its console: none is lost, and another client goes on`, async () => {
  await using neighbour = await Neighbour.beside(gateway.cdp);
  await using flood = await RawClient.connect(gateway.cdp);
  const session = await openPage(flood);
  let heard = 0;
  let missing = 0;
  flood.socket.on('message', (data) => {
    const { method, params } = JSON.parse(String(data)) as Frame;
    if (method !== 'Runtime.consoleAPICalled') return;
    if (params.args[0].value !== heard) missing += 1;
    heard += 1;
    flood.frames.length = 0;
  });
  await flood.call('Runtime.enable', {}, session);
  // As many as Chrome can take, and more: it tells of some 12,000 a second, whoever listens.
  const expression = `let n = 0; const timer = setInterval(() => {
    for (let i = 0; i < 1000; i += 1) console.log(n++);
    if (n >= ${LINES}) clearInterval(timer);
  }, 0)`;
  flood.say({ id: 1000, method: 'Runtime.evaluate', params: { expression }, sessionId: session });
  await expect.poll(() => heard, { ...LOADED, interval: 1 }).toBeGreaterThan(0);
  let meanwhile = 0;
  while (heard < LINES) {
    await neighbour.answers(1);
    meanwhile += 1;
  }
  expect(meanwhile).toBeGreaterThan(1);
  expect(heard).toBe(LINES);
  expect(missing).toBe(0);
}, 120_000);

test(`a page with ${REQUESTS} requests: all are told of, and another client goes on`, async () => {
  let served = 0;
  const site = createServer((request, response) => {
    if (request.url?.startsWith('/item')) served += 1;
    response.writeHead(200, { 'content-type': 'text/html', 'cache-control': 'no-store' }).end('x');
  });
  site.listen(0, '127.0.0.1');
  await once(site, 'listening');
  const origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  try {
    await using neighbour = await Neighbour.beside(gateway.cdp);
    await using storm = await RawClient.connect(gateway.cdp);
    const session = await openPage(storm, origin);
    await storm.call('Network.enable', {}, session);
    const heard: Record<string, Set<string>> = {
      'Network.requestWillBeSent': new Set(),
      'Network.responseReceived': new Set(),
      'Network.loadingFinished': new Set(),
    };
    let done = false;
    storm.socket.on('message', (data) => {
      const { id, method = '', params } = JSON.parse(String(data)) as Frame;
      if (id === 999) done = true;
      if (method === 'Network.requestWillBeSent' && !params.request.url.includes('/item')) return;
      if (params?.requestId) heard[method]?.add(params.requestId);
      storm.frames.length = 0;
    });
    const expression = `(async () => {
      let next = 0;
      const one = async () => { while (next < ${REQUESTS}) await (await fetch('/item' + next++)).text(); };
      await Promise.all(Array.from({ length: 100 }, one));
    })()`;
    storm.say({
      id: 999,
      method: 'Runtime.evaluate',
      params: { expression, awaitPromise: true },
      sessionId: session,
    });
    let meanwhile = 0;
    while (!done) {
      await neighbour.answers(10);
      meanwhile += 10;
    }
    expect(meanwhile).toBeGreaterThan(0);
    expect(served).toBe(REQUESTS);
    await expect.poll(() => heard['Network.loadingFinished']?.size, LOADED).toBeGreaterThanOrEqual(REQUESTS);
    expect(heard['Network.requestWillBeSent']?.size).toBe(REQUESTS);
    expect(heard['Network.responseReceived']?.size).toBeGreaterThanOrEqual(REQUESTS);
  } finally {
    site.closeAllConnections();
    site.close();
  }
}, 120_000);
