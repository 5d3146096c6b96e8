import { afterEach, describe, expect, test, vi } from 'vitest';
import type { HubEvent, Snapshot } from '../../src/shared/events.ts';
import { aClient, aFrame, aProcess, aSnapshot, FakeHub, NOW, someTraffic } from './helpers/hub.ts';
import { type Stage, stage } from './helpers/stage.ts';

vi.hoisted(() => {
  process.env.TZ = 'UTC';
});

let open: Stage | null = null;
afterEach(async () => {
  await open?.leave();
  open = null;
});

async function frame(options: Parameters<typeof stage>[0] & { say?: HubEvent[]; until?: string } = {}) {
  open = await stage(options);
  for (const event of options.say ?? []) open.hub.say(event);
  if (options.until) await open.terminal.until(options.until);
  return open.terminal.text();
}

const troubled: Partial<Snapshot> = {
  processes: [
    aProcess('browser', {
      state: 'backoff',
      pid: null,
      cpu: null,
      memory: null,
      restarts: 3,
      since: NOW - 2000,
      retryAt: NOW + 4000,
      finding: {
        message: 'the browser exited with code 21',
        fix: 'close the other Chromium that uses this profile',
      },
    }),
    aProcess('forwarder', { restarts: 1 }),
    aProcess('gateway', {
      state: 'degraded',
      finding: { message: 'no browser to talk to', fix: 'wait, or press r on the browser' },
    }),
  ],
};

