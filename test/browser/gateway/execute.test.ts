import { expect, test } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';
import { RawClient } from './raw-client.ts';

const chrome = await Chrome.start();
const gateway = await gatewayOn(chrome);

const evaluate = (expression: string, extra: object = {}) => ({
  method: 'Runtime.evaluate',
  params: { expression, awaitPromise: true, returnByValue: true },
  ...extra,
});

test('two callers at once, each in a tab of its own', async () => {
  const [a, b] = await Promise.all([
    gateway.execute({ method: 'Page.navigate', params: { url: 'data:text/html,<title>A</title>' } }, 'a'),
    gateway.execute({ method: 'Page.navigate', params: { url: 'data:text/html,<title>B</title>' } }, 'b'),
  ]);
  expect([a.status, b.status]).toEqual([200, 200]);
  expect(a.body.result.frameId).not.toBe(b.body.result.frameId);
  await expect
    .poll(async () => (await gateway.execute(evaluate('document.title'), 'a')).body.result.result.value)
    .toBe('A');
  await expect
    .poll(async () => (await gateway.execute(evaluate('document.title'), 'b')).body.result.result.value)
    .toBe('B');
});

test('the shape is always id, result, error', async () => {
  expect((await gateway.execute(evaluate('1+1', { id: 'mine' }))).body).toEqual({
    id: 'mine',
    result: { result: { type: 'number', value: 2, description: '2' } },
    error: null,
  });
  const failed = await gateway.execute({ method: 'Nope.nope' });
  expect(failed.status).toBe(200);
  expect(failed.body).toEqual({
    id: expect.any(Number),
    result: null,
    error: { code: -32601, message: "'Nope.nope' wasn't found" },
  });
});

test('browser-level commands go to the browser, a named target is attached to', async () => {
  const version = await gateway.execute({ method: 'Browser.getVersion' });
  expect(version.body.result.product).toContain('Chrome/');
  const made = await gateway.execute({
    method: 'Target.createTarget',
    params: { url: 'data:text/html,<title>third</title>' },
  });
  const { targetId } = made.body.result;
  await expect
    .poll(
      async () => (await gateway.execute(evaluate('document.title', { targetId }))).body.result.result.value,
      { timeout: 5000 },
    )
    .toBe('third');
  const unknown = await gateway.execute(evaluate('1', { targetId: 'nope' }));
  expect(unknown.body.error?.message).toBe('No target with given id found');
  const session = await gateway.execute(evaluate('1', { sessionId: 'nope' }));
  expect(session.body.error?.code).toBe(-32001);
});

test('a slow call does not hold up the next one, and times out by its own clock', async () => {
  const slow = gateway.execute(evaluate('new Promise(() => {})', { timeoutMs: 400 }), 'slow');
  const quick = await gateway.execute(evaluate('2'), 'slow');
  expect(quick.body.result.result.value).toBe(2);
  const late = await slow;
  expect(late.status).toBe(504);
  expect(late.body).toMatchObject({ error: 'TIMEOUT', hint: expect.stringContaining('timeoutMs') });
});

test('calls go out in the order in which they came, also before there is a tab', async () => {
  const values = await Promise.all(
    Array.from({ length: 20 }, () =>
      gateway.execute(evaluate('globalThis.n = (globalThis.n ?? 0) + 1'), 'order'),
    ),
  );
  expect(new Set(values.map(({ body }) => body.result.result.value)).size).toBe(20);
});

test('a closed tab and a crashed tab are each replaced at the next call', async () => {
  await gateway.execute(evaluate('globalThis.old = 1'), 'phoenix');
  await gateway.execute({ method: 'Page.close' }, 'phoenix');
  await expect
    .poll(async () => (await gateway.execute(evaluate('typeof old'), 'phoenix')).body.result?.result.value)
    .toBe('undefined');
  const crash = await gateway.execute({ method: 'Page.crash' }, 'phoenix');
  expect(crash.body.error?.message).toContain('cdp-hub: the tab crashed');
  expect((await gateway.execute(evaluate('3'), 'phoenix')).body.result.result.value).toBe(3);
});

test('calls in flight on a tab that crashes fail at once, and the next one is served by a fresh tab', async () => {
  const calls = async () => {
    const stats = (await (await fetch(`${gateway.url}/stats`)).json()) as {
      clients: { name: string; in_flight: number }[];
    };
    return stats.clients.find(({ name }) => name === 'fuse')?.in_flight;
  };
  await gateway.execute(evaluate('globalThis.old = 1'), 'fuse');
  const flight = Array.from({ length: 5 }, () => gateway.execute(evaluate('new Promise(() => {})'), 'fuse'));
  const elsewhere = gateway.execute(
    evaluate('new Promise((done) => setTimeout(done, 1500, "unharmed"))'),
    'neighbour',
  );
  await expect.poll(calls).toBe(5);
  flight.push(gateway.execute({ method: 'Page.crash' }, 'fuse'));
  for (const { status, body } of await Promise.all(flight)) {
    expect(status).toBe(200);
    expect(body.result).toBeNull();
    expect(body.error).toEqual({
      code: -32000,
      message: expect.stringMatching(/^cdp-hub: the tab crashed; [\w.]+ was not answered$/),
    });
  }
  expect((await gateway.execute(evaluate('typeof old'), 'fuse')).body.result.result.value).toBe('undefined');
  expect((await elsewhere).body.result.result.value).toBe('unharmed');
});

test('Browser.close ends the caller’s workspace with its tab, and the next call starts afresh', async () => {
  await gateway.execute(evaluate('globalThis.old = 1'), 'leaver');
  const tabs = async () =>
    ((await (await fetch(`${chrome.url}/json/list`)).json()) as { type: string }[]).filter(
      ({ type }) => type === 'page',
    ).length;
  const before = await tabs();
  expect((await gateway.execute({ method: 'Browser.close' }, 'leaver')).body.result).toEqual({});
  await expect.poll(tabs).toBe(before - 1);
  expect((await gateway.execute(evaluate('typeof old'), 'leaver')).body.result.result.value).toBe(
    'undefined',
  );
});

test('Browser.close leaves the tabs of a workspace to the others who work there', async () => {
  await gateway.execute(evaluate('globalThis.old = 1'), 'shared');
  await using other = await RawClient.connect(`${gateway.cdp}?workspace=shared`);
  await other.call('Target.getTargets');
  expect((await gateway.execute({ method: 'Browser.close' }, 'shared')).body.result).toEqual({});
  expect((await gateway.execute(evaluate('typeof old'), 'shared')).body.result.result.value).toBe('number');
});

test.each([
  ['no JSON', '{', 'the body is no JSON'],
  ['no method', '{"params":{}}', 'method'],
  ['an unknown key', '{"method":"Browser.getVersion","foo":1}', 'foo'],
  ['params that are no object', '{"method":"Browser.getVersion","params":3}', 'params'],
  ['a file address', '{"method":"Page.navigate","params":{"url":"file:///etc/passwd"}}', 'file:'],
  ['a browser page', '{"method":"Target.createTarget","params":{"url":" chrome://settings"}}', 'chrome:'],
])('%s is 422', async (_, body, message) => {
  const response = await fetch(`${gateway.url}/execute`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  expect(response.status).toBe(422);
  expect(await response.json()).toMatchObject({
    error: 'UNPROCESSABLE',
    message: expect.stringContaining(message),
    hint: expect.any(String),
  });
});

test('a workspace name of other characters is 422', async () => {
  expect((await gateway.execute(evaluate('1'), 'a b')).status).toBe(422);
  expect((await gateway.execute(evaluate('1'), 'x'.repeat(65))).status).toBe(422);
});
