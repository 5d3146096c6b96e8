import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { HARMLESS_HOSTS, HOSTILE_HOSTS } from '../../helpers/hostile.ts';
import { FakeChrome } from './fake-chrome.ts';
import { gatewayOn } from './for-this-file.ts';
import { BROWSER_ID, CONTROL_TOKEN } from './gateway-process.ts';

const chrome = await FakeChrome.start();
const gateway = await gatewayOn(chrome);

/** Sends bytes as they are; resolves with the first answer when the connection ends. */
async function send(
  ...bytes: string[]
): Promise<{ status: number; error: string | undefined; text: string }> {
  const socket = connect(gateway.port, '127.0.0.1');
  let text = '';
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    text += chunk;
  });
  for (const part of bytes) socket.write(part, 'latin1');
  await once(socket, 'close');
  const error = /^\{"error":"(\w+)","message":"[^"]/m.exec(text)?.[1];
  return { status: Number(text.split(' ')[1] ?? 0), error, text };
}

const get = (host: string, extra = '') =>
  `GET /version HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${extra}\r\n`;
const post = (headers: string, body: string) =>
  `POST /execute HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nConnection: close\r\n${headers}\r\n${body}`;
const upgrade = (headers: string, host = '127.0.0.1') =>
  `GET /devtools/browser/${BROWSER_ID} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${headers}\r\n`;

test('hostile Host headers are refused, on requests and on upgrades', async () => {
  for (const host of HOSTILE_HOSTS) {
    for (const head of [get(host), upgrade('', host)]) {
      expect([host, await send(head)]).toEqual([
        host,
        expect.objectContaining({ status: 403, error: 'HOST_REFUSED' }),
      ]);
    }
  }
});

test.each(HARMLESS_HOSTS)('Host %s is served', async (host) => {
  expect((await send(get(host))).status).toBe(200);
});

