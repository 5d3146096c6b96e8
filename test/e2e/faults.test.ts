import puppeteer from 'puppeteer-core';
import { describe, expect, it } from 'vitest';
import { RawClient } from '../browser/gateway/raw-client.ts';
import { evaluate, execute, untilInFlight } from '../helpers/execute.ts';
import { Home, Hub, until } from '../helpers/hub.ts';

const post = (hub: Hub, command: object) => execute(hub.urls.gateway, command);

describe('faults', () => {
  it('browser SIGKILL with 50 commands in flight: 50 named errors, and everything goes on', async () => {
    await using hub = await Hub.up(new Home());
    const browser = await puppeteer.connect({ browserURL: hub.urls.gateway });
    const page = await browser.newPage();
    const disconnected = new Promise((resolve) => browser.once('disconnected', resolve));
    await post(hub, evaluate('1'));
    const inFlight = [
      ...Array.from({ length: 25 }, () => post(hub, evaluate('new Promise(() => {})'))),
      ...Array.from({ length: 25 }, () =>
        page.evaluate('new Promise(() => {})').catch((error: Error) => error),
      ),
    ];
    await untilInFlight(hub.urls.gateway, 50);
    process.kill(hub.pids.browser ?? 0, 'SIGKILL');
    const answers = await Promise.all(inFlight);
    for (const answer of answers.slice(0, 25)) {
      expect(JSON.stringify(answer)).toMatch(/cdp-hub.*(browser|upstream)/i);
    }
    for (const error of answers.slice(25)) expect(error).toBeInstanceOf(Error);
    await disconnected;

    await hub.back('browser', hub.pids.browser);
    const again = await until(
      '/execute works again',
      async () => (await post(hub, evaluate('6 * 7'))).status === 200,
      15_000,
    );
    expect(again).toBeLessThan(15_000);
    expect((await post(hub, evaluate('6 * 7'))).body).toMatchObject({
      result: { result: { value: 42 } },
      error: null,
    });
    const second = await puppeteer.connect({ browserWSEndpoint: hub.urls.cdp });
    expect(await second.version()).toMatch(/Chrom/);
    await second.disconnect();
  });

  it('gateway SIGKILL: back within a second on the same port, the browser untouched', async () => {
    await using hub = await Hub.up(new Home());
    await post(hub, evaluate('1'));
    const began = performance.now();
    process.kill(hub.pids.gateway ?? 0, 'SIGKILL');
    await hub.back('gateway', hub.pids.gateway);
    const back = performance.now() - began;
    await until(
      '/execute works',
      async () => (await post(hub, evaluate('1')).catch(() => null))?.status === 200,
    );
    const status = hub.events.filter((event) => event.type === 'process' && event.process.name === 'browser');
    expect(
      status.every(
        (event) => event.type === 'process' && [null, hub.pids.browser].includes(event.process.pid),
      ),
    ).toBe(true);
    // The promise is one second; a machine of two busy cores gets three before this counts as broken.
    expect(back).toBeLessThan(3000);
  });

  it('forwarder SIGKILL: only forwarded clients drop, the port is back', async () => {
    await using hub = await Hub.up(new Home());
    const direct = await puppeteer.connect({ browserURL: hub.urls.gateway });
    const forwarded = await puppeteer.connect({ browserURL: `http://${hub.urls.forwarder}` });
    const dropped = new Promise((resolve) => forwarded.once('disconnected', resolve));
    process.kill(hub.pids.forwarder ?? 0, 'SIGKILL');
    await dropped;
    await hub.back('forwarder', hub.pids.forwarder);
    const again = await puppeteer.connect({ browserURL: `http://${hub.urls.forwarder}` });
    expect(await again.version()).toMatch(/Chrom/);
    expect(direct.connected).toBe(true);
    expect(await direct.version()).toMatch(/Chrom/);
    await Promise.all([again.disconnect(), direct.disconnect()]);
  });

  it('browser SIGSTOP: calls end in a named error, it is killed and started again', {
    timeout: 90_000,
  }, async () => {
    await using hub = await Hub.up(new Home());
    await post(hub, evaluate('1'));
    await using client = await RawClient.connect(hub.urls.cdp);
    await client.call('Target.getTargets');
    const pid = hub.pids.browser ?? 0;
    process.kill(pid, 'SIGSTOP');
    client.say({ id: 1000, method: 'Target.getTargets' });
    const began = performance.now();
    const hanging = await post(hub, { ...evaluate('1'), timeoutMs: 1000 });
    expect([hanging.status, JSON.stringify(hanging.body)]).toEqual([504, expect.stringContaining('hint')]);
    await hub.event(
      (event) =>
        event.type === 'process' && event.process.name === 'browser' && event.process.finding !== null,
    );
    const closed = await client.closed;
    expect([closed.code, closed.reason]).toEqual([1012, expect.stringMatching(/not answered for \d+ s/)]);
    expect(client.frames.find(({ id }) => id === 1000)?.error?.message).toMatch(
      /^cdp-hub: .*it had not answered for \d+ s; Target\.getTargets was not answered$/,
    );
    await hub.back('browser', pid);
    expect(performance.now() - began).toBeLessThan(40_000);
    await until('/execute works', async () => (await post(hub, evaluate('1'))).status === 200, 15_000);
  });
});
