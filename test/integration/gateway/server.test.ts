import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { FakeChrome } from './fake-chrome.ts';
import { gatewayOn } from './for-this-file.ts';

const chrome = await FakeChrome.start();
// The browser of these tests tells of no targets: without isolation they are for it alone to know.
const gateway = await gatewayOn(chrome, { allowedHosts: ['hub.example'], isolation: 'none' });

/** A request with any headers: fetch would not send a Host of ours. */
async function ask(
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string | Buffer } = {},
): Promise<{ status: number; text: string; headers: Record<string, unknown> }> {
  const outgoing = request({
    host: '127.0.0.1',
    port: gateway.port,
    path,
    method: options.method ?? 'GET',
    headers: { host: `127.0.0.1:${gateway.port}`, ...options.headers },
    agent: false,
  });
  // An answer may come before all of the body is out: then writing the rest may fail, and does not matter.
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.on('response', resolve);
    outgoing.on('error', reject);
  });
  outgoing.end(options.body);
  const response = await answered;
  let text = '';
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode ?? 0, text, headers: response.headers };
}

const JSON_TYPE = { 'content-type': 'application/json' };

const ROUTES = [
  '/',
  '/health',
  '/stats',
  '/version',
  '/json/version',
  '/json/list',
  '/json',
  '/nothing',
  '/mcp',
];

test.each(ROUTES)('%s refuses a foreign Host and a foreign Origin', async (path) => {
  for (const headers of [
    { host: 'evil.example' },
    { host: 'evil.example.:80' },
    { origin: 'http://evil.example' },
    { origin: 'null' },
  ]) {
    const answer = await ask(path, { headers: headers as Record<string, string> });
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.text)).toEqual({
      error: expect.stringMatching(/^(HOST|ORIGIN)_REFUSED$/),
      message: expect.any(String),
      hint: expect.any(String),
    });
  }
});

test('listed names, localhost and its own Origin pass', async () => {
  expect((await ask('/', { headers: { host: 'hub.example' } })).status).toBe(200);
  expect((await ask('/', { headers: { host: 'localhost:1' } })).status).toBe(200);
  const own = `127.0.0.1:${gateway.port}`;
  expect((await ask('/', { headers: { host: own, origin: `http://${own}` } })).status).toBe(200);
});

test.each([
  [{ host: 'evil.example' }, 403],
  [{ origin: 'http://evil.example' }, 403],
  [{ origin: 'null' }, 403],
])('an upgrade with %o is refused', async (headers, status) => {
  const answer = await ask(`/devtools/browser/${'1'.repeat(8)}`, {
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      ...headers,
    } as unknown as Record<string, string>,
  });
  expect(answer.status).toBe(status);
  expect(JSON.parse(answer.text).hint).toEqual(expect.any(String));
});

test('GET / says what there is, in the documented shape', async () => {
  const answer = await ask('/');
  expect(JSON.parse(answer.text)).toEqual({
    service: 'cdp-hub',
    version: '1.2.3',
    status: 'running',
    endpoints: expect.objectContaining({ health: 'GET /health', execute: 'POST /execute' }),
  });
});

test('/health and /stats have the documented shapes', async () => {
  const counts = {
    total_clients: expect.any(Number),
    active_clients: expect.any(Array),
    total_requests: expect.any(Number),
    failed_requests: expect.any(Number),
    success_rate: expect.stringMatching(/^\d+\.\d\d%$/),
  };
  const health = await ask('/health');
  expect(health.status).toBe(200);
  expect(JSON.parse(health.text)).toEqual({ status: 'ok', browser_connected: true, ...counts });
  const stats = await ask('/stats');
  expect(JSON.parse(stats.text)).toEqual({
    connected: true,
    ...counts,
    upstream: { sessions: expect.any(Number), in_flight: expect.any(Number), held: expect.any(Number) },
    clients: expect.any(Array),
  });
});

