import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { aBody, aFrame, anExchange, aProcess, aSnapshot, FakeHub, NOW } from './helpers/hub.ts';
import { type Stage, stage } from './helpers/stage.ts';

vi.hoisted(() => {
  process.env.TZ = 'UTC';
});

let open: Stage | null = null;
afterEach(async () => {
  await open?.leave();
  open = null;
});

const FETCH = {
  command: aBody({
    id: 88,
    method: 'Fetch.enable',
    params: { patterns: [{ urlPattern: '*' }], handleAuthRequests: true },
  }),
  answer: aBody({ id: 88, error: { code: -32000, message: 'Fetch is held by playwright' } }),
  event: null,
};

/** The third row of requests failed, the last frame is an event with a message. */
const up = async (options: Parameters<typeof stage>[0] = {}) => {
  const hub = new FakeHub();
  hub.bodies.set('exchange 2', FETCH);
  hub.bodies.set('frame 3', {
    command: null,
    answer: null,
    event: aBody({ method: 'Network.dataReceived', params: { dataLength: 31 } }),
  });
  open = await stage({ hub, ...options });
  return open;
};

describe('the detail of a row', () => {
  test('of a failed command begins with its answer; ← and → turn to request and facts', async () => {
    const { press, terminal } = await up();
    await press('kk\r', '╭─ 4 Traffic');
    await terminal.until('"message": "Fetch is held by playwright"');
    expect(terminal.text()).toContain('✗ error');
    await expect(terminal.text()).toMatchFileSnapshot('frames/120x35-detail.txt');
    await press('h', '"urlPattern": "*"');
    await press('ll', /client +cursor/);
    await press('\u001b', '┏━ 4 Traffic');
    expect(terminal.text()).not.toContain('Detail');
  });

  test('shows where the time went', async () => {
    const hub = new FakeHub();
    hub.history = { frames: [], exchanges: [anExchange(1, { inMs: 1, browserMs: 38, outMs: 1, ms: 40 })] };
    hub.history.frames.push(aFrame(1, { exchange: 1 }));
    const { press } = await up({ hub });
    await press('\r', 'path  in 1ms → browser 38ms → out 1ms');
    await press('z', /▒█{10,}▒/);
  });

  test('folds and unfolds what the cursor is on', async () => {
    const { press, terminal } = await up();
    await press('kk\rh', '"urlPattern": "*"');
    await press('jjjj\r', '"patterns": [ 1 items ]');
    expect(terminal.text()).not.toContain('urlPattern');
    await press('\r', '"urlPattern": "*"');
  });

  test('what is too long for the row under the cursor goes on below it', async () => {
    const hub = new FakeHub();
    const expression = Array.from({ length: 30 }, (_, n) => `word${n}`).join(' ');
    hub.bodies.set('exchange 2', {
      command: aBody({ id: 1, params: { expression } }),
      answer: null,
      event: null,
    });
    const { press, terminal } = await up({ hub });
    await press('kk\rh', '"expression"');
    expect(terminal.text()).not.toContain('word29');
    await press('jjj', 'word29');
    await press('k', () => !terminal.text().includes('word29'));
  });

  test('of an event, with its repeats', async () => {
    const { press } = await up();
    await press('kkkk\r', '"dataLength": 31');
    await press('l', /repeats +214/);
  });

  test('an open command is shown as answered when it is', async () => {
    const { press, terminal, hub } = await up();
    await press('3\r', '… open');
    await press('l', 'no answer yet');
    hub.bodies.set('exchange 3', {
      command: aBody({ id: 3 }),
      answer: aBody({ id: 3, result: { done: true } }),
      event: null,
    });
    hub.say({
      type: 'traffic',
      batch: {
        frames: [],
        exchanges: [
          anExchange(3, {
            client: 'claude-1',
            clientName: 'claude-1',
            kind: 'mcp',
            method: 'DOMSnapshot.captureSnapshot',
            at: NOW - 1000,
          }),
        ],
      },
    });
    await terminal.until('"done": true');
  });

  test('says why there is no message', async () => {
    const { press, hub } = await up();
    await press('g\r', 'not kept: it passed before this screen was there');
    await press('\u001b', '┏━ 4 Traffic');
    hub.failure = new Error('the gateway is not running');
    await press('\r', 'the gateway is not running');
  });

  test('of a row of a gateway that is gone never shows the message of another', async () => {
    const { press, hub, terminal } = await up();
    hub.say({ type: 'process', process: aProcess('gateway', { pid: 5000, since: NOW }) });
    await terminal.until('5000');
    await press('kk\r', 'its messages went with the gateway that had them');
    expect(terminal.text()).not.toContain('"message"');
  });

  test('= goes from a command to its answer and back', async () => {
    const hub = new FakeHub();
    hub.history.frames = [
      aFrame(1, { exchange: 5, method: 'Page.first' }),
      aFrame(2, { exchange: 6, method: 'Page.second' }),
      aFrame(3, { exchange: 5, method: 'Page.first', dir: 'answer', outcome: 'ok', ms: 3 }),
    ];
    const { press } = await up({ hub });
    await press('=', /▸\S+ → playwright Page\.first/);
    await press('=', /▸\S+ ← playwright Page\.first/);
    await press('k=', 'there is no answer yet');
  });

  test('in a narrow terminal it takes the place of the panes; Tab goes to them and back', async () => {
    const { press, terminal } = await up({ columns: 80, rows: 24 });
    await press('kk\r', '[Detail]');
    await terminal.until('Fetch is held by playwright');
    await press('\t', '[1 Processes]');
    await press('\u001b[Z', '[Detail]');
    await expect(terminal.text()).toMatchFileSnapshot('frames/80x24-detail.txt');
  });
});

