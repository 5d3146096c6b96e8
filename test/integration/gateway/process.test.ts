import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { RawClient, refusedUpgrade } from '../../browser/gateway/raw-client.ts';
import { FakeChrome } from './fake-chrome.ts';
import { GatewayProcess } from './gateway-process.ts';

test('a port that is taken is reported, and another configuration is waited for', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const taken = (holder.address() as { port: number }).port;
  try {
    await using gateway = new GatewayProcess();
    gateway.config(null, { port: taken });
    expect((await gateway.next('bind-failed')).code).toBe('EADDRINUSE');
    gateway.config(null);
    gateway.port = (await gateway.next('ready')).port;
    expect((await fetch(`${gateway.url}/health`)).status).toBe(503);
  } finally {
    holder.close();
  }
});

test('a browser that comes while it starts is not forgotten for what it was told first', async () => {
  await using chrome = await FakeChrome.start();
  await using gateway = new GatewayProcess();
  gateway.config(null);
  gateway.send({ type: 'browser', browser: chrome.endpoint, reason: 'it is ready' });
  gateway.port = (await gateway.next('ready')).port;
  await gateway.next('upstream', ({ connected }) => connected);
  expect((await fetch(`${gateway.url}/health`)).status).toBe(200);
});

test('when its supervisor goes, it goes at once', async () => {
  await using gateway = await GatewayProcess.start(null);
  gateway.child.disconnect();
  expect(await gateway.exited).toEqual([0, null]);
});

