import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { allGone, cdpHub, Home, Hub, isRunning, until } from '../helpers/hub.ts';

/** The long proofs: `npm run test:full`. */
describe.runIf(process.env.CDP_HUB_TEST_FULL === '1')('over and over', () => {
  it('ten `up` in the same moment are one hub', { timeout: 120_000 }, async () => {
    using home = new Home();
    const args = [
      'up',
      '--detach',
      '--json',
      '--port',
      '0',
      '--proxy-port',
      '0',
      '--browser-port',
      '0',
      '--isolated',
    ];
    const results = await Promise.all(Array.from({ length: 10 }, () => cdpHub(home, ...args, '--headless')));
    try {
      expect(results.map(({ code, stderr }) => (code === 0 ? 'fine' : stderr))).toEqual(
        results.map(() => 'fine'),
      );
      const pids = results.map(({ stdout }) => {
        const ready = stdout.split('\n').find((line) => line.includes('"hub.ready"')) ?? '{}';
        return JSON.stringify(JSON.parse(ready).pids);
      });
      expect(new Set(pids).size).toBe(1);
    } finally {
      await cdpHub(home, 'down');
    }
  });

  it('a gateway that is killed four times is back within a second each time', {
    timeout: 120_000,
  }, async () => {
    await using hub = await Hub.up(new Home());
    let pid = hub.pids.gateway;
    const took: number[] = [];
    for (let i = 0; i < 4; i++) {
      const from = hub.events.length;
      process.kill(pid ?? 0, 'SIGKILL');
      took.push(
        await until(
          '/health is ok',
          async () => (await fetch(`${hub.urls.gateway}/health`).catch(() => null))?.status === 200,
        ),
      );
      pid = (await hub.back('gateway', pid, from)).pid;
    }
    console.log(`gateway back after ${took.map((ms) => `${ms.toFixed(0)} ms`).join(', ')}`);
    // The first retry is at once and the later ones are held back by 0.25, 0.5 and 1 s.
    const [first = Number.POSITIVE_INFINITY] = took;
    expect(first).toBeLessThan(1000);
    expect(Math.max(...took)).toBeLessThan(3000);
  });

  it('ten starts and stops leave nothing behind', { timeout: 300_000 }, async () => {
    const temporary = () => readdirSync('/tmp').filter((name) => name.startsWith('cdp-hub-profile-')).length;
    const before = temporary();
    for (let i = 0; i < 10; i++) {
      const hub = await Hub.up(new Home());
      const pids = Object.values(hub.pids);
      await hub[Symbol.asyncDispose]();
      expect(await hub.exit).toBe(0);
      await allGone(pids, 1000);
    }
    expect(temporary()).toBe(before);
  });

  it('ten supervisors killed one after the other on one state folder: each next one starts', {
    timeout: 300_000,
  }, async () => {
    const home = new Home();
    try {
      for (let i = 0; i < 10; i++) {
        const hub = await Hub.up(home);
        process.kill(hub.pids.supervisor, 'SIGKILL');
        await hub.exit;
        await allGone(Object.values(hub.pids), 5000);
      }
    } finally {
      home[Symbol.dispose]();
    }
  });

  it('a supervisor that hangs: status and down say so, a second Ctrl-C ends it', {
    timeout: 90_000,
  }, async () => {
    await using hub = await Hub.up(new Home());
    process.kill(hub.pids.supervisor, 'SIGSTOP');
    try {
      const status = await cdpHub(hub.home, 'status');
      expect([status.code, status.stderr]).toEqual([1, expect.stringContaining('does not answer')]);
      hub.process.kill('SIGINT');
      hub.process.kill('SIGINT');
      expect(await hub.exit).toBe(130);
      expect(hub.stderr).toContain('was killed');
      await allGone(Object.values(hub.pids), 5000);
    } finally {
      if (isRunning(hub.pids.supervisor)) process.kill(hub.pids.supervisor, 'SIGCONT');
    }
  });
});
