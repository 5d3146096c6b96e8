import { spawnSync } from 'node:child_process';
import puppeteer from 'puppeteer-core';
import { describe, expect, it } from 'vitest';
import { evaluate, execute } from '../helpers/execute.ts';
import { allGone, cdpHub, Home, until } from '../helpers/hub.ts';
import { Pty } from '../helpers/pty.ts';

const ARGS = ['up', '--port', '0', '--proxy-port', '0', '--browser-port', '0', '--isolated', '--headless'];
const hasScript = spawnSync('script', ['--version']).status === 0;

async function statusOf(home: Home) {
  const { stdout } = await cdpHub(home, 'status', '--json');
  return JSON.parse(stdout) as {
    urls: { gateway: string };
    pids: Record<string, number>;
    clients: { name: string }[];
  };
}

describe.runIf(hasScript)('the screen on a terminal', () => {
  it('shows clients and traffic live, kills one, and gives the terminal back when the hub is stopped', async () => {
    using home = new Home();
    await using pty = new Pty(home, ARGS);
    await pty.shows('Nothing yet: point a client here.');
    expect(pty.alternate).toBe(true);
    expect(pty.text()).toMatch(/● browser +ready|▸● browser +ready/);
    const { urls, pids } = await statusOf(home);

    const browser = await puppeteer.connect({ browserURL: urls.gateway });
    const page = await browser.newPage();
    await page.goto('data:text/html,<title>live</title>');
    await pty.shows(/cdp-hub .* 1 cl /);
    await pty.shows(/→ Puppeteer +Page\.navigate/);
    await pty.shows(/#\d+ Puppeteer +Page\.navigate +✓/);

    const disconnected = new Promise((resolve) => browser.once('disconnected', resolve));
    pty.type('2x');
    await pty.shows(/Kill Puppeteer: attached to \d+ tabs?, 0 in flight\? y\/N/);
    pty.type('y');
    await disconnected;
    await pty.shows('nobody is connected');

    pty.type('q');
    await pty.shows('d detach');
    pty.type('s');
    expect(await pty.exit).toBe(0);
    expect(pty.alternate).toBe(false);
    expect(pty.text()).toContain('stopped');
    await allGone(Object.values(pids), 2000);
  });

  it('leaves the hub running on detach, and comes back with attach, whose Ctrl-C leaves it alone', async () => {
    using home = new Home();
    {
      await using pty = new Pty(home, ARGS);
      await pty.shows('Nothing yet');
      pty.type('qd');
      expect(await pty.exit).toBe(0);
    }
    const { pids } = await statusOf(home);
    {
      await using pty = new Pty(home, ['attach'], { columns: 80, rows: 24 });
      await pty.shows('Nothing yet');
      pty.type('\u0003');
      expect(await pty.exit).toBe(130);
      expect(pty.alternate).toBe(false);
    }
    expect((await statusOf(home)).pids).toEqual(pids);
    expect((await cdpHub(home, 'down')).code).toBe(0);
  });

  it('ends the hub within 5 s when the terminal is closed', async () => {
    using home = new Home();
    await using pty = new Pty(home, ARGS);
    await pty.shows('Nothing yet');
    const { pids } = await statusOf(home);
    pty.close();
    await allGone(Object.values(pids), 5000);
    await until('status says so', async () => (await cdpHub(home, 'status')).code === 1);
  });

  it('restores the terminal on Ctrl-C, once to drain and twice to kill', async () => {
    using home = new Home();
    await using pty = new Pty(home, ARGS);
    await pty.shows('Nothing yet');
    const { urls, pids } = await statusOf(home);
    const hanging = execute(urls.gateway, evaluate('new Promise(() => {})')).catch(() => null);
    await pty.shows('1 open');
    pty.type('\u0003');
    await pty.shows(/Ctrl-C again/);
    pty.type('\u0003');
    expect(await pty.exit).toBe(130);
    expect(pty.alternate).toBe(false);
    await allGone(Object.values(pids), 2000);
    await hanging;
  });
});
