import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import type { FromGateway } from '../../../src/shared/ipc.ts';
import { Chrome } from '../../helpers/chrome.ts';
import { until } from '../../helpers/hub.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';
import { CONTROL_TOKEN } from '../../integration/gateway/gateway-process.ts';
import { RawClient } from './raw-client.ts';

const gateway = await gatewayOn(await Chrome.start());

/** A page with a field, which sets a cookie. */
const site = createServer((request, response) => {
  response.setHeader('content-type', 'text/html');
  if (request.url?.includes('set=')) response.setHeader('set-cookie', `site=${SECRETS.setCookie}; Path=/`);
  response.end('<title>site</title><input autofocus>');
});
await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
afterAll(() => void site.close());
const origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;

const secret = () => `c4n4ry${randomBytes(12).toString('hex')}`;
const SECRETS = {
  cookie: secret(),
  setCookie: secret(),
  header: secret(),
  basic: secret(),
  token: secret(),
  fragment: secret(),
  nested: secret(),
  password: secret(),
  typed: secret(),
  pressed: secret(),
  expression: secret(),
  result: secret(),
  argument: secret(),
  malformed: secret(),
  executed: secret(),
  discovered: secret(),
};

const withToken = { headers: { authorization: `Bearer ${CONTROL_TOKEN}` } };

test('secrets sent by every entrance are in nothing that the hub tells of its traffic', async () => {
  gateway.send({ type: 'watch', watch: 1, filter: '', bodies: true });
  const stream = await fetch(`${gateway.url}/api/v2/events?traffic=1`, withToken);
  let events = '';
  const reading = (async () => {
    for await (const bytes of stream.body ?? []) events += Buffer.from(bytes).toString();
  })().catch(() => {});

  await using client = await RawClient.connect(`${gateway.cdp}?client=canary`);
  await overCdp(client);
  await overHttp();
  client.say(`{"id":1,"method":"Page.enable","params":{"x":"${SECRETS.malformed}" "y"`);
  await client.heard(({ error }) => error?.code === -32700);

  const { exchanges, frames } = await backfill();
  expect(exchanges.length).toBeGreaterThan(20);
  expect(frames.some(({ dir }) => dir === 'event')).toBe(true);
  const last = exchanges.at(-1)?.seq ?? 0;
  await until('the last row in the stream', () => events.includes('(malformed)'));
  await until('the last row in the batches', () =>
    gateway.messages.some(
      (message) => message.type === 'traffic' && message.batch.exchanges.some(({ seq }) => seq === last),
    ),
  );
  const bodies = await bodiesOf([
    ...exchanges.map(({ seq }) => ['exchange', seq] as const),
    ...frames.filter(({ dir }) => dir === 'event').map(({ seq }) => ['frame', seq] as const),
  ]);
  expect(bodies).toContain('Runtime.evaluate');
  expect(bodies).toContain('[masked]');

  const stats = await Promise.all(
    ['/stats', '/health', '/metrics', '/version'].map(async (path) =>
      (await fetch(gateway.url + path)).text(),
    ),
  );
  const told = {
    rows: JSON.stringify({ exchanges, frames }),
    messages: JSON.stringify(gateway.messages.filter(isOfTraffic)),
    events,
    bodies,
    stats: stats.join('\n'),
    stderr: gateway.stderr,
  };
  for (const [name, value] of Object.entries(SECRETS)) {
    for (const [place, text] of Object.entries(told)) {
      const at = text.indexOf(value);
      expect(at < 0 || text.slice(at - 300, at + 40), `${name} in ${place}`).toBe(true);
    }
  }
  // It was the masking that took them out: the page was there, and the rows are.
  expect(told.rows).toContain(`${origin}/?token=[masked]`);
  await stream.body?.cancel().catch(() => {});
  gateway.child.kill('SIGKILL');
  await reading;
});

