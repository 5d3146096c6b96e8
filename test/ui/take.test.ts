import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { readCaptureLine } from '../../src/shared/capture.ts';
import { aBody, aFrame, anExchange, aProcess, aSnapshot, FakeHub, NOW } from './helpers/hub.ts';
import { type Stage, stage } from './helpers/stage.ts';

vi.hoisted(() => {
  process.env.TZ = 'UTC';
});

let open: Stage | null = null;
let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'cdp-hub-take-'));
});
afterEach(async () => {
  await open?.leave();
  open = null;
  rmSync(home, { recursive: true });
});
const up = async (options: Parameters<typeof stage>[0] = {}) => {
  open = await stage({ hub: new FakeHub(aSnapshot({ home })), ...options });
  return open;
};

describe('E', () => {
  const exported = () => {
    const folder = join(home, 'exports');
    const names = readdirSync(folder);
    const lines = names.map((name) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'));
    return { folder, names, files: lines.map((each) => each.map((line) => readCaptureLine(line))) };
  };

  test('writes what is shown, with the messages that are kept, as a capture that can be read back', async () => {
    const { press, hub } = await up();
    const wishes: boolean[] = [];
    const body = hub.body.bind(hub);
    hub.body = async (wish) => {
      wishes.push(wish.open);
      return body(wish);
    };
    const answer = aBody({ id: 2, error: { message: '\u001b[2J\u202e\n日本🎩' } });
    hub.bodies.set('exchange 2', { command: aBody({ id: 2 }), answer, event: null });
    hub.bodies.set('frame 3', { command: null, answer: null, event: aBody({ method: 'Network.x' }) });
    await press('E', `exported 10 rows to ${home}/exports/2026-10-20T12-04-31.ndjson`);
    const { folder, names, files } = exported();
    expect(names).toEqual(['2026-10-20T12-04-31.ndjson']);
    expect(statSync(join(folder, names[0] ?? '')).mode & 0o777).toBe(0o600);
    const [head, ...rows] = files[0] ?? [];
    expect(head).toMatchObject({ type: 'capture', filter: '', version: '0.1.0' });
    expect(rows).toHaveLength(10);
    const { frames, exchanges } = hub.history;
    expect(rows).toContainEqual({
      type: 'exchange',
      ...exchanges[1],
      bodies: { command: aBody({ id: 2 }), answer, event: null },
    });
    expect(rows).toContainEqual({ type: 'message', ...frames[3] });
    expect(rows).toContainEqual(
      expect.objectContaining({ type: 'message', seq: 3, bodies: expect.anything() }),
    );
    const times = rows.map((row) => (row && 'at' in row ? row.at : 0));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(wishes).not.toContain(true);
  });

  test('of a command whose exchange the filter leaves out its own message is told', async () => {
    const hub = new FakeHub(aSnapshot({ home }), { frames: [aFrame(4, { exchange: 9 })], exchanges: [] });
    hub.bodies.set('exchange 9', { command: aBody({ id: 4 }), answer: aBody({ id: 4 }), event: null });
    const { press } = await up({ hub });
    await press('E', 'exported 1 row to');
    expect(exported().files[0]?.[1]).toMatchObject({
      seq: 4,
      bodies: { command: aBody({ id: 4 }), answer: null, event: null },
    });
  });

  test('only what the filter chooses, or what is marked; a second file in the same second is another', async () => {
    const { press } = await up();
    await press('/method:navigate\r', /Traffic {2}\/ method:navigate/);
    await press('E', 'exported 3 rows');
    await press('m*E', 'exported 1 row to');
    const { names, files } = exported();
    expect(names).toEqual(['2026-10-20T12-04-31 (1).ndjson', '2026-10-20T12-04-31.ndjson']);
    expect(files[0]?.[0]).toMatchObject({ filter: 'method:navigate' });
    expect(files[0]?.[1]).toMatchObject({ type: 'message', seq: 7 });
    expect(files[1]).toHaveLength(4);
  });

  test('a hub that does not answer leaves no half of a file', async () => {
    const { press, hub } = await up();
    hub.failure = new Error('the gateway is not running');
    await press('E', 'not exported: the gateway is not running');
    expect(readdirSync(join(home, 'exports'))).toEqual([]);
  });

  test('nothing shown, nothing written', async () => {
    const { press } = await up({ hub: new FakeHub(aSnapshot({ home }), { frames: [], exchanges: [] }) });
    await press('E', 'no rows are shown that could be exported');
    expect(readdirSync(home)).toEqual([]);
  });
});

describe('marks', () => {
  const long = () =>
    new FakeHub(aSnapshot({ home }), {
      frames: Array.from({ length: 60 }, (_, i) => aFrame(i + 1)),
      exchanges: [anExchange(1)],
    });

  test('m marks the selected row, with a sign of its own, and takes the mark away', async () => {
    const { press, terminal } = await up({ hub: long() });
    await press('m', /◈\S+ → playwright Page\.method60 /);
    await press('k', /▸\S+ → playwright Page\.method59 [\s\S]*◆\S+ → playwright Page\.method60 /);
    await press('jm', /▸\S+ → playwright Page\.method60 /);
    expect(terminal.text()).not.toMatch(/[◆◈]/);
  });

  test("' goes from mark to mark, and from the last one to the first", async () => {
    const { press } = await up({ hub: long() });
    await press('gmjjjm', /◈\S+ → playwright Page\.method4 /);
    await press('G', 'method60');
    await press("'", /◈\S+ → playwright Page\.method1 /);
    await press("'", /◈\S+ → playwright Page\.method4 /);
    await press("'", /◈\S+ → playwright Page\.method1 /);
  });

  test('* shows the marked rows alone, as they are while more comes, and Esc all of them again', async () => {
    const { press, hub, terminal } = await up({ hub: long() });
    await press('gmjjjm*', 'Traffic  marked');
    hub.frames(aFrame(61));
    await terminal.until('2 of 18,440 rows');
    expect(
      terminal
        .text()
        .match(/Page\.method\d+ /g)
        ?.slice(-2),
    ).toEqual(['Page.method1 ', 'Page.method4 ']);
    expect(terminal.text()).not.toContain('method61');
    await press('m', () => !terminal.text().includes('method4 '));
    await press('m', 'no marked row is here');
    await press('\u001b', '61 rows');
  });

  test('a mark stays with its row in a pause, under a filter and over a restart of the gateway', async () => {
    const { press, hub, terminal } = await up({ hub: long() });
    await press('m ', 'PAUSED');
    await press(' /method:method6*\r', '/ method:method6*');
    await terminal.until(/◈\S+ → playwright Page\.method60 /);
    hub.say({ type: 'process', process: aProcess('gateway', { pid: null, state: 'exited', since: NOW }) });
    hub.frames(aFrame(6, { method: 'Page.method6', at: NOW + 1 }), aFrame(60, { at: NOW + 2 }));
    await terminal.until(/◆\S+ → playwright Page\.method60[\s\S]*▸\S+ → playwright Page\.method60/);
  });

  test('each list has its own; without any it says so', async () => {
    const { press } = await up({ hub: long() });
    await press("'", 'nothing is marked here: m marks the selected row');
    await press('*', 'nothing is marked here: m marks the selected row');
    await press('3m', /◈ +#1 /);
    await press('4*', 'no marked row is here');
    await press('3', '3 Requests  marked');
  });

  test('no separator and no empty list can be marked', async () => {
    const { press } = await up({ hub: new FakeHub(aSnapshot({ home }), { frames: [], exchanges: [] }) });
    await press('m', 'select a row first');
  });
});

describe('the help and the log', () => {
  test('/ narrows the help to what has the text, under its titles', async () => {
    const { press, terminal } = await up();
    await press('?', 'Help · cdp-hub');
    await press('/Undo', 'take a kill back while there is time');
    expect(terminal.text()).toContain(' / Undo');
    expect(terminal.text()).not.toContain('next pane');
    expect(terminal.text()).toMatch(/┃ Act +┃\s+┃ +u +take a kill back/);
    await press('\r', '/ find');
    await press('\u001b', 'next pane');
    await press('\u001b', '┏━ 4 Traffic');
  });

  test('keys that are typed there do nothing else, and what is pasted goes there, too', async () => {
    const { press, terminal, hub } = await up();
    await press('?/xyq', 'nothing has that text in it');
    await press('\u001b[200~ \u001b[2J日\u001b[201~', '日');
    await press('\u001b', 'next pane');
    expect(hub.asked).toEqual([]);
    expect(terminal.buffer).toBe('alternate');
  });

  test('/ narrows the log as well', async () => {
    const { press, hub, terminal } = await up();
    hub.say({ type: 'log', at: NOW, level: 'info', source: 'gateway', message: 'listens' });
    hub.say({ type: 'log', at: NOW, level: 'info', source: 'browser', message: 'is there' });
    await press('L', /browser +is there/);
    await press('/listens', () => !terminal.text().includes('is there'));
    expect(terminal.text()).toContain('listens');
  });
});
