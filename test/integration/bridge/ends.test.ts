import { expect, it } from 'vitest';
import { BridgeProcess } from '../../helpers/bridge.ts';
import { until } from '../../helpers/hub.ts';
import { FixtureServer } from '../../helpers/mcp-server.ts';

/** From the newest call's arrival on its stream is open: its first event is out. */
async function underWay(server: FixtureServer, bridge: BridgeProcess, name: string): Promise<number> {
  const id = bridge.tool('wait', { name }, { progressToken: name });
  await until(`${name} is under way`, () => bridge.said.some(({ params }) => params?.progressToken === name));
  expect(server.got('tools/call').length).toBeGreaterThan(0);
  return id;
}

it('at the end of its input what is under way is still answered, then the session is ended', async () => {
  await using server = await FixtureServer.start();
  await using bridge = await BridgeProcess.ready(['--url', server.url]);
  const id = await underWay(server, bridge, 'w');
  bridge.stdin.end();
  server.release('w');
  expect(await bridge.exit).toBe(0);
  expect(await bridge.text(id)).toBe('w');
  expect(server.seen.at(-1)?.verb).toBe('DELETE');
});

it.each(['SIGTERM', 'SIGINT'] as const)(
  '%s ends it within moments, whatever is under way',
  async (signal) => {
    await using server = await FixtureServer.start();
    await using bridge = await BridgeProcess.ready(['--url', server.url]);
    await underWay(server, bridge, 'w');
    const began = performance.now();
    bridge.process.kill(signal);
    expect(await bridge.exit).toBe(0);
    expect(performance.now() - began).toBeLessThan(4000);
    expect(server.seen.at(-1)?.verb).toBe('DELETE');
  },
);

it('a client that has gone is no error', async () => {
  await using server = await FixtureServer.start();
  await using bridge = await BridgeProcess.ready(['--url', server.url]);
  await underWay(server, bridge, 'w');
  bridge.stdout.destroy();
  server.release('w');
  expect(await bridge.exit).toBe(0);
  expect(bridge.stderr).toBe('');
  expect(server.sessions.size).toBe(0);
});

it('a call whose connection breaks off goes on where it was', async () => {
  await using server = await FixtureServer.start();
  await using bridge = await BridgeProcess.ready(['--url', server.url]);
  const id = await underWay(server, bridge, 'w');
  server.cut();
  server.release('w');
  expect(await bridge.text(id)).toBe('w');
  expect(server.got('tools/call')).toHaveLength(1);
  const resumed = server.seen.filter(({ verb, headers }) => verb === 'GET' && headers['last-event-id']);
  expect(resumed.length).toBeGreaterThan(0);
});

it('what the server says by itself is heard, also after its stream broke off', async () => {
  await using server = await FixtureServer.start();
  await using bridge = await BridgeProcess.ready(['--url', server.url]);
  const streams = () => server.seen.filter(({ verb }) => verb === 'GET').length;
  const heard = (data: string) => until(data, () => bridge.said.some(({ params }) => params?.data === data));
  const tell = (data: string) => {
    for (const each of server.sessions.values()) void each.server.sendLoggingMessage({ level: 'info', data });
  };
  await until('it listens', () => streams() === 1);
  tell('one');
  await heard('one');
  server.cut();
  await until('it listens again', () => streams() === 2);
  tell('two');
  await heard('two');
});

it('a gateway that is killed in the middle of a call: an error that says so, once; then it goes on in its session', async () => {
  await using server = await FixtureServer.start();
  await using bridge = await BridgeProcess.ready(['--url', server.url]);
  const [session] = server.sessions.keys();
  const id = await underWay(server, bridge, 'w');
  await server.stop();
  const list = bridge.request('tools/list');
  await server.listen();
  const { error } = await bridge.answer(id);
  expect(error).toMatchObject({ code: -32000, data: { reason: 'HUB_LOST', mayHaveRun: true } });
  expect(error.message).toMatch(/may have taken effect.*list_pages/);
  // This one had not been taken by anybody.
  expect((await bridge.answer(list)).result.tools.length).toBeGreaterThan(0);
  expect(server.got('tools/call')).toHaveLength(1);
  expect([...server.sessions.keys()]).toEqual([session]);
  expect(server.got('initialize')).toHaveLength(1);
});

