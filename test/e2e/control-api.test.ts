import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawClient } from '../browser/gateway/raw-client.ts';
import { execute } from '../helpers/execute.ts';
import { cdpHub, Home, Hub, until } from '../helpers/hub.ts';
import { OpenApi } from '../helpers/openapi.ts';

let hub: Hub;
let token = '';
let api: OpenApi;

/** The routes that have answered with what was asked for. */
const answered = new Set<string>();

beforeAll(async () => {
  hub = await Hub.up(new Home());
  api = await OpenApi.of(hub.urls.gateway);
  token = readFileSync(join(hub.home.path, 'control-token'), 'utf8').trim();
});
afterAll(() => hub[Symbol.asyncDispose]());

const routeOf = (path: string) =>
  `/api/v2${path}`.replace(/(clients)\/[^/]+/, '$1/{id}').replace(/(processes)\/[^/]+/, '$1/{name}');

/** Asks as whoever has the control token; every answer is held to the document. */
async function ask(method: string, path: string) {
  const response = await fetch(`${hub.urls.gateway}/api/v2${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
  });
  const text = await response.text();
  const type = response.headers.get('content-type');
  expect(api.misfit(method, routeOf(path), response.status, type, text), `${method} ${path}`).toBeNull();
  if (response.ok) answered.add(`${method} ${routeOf(path)}`);
  return { status: response.status, body: text === '' ? null : JSON.parse(text) };
}

interface Listed {
  id: string;
  kind: string;
  name: string;
  paused: boolean;
}

const listed = async () => (await ask('GET', '/clients')).body.clients as Listed[];

async function joined(name: string) {
  const client = await RawClient.connect(`${hub.urls.cdp}?client=${name}`);
  await client.call('Browser.getVersion');
  const id = (await listed()).find((each) => each.name === name)?.id ?? '';
  return { client, id };
}

const ROUTES = [
  ['GET', '/clients'],
  ['GET', '/clients/x'],
  ['DELETE', '/clients/x'],
  ['POST', '/clients/x/pause'],
  ['POST', '/clients/x/resume'],
  ['GET', '/processes'],
  ['GET', '/processes/browser'],
  ['POST', '/processes/browser/restart'],
] as const;

it.each(ROUTES)('%s %s is served to nobody without the token', async (method, path) => {
  for (const headers of [{}, { authorization: 'Bearer x' }]) {
    const response = await fetch(`${hub.urls.gateway}/api/v2${path}`, { method, headers });
    expect(response.status).toBe(401);
  }
});

it('the document describes all of it', async () => {
  const { paths } = (await (await fetch(`${hub.urls.gateway}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, { security: object[] }>>;
  };
  const described = ROUTES.map(([method, path]) => {
    return paths[routeOf(path)]?.[method.toLowerCase()]?.security;
  });
  expect(described).toEqual(ROUTES.map(() => [{ controlToken: [] }]));
});

