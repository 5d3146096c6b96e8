import { get, type IncomingHttpHeaders } from 'node:http';
import { expect, test } from 'vitest';
import { FakeChrome } from './fake-chrome.ts';
import { gatewayOn } from './for-this-file.ts';

const chrome = await FakeChrome.start();
const gateway = await gatewayOn(chrome);
const HUB = `127.0.0.1:${gateway.port}`;

interface Answer {
  status: number | undefined;
  body: { error: string; message: string; hint: string };
}

/** The path as it is written here: `fetch` would resolve dots. */
function ask(path: string, headers: IncomingHttpHeaders = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port: gateway.port, path, headers }, async (response) => {
      const text = (await response.toArray()).join('');
      resolve({ status: response.statusCode, body: JSON.parse(text) });
    }).once('error', reject);
  });
}

test.each(['', '/w/alice'])(
  'a browser without HTTP has no DevTools pages, which is said: %s',
  async (prefix) => {
    const { status, body } = await ask(`${prefix}/devtools/inspector.html?ws=${HUB}/devtools/page/x`);
    expect([status, body.error]).toEqual([503, 'NO_FRONT_END']);
    expect(body.message).toContain('serves nothing over HTTP');
    expect(body.hint).toContain('chrome://inspect');
  },
);

test('what a browser does not have over HTTP is no empty page', async () => {
  gateway.send({ type: 'browser', browser: { ...chrome.endpoint, http: true }, reason: '' });
  await expect.poll(async () => (await ask('/devtools/inspector.html')).status).toBe(404);
  const { body } = await ask('/devtools/inspector.html');
  expect([body.error, body.message]).toEqual([
    'NO_FRONT_END',
    'this browser has no /devtools/inspector.html among its DevTools pages',
  ]);
});

test('a browser or a reader that breaks off in the middle of a file ends that answer alone', async () => {
  chrome.serve = (_, response) => {
    response.writeHead(200, { 'content-type': 'text/javascript', 'content-length': 1e6 });
    response.write('x'.repeat(100_000), () => setImmediate(() => response.destroy()));
  };
  const cut = await fetch(`${gateway.url}/devtools/cut.js`);
  expect(cut.status).toBe(200);
  await expect(cut.text()).rejects.toThrow('terminated');

  const closed = new Promise<void>((resolve) => {
    chrome.serve = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/javascript', 'content-length': 1e6 }).write('x');
      response.once('close', resolve);
    };
  });
  const reader = new AbortController();
  await fetch(`${gateway.url}/devtools/long.js`, { signal: reader.signal });
  reader.abort();
  await closed;

  chrome.serve = (_, response) => response.writeHead(200, { 'content-type': 'text/css' }).end('a {}');
  const whole = await fetch(`${gateway.url}/devtools/whole.css`);
  expect([await whole.text(), whole.headers.get('content-type')]).toEqual(['a {}', 'text/css']);
  expect(gateway.child.exitCode).toBeNull();
});

test.each(['cross-site', 'same-site'])('no page of another site opens them: %s', async (site) => {
  const { status, body } = await ask('/devtools/inspector.html', { 'sec-fetch-site': site });
  expect([status, body.error]).toEqual([403, 'ORIGIN_REFUSED']);
  expect(body.hint).toContain('address bar');
});

test.each([
  'ws=evil.example/devtools/page/x',
  `ws=${HUB}@evil.example/devtools/page/x`,
  `ws=${HUB}.evil.example/devtools/page/x`,
  `wss=${HUB}/devtools/page/x`,
  `ws=${HUB}/devtools/page/x&ws=evil.example/`,
  'remoteBase=https://evil.example/',
  'loadTimelineFromURL=%2F%2Fevil.example%2Ft.json',
])('they work on pages of this hub alone: ?%s', async (query) => {
  const { status, body } = await ask(`/devtools/inspector.html?${query}`);
  expect([status, body.error]).toEqual([403, 'ORIGIN_REFUSED']);
  expect(body.hint).toContain(`ws=${HUB}/devtools/page/ID`);
});

test.each([
  '/devtools',
  '/devtools/',
  '/devtools/../json/list',
  '/devtools/%2e%2e/json/list',
  '/devtools/..%2fjson/list',
  '/devtools/a%00.js',
  '/devtools//inspector.html',
  '/devtools/page/ABC',
  '/devtools/browser/ABC',
])('%s is no file of theirs', async (path) => {
  expect(await ask(path)).toMatchObject({ status: 404, body: { error: 'NOT_FOUND' } });
});

test('a foreign Host or Origin is refused as everywhere', async () => {
  for (const [headers, error] of [
    [{ host: 'evil.example' }, 'HOST_REFUSED'],
    [{ origin: 'http://evil.example' }, 'ORIGIN_REFUSED'],
  ] as const) {
    expect(await ask('/devtools/inspector.html', headers)).toMatchObject({ status: 403, body: { error } });
  }
});
