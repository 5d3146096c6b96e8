import { afterEach, describe, expect, test, vi } from 'vitest';
import { aClient, aFrame, anExchange, aProcess, aSnapshot, FakeHub, NOW, STATS } from './helpers/hub.ts';
import { type Stage, stage } from './helpers/stage.ts';

vi.hoisted(() => {
  process.env.TZ = 'UTC';
});

let open: Stage | null = null;
afterEach(async () => {
  await open?.leave();
  open = null;
});
const up = async (options: Parameters<typeof stage>[0] = {}) => {
  open = await stage(options);
  return open;
};

/** Whole-screen clears: `ESC[2J`, `ESC[3J`, and home with erase-down, which Ink falls back to. */
function clears(raw: string): number {
  const sequences = ['\u001b[2J', '\u001b[3J', '\u001b[1;1H\u001b[J', '\u001b[H\u001b[J'];
  return sequences.reduce((sum, sequence) => sum + raw.split(sequence).length - 1, 0);
}

describe('the start', () => {
  test('keys of before are dropped, and what the terminal echoed of them does not shift the picture', async () => {
    const clean = await up();
    await clean.terminal.until('4 Traffic');
    const wanted = clean.terminal.text();
    await clean.leave();
    const echoed = await up({ typed: '2xyq' });
    await echoed.terminal.until(() => echoed.terminal.text() === wanted);
    await echoed.press('1', '┏━ 1 Processes');
    expect(echoed.terminal.text()).not.toMatch(/Kill|Leave/);
  });

  test('what happens from the call on is seen', async () => {
    const hub = new FakeHub();
    const { terminal } = await up({ hub, onCalled: () => hub.frames(aFrame(99)) });
    await terminal.until('Page.method99');
  });

  test('a hub that is gone before anything was drawn: nothing is shown', async () => {
    const hub = new FakeHub();
    const stage = up({ hub, onCalled: () => hub.close('it is gone') });
    const { terminal, ended } = await stage;
    expect(await ended).toEqual({ end: 'closed', reason: 'it is gone' });
    expect(terminal.raw).toBe('');
    expect(terminal.rawMode).toBe(false);
    open = null;
  });
});

