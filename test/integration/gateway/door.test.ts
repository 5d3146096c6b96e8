import { type IncomingMessage, request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { FakeChrome } from './fake-chrome.ts';
import { gatewayOn } from './for-this-file.ts';
import { BROWSER_ID, CONTROL_TOKEN } from './gateway-process.ts';

/** Everything that can be said of a request at the door, in all combinations, asked of a real gateway. */

const TOKEN = 'the-token-of-this-gateway+/=';
const APP = 'https://app.example';
const listed = { allowedHosts: ['hub.lan'], corsOrigins: [APP] };
const chrome = await FakeChrome.start();
const gateways = {
  'with a token': await gatewayOn(chrome, { ...listed, token: TOKEN, isolation: 'none' }),
  'without a token': await gatewayOn(await FakeChrome.start(), { ...listed, isolation: 'none' }),
};
type Name = keyof typeof gateways;

const HOSTS = ['127.0.0.1:PORT', 'localhost:PORT', 'hub.lan:PORT', 'evil.test:PORT', '0.0.0.0:PORT', ''];
const ORIGINS = ['', 'own', APP, 'http://evil.test', 'null', 'https://hub.lan', 'http://127.0.0.1:1'];
const METHODS = ['GET', 'POST', 'OPTIONS', 'preflight', 'upgrade'];
const TOKENS = ['none', 'wrong', 'client', 'client in the query', 'control', 'control in the query'];
const PATHS = [
  '/',
  '/health',
  '/stats',
  '/version',
  '/json/version',
  '/w/alice/json/list',
  '/execute',
  '/ws',
  '/docs',
  '/docs/swagger-ui.css',
  '/openapi.json',
  '/metrics',
  '/mcp',
  '/nothing',
  '/devtools/nothing.js',
  `/devtools/browser/${BROWSER_ID}`,
  // Of those that there are some wait for more than a gateway alone, or never end.
  '/api/v2/nothing',
  '/w/alice/api/v2/nothing/at/all',
  '/%61pi/v2/nothing',
];

interface Case {
  host: string;
  origin: string;
  method: string;
  token: string;
  path: string;
}

/** What must stop it: a status, or nothing: then it is served, or there is no such thing. */
function expected(gateway: Name, { host, origin, method, token, path }: Case): number | 'in' {
  if (!/^(127\.0\.0\.1|localhost|hub\.lan)/.test(host)) return 403;
  if (origin !== '' && origin !== 'own' && origin !== APP) return 403;
  if (method === 'preflight' && origin === APP) return 204;
  const isControl = token.startsWith('control');
  if (path.includes('pi/v2/')) return isControl ? 'in' : 401;
  if (gateway === 'without a token' || isControl || token.startsWith('client')) return 'in';
  const open = ['/', '/health', '/devtools/nothing.js'].includes(path);
  return open && method === 'GET' ? 'in' : 401;
}

/** All of them run with the long proofs; else every eleventh, which is no multiple of any list's length. */
const STEP = process.env.CDP_HUB_TEST_FULL === '1' ? 1 : 11;

function* cases(): Generator<Case> {
  for (const host of HOSTS)
    for (const origin of ORIGINS)
      for (const method of METHODS)
        for (const token of TOKENS) for (const path of PATHS) yield { host, origin, method, token, path };
}

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  text: string;
}

function ask(
  gateway: Name,
  { host, origin, method, token, path }: Case,
  more: Record<string, string> = {},
): Promise<Answer> {
  const { port } = gateways[gateway];
  const at = host.replace('PORT', String(port));
  const value = token.startsWith('control') ? CONTROL_TOKEN : token.startsWith('client') ? TOKEN : 'no';
  const query = token.endsWith('query') ? `?token=${encodeURIComponent(value)}` : '';
  const outgoing = request({
    host: '127.0.0.1',
    port,
    path: path + query,
    method: method === 'preflight' ? 'OPTIONS' : method === 'upgrade' ? 'GET' : method,
    agent: false,
    setHost: false,
    headers: {
      ...(at !== '' && { host: at }),
      ...(origin !== '' && { origin: origin === 'own' ? `http://${at}` : origin }),
      ...(method === 'preflight' && { 'access-control-request-method': 'POST' }),
      ...(method === 'upgrade' && {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      }),
      ...(token !== 'none' && query === '' && { authorization: `Bearer ${value}` }),
      ...more,
    },
  });
  return new Promise((resolve, reject) => {
    outgoing.on('error', reject);
    outgoing.on('upgrade', ({ statusCode = 0, headers }, socket) => {
      socket.destroy();
      resolve({ status: statusCode, headers, text: '' });
    });
    outgoing.on('response', async (answer) => {
      let text = '';
      for await (const chunk of answer) {
        text += chunk;
        // A stream of events has no end.
        if (answer.headers['content-type'] === 'text/event-stream') break;
      }
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text });
    });
    outgoing.end();
  });
}

