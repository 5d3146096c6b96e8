import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { chromium } from 'playwright-core';
import puppeteer from 'puppeteer-core';
import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../src/shared/events.ts';
import { allGone, cdpHub, Home, QUIET, until } from '../helpers/hub.ts';
import { hasTmux, Tmux } from '../helpers/tmux.ts';

const SHELL = { alternate: false, cursor: true, echo: true };
const CRASH = join(import.meta.dirname, '../helpers/crash-on-signal.cjs');

async function statusOf(home: Home): Promise<Snapshot> {
  return JSON.parse((await cdpHub(home, 'status', '--json')).stdout) as Snapshot;
}

describe.runIf(hasTmux)('the screen in tmux', () => {
  it('shows three clients at work, finds what went wrong in two keys, stops one, and gives the terminal back', async () => {
    using home = new Home();
    using tmux = new Tmux(home);
    tmux.run('up', ...QUIET);
    await tmux.shows('Nothing yet: point a client here.');
    const { urls, pids } = await statusOf(home);
    if (!urls) throw new Error('the hub has no addresses');

    const tester = await puppeteer.connect({ browserURL: urls.gateway });
    const page = await tester.newPage();
    await page.goto('data:text/html,<title>日本語 👩‍👩‍👧</title><h1>shop</h1>');
    const crawler = await chromium.connectOverCDP(urls.gateway);
    await (await crawler.newContext()).newPage();
    const agent = new Client({ name: 'claude', version: '1' });
    await agent.connect(new StreamableHTTPClientTransport(new URL(urls.mcp)) as Transport);
    await agent.callTool({ name: 'navigate_page', arguments: { url: 'data:text/html,<h1>agent</h1>' } });
    await agent.callTool({ name: 'click', arguments: { uid: '9_9' } });

    const all = await tmux.shows(/cdp-hub .* 3 cl /);
    for (const name of ['Puppeteer', 'Playwright', 'claude']) expect(all).toContain(name);
    await tmux.shows(/claude +click +✗/);
    // Every row is as wide as the screen, whatever pages are called; one may be caught while it is drawn.
    const ends = () =>
      [
        ...new Set(
          tmux
            .text()
            .split('\n')
            .slice(1, 33)
            .map((row) => [...row].at(-1)),
        ),
      ].join('');
    await until('every row is closed', () => ends() === '┓┃┛').catch((error: Error) => {
      throw new Error(`${error.message}\n${tmux.text()}`);
    });

    tmux.type('!');
    await tmux.shows(/4 Traffic {2}\/ status:err/);
    tmux.type('3');
    tmux.press('Enter');
    await tmux.shows(/Detail {2}claude .*click/);
    tmux.press('h');
    await tmux.shows('"uid": "9_9"');
    tmux.press('Escape');
    // What follows an Escape at once would be one key with it.
    await until('the detail is closed', () => !tmux.text().includes('Detail'));
    tmux.type('4!');
    await tmux.shows(/4 Traffic ━/);
    tmux.type('/client:Pupp');
    await tmux.shows(' Puppeteer ');
    tmux.press('Tab', 'Enter');
    await tmux.shows(/\/ client:Puppeteer/);
    tmux.resize(80, 24);
    await tmux.shows('[4 Traffic]');
    tmux.resize(120, 35);

    const gone = new Promise((resolve) => tester.once('disconnected', resolve));
    tmux.type('4');
    tmux.type('X');
    await gone;
    await tmux.shows(/cdp-hub .* 2 cl /);
    tmux.type('q');
    await tmux.shows('d detach');
    tmux.type('s');
    await tmux.shows('PROMPT>');
    await until('the terminal is what it was', () => tmux.state.echo && !tmux.state.alternate);
    expect(tmux.state).toEqual(SHELL);
    await allGone(Object.values(pids), 5000);
    await crawler.close();
    await agent.close();
  });

  it.each([
    ['its own crash', 'SIGUSR2', 'the bug of the test'],
    ['SIGTERM', 'SIGTERM', 'cdp-hub is ready'],
  ] as const)('gives the terminal back after %s', async (_, signal, said) => {
    using home = new Home(signal === 'SIGUSR2' ? { NODE_OPTIONS: `--require ${CRASH}` } : {});
    using tmux = new Tmux(home);
    tmux.run('up', ...QUIET);
    await tmux.shows('Nothing yet');
    const { pids } = await statusOf(home);
    process.kill(tmux.child, signal);
    await tmux.shows(said);
    await until('the terminal is what it was', () => tmux.state.echo && !tmux.state.alternate);
    expect(tmux.state).toEqual(SHELL);
    // Who owned the hub is gone, and so is the hub.
    await allGone(Object.values(pids), 10_000);
  });

  it('gives the terminal back, and says why, when the supervisor is killed', async () => {
    using home = new Home();
    using tmux = new Tmux(home);
    tmux.run('up', ...QUIET);
    await tmux.shows('Nothing yet');
    const { pids } = await statusOf(home);
    process.kill(pids.supervisor, 'SIGKILL');
    await tmux.shows(/hub|supervisor/);
    await until('the terminal is what it was', () => tmux.state.echo && !tmux.state.alternate);
    expect(tmux.state).toEqual(SHELL);
    await allGone(Object.values(pids), 10_000);
  });
});
