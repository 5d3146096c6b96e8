import { afterEach, describe, expect, test, vi } from 'vitest';
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
