import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { aBody, anExchange, aProcess, aSnapshot, FakeHub, NOW } from './helpers/hub.ts';
import { type Stage, stage } from './helpers/stage.ts';

vi.hoisted(() => {
  process.env.TZ = 'UTC';
});

let open: Stage | null = null;
let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'cdp-hub-copy-'));
});
afterEach(async () => {
  await open?.leave();
  open = null;
  rmSync(home, { recursive: true });
});

const COMMAND = { id: 88, method: 'Fetch.enable', params: { patterns: [{ urlPattern: '*' }] } };
const ANSWER = { id: 88, error: { code: -32000, message: 'Fetch is held by playwright' } };
const EVENT = { method: 'Network.dataReceived', params: { dataLength: 31 } };

/** The last frames but one: Fetch.enable with its answer, which failed. */
const up = async (options: Parameters<typeof stage>[0] = {}) => {
  const hub = new FakeHub(aSnapshot({ home }));
  hub.bodies.set('exchange 2', { command: aBody(COMMAND), answer: aBody(ANSWER), event: null });
  hub.bodies.set('frame 3', { command: null, answer: null, event: aBody(EVENT) });
  open = await stage({ hub, ...options });
  return { ...open, file: () => readFileSync(join(home, 'copied.txt'), 'utf8') };
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what this reads
const OSC52 = /\u001b\]52;c;([\w+/=]*)\u0007/g;

/** What the terminal was asked to put into its clipboard. */
function clipboard(raw: string): string[] {
  return [...raw.matchAll(OSC52)].map(([, text = '']) => Buffer.from(text, 'base64').toString());
}

