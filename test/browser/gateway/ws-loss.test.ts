import { expect, test } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { GatewayProcess } from '../../integration/gateway/gateway-process.ts';
import { RawClient } from './raw-client.ts';

const evaluate = (id: number, expression: string) =>
  JSON.stringify({ id, method: 'Runtime.evaluate', params: { expression, awaitPromise: true } });

test('the browser goes: calls are answered with the cause, sockets stay, and work in the next browser', async () => {
  await using gateway = await GatewayProcess.start(null);
  const ws = `${gateway.url.replace('http', 'ws')}/ws`;
  // Calls say that there is no browser; the socket needs none.
  await using early = await RawClient.connect(`${ws}?client=early`);
  early.say({ id: 1, method: 'Browser.getVersion' });
  expect((await early.heard(({ id }) => id === 1)).error).toEqual({
    code: -32000,
    message: expect.stringMatching(/^cdp-hub: no browser is connected: .*cdp-hub status/),
  });

  await using first = await Chrome.start();
  gateway.send({ type: 'browser', browser: first.endpoint, reason: '' });
  await gateway.next('upstream', ({ connected }) => connected);
  await using bare = await RawClient.connect(ws);
  for (const client of [early, bare]) {
    client.say(evaluate(2, 'globalThis.old = 1'));
    await client.heard(({ id }) => id === 2);
    for (let id = 101; id <= 125; id += 1) client.say(evaluate(id, 'new Promise(() => {})'));
  }
  await expect
    .poll(async () => {
      const stats = (await (await fetch(`${gateway.url}/stats`)).json()) as {
        upstream: { in_flight: number };
      };
      return stats.upstream.in_flight;
    })
    .toBeGreaterThanOrEqual(50);
  await first.kill();
  for (const client of [early, bare]) {
    await client.heard(({ id }) => id === 125);
    const errors = client.frames.filter(({ id = 0 }) => id > 100);
    expect(errors).toHaveLength(25);
    for (const { error } of errors) expect(error?.message).toContain('the connection to the browser ended');
    expect(client.frames.some(({ method }) => method === 'cdp-hub.tabGone')).toBe(true);
  }

  await using second = await Chrome.start();
  gateway.send({ type: 'browser', browser: second.endpoint, reason: 'restarted' });
  await expect.poll(async () => (await fetch(`${gateway.url}/health`)).status).toBe(200);
  for (const client of [early, bare]) {
    client.say(evaluate(3, 'typeof old'));
    expect((await client.heard(({ id }) => id === 3)).result.result.value).toBe('undefined');
    const replaced = client.frames.findIndex(({ method }) => method === 'cdp-hub.tabReplaced');
    expect(replaced).toBeGreaterThan(0);
    expect(replaced).toBeLessThan(client.frames.findIndex(({ id }) => id === 3));
  }
});
