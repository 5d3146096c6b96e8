import { afterEach, describe, expect, test, vi } from 'vitest';
import { aClient, aFrame, anExchange, aSnapshot, FakeHub } from './helpers/hub.ts';
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

/** What is on the screen below the line of titles, left of the frame. */
const methods = () => new Set(open?.terminal.text().match(/(?:Page|Network|Fetch|DOMSnapshot)\.\w+/g));

describe('the filter', () => {
  test('chooses while it is typed, at the hub and here, and Enter keeps it', async () => {
    const { press, hub, terminal } = await up();
    await press('/method:navigate', () => methods().size === 1);
    expect(hub.filter).toBe('method:navigate');
    await press('\r', /Traffic {2}\/ method:navigate/);
    hub.frames(aFrame(20, { method: 'Page.reload' }), aFrame(21, { method: 'Page.navigate' }));
    await terminal.until('3 of 18,440 rows');
    expect(methods()).toEqual(new Set(['Page.navigate']));
  });

  test('Esc while typing brings back what applied before; afterwards it takes the filter away', async () => {
    const { press, hub } = await up();
    await press('/client:cursor\r', () => !methods().has('Page.navigate'));
    await press('/ ms>1', () => hub.filter === 'client:cursor ms>1');
    await press('\u001b', () => hub.filter === 'client:cursor');
    await press('\u001b', () => methods().has('Page.navigate'));
    expect(hub.filter).toBe('');
  });

  test('what cannot be read is said, and the last one that could be stays', async () => {
    const { press, hub, terminal } = await up();
    await press('/client:cursor |', 'Something is to follow here.');
    expect(hub.filter).toBe('client:cursor');
    await press('\r', 'Something is to follow here.');
    await press('\u007f\u007f', () => !terminal.text().includes('Something is to follow'));
  });

  test('Tab completes names of fields and what they may be just now', async () => {
    const { press, terminal } = await up();
    await press('/cl', ' client: ');
    await press('\t', / \/ client:/);
    await press('pl', ' playwright ');
    await press('\t', / \/ client:playwright/);
    await press('\u0015met', 'method:');
    await press('\tsnap', '');
    await terminal.until('/ method:snap');
  });

  test('↓ picks another completion', async () => {
    const { press } = await up();
    await press('/s', 'session:');
    await press('\u001b[B\t', / \/ st?\w+:/);
  });

  test('↑ brings back earlier ones, ↓ what was being typed', async () => {
    const { press } = await up();
    await press('/client:cursor\r', /Traffic {2}\/ client:cursor/);
    await press('/\u0015page\r', /Traffic {2}\/ page/);
    await press('/\u0015net', ' / net');
    await press('\u001b[A', ' / page');
    await press('\u001b[A', ' / client:cursor');
    await press('\u001b[B\u001b[B', ' / net');
  });

  test('what is pasted goes into the line, and nowhere else', async () => {
    const { press, hub, terminal } = await up();
    await press('/', ' client: ');
    await press('\u001b[200~client:\nq x y\u001b[201~', ' / client: q x y');
    await press('\u001b', () => !terminal.text().includes('q x y'));
    await press('2', '┏━ 2 Clients');
    await press('\u001b[200~xy\u001b[201~', '┏━ 2 Clients');
    expect(hub.asked).toEqual([]);
  });

  test('! shows only what failed, of what is shown, and ! again everything', async () => {
    const { press, hub } = await up();
    await press('!', () => hub.filter === 'status:err');
    await press('!', () => hub.filter === '');
    await press('/page | fetch\r', () => hub.filter === 'page | fetch');
    await press('!', () => [...methods()].join() === 'Fetch.enable');
    expect(hub.filter).toBe('(page | fetch) status:err');
    await press('!', () => hub.filter === 'page | fetch');
  });

  test('f filters by a value of the row, beside what is there', async () => {
    const { press, hub } = await up();
    await press('f', 'Filter by this row’s value:');
    await press('c', () => hub.filter === 'client:playwright');
    await press('fm', () => hub.filter === 'client:playwright method:Page.navigate');
  });

  test('n and N go through what the last filter chooses, among everything', async () => {
    const { press, hub } = await up();
    await press('/fetch\r', () => hub.filter === 'fetch');
    await press('\u001b', /4 Traffic ━+ 7 rows/);
    await press('N', /▸\S+ ✗ cursor +Fetch.enable/);
    await press('N', /▸\S+ → cursor +Fetch.enable/);
    await press('n', /▸\S+ ✗ cursor +Fetch.enable/);
    await press('n', 'no later row has fetch');
  });

  test('text: is the hub’s to tell', async () => {
    const hub = new FakeHub(aSnapshot({ clients: [aClient('playwright')] }));
    const { press, terminal } = await up({ hub });
    hub.history = { frames: [], exchanges: [] };
    await press('/text:secret\r', 'nothing that the filter chooses');
    hub.frames(aFrame(30, { method: 'Page.found' }));
    await terminal.until('Page.found');
  });

  test('paused, it chooses of what was captured so far', async () => {
    const { press, hub, terminal } = await up();
    await press(' /client:cursor\r', () => hub.filter === 'client:cursor');
    hub.say({
      type: 'traffic',
      batch: { frames: [aFrame(40, { clientName: 'cursor' })], exchanges: [anExchange(9)] },
    });
    await terminal.until('1 new');
    expect(terminal.text()).not.toContain('method40');
  });
});
