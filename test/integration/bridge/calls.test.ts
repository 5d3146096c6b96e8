import { expect, it } from 'vitest';
import { BridgeProcess, stdioClient } from '../../helpers/bridge.ts';
import { until } from '../../helpers/hub.ts';
import { FixtureServer } from '../../helpers/mcp-server.ts';

it('an official client works through it: tools, progress, requests of the server, a clean end', async () => {
  await using server = await FixtureServer.start();
  const { client, transport } = await stdioClient([
    '--url',
    server.url,
    '--workspace',
    'a b',
    '--tools',
    'core,debug',
  ]);
  const { ListRootsRequestSchema } = await import('@modelcontextprotocol/sdk/types.js');
  client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: 'file:///here' }] }));
  expect(client.getServerVersion()?.name).toBe('fixture');
  expect((await client.listTools()).tools.map(({ name }) => name)).toContain('echo');
  expect(await client.callTool({ name: 'echo', arguments: { text: 'hi ✓' } })).toEqual({
    content: [{ type: 'text', text: 'hi ✓' }],
  });
  // The server asks in the middle of the call, and waits for the answer.
  expect(await client.callTool({ name: 'roots', arguments: {} })).toMatchObject({
    content: [{ text: 'file:///here' }],
  });
  const told: unknown[] = [];
  await client.callTool({ name: 'wait', arguments: { name: 'w' } }, undefined, {
    onprogress: (progress) => {
      told.push(progress);
      server.release('w');
    },
  });
  expect(told).toEqual([{ progress: 1, message: 'w' }]);

  const [first] = server.got('initialize');
  expect(first?.url).toBe('/mcp?workspace=a+b&tools=core%2Cdebug');
  expect(first?.headers).toMatchObject({
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
  });
  const [id] = server.sessions.keys();
  expect(server.got('tools/list')[0]?.headers).toMatchObject({
    'mcp-session-id': id,
    'mcp-protocol-version': client.getServerCapabilities() ? '2025-11-25' : '',
  });
  await client.close();
  expect(transport.pid).toBeNull();
  expect(server.seen.at(-1)?.verb).toBe('DELETE');
  expect(server.sessions.size).toBe(0);
});

it('a slow call holds up no other, and what is sent at once arrives in its order', async () => {
  await using server = await FixtureServer.start();
  await using bridge = await BridgeProcess.ready(['--url', server.url]);
  const slow = bridge.tool('wait', { name: 'slow' });
  const ids = Array.from({ length: 40 }, (_, i) => bridge.tool('echo', { text: `${i}` }));
  expect(await Promise.all(ids.map((id) => bridge.text(id)))).toEqual(ids.map((_, i) => `${i}`));
  expect(bridge.said.some(({ id }) => id === slow)).toBe(false);
  expect(server.got('tools/call').map(({ body }) => JSON.parse(body).id)).toEqual([slow, ...ids]);
  server.release('slow');
  expect(await bridge.text(slow)).toBe('slow');
});

it('nothing overtakes initialize, however early it is sent', async () => {
  await using server = await FixtureServer.start();
  await using bridge = new BridgeProcess(['--url', server.url]);
  const clientInfo = { name: 'test', version: '1' };
  bridge.request('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo });
  bridge.send({ method: 'notifications/initialized' });
  await bridge.ask('tools/list');
  const posts = server.seen.filter(({ verb }) => verb === 'POST').map(({ method }) => method);
  expect(posts).toEqual(['initialize', 'notifications/initialized', 'tools/list']);
});

it('works with a server that answers in JSON', async () => {
  await using server = await FixtureServer.start();
  server.json = true;
  await using bridge = await BridgeProcess.ready(['--url', server.url]);
  const slow = bridge.tool('wait', { name: 'slow' });
  expect(await bridge.text(bridge.tool('echo', { text: 'a' }))).toBe('a');
  server.release('slow');
  expect(await bridge.text(slow)).toBe('slow');
});

it('a cancelled call ends here, too, and one that was not sent yet is never sent', async () => {
  await using server = await FixtureServer.start();
  await using bridge = await BridgeProcess.ready(['--url', server.url]);
  const waits = Array.from({ length: 64 }, (_, i) => bridge.tool('wait', { name: `w${i}` }));
  await until('64 calls are there', () => server.got('tools/call').length === 64, 20_000);
  const [cancelled, ...others] = waits;
  const late = bridge.tool('echo', { text: 'never sent' });
  const next = bridge.tool('echo', { text: 'next' });
  const cancel = (requestId?: number) =>
    bridge.send({ method: 'notifications/cancelled', params: { requestId } });
  cancel(late);
  cancel(cancelled);
  // There is room for the next one only once the cancelled one is over.
  expect(await bridge.text(next)).toBe('next');
  expect(server.got('notifications/cancelled').map(({ body }) => JSON.parse(body).params.requestId)).toEqual([
    cancelled,
  ]);
  expect(server.seen.some(({ body }) => body.includes('never sent'))).toBe(false);
  for (const [i, id] of others.entries()) {
    server.release(`w${i + 1}`);
    expect(await bridge.text(id)).toBe(`w${i + 1}`);
  }
  expect(bridge.said.some(({ id }) => id === cancelled || id === late)).toBe(false);
});

it('bad lines are answered and do no harm', async () => {
  await using server = await FixtureServer.start();
  await using bridge = await BridgeProcess.ready(['--url', server.url]);
  bridge.stdin.write('{"id":1,\n\n');
  expect(await bridge.answer(null)).toMatchObject({ error: { code: -32700 } });
  const id = bridge.tool('echo', { text: 'x'.repeat(5 * 1024 * 1024) });
  expect(await bridge.answer(id)).toMatchObject({
    error: { code: -32600, message: expect.stringMatching(/4194304/) },
  });
  bridge.stdin.write(`${'y'.repeat(20 * 1024 * 1024)}\n`);
  expect(await bridge.text(bridge.tool('echo', { text: 'z'.repeat(3_000_000) }))).toHaveLength(3_000_000);
  const nulls = bridge.said.filter((each) => each.id === null);
  expect(nulls.map(({ error }) => error.code)).toEqual([-32700, -32600]);
});

it('a reader that does not read is waited for, and misses nothing', async () => {
  await using server = await FixtureServer.start();
  await using bridge = await BridgeProcess.ready(['--url', server.url]);
  bridge.stdout.pause();
  const size = 1_000_000;
  const ids = Array.from({ length: 40 }, () => bridge.tool('big', { size }));
  await until('the server has some', () => server.got('tools/call').length > 0);
  bridge.stdout.resume();
  for (const id of ids) expect(await bridge.text(id)).toHaveLength(size);
});
