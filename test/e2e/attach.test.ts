import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { HubEvent, ProcessState } from '../../src/shared/events.ts';
import { RawClient } from '../browser/gateway/raw-client.ts';
import { ApprovalChrome } from '../helpers/approval.ts';
import { Chrome } from '../helpers/chrome.ts';
import { execute } from '../helpers/execute.ts';
import { cdpHub, Home, Hub, until } from '../helpers/hub.ts';

const PORTS = ['--port', '0', '--proxy-port', '0'];

function browserIs(event: HubEvent, state: ProcessState): boolean {
  return event.type === 'process' && event.process.name === 'browser' && event.process.state === state;
}

async function version(hub: Hub): Promise<number> {
  return (await execute(hub.urls.gateway, { method: 'Browser.getVersion', timeoutMs: 2000 })).status;
}

describe('a browser that somebody else started', () => {
  it.each(['--browser-url', '--browser-port'])(
    'is attached to by %s and left alone at the end',
    async (flag) => {
      await using chrome = await Chrome.start();
      {
        const value = flag === '--browser-url' ? chrome.url : String(chrome.port);
        await using hub = await Hub.up(new Home(), [...PORTS, flag, value], { bare: true });
        expect(hub.pids.browser).toBeNull();
        expect(hub.urls.browser).toBe(chrome.url);
        expect(await version(hub)).toBe(200);
      }
      const response = await fetch(`${chrome.url}/json/version`);
      expect(response.status).toBe(200);
    },
  );

  it('may go and come back: the hub says so, and connects again by itself', async () => {
    await using first = await Chrome.start();
    await using hub = await Hub.up(new Home(), [...PORTS, '--browser-url', first.url], { bare: true });
    await first.kill();
    await hub.event(
      (event) =>
        event.type === 'process' && event.process.name === 'browser' && event.process.state === 'degraded',
    );
    await until(
      '503 with the reason',
      async () => (await fetch(`${hub.urls.gateway}/health`)).status === 503,
    );
    const from = hub.events.length;
    await using _second = await Chrome.start(first.port);
    await until('/execute works again', async () => (await version(hub)) === 200, 20_000);
    await hub.event(
      (event) =>
        event.type === 'process' && event.process.name === 'browser' && event.process.state === 'attached',
      from,
    );
  });

  it('is reported when it hangs, over the one connection, and never killed: then all goes on', async () => {
    await using chrome = await ApprovalChrome.start();
    const home = new Home({ XDG_CONFIG_HOME: chrome.config });
    const up = Hub.up(home, [...PORTS, '--browser-url', `http://127.0.0.1:${chrome.port}`], { bare: true });
    await until('the person is asked', () => chrome.asked === 1, 20_000);
    chrome.allow();
    await using hub = await up;
    await using client = await RawClient.connect(hub.urls.cdp);
    await client.call('Browser.getVersion');
    const before = hub.events.length;
    chrome.signal('SIGSTOP');
    const pending = client.call('Target.getTargets');
    await hub.event((event) => browserIs(event, 'degraded'), before);
    const health = await fetch(`${hub.urls.gateway}/health`);
    expect([health.status, await health.json()]).toEqual([
      200,
      expect.objectContaining({
        status: 'degraded',
        reason: expect.stringContaining('has not answered for'),
      }),
    ]);
    const called = await execute(hub.urls.gateway, { method: 'Browser.getVersion', timeoutMs: 500 });
    expect([called.status, called.body]).toEqual([504, expect.objectContaining({ error: 'TIMEOUT' })]);
    await using newcomer = await RawClient.connect(hub.urls.cdp);
    const first = newcomer.call('Browser.getVersion');
    const from = hub.events.length;
    chrome.signal('SIGCONT');
    await hub.event((event) => browserIs(event, 'attached'), from);
    expect((await pending).result.targetInfos).toEqual(expect.any(Array));
    expect((await first).result.product).toContain('Chrome/');
    expect(await version(hub)).toBe(200);
    expect([chrome.alive, chrome.asked, chrome.connections]).toEqual([true, 1, 1]);
  });

  it('may ask for permission: that is said on its row and in a line, and asked once', async () => {
    await using chrome = await ApprovalChrome.start();
    const home = new Home({ XDG_CONFIG_HOME: chrome.config });
    const up = Hub.up(home, [...PORTS, '--browser-port', String(chrome.port)], { bare: true });
    await until('the person is asked', () => chrome.asked === 1, 20_000);
    await until('the row says so', async () => {
      const { stdout } = await cdpHub(home, 'status', '--json');
      const browser = JSON.parse(stdout).processes.find(({ name }: { name: string }) => name === 'browser');
      return browser.state === 'degraded' && /asks for permission/.test(browser.finding.message);
    });
    chrome.allow();
    await using hub = await up;
    expect(hub.events).toContainEqual(
      expect.objectContaining({ type: 'log', message: expect.stringContaining('press Allow') }),
    );
    await hub.event((event) => browserIs(event, 'attached'));
    expect(await version(hub)).toBe(200);
    expect([chrome.asked, chrome.connections]).toEqual([1, 1]);
  });

  it('is reached through a forwarder elsewhere: nothing is started here', async () => {
    await using chrome = await Chrome.start();
    await using there = await Hub.up(new Home(), [...PORTS, '--browser-url', chrome.url], { bare: true });
    const port = there.urls.forwarder.split(':')[1] ?? '';
    const env = { CDP_PROXY_HOST: '127.0.0.1', CDP_PROXY_PORT: port };
    await using here = await Hub.up(new Home(env), ['--port', '0'], { bare: true });
    expect(here.pids).toMatchObject({ browser: null, forwarder: null });
    expect(await version(here)).toBe(200);
    await untilRaw(there.home, here.pids.gateway);
  });
});

describe('settings', () => {
  it('come from a .env in the working directory, and the chain goes through the own forwarder', async () => {
    const home = new Home();
    const free = await Chrome.start();
    const { port } = free;
    await free[Symbol.asyncDispose]();
    writeFileSync(
      join(home.path, '.env'),
      `MCP_HTTP_PORT=0\nCDP_PROXY_PORT=${port}\nHEADLESS=1\nNODE_OPTIONS=--bad\n`,
    );
    const args = ['--proxy-port', String(port), '--browser-port', '0', '--isolated', '--headless'];
    await using hub = await Hub.up(home, args, { bare: true });
    expect(hub.urls.gateway).not.toBe('http://127.0.0.1:9223');
    expect(hub.urls.forwarder).toBe(`127.0.0.1:${port}`);
    await untilRaw(home, hub.pids.gateway);
    expect(await version(hub)).toBe(200);
  });
});

/** The process is listed among the forwarder's raw connections. */
async function untilRaw(home: Home, pid: number | null): Promise<void> {
  await until(`pid ${pid} is seen among the forwarder’s connections`, async () => {
    const { clients } = JSON.parse((await cdpHub(home, 'status', '--json')).stdout);
    return clients.some(
      (client: { kind: string; pid: number }) => client.kind === 'raw' && client.pid === pid,
    );
  });
}