test('bodies that are not JSON are refused by type, and large ones by size', async () => {
  const post = (headers: Record<string, string>, body: string | Buffer) =>
    ask('/execute', { method: 'POST', headers, body });
  expect((await post({ 'content-type': 'text/plain' }, '{}')).status).toBe(415);
  expect((await post({}, '{}')).status).toBe(415);
  expect((await post({ 'content-type': 'application/json; charset=utf-8' }, '{}')).status).toBe(422);
  expect((await ask('/execute', { method: 'POST' })).status).toBe(422);
  const large = Buffer.alloc(4 * 1024 * 1024 + 1, 0x20);
  expect((await post({ ...JSON_TYPE, 'content-length': String(large.length) }, large)).status).toBe(413);
  expect((await post({ ...JSON_TYPE, 'transfer-encoding': 'chunked' }, large)).status).toBe(413);
});

test('unknown paths say where to look', async () => {
  for (const path of ['/nothing', '/sse', '/messages', '/devtools/browser/x']) {
    const answer = await ask(path);
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.text)).toMatchObject({ error: 'NOT_FOUND', hint: expect.any(String) });
  }
});

test('a request head that never ends is cut off', async () => {
  const socket = connect(gateway.port, '127.0.0.1');
  socket.write('GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n');
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  await once(socket, 'close');
  expect(text).toMatch(/^HTTP\/1\.1 408 /);
});

test('discovery in a browser without HTTP is made from what CDP tells', async () => {
  const version = await ask('/json/version/');
  expect(JSON.parse(version.text)).toEqual({
    Browser: 'Fake/1',
    'Protocol-Version': '1.3',
    'User-Agent': 'UA',
    'V8-Version': '1',
    'WebKit-Version': '537.36 (@r)',
    webSocketDebuggerUrl: gateway.cdp,
  });
  const other = await ask('/json/version', { headers: { host: 'localhost:7' } });
  expect(JSON.parse(other.text).webSocketDebuggerUrl).toMatch(/^ws:\/\/localhost:7\//);
  expect((await ask('/json/protocol')).status).toBe(503);
});

test('the words of discovery are Chrome’s', async () => {
  const nope = await ask('/json/nope');
  expect([nope.status, nope.text]).toEqual([404, 'Unknown command: nope']);
  const nobody = await ask('/json/close/');
  expect([nobody.status, nobody.text]).toEqual([404, 'No such target id: ']);
  const get = await ask('/json/new?about:blank');
  expect([get.status, get.text]).toEqual([
    405,
    'Using unsafe HTTP verb GET to invoke /json/new. This action supports only PUT verb.',
  ]);
  for (const [message, status, text] of [
    ['No target with given id found', 404, () => 'No such target id: x'],
    ["Specified target doesn't support closing", 500, (verb: string) => `Could not ${verb} target id: x`],
  ] as const) {
    chrome.behave = ({ id, method }, socket) => {
      if (method !== 'Target.closeTarget' && method !== 'Target.activateTarget') return false;
      socket.send(JSON.stringify({ id, error: { code: -32602, message } }));
      return true;
    };
    for (const verb of ['close', 'activate']) {
      const answer = await ask(`/json/${verb}/x`);
      expect([answer.status, answer.text]).toEqual([status, text(verb)]);
    }
  }
  chrome.behave = () => false;
  expect((await ask('/json/close/x')).text).toBe('Target is closing');
  expect((await ask('/json/activate/x/')).text).toBe('Target activated');
  for (const site of ['cross-site', 'same-site']) {
    expect((await ask('/json/close/x', { headers: { 'sec-fetch-site': site } })).status).toBe(403);
  }
  expect((await ask('/json/close/x', { headers: { 'sec-fetch-site': 'same-origin' } })).status).toBe(200);
  expect((await ask('/json/new?file:///etc/passwd', { method: 'PUT' })).status).toBe(403);
});

test('the browser is asked without an Origin and without compression', () => {
  expect(chrome.headers[0]).not.toHaveProperty('origin');
  expect(chrome.headers[0]).not.toHaveProperty('sec-websocket-extensions');
});