async function overCdp(client: RawClient): Promise<void> {
  const { result } = await client.call('Target.createTarget', { url: 'about:blank' });
  const attached = await client.call('Target.attachToTarget', { targetId: result.targetId, flatten: true });
  const { sessionId } = attached.result;
  const call = async (method: string, params: object = {}) => {
    const answer = await client.call(method, params, sessionId);
    expect(answer.error, method).toBeUndefined();
    return answer;
  };
  for (const domain of ['Network', 'Page', 'Runtime']) await call(`${domain}.enable`);
  await call('Network.setCookie', { name: 'a', value: SECRETS.cookie, url: origin });
  const basic = Buffer.from(`user:${SECRETS.basic}`).toString('base64');
  await call('Network.setExtraHTTPHeaders', {
    headers: { Authorization: `Bearer ${SECRETS.header}`, 'Proxy-Authorization': `Basic ${basic}` },
  });
  const nested = encodeURIComponent(`${origin}/?api_key=${SECRETS.nested}`);
  await call('Page.navigate', {
    url: `${origin}/?token=${SECRETS.token}&set=1&next=${nested}#access_token=${SECRETS.fragment}`,
  });
  await client.heard(({ method }) => method === 'Page.loadEventFired');
  await client.call('Page.navigate', { url: `https://user:${SECRETS.password}@127.0.0.1:1/` }, sessionId);
  await call('Page.navigate', { url: `${origin}/?token=${SECRETS.token}` });
  await call('Input.insertText', { text: SECRETS.typed });
  for (const text of SECRETS.pressed) {
    await call('Input.dispatchKeyEvent', { type: 'char', text, key: SECRETS.pressed });
  }
  await call('Runtime.evaluate', { expression: `'${SECRETS.expression}'` });
  const half = SECRETS.result.length / 2;
  const [left, right] = [SECRETS.result.slice(0, half), SECRETS.result.slice(half)];
  await call('Runtime.evaluate', { expression: `'${left}' + '${right}'` });
  const self = await call('Runtime.evaluate', { expression: 'globalThis' });
  await call('Runtime.callFunctionOn', {
    objectId: self.result.result.objectId,
    functionDeclaration: '(x) => x',
    arguments: [{ value: SECRETS.argument }],
    returnByValue: true,
  });
  await call('Network.getCookies', { urls: [origin] });
  await call('Storage.getCookies');
  // Where it recurs.
  await call('Runtime.evaluate', { expression: `console.log('${SECRETS.cookie} and ${SECRETS.header}')` });
  await client.call(`No.such ${SECRETS.cookie}`, {}, sessionId);
}

async function overHttp(): Promise<void> {
  const run = (method: string, params: object) => gateway.execute({ method, params }, 'canary-http');
  await run('Runtime.evaluate', { expression: `'${SECRETS.executed}'` });
  await run('Input.insertText', { text: SECRETS.typed });
  await run('Page.navigate', { url: `${origin}/?access_token=${SECRETS.executed}` });
  const url = encodeURIComponent(`${origin}/?token=${SECRETS.discovered}`);
  const made = await fetch(`${gateway.url}/json/new?${url}`, { method: 'PUT' });
  expect(made.status).toBe(200);
}

async function backfill() {
  gateway.send({ type: 'backfill', id: 1, rows: 5000, filter: '' });
  return (await gateway.next('backfilled')).batch;
}

/** The messages of these rows as they may leave for a stream or a file. */
async function bodiesOf(rows: (readonly ['exchange' | 'frame', number])[]): Promise<string> {
  const texts = await Promise.all(
    rows.map(async ([of, seq], n) => {
      gateway.send({ type: 'body', id: 100 + n, of, seq, open: false });
      return JSON.stringify((await gateway.next('body', ({ id }) => id === 100 + n)).bodies);
    }),
  );
  return texts.join('\n');
}

/** The list of clients and the journal are not of the traffic. */
function isOfTraffic({ type }: FromGateway): boolean {
  return type !== 'journal';
}
