import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { evaluate, execute, untilInFlight } from '../helpers/execute.ts';
import { allGone, cdpHub, Home, Hub, isRunning, until } from '../helpers/hub.ts';

const pidsOf = (hub: Hub) => Object.values(hub.pids) as (number | null)[];

async function reachable(url: string): Promise<boolean> {
  return (await fetch(url).catch(() => null)) !== null;
}

describe('the life of a hub', () => {
  it('says what runs where, lets a second `up` join, and refuses one with other settings', async () => {
    await using hub = await Hub.up(new Home());
    expect(hub.urls).toEqual({
      gateway: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      cdp: expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+\/devtools\/browser\/[\w-]+$/),
      mcp: `${hub.urls.gateway}/mcp`,
      forwarder: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      browser: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      listen: [],
    });
    expect(pidsOf(hub).every((pid) => pid !== null && isRunning(pid))).toBe(true);

    const status = await cdpHub(hub.home, 'status', '--json');
    expect(status.code).toBe(0);
    const parsed = JSON.parse(status.stdout);
    expect(parsed).toMatchObject({ running: true, ready: true, urls: hub.urls, pids: hub.pids });
    expect(
      parsed.processes.map((each: { name: string; state: string }) => `${each.name} ${each.state}`),
    ).toEqual(['browser ready', 'forwarder ready', 'gateway ready']);

    const joined = await cdpHub(hub.home, 'up', '--detach', '--json');
    expect(joined.code).toBe(0);
    expect(joined.stdout).toContain(JSON.stringify(hub.pids));

    const conflict = await cdpHub(hub.home, 'up', '--port', '1', '--json');
    expect(conflict.code).toBe(3);
    expect(conflict.stderr).toContain('--port 1, it has');
    expect(conflict.stderr).toContain('cdp-hub down');
    expect(await reachable(`${hub.urls.gateway}/health`)).toBe(true);
  });

  it('runs on after `up --detach`, and `down` ends all of it', async () => {
    using home = new Home();
    const up = await cdpHub(
      home,
      'up',
      '--detach',
      '--json',
      '--port',
      '0',
      '--proxy-port',
      '0',
      '--isolated',
      '--headless',
      '--browser-port',
      '0',
    );
    expect([up.code, up.stderr]).toEqual([0, '']);
    const ready = up.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .find((event) => event.type === 'hub.ready');
    expect(await reachable(`${ready.urls.gateway}/health`)).toBe(true);
    const down = await cdpHub(home, 'down', '--json');
    expect([down.code, JSON.parse(down.stdout)]).toEqual([0, { stopped: true }]);
    await allGone(Object.values(ready.pids), 2000);
    const again = await cdpHub(home, 'down');
    expect([again.code, again.stdout]).toEqual([0, 'no hub runs\n']);
    expect((await cdpHub(home, 'status')).code).toBe(1);
  });

  it.each([
    ['SIGINT', 130, 6000],
    ['SIGTERM', 0, 11_000],
    ['SIGHUP', 0, 6000],
  ] as const)('%s to `up` drains, ends everything and exits %i', async (signal, code, ms) => {
    await using hub = await Hub.up(new Home());
    hub.process.kill(signal);
    expect(await hub.exit).toBe(code);
    await allGone(pidsOf(hub), ms);
    expect(existsSync(join(hub.home.path, 'control.sock'))).toBe(false);
    expect(existsSync(join(hub.home.path, 'supervisor.lock'))).toBe(false);
    expect(hub.events.at(-1)?.type).toBe('hub.stopped');
  });

  it('SIGTERM answers 503 draining while what is in flight finishes', async () => {
    await using hub = await Hub.up(new Home());
    const slow = execute(
      hub.urls.gateway,
      evaluate('new Promise((done) => setTimeout(() => done(42), 4000))'),
    );
    await untilInFlight(hub.urls.gateway, 1);
    hub.process.kill('SIGTERM');
    await hub.event((event) => event.type === 'hub.stopping');
    await until(
      '503 draining',
      async () => {
        const health = await fetch(`${hub.urls.gateway}/health`);
        return health.status === 503 && ((await health.json()) as { status: string }).status === 'draining';
      },
      3500,
    );
    expect((await slow).body).toMatchObject({ result: { result: { value: 42 } }, error: null });
    expect(await hub.exit).toBe(0);
  });

  it('a second Ctrl-C kills at once', async () => {
    await using hub = await Hub.up(new Home());
    const hanging = execute(hub.urls.gateway, evaluate('new Promise(() => {})')).catch(() => null);
    await untilInFlight(hub.urls.gateway, 1);
    hub.process.kill('SIGINT');
    await hub.event((event) => event.type === 'hub.stopping');
    const began = performance.now();
    hub.process.kill('SIGINT');
    expect(await hub.exit).toBe(130);
    expect(performance.now() - began).toBeLessThan(3000);
    await allGone(pidsOf(hub), 1000);
    await hanging;
  });

  it('goes when `up` is killed', async () => {
    await using hub = await Hub.up(new Home());
    hub.process.kill('SIGKILL');
    await allGone(pidsOf(hub), 10_000);
  });

  it('leaves no orphan when the supervisor is killed, and starts again over what it left', async () => {
    await using hub = await Hub.up(new Home());
    process.kill(hub.pids.supervisor, 'SIGKILL');
    await allGone(pidsOf(hub), 5000);
    expect(await hub.exit).toBe(1);
    expect(hub.stderr).toContain('cdp-hub up');
    expect(existsSync(join(hub.home.path, 'supervisor.lock'))).toBe(true);
    const next = await Hub.up(hub.home);
    next.process.kill('SIGTERM');
    expect(await next.exit).toBe(0);
  });

  it('lives on when a part fails for a while after the hub was ready', async () => {
    await using hub = await Hub.up(new Home());
    let pid = hub.pids.forwarder;
    for (let i = 0; i < 5; i++) {
      const from = hub.events.length;
      process.kill(pid ?? 0, 'SIGKILL');
      if (i < 4) pid = (await hub.back('forwarder', pid, from)).pid;
    }
    const failed = await hub.event((event) => event.type === 'process' && event.process.state === 'failed');
    expect(failed).toMatchObject({ process: { name: 'forwarder', retryAt: expect.any(Number) } });
    expect((await fetch(`${hub.urls.gateway}/health`)).status).toBe(200);
    expect(hub.stderr).toBe('');
  });

  it('takes a relative --browser-path, and ends with the last words of a browser that does not start', async () => {
    using home = new Home();
    writeFileSync(join(home.path, 'broken.sh'), '#!/bin/sh\necho "out of cheese" >&2\nexit 1\n', {
      mode: 0o755,
    });
    const ports = ['--port', '0', '--proxy-port', '0', '--browser-port', '0'];
    const broken = await cdpHub(
      home,
      'up',
      '--json',
      '--headless',
      ...ports,
      '--browser-path',
      './broken.sh',
    );
    expect([broken.code, broken.stderr]).toEqual([1, expect.stringContaining('out of cheese')]);
    await until('the lock is gone', () => !existsSync(join(home.path, 'supervisor.lock')), 2000);
    const missing = await cdpHub(home, 'up', '--json', ...ports, '--browser-path', './none');
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining(join(home.path, 'none'))]);
  });

  it('a named port that is taken ends with who holds it', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      for (const flag of ['--port', '--proxy-port', '--browser-port']) {
        using home = new Home();
        const others = ['--port', '--proxy-port', '--browser-port']
          .filter((each) => each !== flag)
          .flatMap((each) => [each, '0']);
        const { code, stderr, stdout } = await cdpHub(
          home,
          'up',
          '--json',
          '--headless',
          ...others,
          flag,
          String(port),
        );
        expect([flag, code]).toEqual([flag, 1]);
        expect(stderr).toContain(`pid ${process.pid}`);
        expect(stderr).toContain(flag);
        expect(stdout).toContain('"PORT_TAKEN"');
        await until('the lock is gone', () => !existsSync(join(home.path, 'supervisor.lock')), 2000);
      }
    } finally {
      server.close();
    }
  });

  it('refuses what cannot be, with exit code 2 and what to type', async () => {
    using home = new Home();
    const url = await cdpHub(home, 'up', '--browser-url', 'http://127.0.0.1:1', '--isolated');
    expect([url.code, url.stderr]).toEqual([2, expect.stringContaining('Drop --isolated')]);
    const flag = await cdpHub(home, 'up', '--prot', '1');
    expect([flag.code, flag.stderr]).toEqual([2, expect.stringContaining('--port')]);
    const none = await cdpHub(
      home,
      'up',
      '--browser-url',
      'http://127.0.0.1:1',
      '--port',
      '0',
      '--proxy-port',
      '0',
    );
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('127.0.0.1:1')]);
  });
});
