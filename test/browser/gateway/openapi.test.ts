import { request } from 'node:http';
import { expect, test } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { OpenApi } from '../../helpers/openapi.ts';
import { parsePrometheus } from '../../helpers/prometheus.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';
import { GatewayProcess } from '../../integration/gateway/gateway-process.ts';
import { BOTH, INITIALIZE, Wire } from '../../integration/gateway/mcp/wire.ts';
import { RawClient } from './raw-client.ts';

const chrome = await Chrome.start();
const gateway = await gatewayOn(chrome);
const api = await OpenApi.of(gateway.url);

const JSON_TYPE = { 'content-type': 'application/json' };

/** What a request needs beside its path: what is in braces, a query, a body, headers. */
const GIVEN: Record<
  string,
  () => Promise<{ path?: string; body?: string; headers?: Record<string, string> }>
> = {
  'POST /execute': async () => ({
    body: JSON.stringify(api.text.components.schemas.ExecuteBody?.example),
  }),
  'GET /json/activate/{id}': async () => ({ path: `/json/activate/${await newPage()}` }),
  'GET /json/close/{id}': async () => ({ path: `/json/close/${await newPage()}` }),
  'PUT /json/new': async () => ({ path: '/json/new?data:text/html,new' }),
  'GET /devtools/{file}': async () => ({ path: '/devtools/inspector.html' }),
  'POST /mcp': async () => ({ body: JSON.stringify(INITIALIZE), headers: BOTH }),
  'DELETE /mcp': async () => ({
    headers: { 'mcp-session-id': (await Wire.open(`${gateway.url}/mcp`)).id },
  }),
};

async function newPage(): Promise<string> {
  const response = await fetch(`${gateway.url}/json/new`, { method: 'PUT' });
  return ((await response.json()) as { id: string }).id;
}

test('the document is OpenAPI 3.1, and every $ref in it leads somewhere', () => {
  expect(api.text.openapi).toBe('3.1.0');
  expect(api.text.servers).toEqual([{ url: '/' }]);
  for (const [, ref = ''] of JSON.stringify(api.text).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    const found = ref
      .split('/')
      .reduce((value: unknown, key) => (value as Record<string, unknown>)?.[key], api.text);
    expect(found, ref).toBeDefined();
  }
});

test('under /w/NAME it is about that workspace', async () => {
  expect((await OpenApi.of(`${gateway.url}/w/alice`)).text.servers).toEqual([{ url: '/w/alice' }]);
});

test('GET / names no endpoint that is not documented', async () => {
  const { endpoints } = (await (await fetch(gateway.url)).json()) as { endpoints: Record<string, string> };
  const paths = Object.keys(api.text.paths).map((path) => path.replaceAll(/\{.*?\}/g, 'ID').split('?')[0]);
  const named = Object.values(endpoints).map((each) => each.split(' ')[1]?.split('?')[0]);
  expect(
    named.filter((path) => !paths.includes(path?.replace('/devtools/inspector.html', '/devtools/ID') ?? '')),
  ).toEqual([]);
});

test.each(api.operations())('$method $path answers as documented', async ({ method, path, operation }) => {
  const given = (await GIVEN[`${method} ${path}`]?.()) ?? {};
  const response = await fetch(gateway.url + (given.path ?? path.replaceAll(/\{.*?\}/g, 'x')), {
    method,
    headers: { ...(given.body !== undefined && JSON_TYPE), ...given.headers },
    ...(given.body !== undefined && { body: given.body }),
    signal: AbortSignal.timeout(20_000),
  });
  const type = response.headers.get('content-type');
  expect(api.misfit(method, path, response.status, type, await response.text())).toBeNull();
  expect(response.headers.get('x-request-id')).not.toBeNull();
  // A socket's address is served to no plain GET; what needs the control token is refused here, without one.
  const socket = '101' in operation.responses;
  const control = path.startsWith('/api/v2');
  const expected = path === '/ws' ? 426 : socket ? 404 : control ? 401 : 200;
  // A stream has no end: this asks for that of no session.
  expect(response.status).toBe(`${method} ${path}` === 'GET /mcp' ? 400 : expected);
});

test.each(api.operations().filter(({ operation }) => '101' in operation.responses))(
  '$path is a WebSocket',
  async ({ path }) => {
    const address = {
      '/devtools/browser/{id}': async () => gateway.cdp,
      '/devtools/page/{id}': async () =>
        `${gateway.url.replace('http', 'ws')}/devtools/page/${await newPage()}`,
    }[path];
    const client = await RawClient.connect(
      (await address?.()) ?? `${gateway.url.replace('http', 'ws')}${path}`,
    );
    await client[Symbol.asyncDispose]();
  },
);

