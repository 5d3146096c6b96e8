import { afterEach, expect, test, vi } from 'vitest';
import { History } from '../../src/cli/ui/history.ts';
import { aClient, aFrame, anExchange, aProcess, FakeHub, NOW } from './helpers/hub.ts';
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

/** A client that goes and a gateway that degrades, with a message before and one after. */
async function eventful(): Promise<Stage> {
  const started = await up({ columns: 140, rows: 40 });
  const { hub, clock, terminal } = started;
  const traffic = (seq: number, at: number) =>
    hub.say({
      type: 'traffic',
      batch: { frames: [aFrame(seq, { at })], exchanges: [anExchange(seq, { at })] },
    });
  traffic(20, NOW + 1000);
  clock.advance(5000);
  hub.say({ type: 'clients', clients: [aClient('late', { since: NOW + 5000 })] });
  const finding = { message: 'it is slow', fix: 'wait' };
  hub.say({ type: 'process', process: aProcess('gateway', { state: 'degraded', finding }) });
  traffic(21, NOW + 6000);
  await terminal.until(/method21/);
  await terminal.until(/[●○] late/);
  return started;
}

test('in a frozen view [ and ] move all panes to the moment of a row: lists, clients, processes, clock', async () => {
  const { press, terminal } = await eventful();
  await press(' ', 'PAUSED');
  await press('[', /▸12:04:32\.000 → playwright +Page\.method20/);
  expect(terminal.rows()[0]).toContain('PAUSED  12:04:32');
  expect(terminal.text()).toMatch(/[●○] claude-1/);
  expect(terminal.text()).not.toContain('late');
  expect(terminal.text()).toMatch(/● gateway +ready/);
  await press(']', /▸12:04:37\.000 → playwright +Page\.method21/);
  expect(terminal.text()).toMatch(/[●○] late/);
  expect(terminal.text()).toMatch(/◐ gateway +degraded/);
  await press('[ ', 'LIVE');
  expect(terminal.text()).toMatch(/[●○] late/);
});

test('in the requests it goes by requests, and the traffic comes along', async () => {
  const { press } = await eventful();
  await press('3 [', /▸ +#20 /);
  await press('4', /▸12:04:32\.000 → playwright +Page\.method20/);
});

test('what is gone by now is shown, and cannot be acted on', async () => {
  const { press, hub } = await eventful();
  await press(' [2', /▸[●○] claude-1/);
  await press('x', 'no connected client belongs to this row');
  expect(hub.asked).toEqual([]);
});

test('a view that runs is not moved: it is said how', async () => {
  const { press, terminal } = await up();
  await press('[', 'Space freezes the view');
  expect(terminal.text()).toContain('LIVE');
});

test('an empty list has no moments', async () => {
  const { press } = await up({ hub: new FakeHub(undefined, { frames: [], exchanges: [] }) });
  await press(' ', 'PAUSED');
  await press('[', 'nothing was captured');
});

test('the history is bounded: calm seconds become one moment, and the oldest go', () => {
  const history = new History();
  const processes = [aProcess('gateway')];
  for (let n = 0; n < 50; n += 1)
    history.add({ at: n * 100, processes, clients: [aClient('a', { requests: n })] });
  expect(history.at(950)?.clients[0]?.requests).toBeLessThanOrEqual(9);
  expect(history.size).toBeLessThan(10);
  const crowd = Array.from({ length: 1000 }, (_, i) => aClient(`c${i}`));
  for (let n = 0; n < 60; n += 1) history.add({ at: 10_000 + n * 2000, processes, clients: crowd });
  expect(history.size).toBeLessThanOrEqual(20);
  expect(history.at(0)?.clients).toHaveLength(1000);
});
