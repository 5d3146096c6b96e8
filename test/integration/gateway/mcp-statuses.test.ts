import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { FixtureHub } from './mcp/fixture-hub.ts';
import { allOf, ask, BOTH, call, INITIALIZE, JSON_TYPE, Wire } from './mcp/wire.ts';

/** Every status of /mcp, on a real socket. */

const APP = 'https://app.example';
const hub = await FixtureHub.start({ corsOrigins: [APP], allowedHosts: ['hub.lan'] });
afterAll(() => hub[Symbol.dispose]());
const wire = await Wire.open(hub.url);

/** The status, and the JSON-RPC error or the hub's word for it. */
async function outcome(
  response: Response | Promise<Response>,
): Promise<[number, number | string | undefined]> {
  const answer = await response;
  const text = await answer.text();
  const body = text.startsWith('{') ? JSON.parse(text) : {};
  return [answer.status, body.error?.code ?? body.error];
}

/** With headers that fetch would not send. */
function raw(method: string, headers: Record<string, string>): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(hub.url, { method, headers }, (response) => {
      response.resume();
      resolve(response);
    });
    sent.once('error', reject);
    sent.end();
  });
}

const ping = ask('ping', 'ping');

describe('a POST', () => {
  test.each([
    ['nothing', ''],
    ['JSON alone', 'application/json'],
    ['event streams alone', 'text/event-stream'],
    ['anything', '*/*'],
  ])('that takes %s is 406', async (_, accept) => {
    expect(await outcome(wire.post(ping, { accept }))).toEqual([406, -32000]);
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'text/plain; a=application/json'])(
    'of type %s is 415',
    async (type) => {
      expect(await outcome(wire.post(ping, { 'content-type': type }))).toEqual([
        415,
        'UNSUPPORTED_MEDIA_TYPE',
      ]);
    },
  );

  test.each([
    '{"jsonrpc":',
    'nonsense',
    '17',
    'null',
    '"ping"',
    '{}',
    '{"jsonrpc":"1.0","id":1,"method":"ping"}',
  ])('of %s is 400', async (body) => {
    expect(await outcome(wire.post(body))).toEqual([400, -32700]);
  });

  test('of over 4 MiB is 413, whether it says so or comes in chunks, and the session goes on', async () => {
    const large = JSON.stringify(call('large', 'echo', { text: 'x'.repeat(4 * 1024 * 1024) }));
    expect(await outcome(wire.post(large))).toEqual([413, 'BODY_TOO_LARGE']);
    const chunked = fetch(hub.url, {
      method: 'POST',
      headers: { ...JSON_TYPE, ...BOTH, ...wire.headers, 'mcp-session-id': wire.id },
      body: new Blob([large]).stream(),
      duplex: 'half',
    } as RequestInit);
    expect(await outcome(chunked)).toEqual([413, 'BODY_TOO_LARGE']);
    expect(await wire.ping()).toBe(200);
  });

  test('of just under 4 MiB is served', async () => {
    const text = 'x'.repeat(4 * 1024 * 1024 - 300);
    const events = await allOf(await wire.post(call('fits', 'echo', { text })));
    expect(events.at(-1)?.data.result.content[0].text).toHaveLength(text.length + 11);
  });

  test('without a session that is no initialize is 400', async () => {
    const headers = { ...JSON_TYPE, ...BOTH };
    const post = (body: object) => fetch(hub.url, { method: 'POST', headers, body: JSON.stringify(body) });
    expect(await outcome(post(ping))).toEqual([400, -32000]);
    expect(await outcome(post({ jsonrpc: '2.0', method: 'notifications/initialized' }))).toEqual([
      400, -32000,
    ]);
  });

  test('of a notification, or of an answer to nothing, is 202 without a body', async () => {
    const notified = await wire.post({ jsonrpc: '2.0', method: 'notifications/roots/list_changed' });
    expect([notified.status, await notified.text()]).toEqual([202, '']);
    expect((await wire.post({ jsonrpc: '2.0', id: 'never-asked', result: {} })).status).toBe(202);
  });

  test('of a second initialize is 400', async () => {
    expect(await outcome(wire.post({ ...INITIALIZE, id: 'again' }))).toEqual([400, -32600]);
  });

  test('with an unknown MCP-Protocol-Version is 400, as are GET and DELETE', async () => {
    const headers = { ...wire.headers, 'mcp-protocol-version': '1999-01-01' };
    const other = Wire.of(hub.url, wire.id, headers);
    expect(await outcome(other.post(ping))).toEqual([400, -32000]);
    expect(await outcome(other.get())).toEqual([400, -32000]);
    expect(await outcome(other.delete())).toEqual([400, -32000]);
    expect(await wire.ping()).toBe(200);
  });
});

