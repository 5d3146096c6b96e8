import { chromium } from 'playwright-core';
import puppeteer from 'puppeteer-core';
import { expect, test } from 'vitest';
import { UPSTREAM_LIMITS, Upstream } from '../../../src/gateway/cdp/upstream.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { Chrome } from '../../helpers/chrome.ts';
import { GatewayProcess } from '../../integration/gateway/gateway-process.ts';
import { RawClient, refusedUpgrade } from './raw-client.ts';

/** For a busy machine. */
const PATIENT = { timeout: 10_000, interval: 20 };

test('a browser SIGKILLed with 50 commands in flight: 50 errors naming the cause, and the next one is joined', async () => {
  await using gateway = await startOn(null);
  const first = await Chrome.start();
  await using _first = first;
  gateway.send({ type: 'browser', browser: first.endpoint, reason: '' });
  await gateway.next('upstream', ({ connected }) => connected);

  await using client = await RawClient.connect(gateway.cdp);
  const made = await client.call('Target.createTarget', { url: 'about:blank' });
  const attached = await client.call('Target.attachToTarget', {
    targetId: made.result.targetId,
    flatten: true,
  });
  const { sessionId } = attached.result;
  const bystander = await puppeteer.connect({ browserWSEndpoint: gateway.cdp });
  const disconnected = new Promise<void>((resolve) => bystander.once('disconnected', () => resolve()));
  const caller = gateway.execute(
    { method: 'Runtime.evaluate', params: { expression: 'new Promise(() => {})', awaitPromise: true } },
    'survivor',
  );
  for (let id = 1001; id <= 1050; id += 1) {
    client.say({
      id,
      method: 'Runtime.evaluate',
      params: { expression: 'new Promise(() => {})', awaitPromise: true },
      sessionId,
    });
  }
  await expect
    .poll(async () => {
      const stats = (await (await fetch(`${gateway.url}/stats`)).json()) as {
        clients: { in_flight: number }[];
      };
      return stats.clients.reduce((sum, each) => sum + each.in_flight, 0);
    }, PATIENT)
    .toBeGreaterThanOrEqual(51);
  await first.kill();

  const closed = await client.closed;
  expect(closed.code).toBe(1012);
  expect(closed.reason).toContain('reconnect');
  const errors = client.frames.filter(({ id = 0 }) => id > 1000);
  expect(errors).toHaveLength(50);
  expect(new Set(errors.map(({ id }) => id)).size).toBe(50);
  for (const { error } of errors) {
    expect(error?.message).toMatch(/^cdp-hub: the connection to the browser ended .* was not answered$/);
  }
  await disconnected;
  const { status, body } = await caller;
  expect(status).toBe(200);
  expect(body.error?.message).toContain('the connection to the browser ended');

  gateway.send({ type: 'browser', browser: null, reason: 'the browser was ended by SIGKILL' });
  await expect
    .poll(
      async () => ((await (await fetch(`${gateway.url}/health`)).json()) as { reason: string }).reason,
      PATIENT,
    )
    .toBe('the browser was ended by SIGKILL');
  expect((await fetch(`${gateway.url}/health`)).status).toBe(503);
  expect((await gateway.execute({ method: 'Browser.getVersion' }, 'survivor')).status).toBe(503);
  const refused = await refusedUpgrade(gateway.cdp);
  expect(refused.status).toBe(503);
  expect(JSON.parse(refused.body)).toMatchObject({ error: 'NO_BROWSER', hint: expect.any(String) });

  await using second = await Chrome.start();
  gateway.send({ type: 'browser', browser: second.endpoint, reason: 'restarted' });
  await expect.poll(async () => (await fetch(`${gateway.url}/health`)).status, PATIENT).toBe(200);
  const again = await gateway.execute(
    { method: 'Runtime.evaluate', params: { expression: 'location.href' } },
    'survivor',
  );
  expect(again.body.result.result.value).toBe('about:blank');
  await using next = await RawClient.connect(gateway.cdp);
  expect((await next.call('Browser.getVersion')).result.product).toContain('Chrome/');
});

