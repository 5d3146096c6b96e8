import { beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { RawClient, refusedUpgrade } from '../../browser/gateway/raw-client.ts';
import { FakeChrome } from './fake-chrome.ts';
import { gatewayOn } from './for-this-file.ts';
import { BROWSER_ID } from './gateway-process.ts';
import { lastWords, rawSocket, textFrame } from './slow-reader.ts';

const chrome = await FakeChrome.start();
const gateway = await gatewayOn(chrome);

/** A condition may take that long on a machine that is busy. */
const LOADED = { timeout: 10_000 };

beforeEach(() => {
  chrome.behave = () => false;
});

test('ids that are not the hub’s own are answered as Chrome answers them', async () => {
  chrome.behave = ({ id, method }, socket) => {
    if (method !== 'Target.getTargetInfo') return false;
    socket.send(JSON.stringify({ id, error: { code: -32602, message: 'No target with given id found' } }));
    return true;
  };
  const base = gateway.url.replace('http', 'ws');
  for (const path of [
    '/devtools/browser/wrong',
    '/devtools/browser',
    '/devtools/browser/',
    '/devtools/x',
    '/',
  ]) {
    expect(await refusedUpgrade(`${base}${path}`)).toEqual({ status: 404, body: '' });
  }
  expect(await refusedUpgrade(`${base}/devtools/page/unknown`)).toEqual({
    status: 500,
    body: 'No such target id: unknown',
  });
});

test('compression is not agreed to, also where it is offered', async () => {
  await using client = await RawClient.connect(gateway.cdp, { perMessageDeflate: true });
  expect(client.socket.extensions).toBe('');
});

test('a binary frame ends the client with 1003, and the browser sees nothing of it', async () => {
  await using bystander = await RawClient.connect(gateway.cdp);
  await using client = await RawClient.connect(gateway.cdp);
  client.socket.send(Buffer.from('{"id":1,"method":"Browser.getVersion"}'));
  expect(await client.closed).toMatchObject({ code: 1003, reason: expect.stringContaining('cdp-hub:') });
  expect((await bystander.call('Browser.getVersion')).result.product).toBe('Fake/1');
});

test('a message over 32 MiB ends the client with 1009, and the browser sees nothing of it', async () => {
  const before = chrome.commands.length;
  await using client = await RawClient.connect(gateway.cdp);
  client.say(`{"id":1,"method":"Page.enable","params":{"a":"${'x'.repeat(33 * 1024 * 1024)}"}}`);
  expect((await client.closed).code).toBe(1009);
  expect(chrome.commands.slice(before).map(({ method }) => method)).not.toContain('Page.enable');
});

test('text that is no UTF-8 ends the client with 1007', async () => {
  await using client = await RawClient.connect(gateway.cdp);
  client.socket.send(Buffer.from([0x22, 0xff, 0xfe, 0x22]), { binary: false });
  expect((await client.closed).code).toBe(1007);
});

test('a client that does not read is let go with 1013; the others are served meanwhile', async () => {
  const blob = 'x'.repeat(1024 * 1024);
  chrome.behave = ({ id, method, sessionId }, socket) => {
    if (method !== 'Flood.me') return false;
    socket.send(JSON.stringify({ id, result: {}, sessionId }));
    for (let n = 0; n < 96; n += 1) {
      socket.send(JSON.stringify({ method: 'Flood.frame', params: { blob }, sessionId }));
    }
    return true;
  };
  await using bystander = await RawClient.connect(gateway.cdp);
  await bystander.call('Browser.getVersion');
  const slow = await rawSocket(gateway.port, `/devtools/browser/${BROWSER_ID}`);
  slow.write(textFrame('{"id":1,"method":"Flood.me"}'));
  slow.pause();
  const known = async () =>
    ((await (await fetch(`${gateway.url}/health`)).json()) as { total_clients: number }).total_clients;
  await expect.poll(known, LOADED).toBe(1);
  expect((await bystander.call('Browser.getVersion')).result.product).toBe('Fake/1');
  expect(await lastWords(slow)).toContain('over 32 MiB lay unread');
});

test('one answer over 32 MiB is no reason to let its reader go', async () => {
  const blob = 'x'.repeat(40 * 1024 * 1024);
  chrome.behave = ({ id, method, sessionId }, socket) => {
    if (method !== 'Big.answer') return false;
    socket.send(JSON.stringify({ id, result: { blob }, sessionId }));
    for (let n = 0; n < 50; n += 1) socket.send(JSON.stringify({ method: 'Small.event', sessionId }));
    return true;
  };
  await using client = await RawClient.connect(gateway.cdp);
  expect((await client.call('Big.answer')).result.blob).toHaveLength(blob.length);
  await expect.poll(() => client.frames.length, LOADED).toBe(51);
  expect(client.socket.readyState).toBe(WebSocket.OPEN);
});

test('the 257th command in flight waits, and is answered when others are', async () => {
  const held: (() => void)[] = [];
  chrome.behave = ({ id, method, sessionId }, socket) => {
    if (method !== 'Hold.it') return false;
    held.push(() => socket.send(JSON.stringify({ id, result: {}, sessionId })));
    return true;
  };
  await using client = await RawClient.connect(gateway.cdp);
  // Large enough that they do not all come in with one read of the socket.
  const pad = 'x'.repeat(8192);
  for (let id = 1; id <= 400; id += 1) client.say({ id, method: 'Hold.it', params: { pad } });
  await expect.poll(() => held.length, LOADED).toBeGreaterThanOrEqual(256);
  expect(held.length).toBeLessThan(400);
  while (client.frames.length < 400) {
    for (const release of held.splice(0)) release();
    const heard = client.frames.length;
    await expect.poll(() => client.frames.length + held.length, LOADED).toBeGreaterThan(heard);
  }
  expect(new Set(client.frames.map(({ id }) => id)).size).toBe(400);
});

test('large commands wait with their client, not in the memory of the hub', async () => {
  const held: (() => void)[] = [];
  chrome.behave = ({ id, method, sessionId }, socket) => {
    if (method !== 'Hold.it') return false;
    held.push(() => socket.send(JSON.stringify({ id, result: {}, sessionId })));
    return true;
  };
  await using bystander = await RawClient.connect(gateway.cdp);
  await using client = await RawClient.connect(gateway.cdp);
  const pad = 'x'.repeat(8 * 1024 * 1024);
  for (let id = 1; id <= 8; id += 1) client.say({ id, method: 'Hold.it', params: { pad } });
  await expect.poll(() => held.length, LOADED).toBeGreaterThanOrEqual(4);
  // Until nothing moves any more.
  for (let calm = 0, unsent = 0; calm < 30; calm += 1) {
    await bystander.call('Browser.getVersion');
    if (client.socket.bufferedAmount !== unsent) calm = 0;
    unsent = client.socket.bufferedAmount;
  }
  // 32 MiB, and what came in with the last of them.
  expect(held.length).toBeLessThanOrEqual(5);
  expect(client.socket.bufferedAmount).toBeGreaterThan(pad.length);
  while (client.frames.length < 8) {
    for (const release of held.splice(0)) release();
    const heard = client.frames.length;
    await expect.poll(() => client.frames.length + held.length, LOADED).toBeGreaterThan(heard);
  }
  expect(client.frames.map(({ id }) => id)).toEqual(Array.from({ length: 8 }, (_, n) => n + 1));
});

test('a client that goes is off the list, and its root is detached', async () => {
  const client = await RawClient.connect(gateway.cdp);
  await client.call('Browser.getVersion');
  const root = chrome.commands.at(-1)?.sessionId;
  await client[Symbol.asyncDispose]();
  await expect
    .poll(
      () =>
        chrome.commands.some(
          ({ method, params }) => method === 'Target.detachFromTarget' && params?.sessionId === root,
        ),
      LOADED,
    )
    .toBe(true);
});

test('clients cut while their root is being made: every root that was made is detached', async () => {
  const late: (() => void)[] = [];
  const made: string[] = [];
  chrome.behave = ({ id, method }, socket) => {
    if (method !== 'Target.attachToBrowserTarget') return false;
    const sessionId = `LATE${made.length}`;
    made.push(sessionId);
    late.push(() => socket.send(JSON.stringify({ id, result: { sessionId } })));
    return true;
  };
  const from = chrome.commands.length;
  const clients = await Promise.all(Array.from({ length: 20 }, () => RawClient.connect(gateway.cdp)));
  await expect.poll(() => made.length, LOADED).toBe(20);
  for (const release of late.splice(0, 10)) release();
  await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
  await expect
    .poll(async () => (await (await fetch(`${gateway.url}/health`)).json()) as object, LOADED)
    .toMatchObject({ total_clients: 0 });
  for (const release of late.splice(0)) release();
  const detached = () =>
    chrome.commands
      .slice(from)
      .flatMap(({ method, params }) => (method === 'Target.detachFromTarget' ? [params?.sessionId] : []));
  await expect.poll(() => detached().sort(), LOADED).toEqual(made.sort());
});

test('the 1,025th client is told that the hub is full; when others go, it is let in', async () => {
  const clients: RawClient[] = [];
  while (clients.length < 1024) {
    clients.push(...(await Promise.all(Array.from({ length: 64 }, () => RawClient.connect(gateway.cdp)))));
  }
  const refused = await refusedUpgrade(gateway.cdp);
  expect(refused.status).toBe(503);
  expect(JSON.parse(refused.body).error).toBe('TOO_MANY_CLIENTS');
  await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
  await expect
    .poll(async () => (await (await fetch(`${gateway.url}/health`)).json()) as object, LOADED)
    .toMatchObject({ total_clients: 0 });
  await using late = await RawClient.connect(gateway.cdp);
  expect((await late.call('Browser.getVersion')).result.product).toBe('Fake/1');
});