describe('golden frames: what the terminal shows', () => {
  test('120×35: side column and traffic', async () => {
    await expect(await frame()).toMatchFileSnapshot('frames/120x35.txt');
  });

  test('120×24: the lowest screen with a side column', async () => {
    await expect(await frame({ rows: 24 })).toMatchFileSnapshot('frames/120x24.txt');
  });

  test('80×24: one pane at a time', async () => {
    await expect(await frame({ columns: 80, rows: 24 })).toMatchFileSnapshot('frames/80x24.txt');
  });

  test.each([
    ['1', 'processes', 'STATE'],
    ['2', 'clients', 'KIND'],
    ['3', 'requests', 'Fetch is held'],
  ])('80×24: pane %s', async (key, name, until) => {
    open = await stage({ columns: 80, rows: 24 });
    await open.press(key, until);
    await expect(open.terminal.text()).toMatchFileSnapshot(`frames/80x24-${name}.txt`);
  });

  test('60×16: size and tab give way', async () => {
    await expect(await frame({ columns: 60, rows: 16 })).toMatchFileSnapshot('frames/60x16.txt');
  });

  test('50×10: lines, never a refusal', async () => {
    await expect(await frame({ columns: 50, rows: 10 })).toMatchFileSnapshot('frames/50x10.txt');
  });

  test('what is wrong stands under its process, with the fix and the countdown', async () => {
    const hub = new FakeHub(aSnapshot({ ...troubled, clients: [] }));
    await expect(await frame({ hub })).toMatchFileSnapshot('frames/120x35-troubled.txt');
  });

  test('a finding of many words leaves state and countdown alone, on the smallest side column, too', async () => {
    const message = [
      'gateway exited with code 1',
      ...Array.from({ length: 9 }, () => 'Error: boom, and more'),
    ];
    const gateway = aProcess('gateway', {
      state: 'backoff',
      pid: null,
      restarts: 12,
      retryAt: NOW + 59_000,
      finding: {
        message: message.join('\n'),
        fix: 'It starts again by itself; `r` on the screen does it now.',
      },
    });
    const hub = new FakeHub(aSnapshot({ processes: [aProcess('browser'), aProcess('forwarder'), gateway] }));
    const text = await frame({ columns: 110, rows: 35, hub });
    expect(text).toMatch(/gateway +backoff +try in 59s/);
    await expect(text).toMatchFileSnapshot('frames/110x35-backoff.txt');
  });

  test('after a crash: the reason under its process, a line between what was and what is', async () => {
    const at = NOW - 1000;
    const log = (source: string, message: string) =>
      ({ type: 'log', at, level: 'warn', source, message }) as const;
    const gone = (name: 'browser' | 'gateway') =>
      ({
        type: 'process',
        process: aProcess(name, { state: 'starting', pid: null, since: at, restarts: 1 }),
      }) as const;
    const back = (name: 'browser' | 'gateway', pid: number) =>
      ({ type: 'process', process: aProcess(name, { pid, since: NOW, restarts: 1 }) }) as const;
    const text = await frame({
      say: [
        log('browser', 'browser was ended by SIGKILL'),
        gone('browser'),
        back('browser', 5001),
        { type: 'traffic', batch: { frames: [aFrame(8)], exchanges: [] } },
        log('gateway', 'gateway exited with code 1'),
        gone('gateway'),
        back('gateway', 5002),
        { type: 'traffic', batch: { frames: [aFrame(1, { method: 'Page.anew' })], exchanges: [] } },
      ],
      until: 'Page.anew',
    });
    await expect(text).toMatchFileSnapshot('frames/120x35-restarted.txt');
    open?.terminal.resize(55, 10);
    await open?.terminal.until('● browser   ready ↻1 12:04:30 ended by SIGKILL');
  });

  test('in lines, too, the countdown stands by its state', async () => {
    const hub = new FakeHub(aSnapshot({ ...troubled, clients: [] }));
    await expect(await frame({ columns: 45, rows: 10, hub })).toMatchFileSnapshot(
      'frames/45x10-troubled.txt',
    );
  });

  test('an empty screen teaches', async () => {
    const hub = new FakeHub(aSnapshot({ clients: [], stats: null }), { frames: [], exchanges: [] });
    await expect(await frame({ columns: 80, rows: 24, hub })).toMatchFileSnapshot('frames/80x24-empty.txt');
  });

  test('a hub that is starting says so', async () => {
    const hub = new FakeHub(
      aSnapshot({
        ready: false,
        urls: null,
        clients: [],
        stats: null,
        processes: [aProcess('browser', { state: 'starting', pid: null })],
      }),
      { frames: [], exchanges: [] },
    );
    await expect(await frame({ columns: 80, rows: 24, hub })).toMatchFileSnapshot(
      'frames/80x24-starting.txt',
    );
  });

  test('CJK, emoji, joined and flag emoji keep every column in its place', async () => {
    const name = '日本語クライアント😀';
    const traffic = someTraffic();
    traffic.frames.push(
      aFrame(8, { clientName: name, method: '页面.导航到一个很长很长很长的方法名称' }),
      aFrame(9, { clientName: '👩‍👩‍👧🇩🇪❤️1️⃣', method: 'Page.e\u0301\u0301\u0301\u0301mphasis\u200b\ufeff' }),
      aFrame(10, { clientName: 'é', method: 'Page.last' }),
    );
    const hub = new FakeHub(
      aSnapshot({ clients: [aClient('a', { name }), aClient('b', { name: 'ascii' })] }),
      traffic,
    );
    const text = await frame({ hub });
    await expect(text).toMatchFileSnapshot('frames/120x35-cjk.txt');
    const widths = open?.terminal.columnsOf('┃') ?? [];
    expect(new Set(widths).size).toBe(2);
  });

  test('NO_COLOR: no colours, yet the selection, the focus and bold stay', async () => {
    await frame({ env: { NO_COLOR: '1' } });
    const { terminal } = open ?? (await stage());
    expect(terminal.colors()).toEqual([]);
    expect(terminal.styleOf('▸12:04:01')).toMatchObject({ inverse: true, colored: false });
    expect(terminal.styleOf('cdp-hub')).toMatchObject({ bold: true, colored: false });
  });

  test('with colours: by meaning, on the terminal’s own palette', async () => {
    await frame();
    const { terminal } = open ?? (await stage());
    expect(terminal.styleOf('LIVE')).toMatchObject({ colored: true });
    expect(terminal.styleOf('▸12:04:01')).toMatchObject({ inverse: true });
    expect(terminal.colors().filter((code) => code < 30 || code > 37)).toEqual([]);
  });
});