test.each([
  [
    'two Hosts',
    'GET /version HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
    400,
    'BAD_REQUEST',
  ],
  [
    'two Hosts, the other way',
    'GET /version HTTP/1.1\r\nhost: evil.example\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n',
    400,
    'BAD_REQUEST',
  ],
  ['no Host', 'GET /version HTTP/1.1\r\nConnection: close\r\n\r\n', 403, 'HOST_REFUSED'],
  ['HTTP/1.0 without Host', 'GET /version HTTP/1.0\r\n\r\n', 403, 'HOST_REFUSED'],
  ['an empty Host', get(''), 403, 'HOST_REFUSED'],
  ['a Host with more than ASCII', get('\xe9.localhost'), 403, 'HOST_REFUSED'],
  [
    'an absolute target elsewhere',
    'GET http://evil.example/version HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n',
    400,
    'BAD_REQUEST',
  ],
  [
    'an absolute target here, a Host elsewhere',
    'GET http://127.0.0.1/version HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
    403,
    'HOST_REFUSED',
  ],
  [
    'a target of two slashes',
    'GET //evil.example/version HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n',
    404,
    'NOT_FOUND',
  ],
  [
    'a target with a backslash',
    'GET /\\evil HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n',
    400,
    'BAD_REQUEST',
  ],
  ['a port that is none', get('127.0.0.1:99999'), 400, 'BAD_REQUEST'],
  [
    'length and coding',
    post('Content-Length: 4\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    400,
    'BAD_REQUEST',
  ],
  ['two lengths', post('Content-Length: 2\r\nContent-Length: 3\r\n', '{}'), 400, 'BAD_REQUEST'],
  ['another coding', post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n'), 400, 'BAD_REQUEST'],
  ['a coding without an end', post('Transfer-Encoding: identity\r\n', '{}'), 400, 'BAD_REQUEST'],
  ['a broken chunk', post('Transfer-Encoding: chunked\r\n', 'zz\r\n'), 400, 'BAD_REQUEST'],
  ['bare line feeds', 'GET /version HTTP/1.1\nHost: 127.0.0.1\n\n', 400, 'BAD_REQUEST'],
  ['a bare line feed', get('127.0.0.1', 'X: a\nHost: evil.example\r\n'), 400, 'BAD_REQUEST'],
  ['a bare carriage return', get('127.0.0.1', 'X: a\rHost: evil.example\r\n'), 400, 'BAD_REQUEST'],
  ['a NUL', get('127.0.0.1', 'X: a\0b\r\n'), 400, 'BAD_REQUEST'],
  ['a folded Host', 'GET /version HTTP/1.1\r\nHost: 127.0.0.1\r\n .evil.example\r\n\r\n', 400, 'BAD_REQUEST'],
  ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'BAD_REQUEST'],
  ['a long head', get('127.0.0.1', `X: ${'x'.repeat(20_000)}\r\n`), 431, 'HEAD_TOO_LARGE'],
  ['Origin null', get('127.0.0.1', 'Origin: null\r\n'), 403, 'ORIGIN_REFUSED'],
  ['an empty Origin', get('127.0.0.1', 'Origin:\r\n'), 403, 'ORIGIN_REFUSED'],
  [
    'two Origins',
    get('127.0.0.1', 'Origin: http://127.0.0.1\r\nOrigin: http://evil.example\r\n'),
    403,
    'ORIGIN_REFUSED',
  ],
  ['an Origin of another port', get('127.0.0.1', 'Origin: http://127.0.0.1:8080\r\n'), 403, 'ORIGIN_REFUSED'],
  ['an upgrade from a page', upgrade('Origin: http://evil.example\r\n'), 403, 'ORIGIN_REFUSED'],
  ['an upgrade from a sandboxed frame', upgrade('Origin: null\r\n'), 403, 'ORIGIN_REFUSED'],
  ['an upgrade from an extension', upgrade('Origin: chrome-extension://abc\r\n'), 403, 'ORIGIN_REFUSED'],
  [
    'an upgrade from another local server',
    upgrade('Origin: http://localhost:3000\r\n'),
    403,
    'ORIGIN_REFUSED',
  ],
  [
    'a preflight',
    'OPTIONS /execute HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://evil.example\r\nAccess-Control-Request-Method: POST\r\nConnection: close\r\n\r\n',
    403,
    'ORIGIN_REFUSED',
  ],
  [
    'a form',
    'POST /execute HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}',
    415,
    'UNSUPPORTED_MEDIA_TYPE',
  ],
])('%s is refused', async (_, bytes, status, error) => {
  const answer = await send(bytes);
  expect([answer.status, answer.error]).toEqual([status, error]);
  expect(answer.text.match(/^HTTP\/1\.1 /gm)).toHaveLength(1);
  expect(answer.text).not.toMatch(/access-control-allow/i);
});

test('a body in chunks is a body like any other', async () => {
  const body = '{"method":"Browser.getVersion"}';
  const chunks = [...body].map((letter) => `1\r\n${letter}\r\n`).join('');
  const answer = await send(post('Transfer-Encoding: chunked\r\n', `${chunks}0\r\n\r\n`));
  expect(answer.status).toBe(200);
  expect(answer.text).toContain('Fake/1');
});

const DEEP = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
const WRAPPED = (url: string) =>
  JSON.stringify({
    method: 'Target.sendMessageToTarget',
    params: { sessionId: 'x', message: JSON.stringify({ id: 1, method: 'Page.navigate', params: { url } }) },
  });

test.each([
  ['params of 100,000 levels', `{"method":"Page.enable","params":{"a":${DEEP}}}`],
  ['a file address', '{"method":"Page.navigate","params":{"url":"FILE:///etc/passwd"}}'],
  [
    'a file address behind blanks',
    '{"method":"Page.navigate","params":{"url":"\\u0000 \\tfi\\nle:///etc/passwd"}}',
  ],
  ['a wrapped file address', WRAPPED('file:///etc/passwd')],
  ['a wrapped browser page', WRAPPED('chrome://settings')],
  ['an id that is an object', '{"id":{},"method":"Browser.getVersion"}'],
  ['a method that is empty', '{"method":""}'],
  ['a prototype for a body', '{"__proto__":{"method":"Browser.getVersion"}}'],
])('/execute with %s is 422', async (_, body) => {
  const before = chrome.commands.length;
  const answer = await send(post(`Content-Length: ${body.length}\r\n`, body));
  expect([answer.status, answer.error]).toEqual([422, 'UNPROCESSABLE']);
  expect(chrome.commands.slice(before)).toEqual([]);
});

test.each([
  ['is no HTTP', 'nonsense\r\n\r\n'],
  ['has two Hosts', 'GET /version HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: localhost\r\n\r\n'],
])(
  'what %s, behind two requests at once, is not answered in the midst of the second answer',
  async (_, next) => {
    const socket = connect(gateway.port, '127.0.0.1');
    let text = '';
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      text += chunk;
    });
    const stream = `GET /api/v2/events?token=${CONTROL_TOKEN} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
    socket.write(`GET /version HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n${stream}`);
    await expect.poll(() => text).toContain('event: start');
    socket.write(next);
    await once(socket, 'close');
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200']);
  },
);