test('started by hand it says what to run instead', async () => {
  const { spawn } = await import('node:child_process');
  const main = new URL('../../../src/gateway/main.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [main], { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const [code] = await once(child, 'close');
  expect(code).not.toBe(0);
  expect(stderr).toContain('cdp-hub up');
});

test('a drain refuses what is new, lets what is in flight finish, closes with 1001 and exits 0', async () => {
  await using chrome = await FakeChrome.start();
  let release = () => {};
  chrome.behave = ({ id, method, sessionId }, socket) => {
    if (method !== 'Hold.it') return false;
    release = () => socket.send(JSON.stringify({ id, result: { late: true }, sessionId }));
    return true;
  };
  await using gateway = await GatewayProcess.start(chrome.endpoint);
  await using client = await RawClient.connect(gateway.cdp);
  client.say({ id: 1, method: 'Hold.it' });
  await expect.poll(() => chrome.commands.some(({ method }) => method === 'Hold.it')).toBe(true);
  gateway.send({ type: 'drain', ms: 10_000 });
  await expect.poll(async () => (await fetch(`${gateway.url}/health`)).status).toBe(503);
  expect(await (await fetch(`${gateway.url}/health`)).json()).toMatchObject({
    status: 'draining',
    browser_connected: true,
  });
  expect((await gateway.execute({ method: 'Browser.getVersion' })).status).toBe(503);
  expect((await refusedUpgrade(gateway.cdp)).status).toBe(503);
  release();
  expect(await client.closed).toMatchObject({ code: 1001 });
  expect(client.frames).toEqual([{ id: 1, result: { late: true } }]);
  expect(await gateway.exited).toEqual([0, null]);
});

test('a drain whose time is up cuts what is still in flight', async () => {
  await using chrome = await FakeChrome.start();
  chrome.behave = ({ method }) => method === 'Hold.it';
  await using gateway = await GatewayProcess.start(chrome.endpoint);
  await using client = await RawClient.connect(gateway.cdp);
  client.say({ id: 1, method: 'Hold.it' });
  await expect.poll(() => chrome.commands.some(({ method }) => method === 'Hold.it')).toBe(true);
  gateway.send({ type: 'drain', ms: 100 });
  expect(await client.closed).toMatchObject({ code: 1001 });
  expect(await gateway.exited).toEqual([0, null]);
});

test('killed clients are closed with 1008 and reported; unknown ids are not', async () => {
  await using chrome = await FakeChrome.start();
  await using gateway = await GatewayProcess.start(chrome.endpoint);
  await using client = await RawClient.connect(`${gateway.cdp}?client=vic%1b[31mtim`);
  await client.call('Browser.getVersion');
  const { clients } = await gateway.next('clients', (message) => message.clients[0]?.pid != null);
  expect(clients).toMatchObject([
    { kind: 'cdp', name: 'victim', pid: process.pid, connected: true, peer: expect.stringMatching(/^127/) },
  ]);
  expect(clients[0]?.id).toMatch(/^cdp-[0-9a-f]{32}$/);
  gateway.send({ type: 'kill', id: 7, clients: [clients[0]?.id ?? '', 'nobody'] });
  expect(await gateway.next('killed')).toEqual({ type: 'killed', id: 7, clients: [clients[0]?.id] });
  expect(await client.closed).toMatchObject({ code: 1008 });
  await gateway.next('clients', (message) => message.clients.length === 0 && message !== undefined);
});

test('traffic flows only while it is watched; a backfill is had at any time', async () => {
  await using chrome = await FakeChrome.start();
  await using gateway = await GatewayProcess.start(chrome.endpoint);
  await using client = await RawClient.connect(gateway.cdp);
  await client.call('Browser.getVersion');
  gateway.send({ type: 'backfill', id: 3, rows: 100, filter: '' });
  const { batch } = await gateway.next('backfilled', ({ id }) => id === 3);
  expect(batch.exchanges).toMatchObject([
    { method: 'Browser.getVersion', outcome: 'ok', kind: 'cdp', ms: expect.any(Number) },
  ]);
  expect(batch.frames.map(({ dir }) => dir)).toEqual(['command', 'answer']);
  expect(gateway.messages.some(({ type }) => type === 'traffic')).toBe(false);
  gateway.send({ type: 'watch', watch: 7, filter: '', bodies: false });
  await client.call('Target.getTargets');
  const traffic = await gateway.next('traffic', (message) =>
    message.batch.exchanges.some(({ outcome }) => outcome === 'ok'),
  );
  expect(traffic.watch).toBe(7);
  expect(traffic.batch.exchanges.map(({ method }) => method)).toEqual(['Target.getTargets']);
  gateway.send({ type: 'watch', watch: 8, filter: 'domain:Target', bodies: true });
  await client.call('Browser.getVersion');
  await client.call('Target.getTargets');
  const { batch: filtered } = await gateway.next('traffic', ({ watch }) => watch === 8);
  expect(new Set(filtered.frames.map(({ method }) => method))).toEqual(new Set(['Target.getTargets']));
  const seq = filtered.exchanges[0]?.seq ?? 0;
  gateway.send({ type: 'body', id: 5, of: 'exchange', seq, open: false });
  const { bodies } = await gateway.next('body', ({ id }) => id === 5);
  expect(bodies.command?.text).toContain('"method":"Target.getTargets"');
  gateway.send({ type: 'unwatch', watch: 8 });
  gateway.send({ type: 'body', id: 6, of: 'exchange', seq, open: true });
  const { bodies: none } = await gateway.next('body', ({ id }) => id === 6);
  expect(none).toEqual({ command: null, answer: null, event: null });
  await gateway.next('stats', ({ stats }) => stats.connected && stats.totalRequests === 4);
});

test('in approval mode a lost browser is asked again only when somebody needs it', async () => {
  await using chrome = await FakeChrome.start();
  await using gateway = await GatewayProcess.start(chrome.endpoint);
  await gateway.next('upstream', ({ connected }) => connected);
  chrome.cut();
  await gateway.next('upstream', ({ connected }) => !connected);
  expect((await fetch(`${gateway.url}/health`)).status).toBe(503);
  expect(chrome.connections).toBe(0);
  expect(chrome.headers).toHaveLength(1);
  const answer = await gateway.execute({ method: 'Browser.getVersion' });
  expect(answer.body.result.product).toBe('Fake/1');
  expect(chrome.headers).toHaveLength(2);
});

test('what speaks no CDP at the DevTools address is hung up on', async () => {
  await using chrome = await FakeChrome.start();
  chrome.behave = (_command, socket) => {
    socket.send('hello');
    return true;
  };
  await using gateway = await GatewayProcess.start(chrome.endpoint);
  const { status, body } = await refusedUpgrade(gateway.cdp);
  expect([status, JSON.parse(body).message]).toEqual([
    503,
    'no browser is connected: what answers at the DevTools address does not speak CDP',
  ]);
  const gone = await gateway.next('upstream', ({ connected }) => !connected);
  expect(gone.reason).toContain('CDP');
  // What it says later ends its clients.
  chrome.behave = ({ method }, socket) => {
    if (method === 'Page.enable') socket.send('hello');
    return method === 'Page.enable';
  };
  await using client = await RawClient.connect(gateway.cdp);
  client.say({ id: 1, method: 'Page.enable' });
  expect((await client.closed).code).toBe(1012);
});