it('a call that only looks is sent again', async () => {
  await using server = await FixtureServer.start();
  await using bridge = await BridgeProcess.ready(['--url', server.url]);
  await bridge.ask('tools/list');
  const id = bridge.tool('look', { name: 'w' });
  await until('it is there', () => server.got('tools/call').length === 1);
  await server.stop();
  await server.listen();
  await until('it is there again', () => server.got('tools/call').length === 2);
  server.release('w');
  expect(await bridge.text(id)).toBe('w');
});

it('a session that the hub no longer has is made anew, once; what only looks is sent again, all else is answered', async () => {
  await using server = await FixtureServer.start();
  await using bridge = await BridgeProcess.ready(['--url', server.url]);
  await bridge.ask('logging/setLevel', { level: 'warning' });
  await bridge.ask('tools/list');
  server.forget();
  for (const n of [1, 2, 3]) server.release(`${n}`);
  const does = bridge.tool('echo', { text: 'on another page' });
  const looks = [1, 2, 3].map((n) => bridge.tool('look', { name: `${n}` }));
  for (const [i, id] of looks.entries()) expect(await bridge.text(id)).toBe(`${i + 1}`);
  const { error } = await bridge.answer(does);
  expect(error).toMatchObject({ code: -32000, data: { reason: 'SESSION_RENEWED', mayHaveRun: false } });
  expect(error.message).toMatch(/not sent again.*→ Call list_pages/);
  expect(await bridge.text(bridge.tool('echo', { text: 'once more' }))).toBe('once more');
  expect(server.got('initialize')).toHaveLength(2);
  expect(server.got('notifications/initialized')).toHaveLength(2);
  expect(server.got('logging/setLevel')).toHaveLength(2);
  const [first, second] = server.got('initialize').map(({ body }) => JSON.parse(body).params);
  expect(second).toEqual({ ...first, _meta: { 'cdp-hub/renews': true } });
  expect(bridge.stderr).toContain('a new one was made');
  expect(bridge.said.filter(({ result }) => result?.protocolVersion)).toHaveLength(1);
});

it('a hub that is stopping has not looked at the call: it waits and sends it again', async () => {
  await using server = await FixtureServer.start();
  await using bridge = await BridgeProcess.ready(['--url', server.url]);
  let refused = 0;
  server.refuse = ({ method }, response) => {
    if (method !== 'tools/call' || ++refused > 3) return false;
    response.writeHead(503, { 'content-type': 'application/json' });
    response.end('{"error":"DRAINING","message":"the hub is stopping","hint":"wait"}');
    return true;
  };
  expect(await bridge.text(bridge.tool('echo', { text: 'at last' }))).toBe('at last');
  expect(refused).toBe(4);
});

it('refusals come in the hub’s own words', async () => {
  await using server = await FixtureServer.start();
  const body = { error: 'UNAUTHORIZED', message: 'no token', hint: 'send one' };
  server.refuse = ({ headers }, response) => {
    if (headers.authorization === 'Bearer sixteen-letters-x') return false;
    response.writeHead(401, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
    return true;
  };
  await using stranger = new BridgeProcess(['--url', server.url]);
  expect((await stranger.initialize()).error).toEqual({
    code: -32000,
    message: 'no token → send one',
    data: { status: 401, reason: 'UNAUTHORIZED' },
  });
  await using known = await BridgeProcess.ready(['--url', server.url], {
    ...process.env,
    CDP_HUB_TOKEN: 'sixteen-letters-x',
  });
  expect(await known.text(known.tool('echo', { text: 'in' }))).toBe('in');
});

it('where nobody listens, initialize says so', async () => {
  const server = await FixtureServer.start();
  await server.stop();
  await using bridge = new BridgeProcess(['--url', server.url]);
  const { error } = await bridge.initialize();
  expect(error).toMatchObject({
    code: -32000,
    message: expect.stringMatching(/cannot be reached.*ECONNREFUSED.*→/),
  });
});

it('wrong options end it with a usage error, and nothing on its output', async () => {
  for (const args of [['--url', 'ftp://x'], ['--nonsense'], ['--idle-exit', 'soon'], ['extra']]) {
    await using bridge = new BridgeProcess(args);
    expect(await bridge.exit).toBe(2);
    expect(bridge.stderr).toMatch(/^cdp-hub: .*\n {2}→ /);
    expect(bridge.said).toEqual([]);
  }
});