test('Playwright and Puppeteer notice at once and as on Chrome itself; the next browser is theirs by connecting anew', async () => {
  await using gateway = await startOn(null);
  await using first = await Chrome.start();
  gateway.send({ type: 'browser', browser: first.endpoint, reason: '' });
  await gateway.next('upstream', ({ connected }) => connected);
  const browser = await puppeteer.connect({ browserWSEndpoint: gateway.cdp });
  const page = await browser.newPage();
  const playwright = await chromium.connectOverCDP(gateway.cdp);
  const theirs = await playwright.contexts()[0]?.newPage();
  if (!theirs) throw new Error('no page');
  await Promise.all([page.evaluate('1'), theirs.evaluate('1')]);

  const settled = (promises: Promise<unknown>[]) =>
    Promise.all(promises.map((promise) => promise.then(String, (error: Error) => error.message)));
  const many = Array.from({ length: 25 }, () => 'new Promise(() => {})');
  const calls = settled(many.map((never) => page.evaluate(never)));
  const others = settled(many.map((never) => theirs.evaluate(never)));
  const waits = settled([page.waitForSelector('nope'), theirs.waitForSelector('nope')]);
  await expect
    .poll(async () => {
      const stats = await (await fetch(`${gateway.url}/stats`)).json();
      return (stats as { upstream: { in_flight: number } }).upstream.in_flight;
    }, PATIENT)
    .toBeGreaterThanOrEqual(50);
  const gone = Promise.all([
    new Promise((resolve) => browser.once('disconnected', resolve)),
    new Promise((resolve) => playwright.once('disconnected', resolve)),
    new Promise((resolve) => theirs.once('close', resolve)),
  ]);
  const killed = performance.now();
  await first.kill();
  for (const text of await calls) expect(text).toMatch(/Target closed/);
  for (const text of await others) expect(text).toMatch(/Target page, context or browser has been closed/);
  expect((await waits)[1]).toMatch(/has been closed/);
  await gone;
  expect(performance.now() - killed).toBeLessThan(3000);
  expect([browser.connected, playwright.isConnected()]).toEqual([false, false]);
  await expect(browser.newPage()).rejects.toThrow();
  await expect(playwright.newContext()).rejects.toThrow();

  await using second = await Chrome.start();
  gateway.send({ type: 'browser', browser: second.endpoint, reason: 'restarted' });
  await expect.poll(async () => (await fetch(`${gateway.url}/health`)).status, PATIENT).toBe(200);
  const next = await puppeteer.connect({ browserURL: gateway.url });
  expect(await (await next.newPage()).evaluate('2')).toBe(2);
  const another = await chromium.connectOverCDP(gateway.cdp);
  expect(await (await another.contexts()[0]?.newPage())?.evaluate('3')).toBe(3);
  await Promise.all([next.disconnect(), another.close()]);
});

test('an attached browser that comes back on its port under another id is found again', async () => {
  await using chrome = await Chrome.start();
  const wrong = chrome.endpoint.wsUrl.replace(/[^/]*$/, '00000000-0000-4000-8000-000000000000');
  await using gateway = await startOn({ ...chrome.endpoint, wsUrl: wrong, launched: false });
  const connected = await gateway.next('upstream', (message) => message.connected);
  expect(connected.reason).toBe('');
  expect((await gateway.execute({ method: 'Browser.getVersion' })).status).toBe(200);
});

test('a hung browser is reported over the one connection there is, and its return too', async () => {
  await using chrome = await Chrome.start();
  const health: [answering: boolean, silentMs: number][] = [];
  const states: boolean[] = [];
  const lost: string[] = [];
  let send = (_text: string) => {};
  const upstream = new Upstream(
    systemClock,
    {
      opened: (to) => {
        send = to;
      },
      message: () => {},
      lost: (cause) => void lost.push(cause),
      state: (connected) => void states.push(connected),
      probe: () => send('{"id":1,"method":"Browser.getVersion"}'),
      health: (answering, silentMs) => void health.push([answering, silentMs]),
    },
    { ...UPSTREAM_LIMITS, ping: 500, silence: 1000 },
  );
  try {
    upstream.moved(chrome.endpoint, '');
    expect(await upstream.ready(10_000)).toBe(true);
    chrome.signal('SIGSTOP');
    await expect.poll(() => health.length, { timeout: 10_000, interval: 20 }).toBeGreaterThan(0);
    expect(health[0]).toEqual([false, expect.toSatisfy((ms: number) => ms >= 1000)]);
    chrome.signal('SIGCONT');
    await expect.poll(() => health.at(-1), { timeout: 10_000, interval: 20 }).toEqual([true, 0]);
    expect(states).toEqual([true]);
    expect(lost).toEqual([]);
  } finally {
    chrome.signal('SIGCONT');
    upstream.close();
  }
});

function startOn(browser: Chrome['endpoint'] | null): Promise<GatewayProcess> {
  return GatewayProcess.start(browser);
}
