import { once } from 'node:events';
import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { RawClient, refusedUpgrade } from '../../browser/gateway/raw-client.ts';
import { FakeChrome } from './fake-chrome.ts';
import { gatewayOn } from './for-this-file.ts';
import { BROWSER_ID, GatewayProcess } from './gateway-process.ts';

const chrome = await FakeChrome.start();
const gateway = await gatewayOn(chrome, {
  listen: [
    { port: 0, workspace: 'alice', isolation: 'none', seed: [] },
    { port: 0, workspace: 'bob', isolation: null, seed: [] },
  ],
});
const { listen } = await gateway.next('ready');
const [alice = 0, bob = 0] = listen;
const at = (port: number, path: string) => `http://127.0.0.1:${port}${path}`;

async function statusWith(port: number, headers: Record<string, string>): Promise<number> {
  const outgoing = request({ host: '127.0.0.1', port, path: '/health', headers, agent: false }).end();
  const [response] = await once(outgoing, 'response');
  response.resume();
  return response.statusCode;
}

test('every port serves, with the same checks', async () => {
  expect(new Set([gateway.port, alice, bob]).size).toBe(3);
  for (const port of [gateway.port, alice, bob]) {
    expect((await fetch(at(port, '/health'))).status).toBe(200);
    expect(await statusWith(port, { host: 'evil.example' })).toBe(403);
    expect(await statusWith(port, { origin: 'http://evil.example' })).toBe(403);
    const upgrade = `ws://127.0.0.1:${port}/devtools/browser/${BROWSER_ID}`;
    expect((await refusedUpgrade(upgrade, { headers: { origin: 'http://evil.example' } })).status).toBe(403);
  }
});

test('what is no HTTP is answered on a further port too', async () => {
  const socket = connect(alice, '127.0.0.1').end('NONSENSE\r\n\r\n');
  let text = '';
  for await (const chunk of socket) text += chunk;
  expect(text).toMatch(/^HTTP\/1\.1 400 /);
});

test('discovery hands out addresses of the port that was asked', async () => {
  const version = await fetch(at(alice, '/json/version/'));
  expect(await version.json()).toMatchObject({
    webSocketDebuggerUrl: `ws://127.0.0.1:${alice}/devtools/browser/${BROWSER_ID}`,
  });
});

test('a client is in the workspace of its port', async () => {
  await using client = await RawClient.connect(
    `ws://127.0.0.1:${alice}/devtools/browser/${BROWSER_ID}?client=A`,
  );
  await using other = await RawClient.connect(
    `ws://127.0.0.1:${bob}/devtools/browser/${BROWSER_ID}?client=B`,
  );
  await using main = await RawClient.connect(`${gateway.cdp}?client=C`);
  await Promise.all([client, other, main].map((each) => each.call('Browser.getVersion')));
  const { clients } = (await (await fetch(`${gateway.url}/stats`)).json()) as {
    clients: { id: string; name: string; workspace: string; isolation: string }[];
  };
  const of = (name: string) => clients.find((each) => each.name === name);
  expect(of('A')).toMatchObject({ workspace: 'alice', isolation: 'none' });
  expect(of('B')).toMatchObject({ workspace: 'bob', isolation: 'tabs' });
  expect(of('C')).toMatchObject({ workspace: of('C')?.id, isolation: 'tabs' });
});

test('a request that names another workspace than its port is refused', async () => {
  for (const path of ['/w/bob/json/version', '/json/version?workspace=bob', '/json/list?isolation=context']) {
    const answer = await fetch(at(alice, path));
    expect([path, answer.status]).toEqual([path, 400]);
    expect(await answer.json()).toMatchObject({ error: 'BAD_REQUEST', hint: expect.any(String) });
  }
  const upgrade = `ws://127.0.0.1:${alice}/w/bob/devtools/browser/${BROWSER_ID}`;
  expect((await refusedUpgrade(upgrade)).status).toBe(400);
  expect((await fetch(at(alice, '/w/alice/json/version'))).status).toBe(200);
});

test('a further port that is taken is the one that is reported, and another configuration is waited for', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port: taken } = holder.address() as { port: number };
  try {
    await using second = new GatewayProcess();
    const spec = (port: number, workspace: string) => ({ port, workspace, isolation: null, seed: [] });
    second.config(null, { listen: [spec(0, 'a'), spec(taken, 'b')] });
    expect(await second.next('bind-failed')).toMatchObject({ code: 'EADDRINUSE', port: taken });
    second.config(null, { listen: [spec(0, 'a')] });
    const ready = await second.next('ready');
    expect(ready.listen).toHaveLength(1);
    expect((await fetch(at(ready.listen[0] ?? 0, '/version'))).status).toBe(200);
  } finally {
    holder.close();
  }
});

test('a gateway that stops lets go of every port', async () => {
  await using second = await GatewayProcess.start(null, {
    listen: [{ port: 0, workspace: 'a', isolation: null, seed: [] }],
  });
  const [port = 0] = (await second.next('ready')).listen;
  // A connection that is only kept alive must not hold it up.
  const idle = connect(port, '127.0.0.1');
  idle.write('GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n');
  expect(String((await once(idle, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 /);
  const closed = once(idle, 'close');
  second.send({ type: 'drain', ms: 100 });
  expect(await second.exited).toEqual([0, null]);
  await closed;
  await expect(fetch(at(port, '/version'))).rejects.toThrow();
});
