import { afterEach, describe, expect, test, vi } from 'vitest';
import { COMMANDS } from '../../src/cli/ui/commands.ts';
import { createKeymap, keyLabel, keyNames } from '../../src/cli/ui/keymap.ts';
import { PANES } from '../../src/cli/ui/layout.ts';
import { HubError } from '../../src/shared/errors.ts';
import { aClient, aFrame, aProcess, aSnapshot, FakeHub } from './helpers/hub.ts';
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

/** Twenty commands more than fit. */
const long = () => ({ frames: Array.from({ length: 60 }, (_, i) => aFrame(i + 1)), exchanges: [] });

describe('panes', () => {
  test('Tab and Shift-Tab go round, 1–4 go there; the heavy frame shows where the keys go', async () => {
    const { press } = await up();
    await press('\t', '┏━ 1 Processes');
    await press('\t', '┏━ 2 Clients');
    await press('\u001b[Z', '┏━ 1 Processes');
    await press('\u001b[Z', '┏━ 4 Traffic');
    await press('3', '┏━ 3 Requests');
    await press('4', '┏━ 4 Traffic');
  });

  test('in a narrow terminal the focused pane is the one that is shown', async () => {
    const { press, terminal } = await up({ columns: 80, rows: 24 });
    await press('2', '[2 Clients(4)]');
    expect(terminal.text()).not.toContain('┏━ 4');
  });
});

describe('moving', () => {
  test.each([
    ['k', 59],
    ['\u001b[A', 59],
    ['kkkkk', 55],
    ['\u001b[5~', 32],
    ['\u0015', 46],
    ['\u0015\u0015', 32],
    ['g', 1],
    ['\u001b[H', 1],
    ['gj', 2],
    ['g\u001b[B\u001b[6~', 30],
    ['g\u0004', 15],
    ['gG', 60],
    ['g\u001b[F', 60],
  ])('%j selects row %d of 60', async (keys, row) => {
    const hub = new FakeHub(aSnapshot(), long());
    const { press } = await up({ hub });
    await press(keys, new RegExp(`▸\\S+ → playwright Page\\.method${row} `));
  });

  test('up locks the list: what comes is counted, nothing moves; G follows again', async () => {
    const { press, terminal, hub } = await up({ hub: new FakeHub(aSnapshot(), long()) });
    await press('kkk', '▸12:04:08.809');
    const before = terminal.rows().slice(2, 31);
    hub.frames(...Array.from({ length: 37 }, (_, i) => aFrame(61 + i)));
    await terminal.until('▼ 37 new (G to follow)');
    expect(terminal.rows().slice(2, 31)).toEqual(before);
    await press('G', 'method97');
    expect(terminal.text()).not.toContain('new (G');
  });

  test('clients are selected by who they are: one that goes does not move the cursor to another', async () => {
    const { press, terminal, hub } = await up();
    await press('2jj', /▸● playwright/);
    hub.say({ type: 'clients', clients: hub.snapshot.clients.filter(({ id }) => id !== 'claude-1') });
    await terminal.until(() => !/claude-1 +mcp/.test(terminal.text()));
    expect(terminal.text()).toMatch(/▸● playwright/);
    hub.say({ type: 'clients', clients: [aClient('cursor'), aClient('late')] });
    await terminal.until(/▸● late/);
  });
});

describe('pause and follow', () => {
  test('Space freezes requests and traffic, capture goes on, Space lets them run', async () => {
    const { press, terminal, hub } = await up();
    await press(' ', 'PAUSED');
    hub.frames(aFrame(8), aFrame(9));
    await terminal.until('paused · 2 new (Space to go on)');
    expect(terminal.text()).not.toContain('Page.method9');
    await press(' ', 'Page.method9');
    expect(terminal.text()).not.toContain('PAUSED');
  });

  test('F ends a pause and follows', async () => {
    const { press, terminal, hub } = await up({ hub: new FakeHub(aSnapshot(), long()) });
    await press('kkk ', 'PAUSED');
    hub.frames(aFrame(61));
    await terminal.until('1 new');
    await press('F', /▸\S+ → playwright Page\.method61/);
    expect(terminal.text()).not.toContain('PAUSED');
  });

  test('in a pause the rest goes on: processes, clients, clock', async () => {
    const { press, terminal, hub } = await up();
    await press(' ', 'PAUSED');
    hub.say({ type: 'process', process: aProcess('browser', { state: 'failed', pid: null }) });
    await terminal.until(/✗ browser +failed/);
  });
});

