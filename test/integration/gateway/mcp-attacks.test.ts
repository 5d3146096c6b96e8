import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GatewayProcess } from './gateway-process.ts';
import { FixtureHub } from './mcp/fixture-hub.ts';
import { allOf, ask, BOTH, call, cancel, eventsOf, INITIALIZE, JSON_TYPE, Wire } from './mcp/wire.ts';

/** What a client does that is broken, or means harm; to itself alone. */

let hub: FixtureHub;
let gateway: GatewayProcess;
beforeAll(async () => {
  hub = await FixtureHub.start();
  gateway = await GatewayProcess.start(null);
});
afterAll(async () => {
  hub[Symbol.dispose]();
  await gateway[Symbol.asyncDispose]();
});

async function outcome(response: Response): Promise<[number, number | undefined]> {
  const text = await response.text();
  return [response.status, text.startsWith('{') ? JSON.parse(text).error?.code : undefined];
}

describe('a message', () => {
  test('nested without end is refused, and the session goes on', async () => {
    const wire = await Wire.open(hub.url);
    for (const depth of [1000, 100_000, 1_000_000]) {
      const deep = `${'['.repeat(depth)}${']'.repeat(depth)}`;
      const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"a":${deep}}}}`;
      expect(await outcome(await wire.post(body))).toEqual([400, -32600]);
    }
    expect(await wire.ping()).toBe(200);
  });

  test('that is an array is refused where the protocol has none, and bounded where it has', async () => {
    const wire = await Wire.open(hub.url);
    expect(await outcome(await wire.post([ask(1, 'ping')]))).toEqual([400, -32600]);
    const old = await Wire.open(hub.url, {}, '2025-03-26');
    expect(await outcome(await old.post([]))).toEqual([400, -32600]);
    const many = Array.from({ length: 101 }, (_, id) => ask(id, 'ping'));
    expect(await outcome(await old.post(many))).toEqual([400, -32600]);
    expect(await allOf(await old.post(many.slice(0, 100)))).toHaveLength(100);
    expect(await outcome(await old.post([ask(1, 'ping'), ask(1, 'ping')]))).toEqual([400, -32600]);
    expect(await outcome(await old.post([ask(1, 'ping'), 'nonsense']))).toEqual([400, -32700]);
    // What came with it is not held against those that come later.
    expect(await allOf(await old.post(ask(1, 'ping')))).toHaveLength(1);
  });

  test('cannot begin a session as one of several', async () => {
    const body = JSON.stringify([INITIALIZE, ask(2, 'ping')]);
    const response = await fetch(hub.url, { method: 'POST', headers: { ...JSON_TYPE, ...BOTH }, body });
    expect(response.status).toBe(400);
    expect(response.headers.get('mcp-session-id')).toBeNull();
  });

  test('with an id that is still at work is refused; the first is answered', async () => {
    using own = await FixtureHub.start();
    const wire = await Wire.open(own.url);
    const first = await wire.post(call('same', 'hold'));
    expect(await outcome(await wire.post(call('same', 'echo')))).toEqual([400, -32600]);
    expect(await outcome(await wire.post(call('other', 'echo')))).toEqual([200, undefined]);
    own.fixture.release();
    expect((await allOf(first)).at(-1)?.data.result.content[0].text).toBe('held and let go');
    expect(await outcome(await wire.post(call('same', 'echo')))).toEqual([200, undefined]);
  });

  test('with members named as those of every object reaches nothing', async () => {
    const wire = await Wire.open(`${gateway.url}/mcp`);
    for (const args of [
      '{"constructor":{"prototype":{"polluted":true}}}',
      '{"toString":1}',
      '{"hasOwnProperty":false}',
    ]) {
      const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"hub_status","arguments":${args}}}`;
      const [event] = (await allOf(await wire.post(body))).slice(-1);
      expect(event?.data.result).toMatchObject({
        isError: true,
        content: [{ text: expect.stringContaining('there is no such argument') }],
      });
    }
    const proto = '{"__proto__":{"filePath":"/tmp/x","polluted":true}}';
    const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"hub_status","arguments":${proto}}}`;
    expect(await (await wire.post(body)).text()).not.toContain('polluted');
    for (const name of ['__proto__', 'constructor', 'toString']) {
      expect((await wire.call(name)).error).toMatchObject({ code: -32602 });
    }
    expect(await wire.ping()).toBe(200);
  });

  test('of over 10,000 elements is no call of a tool', async () => {
    const wire = await Wire.open(`${gateway.url}/mcp`);
    for (const args of [
      { args: Array.from({ length: 10_001 }, () => 0) },
      { deep: Array.from({ length: 101 }, () => Array.from({ length: 100 }, () => ({}))) },
      Object.fromEntries(Array.from({ length: 10_001 }, (_, n) => [`key${n}`, n])),
    ]) {
      const { result } = await wire.call('evaluate_script', args);
      expect(result).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('10000') }] });
    }
  });

  test('to begin with may be of 64 KiB, and what is kept of it is little', async () => {
    const begin = (more: object, clientInfo: object = INITIALIZE.params.clientInfo) =>
      fetch(hub.url, {
        method: 'POST',
        headers: { ...JSON_TYPE, ...BOTH },
        body: JSON.stringify({ ...INITIALIZE, params: { ...INITIALIZE.params, clientInfo, ...more } }),
      });
    const large = { capabilities: { experimental: { large: { text: 'x'.repeat(60_000) } } } };
    expect((await begin({ ...large, more: 'x'.repeat(10_000) })).status).toBe(413);
    const response = await begin(large, { name: 'n'.repeat(3000), version: 'v'.repeat(1000) });
    expect(response.status).toBe(200);
    const id = response.headers.get('mcp-session-id');
    const saved = hub.save().find((session) => session.id === id);
    expect(JSON.stringify(saved).length).toBeLessThan(2000);
  });
});

describe('a flood', () => {
  test('of notifications is taken, and leaves nothing', async () => {
    const wire = await Wire.open(hub.url);
    const flood = async () => {
      for (let n = 0; n < 50; n += 1) {
        const methods = ['notifications/nonsense', 'notifications/initialized', 'notifications/progress'];
        const method = methods[n % 3];
        const response = await wire.post({
          jsonrpc: '2.0',
          method,
          params: { progressToken: n, progress: n },
        });
        if (response.status !== 202) throw new Error(`${response.status} for ${method}`);
        await response.arrayBuffer();
      }
    };
    await Promise.all(Array.from({ length: 8 }, flood));
    expect(await wire.ping()).toBe(200);
  });

  test('of cancellations of what there is not ends nothing that there is', async () => {
    using own = await FixtureHub.start();
    const wire = await Wire.open(own.url);
    const held = await wire.post(call('held', 'hold'));
    const [other, text] = [await Wire.open(own.url), JSON.stringify(cancel('held'))];
    for (const id of ['other', 'HELD', 0, -1, 'held ']) await (await wire.post(cancel(id))).arrayBuffer();
    for (const params of [{}, { requestId: null }, { requestId: {} }, { requestId: ['held'] }]) {
      await (await wire.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params })).arrayBuffer();
    }
    // That of another session means that session's.
    await (await other.post(text)).arrayBuffer();
    own.fixture.release();
    expect((await allOf(held)).at(-1)?.data.result.content[0].text).toBe('held and let go');
  });

  test('of answers to nothing is taken, and nothing waits for them', async () => {
    const wire = await Wire.open(hub.url);
    for (let n = 0; n < 200; n += 1) {
      const answer = n % 2 ? { result: {} } : { error: { code: 1, message: 'no' } };
      expect((await wire.post({ jsonrpc: '2.0', id: n, ...answer })).status).toBe(202);
    }
    expect(await wire.ping()).toBe(200);
  });

  test('of calls that nobody stays to hear ends by itself', async () => {
    using own = await FixtureHub.start();
    const wire = await Wire.open(own.url);
    for (let n = 0; n < 100; n += 1) {
      const gone = new AbortController();
      const response = await wire.post(call(n, 'hold', {}, 'token'), {}, gone.signal);
      await eventsOf(response).next();
      gone.abort();
    }
    own.fixture.release();
    // Not in use: it would end when its time is over.
    await expect.poll(() => own.save()[0]?.idleMs).toBeGreaterThan(20);
    expect(await wire.ping()).toBe(200);
  });

  test('of requests whose body never comes holds nobody up', async () => {
    const sockets: Socket[] = [];
    for (let n = 0; n < 100; n += 1) {
      const socket = connect(hub.port, '127.0.0.1');
      socket.on('error', () => {});
      socket.write(
        'POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n' +
          'Accept: application/json, text/event-stream\r\nContent-Length: 100\r\n\r\n{"jsonrpc"',
      );
      sockets.push(socket);
    }
    const wire = await Wire.open(hub.url);
    expect(await wire.ping()).toBe(200);
    for (const socket of sockets) socket.destroy();
  });
});

test('ids that are nearly right are no ids', async () => {
  const wire = await Wire.open(hub.url);
  for (const id of [
    wire.id.slice(0, -1),
    `${wire.id}a`,
    wire.id.toUpperCase(),
    `${wire.id},${wire.id}`,
    '*',
    '__proto__',
  ]) {
    const near = Wire.of(hub.url, id, wire.headers);
    expect(await near.ping()).toBe(id === wire.id ? 200 : 404);
  }
  expect(
    (await fetch(hub.url, { method: 'DELETE', headers: { 'mcp-session-id': '' } })).status,
  ).toBeGreaterThanOrEqual(400);
  expect(await wire.ping()).toBe(200);
});