describe('drawing', () => {
  test('50 busy ticks: no full clear, and at most a frame per tick', async () => {
    const { terminal, hub } = await up();
    terminal.raw = '';
    const started = performance.now();
    for (let i = 0; i < 50; i++) {
      const seq = 100 + i;
      hub.frames(aFrame(seq), aFrame(seq, { count: 3 }));
      hub.say({ type: 'stats', stats: { ...STATS, rate: i * 10 } });
      await terminal.until(`Page.method${seq}`);
    }
    const ticks = Math.ceil((performance.now() - started) / 100) + 1;
    expect(clears(terminal.raw)).toBe(0);
    const frames = terminal.raw.split('\u001b[?2026h').length - 1;
    expect(frames).toBeGreaterThanOrEqual(50);
    expect(frames).toBeLessThanOrEqual(ticks);
  }, 20_000);

  test('5,000 events a second for 2 s: every one counted, the newest shown, no more than ten frames a second', async () => {
    const { terminal, hub } = await up({
      hub: new FakeHub(aSnapshot(), { frames: [aFrame(1)], exchanges: [] }),
    });
    terminal.raw = '';
    let seq = 1;
    const started = performance.now();
    while (seq < 10_001) {
      // As many as are due by now, each an event of its own, as the control socket hands them over.
      const due = Math.min(10_001, 1 + Math.floor((performance.now() - started) * 5));
      while (seq < due) hub.frames(aFrame(++seq));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await terminal.until('5,000 of 10,001');
    await terminal.until('Page.method10001');
    const seconds = (performance.now() - started) / 1000;
    const frames = terminal.raw.split('\u001b[?2026h').length - 1;
    expect(frames).toBeLessThanOrEqual(Math.ceil(seconds * 10) + 1);
    expect(frames).toBeGreaterThan(4);
    expect(clears(terminal.raw)).toBe(0);
  }, 20_000);

  test('any size, any time: the frame fits, and the traffic is where it was', async () => {
    const { terminal } = await up();
    for (const [columns, rows] of [
      [80, 24],
      [200, 50],
      [60, 12],
      [59, 11],
      [20, 5],
      [5, 2],
      [1, 1],
      [110, 24],
      [109, 23],
      [120, 35],
    ] as const) {
      terminal.resize(columns, rows);
      const panes = columns >= 60 && rows >= 12;
      await terminal.until(() => {
        const [first = ''] = terminal.rows();
        if (!panes) return columns < 20 || first.includes('cdp-hub');
        return terminal.columnsOf('┛').join() === `${columns - 1}` && first.includes('LIVE');
      });
      if (panes) expect(terminal.rows()[rows - 1]).toContain('quit');
    }
    await terminal.until('DOMSnapshot.captureSnaps');
  });

  test('after resizes the picture is the one that a fresh screen of that size has', async () => {
    const fresh = await up({ columns: 100, rows: 30 });
    const wanted = fresh.terminal.text();
    await fresh.leave();
    const { terminal } = await up({ columns: 140, rows: 50 });
    for (const [columns, rows] of [
      [90, 20],
      [150, 45],
      [100, 30],
    ] as const)
      terminal.resize(columns, rows);
    await terminal.until(() => terminal.text() === wanted);
  });

  test('Ctrl-L repairs what something else has written over the screen', async () => {
    const { terminal, press } = await up();
    const before = terminal.text();
    terminal.stdout.write('\u001b[10;10Hstray bytes\u001b[20;1Hof another program\u001b[35;1H');
    await terminal.until('stray bytes');
    await press('\u000c', () => terminal.text() === before);
  });

  test('what a library prints goes to the status bar, not into the frame', async () => {
    const { terminal } = await up();
    const before = terminal.rows().slice(0, 33);
    console.warn('something %s', 'odd');
    await terminal.until('something odd');
    expect(terminal.rows().slice(0, 33)).toEqual(before);
  });
});

describe('hostile text', () => {
  const EVIL =
    '\u001b]0;owned\u0007\u001b[2J\u001b[31mred\nnew line\ttab\r\u009b31m\u202egnirts日本\u0000end';

  test('in every place where a page or a client can put it, nothing of it reaches the terminal as it is', async () => {
    const client = aClient('evil', { name: EVIL, peer: EVIL });
    const hub = new FakeHub(aSnapshot({ clients: [client, aClient('raw', { kind: 'raw', peer: EVIL })] }), {
      frames: [aFrame(1, { client: 'evil', clientName: EVIL, method: EVIL, target: EVIL }), aFrame(2)],
      exchanges: [
        anExchange(1, {
          client: 'evil',
          clientName: EVIL,
          method: EVIL,
          target: EVIL,
          outcome: 'error',
          error: EVIL,
        }),
      ],
    });
    const { terminal, press } = await up({ hub });
    hub.say({
      type: 'process',
      process: aProcess('gateway', {
        state: 'degraded',
        detail: EVIL,
        finding: { message: EVIL, fix: EVIL },
      }),
    });
    hub.say({ type: 'log', at: NOW, level: 'error', source: EVIL, message: EVIL });
    await terminal.until(/·*red·new line/);
    await press('2x', 'Kill');
    terminal.resize(80, 24);
    await press('n3', '[3 Requests');
    hub.say({ type: 'progress', task: EVIL, fraction: 0.5, message: EVIL });
    hub.say({ type: 'hub.stopping', reason: EVIL });
    await terminal.until('stopping');
    expect(terminal.raw).not.toContain('owned\u0007');
    expect(terminal.raw).not.toContain(']0;');
    const forbidden = /\p{Bidi_Control}|\p{Cc}/u;
    const allowed = ['\u001b', '\n', '\r'];
    expect([...terminal.raw].filter((each) => forbidden.test(each) && !allowed.includes(each))).toEqual([]);
    expect(terminal.raw).not.toContain('\u001b[31mred');
    expect(terminal.columnsOf('┛')).toEqual([79]);
  });
});

describe('the hub as it changes', () => {
  test('what is under way is said with its share, and goes away', async () => {
    const { terminal, hub, clock } = await up();
    hub.say({ type: 'progress', task: 'browser', fraction: 0.42, message: 'downloading Chrome for Testing' });
    await terminal.until('browser: 42% downloading Chrome for Testing');
    clock.advance(31_000);
    await terminal.until(() => !terminal.text().includes('downloading'));
  });

  test('a countdown counts, the clock goes', async () => {
    const { terminal, hub, clock } = await up();
    hub.say({
      type: 'process',
      process: aProcess('browser', { state: 'backoff', pid: null, retryAt: NOW + 4000 }),
    });
    await terminal.until('next try in 4s');
    clock.advance(2000);
    await terminal.until('next try in 2s');
    await terminal.until('12:04:33');
  });

  test('addresses appear when the hub is ready', async () => {
    const hub = new FakeHub(aSnapshot({ ready: false, urls: null }), { frames: [], exchanges: [] });
    const { terminal } = await up({ hub });
    const { urls, pids } = aSnapshot();
    if (!urls) throw new Error('the fixture has addresses');
    hub.say({ type: 'hub.ready', urls, pids });
    await terminal.until("browserURL: 'http://127.0.0.1:9223'");
    await terminal.until('LIVE');
  });

  test('a hub that goes ends the screen with its own reason, and the terminal is what it was', async () => {
    const { terminal, hub, ended } = await up();
    hub.say({
      type: 'hub.failed',
      error: { code: 'PORT_TAKEN', message: 'port 9223 is taken', hint: 'Use --port 0' },
    });
    hub.close('connection lost');
    expect(await ended).toEqual({ end: 'closed', reason: 'port 9223 is taken. Use --port 0' });
    expect(terminal.buffer).toBe('normal');
    expect(terminal.raw.endsWith('\u001b[?25h')).toBe(true);
    expect(terminal.raw).toContain('\u001b[?2004l');
    open = null;
  });

  test('an error while drawing ends the screen with that error, and gives the terminal back', async () => {
    const { terminal, hub, ended } = await up();
    // A state that no schema lets through: what a bug of ours would look like.
    hub.say({ type: 'process', process: aProcess('browser', { state: 'bogus' as 'ready' }) });
    await expect(ended).rejects.toThrow(/undefined/);
    expect(terminal.buffer).toBe('normal');
    expect(terminal.rawMode).toBe(false);
    open = null;
  });

  test('a terminal that goes ends the screen', async () => {
    const { terminal, ended } = await up();
    terminal.stdout.destroy(new Error('EIO'));
    expect(await ended).toMatchObject({ end: 'closed', reason: 'the terminal is gone' });
    open = null;
  });

  test('traffic that cannot be fetched is no reason to show nothing', async () => {
    const hub = new FakeHub(aSnapshot(), { frames: [], exchanges: [] });
    hub.backfill = async () => {
      throw new Error('the gateway is not running');
    };
    const { terminal } = await up({ hub });
    await terminal.until('earlier traffic could not be fetched: the gateway is not running');
  });
});