describe('kill', () => {
  test('x asks, naming what goes with the client; y does it and says so', async () => {
    const { press, hub } = await up();
    await press('2jjx', 'Kill playwright: attached to 3 tabs, 4 in flight? y/N');
    expect(hub.asked).toEqual([]);
    await press('y', 'killed playwright');
    expect(hub.asked).toEqual(['pause playwright', 'kill playwright']);
  });

  test('until it ends it is held, and u takes the kill back', async () => {
    const { press, hub } = await up({ undoMs: 60_000 });
    await press('2jjxy', 'playwright is held and ends in 60 s · u takes it back');
    await press('u', 'playwright lives');
    await press('u', 'nothing to take back');
    expect(hub.asked).toEqual(['pause playwright', 'resume playwright']);
  });

  test('who leaves the screen in that time leaves nobody held', async () => {
    const { press, hub } = await up({ undoMs: 60_000 });
    await press('2jjxy', 'is held');
    await open?.leave();
    open = null;
    expect(hub.asked).toEqual(['pause playwright', 'resume playwright']);
  });

  test('X ends it at once, unasked; a connection through the forwarder is never held', async () => {
    const { press, hub } = await up({ undoMs: 60_000 });
    await press('2jjX', 'killed playwright');
    await press('Gxy', 'killed raw');
    expect(hub.asked).toEqual(['kill playwright', 'kill raw-7']);
  });

  test('the question names what is so now, not when it was asked', async () => {
    const { press, terminal, hub } = await up();
    await press('2jjx', 'Kill playwright: attached to 3 tabs, 4 in flight? y/N');
    const clients = hub.snapshot.clients.map((client) =>
      client.name === 'playwright' ? { ...client, tabs: 5, inFlight: 0 } : client,
    );
    hub.say({ type: 'clients', clients });
    await terminal.until('Kill playwright: attached to 5 tabs, 0 in flight? y/N');
  });

  test.each(['n', 'N', '\r', '\u001b', 'q'])('%j is no', async (key) => {
    const { press, terminal, hub } = await up();
    await press('2x', 'Kill claude-1');
    await press(key, () => !terminal.text().includes('Kill claude-1'));
    expect(hub.asked).toEqual([]);
  });

  test('in traffic and requests x means the client of the selected row', async () => {
    const { press, terminal } = await up();
    await press('x', 'Kill playwright: attached to 3 tabs');
    await press('n3kx', 'Kill cursor: attached to 1 tab, 0 in flight?');
    await press('n', () => !terminal.text().includes('Kill'));
  });

  test('a connection through the forwarder goes by its peer', async () => {
    const { press } = await up();
    await press('2Gx', 'Kill raw 127.0.0.1:50100: its connection through the forwarder is cut?');
  });

  test('nobody to kill: it says why', async () => {
    const hub = new FakeHub(aSnapshot({ clients: [] }));
    const { press } = await up({ hub });
    await press('x', 'no connected client belongs to this row');
  });

  test('a kill that fails is told with its fix', async () => {
    const { press, hub } = await up();
    hub.failure = new HubError('CONTROL', 'the gateway is not running', 'Press r on it');
    await press('2xy', 'the gateway is not running. Press r on it');
  });
});

describe('a hub that does not answer', () => {
  const silent = () => {
    const hub = new FakeHub();
    hub.kill = () => new Promise(() => {});
    hub.restart = () => new Promise(() => {});
    return hub;
  };

  test('is said 3 s after what was asked of it', async () => {
    const { press, terminal } = await up({ hub: silent() });
    await press('2xy', 'killing claude-1…');
    await terminal.until('the hub does not answer; Ctrl-C twice ends it');
  });

  test('a restart that goes on is an answer; without the lease Ctrl-C ends the screen alone', async () => {
    const { press, terminal, hub } = await up({ hub: silent(), owner: false });
    await press('1ry', 'restarting browser…');
    hub.say({ type: 'process', process: aProcess('browser', { state: 'stopping' }) });
    await press('2xy', 'killing claude-1…');
    const pressed = performance.now();
    await terminal.until('the hub does not answer; Ctrl-C leaves this screen');
    expect(performance.now() - pressed).toBeGreaterThan(2500);
  });
});

describe('pause of a client', () => {
  test('p holds what it sends, p again lets it go on', async () => {
    const { press, hub, terminal } = await up();
    await press('2p', 'claude-1 is paused: what it sends waits; p lets it go on');
    hub.say({
      type: 'clients',
      clients: hub.snapshot.clients.map((each) => ({ ...each, paused: each.id === 'claude-1' })),
    });
    await terminal.until(/paused/);
    await press('p', 'claude-1 goes on');
    expect(hub.asked).toEqual(['pause claude-1', 'resume claude-1']);
  });

  test('not of a connection through the forwarder', async () => {
    const { press, hub } = await up();
    await press('2Gp', 'a connection through the forwarder cannot be paused');
    expect(hub.asked).toEqual([]);
  });
});