test.each([
  ['POST', '/execute'],
  ['GET', '/ws'],
])('%s %s says how a caller names itself, and each of it counts', async (method, path) => {
  const { parameters = [] } =
    api.operations().find((each) => each.method === method && each.path === path)?.operation ?? {};
  const named = (where: string) => parameters.filter(({ in: at }) => at === where).map(({ name }) => name);
  expect(named('header')).toEqual(['x-client-id']);
  expect(named('query')).toEqual(['workspace', 'isolation', 'seed', 'client', 'token']);
  for (const wrong of ['workspace=a+b', 'isolation=none-such', 'seed=-', 'client=a+b']) {
    const answer = await refused(
      `${path}?${wrong}`,
      method === 'GET' ? { headers: UPGRADE } : { ...VERSION },
    );
    expect([wrong, answer.status, JSON.parse(answer.text).error]).toEqual([wrong, 400, 'BAD_REQUEST']);
  }
});

test('/ws without an upgrade says what it wants, under a workspace as well', async () => {
  for (const path of ['/ws', '/w/alice/ws', '/ws/']) {
    const response = await fetch(gateway.url + path);
    expect([path, response.status, response.headers.get('upgrade')]).toEqual([path, 426, 'websocket']);
    expect(await response.json()).toMatchObject({
      error: 'UPGRADE_REQUIRED',
      hint: expect.stringContaining('/ws'),
    });
  }
  const posted = await fetch(`${gateway.url}/ws`, { method: 'POST' });
  expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});

test('what the schema of a command refuses is 422, and what it takes is not', async () => {
  for (const [body, fits] of [
    [{ method: 'Browser.getVersion' }, true],
    [{ method: 'Browser.getVersion', id: 'a', params: {}, timeoutMs: 600_000 }, true],
    [{}, false],
    [{ method: '' }, false],
    [{ method: 'x'.repeat(201) }, false],
    [{ method: 1 }, false],
    [{ method: 'A.b', params: [] }, false],
    [{ method: 'A.b', timeoutMs: 0 }, false],
    [{ method: 'A.b', timeoutMs: 600_001 }, false],
    [{ method: 'A.b', id: true }, false],
    [{ method: 'A.b', more: 1 }, false],
    [[], false],
    ['text', false],
  ] as const) {
    expect([body, api.misshapen('ExecuteBody', body) === null]).toEqual([body, fits]);
    expect([body, (await gateway.execute(body)).status]).toEqual([body, fits ? 200 : 422]);
  }
});

test('a schema that is broken would be found', () => {
  expect(api.misfit('GET', '/version', 200, 'application/json', '{"service":"cdp-hub"}')).toContain(
    'version',
  );
  expect(api.misfit('GET', '/version', 200, 'text/plain', '')).toContain('text/plain');
  expect(api.misfit('GET', '/version', 418, 'application/json', '{}')).toContain('error');
});

/** A request as fetch would not send it. */
async function refused(path: string, options: { method?: string; headers?: object; body?: string } = {}) {
  const outgoing = request(gateway.url + path, {
    method: options.method ?? (options.body === undefined ? 'GET' : 'POST'),
    headers: { ...options.headers },
    agent: false,
  });
  const answer = new Promise<{ status: number; type: string | null; text: string }>((resolve, reject) => {
    outgoing.on('error', reject);
    outgoing.on('response', async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? null, text });
    });
  });
  outgoing.end(options.body);
  return answer;
}

const VERSION = { body: '{"method":"Browser.getVersion"}', headers: JSON_TYPE };