/** A program of that name in the way of the real ones. */
function fakeTool(name: string, script: string): NodeJS.ProcessEnv {
  const path = join(home, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return { PATH: `${home}:/usr/bin:/bin` };
}

describe('y', () => {
  test('copies the message of the row: to the terminal and into a file of the user’s own', async () => {
    const { press, terminal, file } = await up();
    const text = JSON.stringify(COMMAND, null, 2);
    await press('kkky', `copied ${text.length} characters: OSC 52, copied.txt · secrets masked`);
    expect(clipboard(terminal.raw)).toEqual([text]);
    expect(file()).toBe(text);
    expect(statSync(join(home, 'copied.txt')).mode & 0o777).toBe(0o600);
  });

  test.each([
    ['an answer', 'kky', ANSWER],
    ['an event', 'kkkky', EVENT],
    ['a request', '3ky', COMMAND],
  ])('of %s', async (_, keys, message) => {
    const { press, file } = await up();
    await press(keys, 'secrets masked');
    expect(JSON.parse(file())).toEqual(message);
  });

  test('of a row whose message is not kept it is the row', async () => {
    const { press, file } = await up();
    await press('gy', 'copied');
    expect(JSON.parse(file())).toMatchObject({ seq: 1, dir: 'command', method: 'Page.navigate' });
  });

  test('in lists it asks for the masked message, in the detail it takes what is seen there', async () => {
    const { press, hub, file } = await up();
    const wishes: boolean[] = [];
    const body = hub.body.bind(hub);
    hub.body = async (wish) => {
      wishes.push(wish.open);
      return body(wish);
    };
    await press('kkky', 'secrets masked');
    await press('\r', 'Fetch is held');
    await press('y', 'as it passed, secrets included');
    expect(JSON.parse(file())).toEqual(ANSWER);
    await press('h', '"urlPattern"');
    await press('y', () => file().includes('urlPattern'));
    expect(wishes).toEqual([false, true]);
  });

  test('says where something was masked, and how to have it whole', async () => {
    const { press, hub } = await up();
    const command = aBody({ id: 1, method: 'Runtime.evaluate', params: { expression: '[masked]' } });
    hub.bodies.set('exchange 2', { command, answer: null, event: null });
    await press('kkky', 'parts are masked: it is whole in the detail (Enter)');
    await press('\rh', '"expression"');
    await press('y', 'as it passed, secrets included');
  });

  test('clients and processes are copied as what they are', async () => {
    const { press, file } = await up();
    await press('2y', 'copied');
    expect(JSON.parse(file())).toMatchObject({ id: 'claude-1', kind: 'mcp', peer: '127.0.0.1:50100' });
    await press('1y', () => file().includes('4101'));
    expect(JSON.parse(file())).toEqual(aProcess('browser'));
  });

  test('a row of a gateway that is gone is never copied as the message of another', async () => {
    const { press, hub, terminal, file } = await up();
    hub.say({ type: 'process', process: aProcess('gateway', { pid: 5000, since: NOW }) });
    await terminal.until('5000');
    await press('kkky', 'copied');
    expect(JSON.parse(file())).toMatchObject({ method: 'Fetch.enable', dir: 'command', seq: 4 });
  });

  test('a hub that does not answer is said', async () => {
    const { press, hub } = await up();
    hub.failure = new Error('the gateway is not running');
    await press('y', 'not copied: the gateway is not running');
  });

  test('nothing selected: it says so', async () => {
    const hub = new FakeHub(aSnapshot({ home }), { frames: [], exchanges: [] });
    const { press } = await up({ hub });
    await press('y', 'nothing is selected that could be copied');
  });
});

describe('where it goes', () => {
  test('inside tmux the sequence comes plain for tmux, and wrapped for the terminal around it', async () => {
    const { press, terminal } = await up({ env: { TMUX: '/tmp/tmux-1/default,1,0' } });
    await press('2Yi', 'copied 8 characters');
    const sequence = `]52;c;${Buffer.from('claude-1').toString('base64')}\u0007`;
    expect(terminal.raw).toContain(`\u001b${sequence}\u001bPtmux;\u001b\u001b${sequence}\u001b\\`);
  });

  test('what is too long for OSC 52 goes the other ways', async () => {
    const { press, hub, terminal, file } = await up();
    const answer = aBody({ id: 88, result: { text: 'ü'.repeat(40_000) } });
    hub.bodies.set('exchange 2', { command: null, answer, event: null });
    await press('kky', /characters: copied\.txt · too long for OSC 52 · secrets masked/);
    expect(clipboard(terminal.raw)).toEqual([]);
    expect(JSON.parse(file())).toEqual(JSON.parse(answer.text));
  });

  test('the program of the desktop gets it where there is a desktop', async () => {
    const seen = join(home, 'seen');
    const env = fakeTool('wl-copy', `cat > ${seen}`);
    const first = await up({ env });
    await first.press('2Yi', 'copied 8 characters: OSC 52, copied.txt');
    await first.leave();
    const { press } = await up({ env: { ...env, WAYLAND_DISPLAY: 'wayland-0' } });
    await press('2Yi', 'copied 8 characters: OSC 52, wl-copy, copied.txt');
    expect(readFileSync(seen, 'utf8')).toBe('claude-1');
  });

  test('of several programs the first that works; one that hangs is given up', async () => {
    fakeTool('wl-copy', 'exit 1');
    fakeTool('xclip', 'exec sleep 60');
    const env = { ...fakeTool('xsel', 'cat > /dev/null'), WAYLAND_DISPLAY: 'w', DISPLAY: ':0' };
    const { press } = await up({ env });
    await press('2Yi', 'OSC 52, xsel, copied.txt');
  });

  test('a folder that cannot be written to is said', async () => {
    const hub = new FakeHub(aSnapshot({ home: join(home, 'gone') }));
    const { press } = await up({ hub });
    await press('2Yi', /copied 8 characters: OSC 52 · not in copied\.txt: ENOENT/);
  });
});

describe('Y', () => {
  test('asks in which form, and Esc copies nothing', async () => {
    const { press, terminal } = await up();
    await press('kkkY', 'Copy as: j/d/c/w/Esc');
    await press('\u001b', () => !terminal.text().includes('Copy as'));
    expect(clipboard(terminal.raw)).toEqual([]);
  });

  test.each([
    ['d', /^\{"command":"Fetch\.enable","parameters":/],
    [
      'c',
      /^curl -s 'http:\/\/127\.0\.0\.1:9223\/execute\?workspace=cursor' .* -d '\{"method":"Fetch\.enable"/,
    ],
    ['w', /^npx wscat -c 'ws:\/\/127\.0\.0\.1:9223\/ws\?workspace=cursor' -x '\{"method":"Fetch\.enable"/],
    ['j', /^\{\n {2}"id": 88/],
  ])('%s copies that form', async (key, form) => {
    const { press, file } = await up();
    await press('kkkY', 'Copy as');
    await press(key, 'copied');
    expect(file()).toMatch(form);
  });

  test('of an answer it is the command that is given again', async () => {
    const { press, file } = await up();
    await press('kkY', 'Copy as');
    await press('d', 'copied');
    expect(file()).toContain('"command":"Fetch.enable"');
  });

  test('a tool’s call is one of MCP', async () => {
    const hub = new FakeHub(aSnapshot({ home }));
    const call = { method: 'tools/call', params: { name: 'click', arguments: { uid: '1_2' } } };
    hub.history.exchanges = [anExchange(1, { method: 'click', kind: 'mcp' })];
    hub.bodies.set('exchange 1', { command: aBody(call), answer: null, event: null });
    const { press, file } = await up({ hub });
    await press('3Y', 'Copy as: j/m/Esc');
    await press('m', 'copied');
    expect(JSON.parse(file())).toEqual({ jsonrpc: '2.0', id: 1, ...call });
  });

  test('says why a command cannot be given again', async () => {
    const { press, hub } = await up();
    await press('gYc', 'not copied: the command is not kept; j copies its row');
    hub.bodies.set('exchange 1', { command: { ...aBody(COMMAND), cut: true }, answer: null, event: null });
    await press('Yc', 'not copied: the command was cut as it was kept; j copies what there is');
  });

  test('keys that come with it are for it, not for the list', async () => {
    const { press, hub, file } = await up();
    await press('2Yp', 'copied 4 characters');
    expect(file()).toBe('4242');
    expect(hub.asked).toEqual([]);
  });

  test('an event can only be JSON', async () => {
    const { press } = await up();
    await press('kkkkY', 'Copy as: j/Esc');
  });

  test('of a client its id, address, pid and workspace', async () => {
    const { press, file } = await up();
    await press('2Y', 'Copy as: j/i/a/p/w/Esc');
    await press('a', 'copied');
    expect(file()).toBe('127.0.0.1:50100');
  });
});
