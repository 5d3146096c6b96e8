import { beforeEach, expect, test } from 'vitest';
import { RawClient } from '../../browser/gateway/raw-client.ts';
import { FakeChrome } from './fake-chrome.ts';
import { gatewayOn } from './for-this-file.ts';
import { GatewayProcess } from './gateway-process.ts';
import { lastWords, rawSocket, textFrame } from './slow-reader.ts';

const chrome = await FakeChrome.start();
const gateway = await gatewayOn(chrome);
const ws = `${gateway.url.replace('http', 'ws')}/ws`;

/** A condition may take that long on a machine that is busy. */
const LOADED = { timeout: 10_000 };

/** Of the browser as a whole, and the fake one keeps it: see {@link holding}. */
const HOLD = 'SystemInfo.hold';

beforeEach(() => {
  chrome.behave = () => false;
});

/** Has the browser keep what is called {@link HOLD}, each until its function is called. */
function holding(): (() => void)[] {
  const held: (() => void)[] = [];
  chrome.behave = ({ id, method, sessionId }, socket) => {
    if (method !== HOLD) return false;
    held.push(() => socket.send(JSON.stringify({ id, result: {}, sessionId })));
    return true;
  };
  return held;
}

test('the 257th call in flight waits, whatever comes in one piece, and is sent when another is answered', async () => {
  const held = holding();
  await using client = await RawClient.connect(ws);
  for (let id = 1; id <= 1000; id += 1) client.say({ id, method: HOLD });
  await expect.poll(() => held.length, LOADED).toBe(256);
  await using other = await RawClient.connect(ws);
  expect(await version(other)).toBe('Fake/1');
  expect(held).toHaveLength(256);
  held.shift()?.();
  await expect.poll(() => held.length, LOADED).toBe(256);
  expect(client.frames.map(({ id }) => id)).toEqual([1]);
  while (client.frames.length < 1000) {
    for (const release of held.splice(0)) release();
    const heard = client.frames.length;
    await expect.poll(() => client.frames.length + held.length, LOADED).toBeGreaterThan(heard);
  }
  expect(client.frames.map(({ id }) => id)).toEqual(Array.from({ length: 1000 }, (_, n) => n + 1));
});

test('calls that are never answered end by their own clocks, those that had to wait behind them too', async () => {
  const held = holding();
  await using client = await RawClient.connect(ws);
  for (let id = 1; id <= 300; id += 1) client.say(JSON.stringify({ id, method: HOLD, timeoutMs: 3000 }));
  await expect.poll(() => held.length, LOADED).toBe(256);
  expect(client.frames).toEqual([]);
  await expect.poll(() => client.frames.length, LOADED).toBe(300);
  for (const { error } of client.frames) expect(error?.message).toContain('not answered within 3000 ms');
  client.say(JSON.stringify({ id: 301, method: 'Browser.getVersion', timeoutMs: 20_000 }));
  held.shift()?.();
  expect((await client.heard(({ id }) => id === 301)).result.product).toBe('Fake/1');
  // Those that nobody waited for any more were not sent.
  expect(held).toHaveLength(255);
});

test('a socket that does not read is let go with 1013; one large answer is no reason', async () => {
  const blob = 'x'.repeat(1024 * 1024);
  chrome.behave = ({ id, method, sessionId }, socket) => {
    const size = method === 'SystemInfo.big' ? 40 : 1;
    if (method !== 'SystemInfo.flood' && size === 1) return false;
    socket.send(JSON.stringify({ id, result: { blob: blob.repeat(size) }, sessionId }));
    for (let n = 0; n < 96 && size === 1; n += 1) {
      socket.send(JSON.stringify({ method: 'SystemInfo.frame', params: { blob }, sessionId }));
    }
    return true;
  };
  await using client = await RawClient.connect(ws);
  client.say({ id: 1, method: 'SystemInfo.big' });
  expect((await client.heard(({ id }) => id === 1)).result.blob).toHaveLength(40 * blob.length);
  const slow = await rawSocket(gateway.port, '/ws');
  slow.write(textFrame('{"method":"SystemInfo.flood"}'));
  slow.pause();
  const known = async () =>
    ((await (await fetch(`${gateway.url}/health`)).json()) as { total_clients: number }).total_clients;
  await expect.poll(known, LOADED).toBe(1);
  expect(await lastWords(slow)).toContain('over 32 MiB lay unread');
});