describe('layouts', () => {
  test('z shows one pane alone, - puts the traffic below the others', async () => {
    const { press, terminal } = await up();
    await press('z', '[4 Traffic]');
    expect(terminal.text()).not.toContain('1 Processes ─');
    await press('z', '╭─ 1 Processes');
    await press('-', /^╭─ 1 Processes.*╭─ 2 Clients.*╭─ 3 Requests/m);
    await expect(terminal.text()).toMatchFileSnapshot('frames/120x35-stacked.txt');
    await press('\r', 'Detail');
    await expect(terminal.text()).toMatchFileSnapshot('frames/120x35-stacked-detail.txt');
  });
});

describe('the palette', () => {
  test('finds commands by words and does what is chosen', async () => {
    const { press } = await up();
    await press(':', 'Commands');
    await press('layout', '1 of');
    await press('\r', /^╭─ 1 Processes.*╭─ 2 Clients/m);
  });

  test('says so where nothing is found, and Esc closes it', async () => {
    const { press } = await up();
    await press(':xyzzy', 'no command has that in its name');
    await press('\u001b', '┏━ 4 Traffic');
  });

  test('a command of another pane says where it works', async () => {
    const { press, hub } = await up();
    await press(':restart the selected\r', 'works in processes');
    expect(hub.asked).toEqual([]);
  });
});

describe('the log', () => {
  test('has what the hub said and what was done here, the latest first', async () => {
    const { press, hub, terminal } = await up();
    hub.say({ type: 'log', at: NOW, level: 'info', source: 'gateway', message: 'listens' });
    await press('2p', 'is paused');
    await press('L', 'Log');
    expect(terminal.text()).toMatch(/12:04:31 screen +claude-1 is paused[\s\S]*gateway +listens/);
  });

  test('Enter on a process shows its log alone, with what was written down before', async () => {
    const home = mkdtempSync(join(tmpdir(), 'cdp-hub-log-'));
    onTestFinished(() => rmSync(home, { recursive: true }));
    mkdirSync(join(home, 'logs'));
    const line = (source: string, msg: string) =>
      JSON.stringify({ level: 30, time: NOW - 60_000, source, msg });
    writeFileSync(
      join(home, 'logs', 'supervisor.log'),
      `ut off\n${line('browser', 'starting chromium')}\n${line('gateway', 'starting it')}\n`,
    );
    const { press, hub, terminal } = await up({ hub: new FakeHub(aSnapshot({ home })) });
    hub.say({ type: 'log', at: NOW, level: 'warn', source: 'browser', message: 'is slow' });
    await press('1\r', 'Log of the browser');
    expect(terminal.text()).toMatch(/is slow[\s\S]*12:03:31 browser +starting chromium/);
    expect(terminal.text()).not.toContain('starting it');
    await press('q', '┏━ 1 Processes');
    await press('L', /gateway +starting it/);
  });
});

describe('from a client', () => {
  test('Enter shows its rows alone', async () => {
    const { press, hub } = await up();
    await press('2j\r', () => hub.filter === 'client:cursor');
    await press('', '┏━ 4 Traffic  / client:cursor');
  });
});