describe('a session', () => {
  test('that there is not is 404 -32001, whatever the verb', async () => {
    const other = Wire.of(hub.url, 'no-such-session');
    for (const asked of [other.post(ping), other.get(), other.delete()]) {
      expect(await outcome(asked)).toEqual([404, -32001]);
    }
  });

  test('has an id of visible characters that says nothing of others', async () => {
    const ids = await Promise.all(Array.from({ length: 8 }, async () => (await Wire.open(hub.url)).id));
    expect(new Set(ids).size).toBe(8);
    for (const id of ids) expect(id).toMatch(/^[\w-]{32}$/);
  });

  test('has one stream of its own: a second GET is 409, and a new one once the first is gone', async () => {
    const own = await Wire.open(hub.url);
    const cut = new AbortController();
    const first = await own.get(undefined, cut.signal);
    expect([first.status, first.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    expect(await outcome(own.get())).toEqual([409, -32000]);
    cut.abort();
    await expect
      .poll(async () => {
        const again = await own.get();
        await again.body?.cancel();
        return again.status;
      })
      .toBe(200);
  });

  test('has no stream for who does not take one', async () => {
    const headers = { ...wire.headers, accept: 'application/json' };
    expect(await outcome(Wire.of(hub.url, wire.id, headers).get())).toEqual([406, -32000]);
  });

  test('ends with DELETE, and is not there any more', async () => {
    const own = await Wire.open(hub.url);
    const stream = await own.get();
    expect((await own.delete()).status).toBe(200);
    expect(await allOf(stream)).toEqual([]);
    expect(await outcome(own.delete())).toEqual([404, -32001]);
    expect(await own.ping()).toBe(404);
  });

  test('without its id is 400 for GET and DELETE', async () => {
    expect(await outcome(fetch(hub.url, { headers: { accept: 'text/event-stream' } }))).toEqual([
      400, -32000,
    ]);
    expect(await outcome(fetch(hub.url, { method: 'DELETE' }))).toEqual([400, -32000]);
  });
});

test.each(['PUT', 'PATCH', 'OPTIONS', 'HEAD', 'TRACE', 'PROPFIND'])(
  '%s is 405 and says what there is',
  async (method) => {
    const { statusCode, headers } = await raw(method, { 'mcp-session-id': wire.id });
    expect([statusCode, headers.allow]).toEqual([405, 'GET, POST, DELETE']);
  },
);

describe('the door', () => {
  test.each([
    [{ host: 'evil.test' }, 403],
    [{ host: 'evil.test:9223', origin: 'http://evil.test:9223' }, 403],
    [{ origin: 'http://evil.test' }, 403],
    [{ origin: 'null' }, 403],
    [{ origin: 'https://127.0.0.1' }, 403],
    [{ host: 'hub.lan' }, 406],
    [{ host: 'localhost' }, 406],
    [{ origin: APP }, 406],
  ])('lets %j in as far as %i', async (headers, status) => {
    expect((await raw('GET', { 'mcp-session-id': wire.id, ...headers })).statusCode).toBe(status);
  });

  test('says to a page that it lets in what it may send and read', async () => {
    const asked = { origin: APP, 'access-control-request-method': 'POST' };
    const preflight = await raw('OPTIONS', asked);
    expect(preflight.statusCode).toBe(204);
    const allowed = preflight.headers['access-control-allow-headers']?.split(', ');
    expect(allowed).toEqual(
      expect.arrayContaining([
        'authorization',
        'content-type',
        'last-event-id',
        'mcp-method',
        'mcp-name',
        'mcp-protocol-version',
        'mcp-session-id',
      ]),
    );
    expect(preflight.headers['access-control-allow-methods']).toContain('DELETE');
    const answer = await wire.post(ping, { origin: APP });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBe(APP);
    expect(answer.headers.get('access-control-expose-headers')).toContain('mcp-session-id');
    expect(answer.headers.get('vary')).toBe('Origin');
    await answer.body?.cancel();
  });

  test('says nothing of the kind to any other page', async () => {
    const { statusCode, headers } = await raw('OPTIONS', {
      origin: 'https://other.example',
      'access-control-request-method': 'POST',
    });
    expect([statusCode, headers['access-control-allow-origin']]).toEqual([403, undefined]);
  });
});

test('a hub that stops takes nothing new: 503', async () => {
  using stopping = await FixtureHub.start();
  const own = await Wire.open(stopping.url);
  stopping.draining = true;
  expect(await outcome(own.post(ping))).toEqual([503, 'DRAINING']);
  expect(await outcome(own.delete())).toEqual([200, undefined]);
});

test('a session is its principal’s alone: with another token there is none, and without one nothing', async () => {
  const token = 'the-token-of-this-hub-1234';
  using guarded = await FixtureHub.start({ token, controlToken: 'the-control-token-1234' });
  const bearer = (of: string) => ({ authorization: `Bearer ${of}` });
  const own = await Wire.open(guarded.url, bearer(token));
  const other = Wire.of(guarded.url, own.id, bearer('the-control-token-1234'));
  expect(await outcome(other.post(ping))).toEqual([404, -32001]);
  expect(await outcome(other.get())).toEqual([404, -32001]);
  expect(await outcome(other.delete())).toEqual([404, -32001]);
  expect(await outcome(Wire.of(guarded.url, own.id).post(ping))).toEqual([401, 'UNAUTHORIZED']);
  expect(await own.ping()).toBe(200);
});

test('a limit of requests is each session’s own', async () => {
  using limited = await FixtureHub.start({ rateLimit: { perSecond: 1, burst: 5 } });
  const [busy, quiet] = [await Wire.open(limited.url), await Wire.open(limited.url)];
  const statuses = await Promise.all(Array.from({ length: 12 }, () => busy.ping()));
  expect(statuses).toContain(429);
  const refused = await busy.post(ping);
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(await outcome(refused)).toEqual([429, 'RATE_LIMITED']);
  expect(await quiet.ping()).toBe(200);
});

test('header injection goes nowhere', async () => {
  const socket = connect(hub.port, '127.0.0.1');
  socket.write(
    `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nMcp-Session-Id: ${wire.id}\r\nMcp-Session-Id: other\r\n` +
      'Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\nContent-Length: 2\r\n\r\n{}',
  );
  const answer = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))));
  socket.destroy();
  expect(answer).toMatch(/^HTTP\/1.1 404 /);
  expect(await wire.ping()).toBe(200);
});
