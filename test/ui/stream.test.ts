import { afterEach, describe, expect, test, vi } from 'vitest';
import { aFrame, anExchange, aProcess, aSnapshot, FakeHub, NOW } from './helpers/hub.ts';
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

const HEAD = 'any key goes back to the screen';

describe('s', () => {
  test('prints what there is and what comes into the terminal’s own buffer; a key comes back, with all of it', async () => {
    const { press, terminal, hub } = await up();
    const before = terminal.text();
    await press('s', HEAD);
    expect(terminal.buffer).toBe('normal');
    await terminal.until(/12:04:01\.137 playwright +→ Page\.navigate [\s\S]*← Page\.navigate .*1642 ms/);
    hub.frames(aFrame(20, { method: 'Page.reload' }), aFrame(21, { method: 'Fetch.disable' }));
    await terminal.until(/Page\.reload.*\n.*Fetch\.disable/);
    expect(terminal.rawMode).toBe(true);
    await press('x', '┏━ 4 Traffic');
    expect(terminal.buffer).toBe('alternate');
    expect(terminal.rows()).toHaveLength(before.split('\n').length);
    expect(terminal.rows()[0]).toContain('cdp-hub');
    expect(terminal.rows().at(-1)).toContain('q quit');
    await terminal.until(/▸\S+ → playwright Fetch\.disable/);
    expect(terminal.text()).not.toContain('Kill');
    await press('2', '┏━ 2 Clients');
  });

  test('the latest two screens at most come first, and no row twice', async () => {
    const frames = Array.from({ length: 100 }, (_, i) => aFrame(i + 1));
    const { press, terminal, hub } = await up({
      hub: new FakeHub(aSnapshot(), { frames, exchanges: [] }),
      columns: 80,
      rows: 24,
    });
    terminal.raw = '';
    await press('s', () => terminal.buffer === 'normal' && terminal.text().includes('Page.method100 '));
    hub.frames(aFrame(101), aFrame(100, { count: 2 }));
    await terminal.until('Page.method101 ');
    const told = terminal.raw.match(/(?<=→ )Page\.method\d+/g)?.map((each) => Number(each.slice(11)));
    expect(told).toEqual(Array.from({ length: 49 }, (_, i) => i + 53));
  });

  test('in requests it is commands, each when it is over', async () => {
    const { press, terminal, hub } = await up();
    await press('3s', /✓ Page\.navigate[\s\S]*✗ Fetch\.enable/);
    expect(terminal.text()).not.toContain('captureSnapshot');
    const done = anExchange(3, { method: 'DOMSnapshot.captureSnapshot' });
    hub.say({ type: 'traffic', batch: { frames: [], exchanges: [done] } });
    await terminal.until('✓ DOMSnapshot.captureSnapshot');
  });

  test('only what the filter chooses, and the end of a gateway', async () => {
    const { press, terminal, hub } = await up();
    await press('/method:navigate\r', /Traffic {2}\/ method:navigate/);
    await press('s', HEAD);
    hub.frames(aFrame(20, { method: 'Page.reload' }), aFrame(21, { method: 'Page.navigate' }));
    hub.say({ type: 'process', process: aProcess('gateway', { pid: null, state: 'exited', since: NOW }) });
    await terminal.until('-- gateway is gone --');
    expect(terminal.text().match(/Page\.\w+/g)).toEqual(Array(3).fill('Page.navigate'));
  });

  test('what a page controls is harmless there', async () => {
    const evil = '\u001b]0;owned\u0007\u001b[2Jred\nline\u009b31m\u202e日本';
    const row = { method: evil, target: evil, url: evil, clientName: evil, error: evil };
    const hub = new FakeHub(aSnapshot(), {
      frames: [aFrame(1, { ...row, dir: 'answer', outcome: 'error' }), aFrame(2)],
      exchanges: [],
    });
    const { press, terminal } = await up({ hub });
    await press('s', HEAD);
    await terminal.until('Page.method2');
    for (const each of ['owned\u0007', ']0;', '\u202e', '\u009b', 'red\nline']) {
      expect(terminal.raw).not.toContain(each);
    }
  });

  test('a resize meanwhile leaves the lines alone, and the screen fits when it is back', async () => {
    const { press, terminal } = await up();
    await press('s', HEAD);
    terminal.raw = '';
    terminal.resize(100, 30);
    await terminal.until(() => terminal.rows().length === 30);
    expect(terminal.text()).toContain('Page.navigate');
    expect(terminal.raw).not.toContain('\u001b[2J');
    await press(' ', () => terminal.buffer === 'alternate' && terminal.columnsOf('┛').includes(99));
  });

  test('Ctrl-C there is Ctrl-C', async () => {
    const stage = await up();
    await stage.press('s', HEAD);
    await stage.press('\u0003', () => stage.interrupts === 1 && stage.terminal.buffer === 'alternate');
  });

  test('a hub that goes meanwhile ends it, and the terminal is what it was', async () => {
    const { press, terminal, hub, ended } = await up();
    await press('s', HEAD);
    hub.close('it is gone');
    expect(await ended).toEqual({ end: 'closed', reason: 'it is gone' });
    expect(terminal.rawMode).toBe(false);
    expect(terminal.buffer).toBe('normal');
    expect(terminal.text()).toContain('Page.navigate');
    open = null;
  });
});