/** What is wrong with the answer; null: nothing. */
function wrong(gateway: Name, each: Case, { status, headers, text }: Answer): string | null {
  const must = expected(gateway, each);
  // It is in, and has named no session.
  if (must === 'in' && each.path === '/mcp' && status === 400) return text.includes(TOKEN) ? 'told' : null;
  if (must === 'in' ? [400, 401, 403, 429].includes(status) : status !== must)
    return `${status}, not ${must}`;
  if (status === 401 && headers['www-authenticate'] === undefined) return 'no challenge';
  if ([400, 401, 403].includes(status) && !('hint' in JSON.parse(text))) return 'no hint';
  if (text.includes(TOKEN) && !each.token.endsWith('query')) return 'the token is in it';
  if (each.method !== 'upgrade') {
    const readable = headers['access-control-allow-origin'];
    const may = each.origin === APP && status !== 403 ? APP : undefined;
    if (readable !== may) return `readable for ${readable}`;
  }
  return headers['access-control-allow-credentials'] === undefined ? null : 'credentials';
}

describe.each(Object.keys(gateways) as Name[])('a gateway %s', (gateway) => {
  test('lets in what it must and nothing else', { timeout: 180_000 }, async () => {
    const found: string[] = [];
    const all = [...cases()].filter((_, i) => i % STEP === 0);
    const work = async () => {
      for (let each = all.pop(); each; each = all.pop()) {
        const problem = wrong(gateway, each, await ask(gateway, each));
        if (problem !== null) found.push(`${problem}: ${JSON.stringify(each)}`);
      }
    };
    const total = all.length;
    await Promise.all(Array.from({ length: 16 }, work));
    expect(found.slice(0, 20)).toEqual([]);
    const product = HOSTS.length * ORIGINS.length * METHODS.length * TOKENS.length * PATHS.length;
    expect(total).toBe(Math.ceil(product / STEP));
  });
});

const plain: Case = { host: '127.0.0.1:PORT', origin: '', method: 'GET', token: 'none', path: '/health' };

test('who has no token hears that the hub is there and whether it works, and no more', async () => {
  const get = async (path: string, token: string) =>
    JSON.parse((await ask('with a token', { ...plain, path, token })).text);
  expect(await get('/health', 'none')).toEqual({ status: 'ok', browser_connected: true });
  expect(await get('/', 'wrong')).toEqual({ service: 'cdp-hub', status: 'running' });
  expect(await get('/health', 'client')).toHaveProperty('active_clients');
  expect(await get('/', 'control in the query')).toHaveProperty('endpoints');
});

test('the addresses that are handed out carry the token that was in the query, and not one from the header', async () => {
  const version = async (token: string) =>
    JSON.parse((await ask('with a token', { ...plain, path: '/json/version', token })).text)
      .webSocketDebuggerUrl;
  const { port } = gateways['with a token'];
  const bare = `ws://127.0.0.1:${port}/devtools/browser/${BROWSER_ID}`;
  expect(await version('client')).toBe(bare);
  const carried = await version('client in the query');
  expect(carried.startsWith(`${bare}?token=`)).toBe(true);
  expect(new URL(carried).searchParams.get('token')).toBe(TOKEN);
});

test('a preflight says what a page may send, and grants no credentials', async () => {
  const { status, headers } = await ask('with a token', {
    ...plain,
    origin: APP,
    method: 'preflight',
    path: '/execute',
  });
  expect([status, headers['access-control-allow-origin'], headers.vary]).toEqual([204, APP, 'Origin']);
  expect(headers['access-control-allow-methods']?.split(', ')).toContain('POST');
  expect(headers['access-control-allow-headers']?.split(', ')).toContain('authorization');
  expect(headers).not.toHaveProperty('access-control-allow-credentials');
});

test.each(['cross-site', 'same-site'])('what a %s page loads without an Origin is refused', async (site) => {
  const statusOf = async (mode: string, dest: string, method = 'GET') => {
    const headers = { 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': dest };
    const answer = await ask('without a token', { ...plain, path: '/stats', method }, headers);
    return answer.status;
  };
  expect(await statusOf('no-cors', 'image')).toBe(403);
  expect(await statusOf('no-cors', 'script')).toBe(403);
  expect(await statusOf('navigate', 'iframe')).toBe(403);
  expect(await statusOf('navigate', 'document', 'POST')).toBe(403);
  expect(await statusOf('navigate', 'document')).toBe(200);
});