describe('restart', () => {
  test('the browser asks: it closes everybody’s pages', async () => {
    const { press, hub } = await up();
    await press('1r', 'Restart browser: closes every page; 4 clients are connected, 5 in flight? y/N');
    await press('y', 'browser restarted');
    expect(hub.asked).toEqual(['restart browser']);
  });

  test('gateway and forwarder ask where somebody would be cut off', async () => {
    const { press, terminal } = await up();
    await press('1jjr', 'Restart gateway: cuts 3 clients, 5 in flight; the browser lives on? y/N');
    await press('n', () => !terminal.text().includes('Restart gateway'));
    await press('kr', 'Restart forwarder: cuts 1 connection;');
  });

  test('nobody there, nothing to ask', async () => {
    const { press, hub } = await up({ hub: new FakeHub(aSnapshot({ clients: [] })) });
    await press('1jjr', 'gateway restarted');
    expect(hub.asked).toEqual(['restart gateway']);
  });

  test('a browser that is down starts without a question; one that is not ours is left alone', async () => {
    const { press, terminal, hub } = await up();
    hub.say({ type: 'process', process: aProcess('browser', { state: 'failed', pid: null }) });
    await terminal.until('failed');
    await press('1r', 'browser restarted');
    hub.say({ type: 'process', process: aProcess('browser', { state: 'attached', pid: null }) });
    await terminal.until('attached');
    await press('r', 'this browser was started by somebody else');
    expect(hub.asked).toEqual(['restart browser']);
  });

  test('says that it restarts until it has, and why where it could not', async () => {
    const hub = new FakeHub(aSnapshot({ clients: [] }));
    const answer = Promise.withResolvers<void>();
    hub.restart = () => answer.promise;
    const { press, terminal, clock } = await up({ hub });
    await press('1jjr', 'restarting gateway…');
    clock.advance(20_000);
    await terminal.until('12:04:51');
    expect(terminal.text()).toContain('restarting gateway…');
    answer.reject(new HubError('CHILD_FAILED', 'the port was taken meanwhile.', 'Free it'));
    await terminal.until('the port was taken meanwhile. Free it');
  });

  test('a key of another pane says where it works', async () => {
    const { press } = await up();
    await press('r', 'r works in processes');
  });
});

describe('help', () => {
  test('has every command with every key, scrolls, and closes', async () => {
    const { press, terminal } = await up({ rows: 100 });
    await press('?', 'Help · cdp-hub');
    const text = terminal.text();
    for (const command of COMMANDS) {
      expect(text).toContain(command.title);
      for (const key of command.keys) expect(text).toContain(keyLabel(key));
    }
    expect(text).toContain('http://127.0.0.1:9223/mcp');
    await press('?', '┏━ 4 Traffic');
  });

  test('in a narrow terminal nothing is cut: texts wrap, a long address stands for itself', async () => {
    const cdp = 'ws://127.0.0.1:9223/devtools/browser/3f1c2d3f-1c2d-3f1c-2d3f-1c2d3f1c2d3f';
    const { urls } = aSnapshot();
    const hub = new FakeHub(aSnapshot({ urls: urls && { ...urls, cdp } }));
    const { press, terminal } = await up({ columns: 60, rows: 160, hub });
    await press('?', 'Help · cdp-hub');
    expect(terminal.text()).not.toContain('…');
    expect(terminal.text()).toContain(`     ${cdp.slice(0, 53)}`);
    expect(terminal.text()).toContain(`     ${cdp.slice(53)}`);
    await expect(terminal.text()).toMatchFileSnapshot('frames/60x160-help.txt');
  });

  test('where it does not fit it scrolls to its end', async () => {
    const { press, terminal } = await up({ columns: 80, rows: 24 });
    await press('?', '▼');
    await press('jjj', () => !terminal.text().includes('Shift-Tab'));
    await press('G', () => !terminal.text().includes('▼'));
    expect(terminal.text()).toContain('http://127.0.0.1:9222');
    await press('g', 'Shift-Tab');
    await press('\u001b', '4 Traffic');
  });

  test('keys that act do nothing while it is open', async () => {
    const { press, terminal, hub } = await up();
    await press('2?xy', 'Help');
    await press('q', () => !terminal.text().includes('Help ·'));
    expect(terminal.text()).not.toContain('Kill');
    expect(hub.asked).toEqual([]);
  });
});

