import { expect, test } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';
import { BROWSER_ID } from '../../integration/gateway/gateway-process.ts';

const chrome = await Chrome.start();
// As Chrome: what is whose is in identity.test.ts.
const gateway = await gatewayOn(chrome, { isolation: 'none' });

async function both(path: string, options: RequestInit = {}) {
  const [own, hub] = await Promise.all(
    [chrome.url, gateway.url].map((url) => fetch(`${url}${path}`, options)),
  );
  if (!own || !hub) throw new Error('two were asked');
  return { own, hub };
}

/** An answer with the addresses of the browser turned into those of the hub, which serves the DevTools pages itself. */
function translated(text: string): string {
  return text
    .replaceAll(
      /https:\/\/chrome-devtools-frontend\.appspot\.com\/serve_rev\/@[0-9a-f]+/g,
      `${gateway.url}/devtools`,
    )
    .replaceAll(`127.0.0.1:${chrome.endpoint.port}`, `127.0.0.1:${gateway.port}`)
    .replace(/\/devtools\/browser\/[0-9a-f-]+/, `/devtools/browser/${BROWSER_ID}`);
}

test.each(['/json/version', '/json/version/'])(
  '%s is Chrome’s own, with the hub’s address and id',
  async (path) => {
    const { own, hub } = await both(path);
    expect(await hub.text()).toBe(translated(await own.text()));
    expect(hub.headers.get('content-type')).toBe(own.headers.get('content-type'));
  },
);

test.each(['/json', '/json/list', '/json/list/'])(
  '%s lists what Chrome lists, field by field',
  async (path) => {
    const { own, hub } = await both(path);
    const byId = (list: { id: string }[]) => list.sort((a, b) => a.id.localeCompare(b.id));
    const expected = byId(JSON.parse(translated(await own.text())));
    expect(expected.length).toBeGreaterThan(0);
    expect(byId((await hub.json()) as { id: string }[])).toEqual(expected);
  },
);

test.each(['PUT', 'POST', 'DELETE', 'OPTIONS'])('%s will do for what only tells', async (method) => {
  for (const path of ['/json/version', '/json/list', '/json', '/json/protocol']) {
    const { own, hub } = await both(path, { method });
    const fields = async (answer: Response) => Object.keys((await answer.json()) as object);
    expect([path, hub.status, await fields(hub)]).toEqual([path, own.status, await fields(own)]);
  }
});

test('/json/protocol is passed through', async () => {
  const { own, hub } = await both('/json/protocol');
  expect(await hub.text()).toBe(await own.text());
});

test.each([
  ['/json/nope', 'GET'],
  ['/json/new', 'GET'],
  ['/json/new?about:blank', 'POST'],
  ['/json/activate/x', 'GET'],
  ['/json/close/x', 'GET'],
  ['/json/close/', 'GET'],
  ['/json/close/x', 'PUT'],
  ['/json/activate/x', 'DELETE'],
])('%s by %s is refused in Chrome’s own words', async (path, method) => {
  const { own, hub } = await both(path, { method });
  expect([hub.status, await hub.text()]).toEqual([own.status, await own.text()]);
});

test('/json/new opens the address that Chrome would, activate and close say what Chrome says', async () => {
  const query = 'data:text/html,<title>a%20b</title>&ignored';
  const { own, hub } = await both(`/json/new?${query}`, { method: 'PUT' });
  const [ofChrome, ofHub] = (await Promise.all([own.json(), hub.json()])) as { id: string; url: string }[];
  expect(Object.keys(ofHub ?? {})).toEqual(Object.keys(ofChrome ?? {}));
  const title = async () =>
    ((await (await fetch(`${gateway.url}/json/list`)).json()) as { id: string; title: string }[]).find(
      ({ id }) => id === ofHub?.id,
    )?.title;
  await expect.poll(title).toBe('a b');
  for (const [verb, text] of [
    ['activate', 'Target activated'],
    ['close', 'Target is closing'],
  ]) {
    expect(await (await fetch(`${gateway.url}/json/${verb}/${ofHub?.id}`)).text()).toBe(text);
  }
  await expect.poll(title).toBeUndefined();
});
