import { encode } from 'fast-png';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { lineWidth } from '../../src/cli/ui/cells.ts';
import { halfBlocks, readPicture } from '../../src/cli/ui/picture.ts';
import { createTheme } from '../../src/cli/ui/theme.ts';
import { HubError } from '../../src/shared/errors.ts';
import { aFrame, aSnapshot, FakeHub } from './helpers/hub.ts';
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

describe('a person takes over', () => {
  test('W on a client brings its latest page to the front, and says which that is', async () => {
    const { press, hub } = await up();
    await press('2jjW', 'in front: #3 Checkout');
    expect(hub.asked).toEqual(['front playwright']);
  });

  test('W on a row with a tab means that tab; a row without one means the client', async () => {
    const history = { frames: [aFrame(1), aFrame(2, { tab: 3 })], exchanges: [] };
    const { press, hub } = await up({ hub: new FakeHub(aSnapshot(), history) });
    await press('W', 'in front');
    await press('kW', () => hub.asked.length === 2);
    expect(hub.asked).toEqual(['front playwright 9C41A0', 'front playwright']);
  });

  test('w opens DevTools in a browser with windows', async () => {
    const { press, hub } = await up();
    await press('2w', 'DevTools are open in the browser: #3 Checkout');
    expect(hub.asked).toEqual(['devtools claude-1']);
  });

  test('w on a headless one says where, whole, in a narrow terminal too', async () => {
    const { press, hub } = await up({ columns: 80, rows: 24 });
    const address = 'http://127.0.0.1:9223/devtools/pass/abcdefghijklmnopqrstuv';
    hub.shown = { ...hub.shown, address };
    await press('2w', `DevTools: ${address}`);
  });

  test('what cannot be shown says why', async () => {
    const { press, hub } = await up();
    hub.failure = new HubError('NOT_FOUND', 'cursor has no page', 'Wait until it opens one.');
    await press('2jW', 'cursor has no page. Wait until it opens one.');
    await press('1W', 'W works in clients, requests, traffic, detail');
  });
});

const RED = [255, 0, 0];
const BLUE = [0, 0, 255];

/** A PNG whose upper half is red and whose lower half is blue. */
function flag(width: number, height: number): string {
  const data = Array.from({ length: width * height }, (_, i) =>
    i < (width * height) / 2 ? RED : BLUE,
  ).flat();
  return Buffer.from(encode({ width, height, data: Uint8Array.from(data), channels: 3, depth: 8 })).toString(
    'base64',
  );
}

describe('a picture of a page', () => {
  test('v shows it in place of the detail, with title and address; it is taken anew; v and Esc close it', async () => {
    const { press, hub, terminal } = await up({ columns: 140, rows: 40 });
    hub.shown = { ...hub.shown, picture: flag(160, 100) };
    await press('2jjv', '┏━ Preview  playwright #3');
    await terminal.until('▀▀▀▀▀▀▀▀');
    expect(terminal.text()).toMatch(/Checkout/);
    expect(terminal.text()).toMatch(/http:\/\/shop\.test\//);
    await terminal.until(() => hub.asked.length >= 3);
    expect(new Set(hub.asked)).toEqual(new Set(['picture playwright']));
    await press('v', '┏━ 2 Clients');
    expect(terminal.text()).not.toContain('▀▀');
    await press('v', '┏━ Preview');
    await press('\u001b', '┏━ 2 Clients');
    const asked = hub.asked.length;
    await press('j', '▸');
    hub.frames(aFrame(90));
    await terminal.until('method90');
    expect(hub.asked.length - asked).toBeLessThanOrEqual(1);
  });

  test('over the detail of a row it shows the tab of that row; Enter on a row brings the detail back', async () => {
    const history = { frames: [aFrame(1, { tab: 3 })], exchanges: [] };
    const { press, hub, terminal } = await up({ hub: new FakeHub(aSnapshot(), history) });
    hub.shown = { ...hub.shown, picture: flag(20, 20) };
    await press('\r', '┏━ Detail');
    await press('v', '┏━ Preview');
    expect(hub.asked[0]).toBe('picture playwright 9C41A0');
    expect(terminal.text()).not.toContain('Detail');
    await press('4\r', '┏━ Detail');
    expect(terminal.text()).not.toContain('Preview');
  });

  test('a page that draws nothing says why, and x on the preview means its client', async () => {
    const { press, hub } = await up();
    hub.failure = new HubError('TIMEOUT', 'the page has drawn nothing for 4.5 s', '');
    await press('2jjv', 'the page has drawn nothing for 4.5 s');
    hub.failure = null;
    await press('x', 'Kill playwright');
    await press('n', '┏━ Preview');
  });

  test('24-bit colours where COLORTERM says so, 256 elsewhere, shades under NO_COLOR', () => {
    const [line] = halfBlocks(readPicture(Buffer.from(flag(2, 2), 'base64')), { columns: 2, rows: 9 });
    const painted = (env: NodeJS.ProcessEnv) => createTheme(env).paint(line ? [line] : []);
    const end = '\u001b[39;49m';
    expect(painted({ COLORTERM: 'truecolor' })).toBe(`\u001b[38;2;255;0;0;48;2;0;0;255m▀▀${end}`);
    expect(painted({})).toBe(`\u001b[38;5;196;48;5;21m▀▀${end}`);
    expect(painted({ NO_COLOR: '1', COLORTERM: 'truecolor' })).toBe('░░');
  });

  test.each([
    [{ columns: 80, rows: 20 }, 64, 20],
    [{ columns: 30, rows: 40 }, 30, 9],
    [{ columns: 1, rows: 1 }, 1, 1],
  ])('in %j it keeps its proportions', (room, columns, rows) => {
    const lines = halfBlocks(readPicture(Buffer.from(flag(160, 100), 'base64')), room);
    expect([lineWidth(lines.slice(0, 1)), lines.length]).toEqual([columns, rows]);
  });
});