const UPGRADE = {
  connection: 'upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

const never =
  '{"method":"Runtime.evaluate","params":{"expression":"new Promise(() => {})","awaitPromise":true},"timeoutMs":50}';

test.each([
  [400, 'BAD_REQUEST', '/health?workspace=a&workspace=b', {}],
  [401, 'UNAUTHORIZED', '/api/v2/clients', {}],
  [403, 'HOST_REFUSED', '/health', { headers: { host: 'evil.example' } }],
  [403, 'ORIGIN_REFUSED', '/health', { headers: { origin: 'http://evil.example' } }],
  [404, 'NOT_FOUND', '/nothing', {}],
  [404, 'NO_FRONT_END', '/devtools/nothing.html', {}],
  [405, 'METHOD_NOT_ALLOWED', '/execute', {}],
  [409, 'WORKSPACE_CONFLICT', '/json/list?isolation=context', {}],
  [413, 'BODY_TOO_LARGE', '/execute', { body: ' '.repeat(4 * 1024 * 1024 + 1), headers: JSON_TYPE }],
  [415, 'UNSUPPORTED_MEDIA_TYPE', '/execute', { body: '{}', headers: { 'content-type': 'text/plain' } }],
  [422, 'UNPROCESSABLE', '/execute', { body: '{}', headers: JSON_TYPE }],
  [426, 'UPGRADE_REQUIRED', '/ws', {}],
  [504, 'TIMEOUT', '/execute', { body: never, headers: JSON_TYPE }],
] as const)('%i %s has the shape of all refusals', async (status, code, path, options) => {
  const answer = await refused(path, options);
  expect([answer.status, JSON.parse(answer.text).error]).toEqual([status, code]);
  expect(api.misshapen('Refusal', JSON.parse(answer.text))).toBeNull();
  expect(answer.type).toMatch(/^application\/json/);
});

test('without a browser every route that needs one is 503 in that shape, and the others answer as documented', async () => {
  await using alone = await GatewayProcess.start(null);
  const statuses: Record<string, number> = {};
  for (const { method, path, operation } of api.operations()) {
    if ('101' in operation.responses || path.startsWith('/api/v2')) continue;
    const { body } = (await (path === '/execute' ? GIVEN['POST /execute']?.() : undefined)) ?? {};
    const url = alone.url + path.replaceAll(/\{.*?\}/g, 'inspector.html');
    const response = await fetch(url, { method, ...(body !== undefined && { body, headers: JSON_TYPE }) });
    const type = response.headers.get('content-type');
    expect(api.misfit(method, path, response.status, type, await response.text()), path).toBeNull();
    statuses[path] = response.status;
  }
  expect(statuses).toMatchObject({
    '/execute': 503,
    '/health': 503,
    '/json/list': 503,
    '/metrics': 200,
    '/stats': 200,
  });
});

test('with --rate-limit 429 has that shape on every route that is limited, and says when to come back', async () => {
  await using limited = await GatewayProcess.start(null, { rateLimit: { perSecond: 1, burst: 1 } });
  const statuses: Record<string, number> = {};
  for (const { method, path, operation } of api.operations()) {
    if ('101' in operation.responses) continue;
    const url = limited.url + path.replaceAll(/\{.*?\}/g, 'inspector.html');
    const name = { 'x-client-id': `of-${Object.keys(statuses).length}` };
    await fetch(url, { method, headers: name });
    const response = await fetch(url, { method, headers: name });
    const type = response.headers.get('content-type');
    expect(api.misfit(method, path, response.status, type, await response.text()), path).toBeNull();
    if (response.status === 429) expect(response.headers.get('retry-after'), path).toMatch(/^\d+$/);
    statuses[`${method} ${path}`] = response.status;
  }
  const spared = Object.entries(statuses).filter(([, status]) => status !== 429);
  expect(spared.map(([route]) => route).filter((route) => !route.includes(' /api/v2/'))).toEqual([
    'GET /',
    'GET /health',
    'GET /devtools/{file}',
  ]);
});

test('/metrics is what Prometheus reads, and counts what happens', async () => {
  const read = async () => parsePrometheus(await (await fetch(`${gateway.url}/metrics`)).text());
  const value = (of: Awaited<ReturnType<typeof read>>, family: string, name = family) =>
    of.get(family)?.samples.find((each) => each.name === name)?.value ?? Number.NaN;
  const before = await read();
  await using client = await RawClient.connect(gateway.cdp);
  await client.call('Browser.getVersion');
  await client.call('Nope.nope');
  const after = await read();
  const grown = (family: string, name = family) => value(after, family, name) - value(before, family, name);
  expect(after.get('cdp_hub_clients')?.samples.map(({ labels }) => labels.kind)).toEqual([
    'cdp',
    'http',
    'mcp',
  ]);
  expect(grown('cdp_hub_clients')).toBe(1);
  expect(grown('cdp_hub_commands_total')).toBe(2);
  expect(grown('cdp_hub_commands_failed_total')).toBe(1);
  expect(grown('cdp_hub_received_bytes_total')).toBeGreaterThan(50);
  expect(grown('cdp_hub_sent_bytes_total')).toBeGreaterThan(200);
  expect(value(after, 'cdp_hub_upstream_connected')).toBe(1);
  // Above, one was left unanswered for good.
  expect(grown('cdp_hub_commands_in_flight')).toBe(0);
  for (const part of ['', 'gateway_', 'browser_']) {
    const name = `cdp_hub_command_${part}duration_seconds`;
    expect(after.get(name)?.type).toBe('histogram');
    expect(grown(name, `${name}_count`)).toBe(2);
    expect(grown(name, `${name}_sum`)).toBeGreaterThan(0);
    expect(grown(name, `${name}_sum`)).toBeLessThan(5);
  }
  expect(value(after, 'cdp_hub_process_resident_memory_bytes')).toBeGreaterThan(20e6);
  const fields = [...after.values()].flatMap(({ samples }) =>
    samples.map(({ labels }) => Object.keys(labels)),
  );
  // Nothing that there can be any number of.
  expect(new Set(fields.flat())).toEqual(new Set(['version', 'node', 'kind', 'le']));
});

test('/metrics tells how late the event loop runs', async () => {
  const delay = async () => {
    const families = parsePrometheus(await (await fetch(`${gateway.url}/metrics`)).text());
    return families.get('cdp_hub_event_loop_delay_max_seconds')?.samples[0]?.value ?? -1;
  };
  await delay();
  await expect.poll(delay).toBeGreaterThan(0);
  expect(await delay()).toBeLessThan(10);
});