/** What a page of another site can make a browser send, with the token that opens the route. */
const FOREIGN = {
  'its origin': { origin: 'http://evil.test' },
  'no origin': { origin: 'null' },
  'a name that leads here': { host: 'evil.test' },
  'an image or a blind request': { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
} as const;

it.each(Object.entries(FOREIGN))(
  'a page of another site is 403 on every route, by %s',
  async (_, headers) => {
    const { client, id } = await joined('watched');
    const { port } = new URL(hub.urls.gateway);
    const state = async () => {
      const { connected, paused, requests } = (await ask('GET', `/clients/${id}`)).body;
      return { connected, paused, requests, pids: await pids() };
    };
    const pids = async () =>
      (await ask('GET', '/processes')).body.processes.map(({ pid }: { pid: number }) => pid);
    const before = await state();
    const routes = [...ROUTES, ['GET', '/events'] as const].map(
      ([method, path]) => [method, `/api/v2${path.replace('/x', `/${id}`)}`] as const,
    );
    for (const [method, path] of [
      ...routes,
      ['POST', '/execute'],
      ['GET', '/ws'],
      ['upgrade', '/ws'],
    ] as const) {
      const upgrade = { connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
      const asked = request({
        port,
        host: '127.0.0.1',
        path: `${path}?token=${token}`,
        method: method === 'upgrade' ? 'GET' : method,
        headers: {
          ...headers,
          ...(method === 'POST' && { 'content-type': 'text/plain' }),
          ...(method === 'upgrade' && { ...upgrade, 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' }),
        },
      });
      asked.end(method === 'POST' ? '{"method":"Browser.close"}' : undefined);
      const [answer] = (await once(asked, 'response')) as [IncomingMessage];
      answer.resume();
      expect([method, path, answer.statusCode]).toEqual([method, path, 403]);
    }
    expect(await state()).toEqual(before);
    await client[Symbol.asyncDispose]();
  },
);

describe('/api/v2/clients', () => {
  it('a client is seen at once, paused, resumed and ended', async () => {
    const { client, id } = await joined('alice');
    expect(await ask('GET', `/clients/${id}`)).toMatchObject({
      status: 200,
      body: { id, kind: 'cdp', name: 'alice', isolation: 'tabs', paused: false, requests: 1 },
    });
    expect(await ask('POST', `/clients/${id}/pause`)).toMatchObject({
      status: 200,
      body: { id, paused: true },
    });
    client.say({ id: 77, method: 'Browser.getVersion' });
    await until('it is held', async () => (await ask('GET', `/clients/${id}`)).body.inFlight === 1);
    expect(await ask('POST', `/clients/${id}/resume`)).toMatchObject({
      status: 200,
      body: { id, paused: false },
    });
    await client.heard((frame) => frame.id === 77);
    expect(await ask('DELETE', `/clients/${id}`)).toEqual({ status: 204, body: null });
    expect(await client.closed).toMatchObject({ code: 1008 });
    expect((await ask('GET', `/clients/${id}`)).status).toBe(404);
  });

  it('a raw connection is seen and ended, and cannot be paused', async () => {
    const { webSocketDebuggerUrl } = (await (await fetch(`${hub.urls.browser}/json/version`)).json()) as {
      webSocketDebuggerUrl: string;
    };
    const raw = await RawClient.connect(
      `ws://${hub.urls.forwarder}${new URL(webSocketDebuggerUrl).pathname}`,
    );
    await raw.call('Browser.getVersion');
    let id = '';
    await until('it is listed', async () => {
      id = (await listed()).find(({ kind }) => kind === 'raw')?.id ?? '';
      return id !== '';
    });
    expect((await ask('GET', `/clients/${id}`)).body).toMatchObject({ id, kind: 'raw', paused: false });
    expect(await ask('POST', `/clients/${id}/pause`)).toMatchObject({
      status: 409,
      body: { error: 'NOT_POSSIBLE', hint: `End it instead: cdp-hub kill ${id}` },
    });
    expect((await ask('DELETE', `/clients/${id}`)).status).toBe(204);
    await raw.closed;
  });

  it.each(ROUTES.filter(([, path]) => path.includes('/x')))('%s %s: 404', async (method, path) => {
    expect(await ask(method, path)).toEqual({
      status: 404,
      body: { error: 'NOT_FOUND', message: 'there is no client x', hint: 'GET /api/v2/clients lists them.' },
    });
  });
});

describe('/api/v2/processes', () => {
  it('are listed, all and each', async () => {
    const { status, body } = await ask('GET', '/processes');
    expect(status).toBe(200);
    expect(body.processes.map(({ name }: { name: string }) => name)).toEqual([
      'browser',
      'forwarder',
      'gateway',
    ]);
    expect((await ask('GET', '/processes/forwarder')).body).toMatchObject({
      name: 'forwarder',
      state: 'ready',
      pid: hub.pids.forwarder,
    });
    expect(await ask('GET', '/processes/chrome')).toMatchObject({
      status: 404,
      body: { error: 'NOT_FOUND', message: 'this hub runs no process chrome' },
    });
    expect((await ask('POST', '/processes/chrome/restart')).status).toBe(404);
  });

  it.each(['forwarder', 'browser'] as const)('%s is restarted and answers when it is back', async (name) => {
    const { status, body } = await ask('POST', `/processes/${name}/restart`);
    expect([status, body]).toMatchObject([200, { name, state: 'ready' }]);
    expect(body.pid).not.toBe(hub.pids[name]);
  });

  it('the gateway answers before it goes', async () => {
    const before = hub.events.length;
    expect(await ask('POST', '/processes/gateway/restart')).toEqual({
      status: 202,
      body: { restarting: 'gateway' },
    });
    const { pid } = await hub.back('gateway', hub.pids.gateway, before);
    expect((await ask('GET', '/processes/gateway')).body.pid).toBe(pid);
    expect((await cdpHub(hub.home, 'clients')).code).toBe(0);
  });
});

it('an HTTP caller that is paused stays so when the gateway is killed or restarted, under the same id', async () => {
  const call = async () =>
    (await execute(hub.urls.gateway, { method: 'Browser.getVersion', timeoutMs: 500 }, 'held')).status;
  const state = async () =>
    (await listed()).filter(({ name }) => name === 'held').map(({ id, paused }) => ({ id, paused }));
  expect(await call()).toBe(200);
  const [{ id } = { id: '' }] = await state();
  await ask('POST', `/clients/${id}/pause`);
  for (const how of ['killed', 'restarted']) {
    const { body } = await ask('GET', '/processes/gateway');
    const before = hub.events.length;
    if (how === 'killed') process.kill(body.pid, 'SIGKILL');
    else await ask('POST', '/processes/gateway/restart');
    await hub.back('gateway', body.pid, before);
    await until(`it is there, ${how}`, async () => (await state()).length > 0);
    expect(await state()).toEqual([{ id, paused: true }]);
    expect(await call()).toBe(504);
  }
  expect((await cdpHub(hub.home, 'resume', id)).code).toBe(0);
  expect(await call()).toBe(200);
});

it('the stream of events is as documented', async () => {
  const response = await fetch(`${hub.urls.gateway}/api/v2/events?traffic=1`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const type = response.headers.get('content-type');
  const seen = new Set<string>();
  let text = '';
  await execute(hub.urls.gateway, { method: 'Browser.getVersion' }, 'seen');
  for await (const bytes of response.body ?? []) {
    text += Buffer.from(bytes).toString();
    for (const [, event = '', data = ''] of text.matchAll(/^event: (.*)\n(?:id: .*\n)?data: (.*)\n\n/gm)) {
      expect(api.misfit('GET', '/api/v2/events', response.status, type, data), event).toBeNull();
      seen.add(event);
    }
    if (seen.has('client.joined') && seen.has('traffic')) break;
  }
  expect(api.misfit('GET', '/api/v2/events', 200, type, '{"type":"traffic"}')).not.toBeNull();
  answered.add('GET /api/v2/events');
});

it('every route of /api/v2 that is documented has answered above', () => {
  const documented = api
    .operations()
    .filter(({ path }) => path.startsWith('/api/v2'))
    .map(({ method, path }) => `${method} ${path}`);
  expect([...answered].sort()).toEqual(documented.sort());
});
