import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { FakeChrome } from './fake-chrome.ts';
import { gatewayOn } from './for-this-file.ts';
import { BROWSER_ID } from './gateway-process.ts';

const chrome = await FakeChrome.start();
const gateway = await gatewayOn(chrome, { isolation: 'none' });
const HOST = `Host: 127.0.0.1:${gateway.port}`;
const UPGRADE =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';

/** The head of the answer to what is sent as it is, once it is whole. */
async function head(sent: string): Promise<{ status: number; id: string | undefined; text: string }> {
  const socket = connect(gateway.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(sent);
  let text = '';
  for await (const chunk of socket) {
    text += chunk;
    if (text.includes('\r\n\r\n')) break;
  }
  socket.destroy();
  const [, id] = /\r\nx-request-id: (.*)\r\n/i.exec(text) ?? [];
  return { status: Number(text.slice(9, 12)), id, text };
}

describe('every answer carries an id', () => {
  test.each([
    ['an answer', 200, `GET /version HTTP/1.1\r\n${HOST}`],
    ['a path that is not there', 404, `GET /nothing HTTP/1.1\r\n${HOST}`],
    ['a verb that is not there', 405, `GET /execute HTTP/1.1\r\n${HOST}`],
    ["Chrome's words", 404, `GET /json/nope HTTP/1.1\r\n${HOST}`],
    ['a foreign Host', 403, 'GET / HTTP/1.1\r\nHost: evil.example'],
    ['a body of another type', 415, `POST /execute HTTP/1.1\r\n${HOST}\r\nContent-Length: 2`],
    ['two Hosts', 400, `GET / HTTP/1.1\r\n${HOST}\r\nHost: b`],
    ['a name that is none', 400, `GET /w/%20/health HTTP/1.1\r\n${HOST}`],
    ['no HTTP at all', 400, 'NONSENSE'],
    ['a WebSocket', 101, `GET /devtools/browser/${BROWSER_ID} HTTP/1.1\r\n${HOST}\r\n${UPGRADE}`],
    ['a WebSocket of another id', 404, `GET /devtools/browser/other HTTP/1.1\r\n${HOST}\r\n${UPGRADE}`],
    [
      'a WebSocket of a foreign page',
      403,
      `GET /devtools/browser/${BROWSER_ID} HTTP/1.1\r\n${HOST}\r\nOrigin: http://evil.example\r\n${UPGRADE}`,
    ],
    ['a page that is not there', 500, `GET /devtools/page/none HTTP/1.1\r\n${HOST}\r\n${UPGRADE}`],
  ])('%s: %i', async (_, status, request) => {
    const answer = await head(`${request}\r\n\r\n${request.includes('Content-Length: 2') ? '{}' : ''}`);
    expect(answer.text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer.id).toMatch(/^[\w-]{36}$/);
  });
});

test.each(['abc', 'a.b:c/d+e=f@g~h', 'x'.repeat(128)])('%s is taken from the request', async (id) => {
  expect((await head(`GET /version HTTP/1.1\r\n${HOST}\r\nX-Request-Id: ${id}\r\n\r\n`)).id).toBe(id);
  expect(
    (await head(`GET /devtools/x HTTP/1.1\r\n${HOST}\r\nX-Request-Id: ${id}\r\n${UPGRADE}\r\n\r\n`)).id,
  ).toBe(id);
});

test.each(['', 'a b', 'x'.repeat(129), '<script>', 'ä', 'a\tb', 'one\r\nX-Request-Id: two'])(
  '%j is not: a new one is made',
  async (id) => {
    const answer = await head(`GET /version HTTP/1.1\r\n${HOST}\r\nX-Request-Id: ${id}\r\n\r\n`);
    expect(answer.id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  },
);

test('requests of one connection have ids of their own', async () => {
  const ids = new Set<string | null>();
  for (let n = 0; n < 3; n += 1) ids.add((await fetch(`${gateway.url}/version`)).headers.get('x-request-id'));
  expect(ids.size).toBe(3);
});

test('a client that is let in is told the id that it sent', async () => {
  const socket = new WebSocket(gateway.cdp, { headers: { 'x-request-id': 'mine' } });
  const [response] = await once(socket, 'upgrade');
  expect(response.headers['x-request-id']).toBe('mine');
  socket.terminate();
});

test('405 says what the path takes, under a workspace and with a trailing slash as well', async () => {
  for (const [method, path, allow] of [
    ['GET', '/execute', 'POST'],
    ['OPTIONS', '/w/alice/execute/', 'POST'],
    ['POST', '/health', 'GET, HEAD'],
    ['DELETE', '/', 'GET, HEAD'],
    ['GET', '/json/new', 'PUT'],
  ] as const) {
    const answer = await fetch(gateway.url + path, { method });
    expect([path, answer.status, answer.headers.get('allow')]).toEqual([path, 405, allow]);
    if (!path.startsWith('/json')) {
      expect(await answer.json()).toEqual({
        error: 'METHOD_NOT_ALLOWED',
        message: expect.stringContaining(`takes no ${method}`),
        hint: expect.stringContaining(allow),
      });
    }
  }
});