describe('without room for panes', () => {
  test('the keys that act on rows nobody sees do nothing but say so, and are not offered', async () => {
    const { press, terminal, hub } = await up({ columns: 45, rows: 10 });
    expect(terminal.rows()[9]).toBe(' ? help  q quit');
    await press('x', 'needs panes: 60×12 or more');
    await press('y1r', 'needs panes');
    expect(terminal.text()).not.toContain('Kill');
    expect(hub.asked).toEqual([]);
    await press('?', 'Panes');
    await press('G', 'http://127.0.0.1:9222');
    await press('\u001b', () => !terminal.text().includes('http://127.0.0.1:9222'));
    await press('q', 'Leave the hub? d/s/Esc');
  });

  test.each([
    [45, ' ? help  q quit'],
    [14, ' q quit'],
    [10, ' q quit'],
  ])('%d columns still say how to quit', async (columns, keys) => {
    const { terminal } = await up({ columns, rows: 10 });
    await terminal.until(() => terminal.rows()[9] === keys);
  });

  test('the answers to a question are never cut, the question is', async () => {
    const { press, terminal } = await up({ columns: 20, rows: 10 });
    await press('q', /Leave.*… d\/s\/Esc/);
    expect(terminal.text()).not.toContain('hub?');
  });
});

describe('leaving', () => {
  test.each([
    ['d', 'detach'],
    ['s', 'stop'],
  ])('q, %s: %s', async (key, end) => {
    const { press, terminal, ended } = await up();
    await press('q', 'Leave the hub?');
    terminal.type(key);
    expect(await ended).toMatchObject({ end });
    expect(terminal.buffer).toBe('normal');
    expect(terminal.rawMode).toBe(false);
    open = null;
  });

  test('who does not own the hub is told that it runs on', async () => {
    const { press } = await up({ owner: false });
    await press('q', 'The hub was started elsewhere and runs on. d/s/Esc');
    await press('\u001b', '┏━ 4 Traffic');
  });

  test('Ctrl-C goes to the caller each time, through a question and the help, too', async () => {
    const stage = await up();
    const { press, terminal, hub } = stage;
    await press('?', 'Help');
    terminal.type('\u0003');
    await terminal.until(() => stage.interrupts === 1);
    hub.say({ type: 'hub.stopping', reason: 'Ctrl-C' });
    await terminal.until('Ctrl-C again to kill');
    terminal.type('\u0003');
    await terminal.until(() => stage.interrupts === 2);
  });

  test('Ctrl-Z hands the terminal over and takes it back', async () => {
    const stage = await up();
    stage.terminal.raw = '';
    stage.terminal.type('\u001a');
    await stage.terminal.until(() => stage.stops === 1);
    await stage.terminal.until(
      () => stage.terminal.raw.lastIndexOf('\u001b[?1049h') > stage.terminal.raw.indexOf('\u001b[?1049l'),
    );
    await stage.press('1', '┏━ 1 Processes');
  });

  test('pasted text is no keys', async () => {
    const { press, terminal, hub } = await up();
    terminal.type('\u001b[200~2xyq\u001b[201~');
    await press('3', '┏━ 3 Requests');
    expect(terminal.text()).not.toMatch(/Leave|Kill/);
    expect(hub.asked).toEqual([]);
  });
});

describe('the table of commands', () => {
  test('no key has two meanings in one pane, no command two names', () => {
    expect(() => createKeymap(COMMANDS, PANES)).not.toThrow();
    expect(new Set(COMMANDS.map(({ name }) => name)).size).toBe(COMMANDS.length);
    const clash = COMMANDS.flatMap((command) => [command, { ...command, name: `${command.name}.again` }]);
    expect(() => createKeymap(clash, PANES)).toThrow(/is bound to/);
  });

  test('no F-keys, no Ctrl-A/B/S/Q: terminals and multiplexers have those', () => {
    const keys = COMMANDS.flatMap((command) => command.keys);
    expect(keys.filter((key) => /^(f\d+|ctrl-[abqs])$/.test(key))).toEqual([]);
  });

  test('a held key comes as one string, a control character among others keeps its name', () => {
    expect(keyNames('jjj', {})).toEqual(['j', 'j', 'j']);
    expect(keyNames('\u0004\u0004', {})).toEqual(['ctrl-d', 'ctrl-d']);
    expect(keyNames('d', { ctrl: true })).toEqual(['ctrl-d']);
    expect(keyNames('x', { meta: true })).toEqual([]);
    expect(keyNames('', {})).toEqual([]);
    expect(keyNames('j', { eventType: 'release' })).toEqual([]);
    expect(keyNames('\t', { tab: true, shift: true })).toEqual(['shift-tab']);
  });
});