test('a drain lets what is in flight finish, then closes with 1001', async () => {
  const held = holding();
  await using stopping = await GatewayProcess.start(chrome.endpoint);
  await stopping.next('upstream', ({ connected }) => connected);
  await using client = await RawClient.connect(`${stopping.url.replace('http', 'ws')}/ws`);
  client.say({ id: 1, method: HOLD });
  await expect.poll(() => held.length, LOADED).toBe(1);
  stopping.send({ type: 'drain', ms: 10_000 });
  await expect
    .poll(async () => (await (await fetch(`${stopping.url}/health`)).json()) as object, LOADED)
    .toMatchObject({ status: 'draining' });
  held[0]?.();
  expect(await client.closed).toEqual({ code: 1001, reason: 'cdp-hub: the hub is stopping' });
  expect(client.frames).toEqual([{ id: 1, result: {} }]);
  expect(await stopping.exited).toEqual([0, null]);
});

test('one message of every kind after another, and random ones: each is answered, and no socket ends', async () => {
  await using client = await RawClient.connect(ws);
  const pieces = [
    '{',
    '}',
    '"',
    '[',
    ']',
    ':',
    ',',
    '1',
    'null',
    '"id"',
    '"method"',
    '"SystemInfo.x"',
    '\\',
    ' ',
    'é',
  ];
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed % below;
  };
  for (let n = 0; n < 10_000; n += 1) {
    client.say(Array.from({ length: random(12) }, () => pieces[random(pieces.length)]).join(''));
  }
  await expect.poll(() => client.frames.length, LOADED).toBe(10_000);
  expect(await version(client)).toBe('Fake/1');
});

async function version(client: RawClient): Promise<string> {
  client.say({ id: 999_999, method: 'Browser.getVersion' });
  return (await client.heard(({ id }) => id === 999_999)).result.product;
}

test('calls of a paused socket wait; one whose time is up says why and is never sent', async () => {
  await using client = await RawClient.connect(`${ws}?client=held`);
  expect(await version(client)).toBe('Fake/1');
  const { clients } = (await (await fetch(`${gateway.url}/stats`)).json()) as {
    clients: { id: string; workspace: string }[];
  };
  const id = clients.find(({ workspace }) => workspace === 'held')?.id ?? '';
  const pause = async (on: boolean) => {
    gateway.send({ type: 'pause', id: Number(on), on, clients: [id] });
    await gateway.next('paused', (answer) => answer.id === Number(on));
  };
  await pause(true);
  client.say(JSON.stringify({ id: 1, method: 'SystemInfo.late', timeoutMs: 100 }));
  client.say(JSON.stringify({ id: 2, method: 'SystemInfo.kept' }));
  const late = await client.heard((frame) => frame.id === 1);
  expect(late.error?.message).toContain(`cdp-hub resume ${id}`);
  await pause(false);
  expect(await client.heard((frame) => frame.id === 2)).toEqual({ id: 2, result: {} });
  const sent = chrome.commands.map(({ method }) => method);
  expect([sent.includes('SystemInfo.late'), sent.includes('SystemInfo.kept')]).toEqual([false, true]);
});

test('a call whose time is up while its target is attached to is not sent after that', async () => {
  const attached: (() => void)[] = [];
  chrome.behave = ({ id, method, params, sessionId }, socket) => {
    if (method !== 'Target.attachToTarget' || params?.targetId !== 'SLOW') return false;
    const targetInfo = { targetId: 'SLOW', type: 'page', title: '', url: 'about:blank' };
    attached.push(() => {
      const told = { sessionId: 'SLOW-1', targetInfo, waitingForDebugger: false };
      socket.send(JSON.stringify({ method: 'Target.attachedToTarget', params: told, sessionId }));
      socket.send(JSON.stringify({ id, result: { sessionId: 'SLOW-1' }, sessionId }));
    });
    return true;
  };
  await using client = await RawClient.connect(`${ws}?isolation=none`);
  client.say(JSON.stringify({ id: 1, method: 'Page.tooLate', targetId: 'SLOW', timeoutMs: 100 }));
  expect((await client.heard((frame) => frame.id === 1)).error?.message).toContain('within 100 ms');
  for (const go of attached) go();
  client.say(JSON.stringify({ id: 2, method: 'Page.inTime', targetId: 'SLOW' }));
  expect(await client.heard((frame) => frame.id === 2)).toEqual({ id: 2, result: {} });
  const sent = chrome.commands.map(({ method }) => method).filter((method) => /^Page\.(in|too)/.test(method));
  expect(sent).toEqual(['Page.inTime']);
});
