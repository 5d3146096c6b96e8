import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { Chrome } from '../../helpers/chrome.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';
import { type Frame, RawClient, refusedUpgrade } from './raw-client.ts';

const chrome = await Chrome.start();
const gateway = await gatewayOn(chrome);
const base = gateway.url.replace('http', 'ws');

const evaluate = (expression: string, extra: object = {}) => ({
  method: 'Runtime.evaluate',
  params: { expression, awaitPromise: true, returnByValue: true },
  ...extra,
});

/** New tabs may take seconds on a machine that is busy. */
const PATIENT = { timeout: 30_000 };

const title = (text: string) => ({
  method: 'Page.navigate',
  params: { url: `data:text/html,<title>${text}</title>` },
});

interface Client {
  id: string;
  kind: string;
  name: string;
  workspace: string;
  in_flight: number;
}

async function clients(): Promise<Client[]> {
  return ((await (await fetch(`${gateway.url}/stats`)).json()) as { clients: Client[] }).clients;
}

/** The pages of the browser itself, whoever's they are. */
async function pages(): Promise<string[]> {
  const list = (await (await fetch(`${chrome.url}/json/list`)).json()) as { id: string; type: string }[];
  return list.flatMap(({ id, type }) => (type === 'page' ? [id] : []));
}

/** Says a call with this id and resolves with its answer. */
async function ask(client: RawClient, call: object, id: number | string): Promise<Frame> {
  client.say(JSON.stringify({ ...call, id }));
  return client.heard((frame) => (frame.id as unknown) === id);
}

async function value(client: RawClient, expression: string, id: number | string): Promise<unknown> {
  return (await ask(client, evaluate(expression), id)).result?.result.value;
}

/** The only page that it sees. */
async function tabOf(client: RawClient): Promise<string> {
  const { targetInfos } = (await ask(client, { method: 'Target.getTargets' }, 'targets')).result;
  return targetInfos.find(({ type }: { type: string }) => type === 'page').targetId;
}

const open = (path = '/ws', options: object = {}) => RawClient.connect(`${base}${path}`, options);

test('two callers at once, each in a tab of its own', async () => {
  await using a = await open();
  await using b = await open();
  await Promise.all([ask(a, title('A'), 1), ask(b, title('B'), 1)]);
  let id = 1;
  const titles = async () => {
    id += 1;
    return Promise.all([value(a, 'document.title', id), value(b, 'document.title', id)]);
  };
  await expect.poll(titles).toEqual(['A', 'B']);
});

test('an answer is id with result, or id with error, and nothing else', async () => {
  await using client = await open();
  expect(await ask(client, evaluate('1+1'), 7)).toEqual({
    id: 7,
    result: { result: { type: 'number', value: 2, description: '2' } },
  });
  expect(await ask(client, evaluate('1+1'), 'ä, "mine"')).toEqual({
    id: 'ä, "mine"',
    result: { result: { type: 'number', value: 2, description: '2' } },
  });
  expect(await ask(client, { method: 'Nope.nope' }, -1.5)).toEqual({
    id: -1.5,
    error: { code: -32601, message: "'Nope.nope' wasn't found" },
  });
  client.say('{"method":"Browser.getVersion"}');
  expect((await client.heard(({ id }) => id === 1)).result.product).toContain('Chrome/');
  client.say('{"method":"Browser.getVersion"}');
  expect((await client.heard(({ id }) => id === 2)).result.product).toContain('Chrome/');
});

test('browser methods go to the browser, a named target and an own session are used', async () => {
  await using client = await open();
  const made = await ask(
    client,
    { method: 'Target.createTarget', params: { url: 'data:text/html,<title>x' } },
    1,
  );
  const { targetId } = made.result;
  let id = 1;
  const there = async (on: object) => {
    id += 1;
    return (await ask(client, evaluate('document.title', on), id)).result?.result.value;
  };
  await expect.poll(() => there({ targetId })).toBe('x');
  // What the hub attached for the call is not the caller's business.
  expect(client.frames.filter(({ method }) => method)).toEqual([]);
  const attach = { method: 'Target.attachToTarget', params: { targetId, flatten: true } };
  const { sessionId } = (await ask(client, attach, 'attach')).result;
  await client.heard(
    ({ method, params }) => method === 'Target.attachedToTarget' && params.sessionId === sessionId,
  );
  expect(await there({ sessionId })).toBe('x');
  expect((await ask(client, evaluate('1', { sessionId: 'nope' }), 'no')).error?.code).toBe(-32001);
  expect((await ask(client, evaluate('1', { targetId: 'nope' }), 'no2')).error?.message).toBe(
    'No target with given id found',
  );
});

test('calls go out in the order in which they came, also before there is a tab, and are answered as they come', async () => {
  await using client = await open();
  client.say(
    JSON.stringify(evaluate('new Promise((done) => { globalThis.release = done })', { id: 'slow' })),
  );
  for (let id = 1; id <= 100; id += 1) {
    client.say(JSON.stringify(evaluate('globalThis.n = (globalThis.n ?? 0) + 1', { id })));
  }
  await client.heard(({ id }) => id === 100);
  const values = client.frames.map((frame) => [frame.id, frame.result?.result.value]);
  expect(values).toEqual(Array.from({ length: 100 }, (_, n) => [n + 1, n + 1]));
  await ask(client, evaluate('release("at last")'), 101);
  const slow = await client.heard(({ id }) => (id as unknown) === 'slow');
  expect(slow.result.result.value).toBe('at last');
});

test('a call ends by its own clock, and the next one is served', async () => {
  await using client = await open();
  const late = await ask(client, evaluate('new Promise(() => {})', { timeoutMs: 300 }), 1);
  expect(late.error).toEqual({
    code: -32000,
    message: expect.stringMatching(/^cdp-hub: Runtime\.evaluate was not answered within 300 ms; .*timeoutMs/),
  });
  expect(await value(client, '2', 2)).toBe(2);
});

test('events are those that the caller enabled: of its tab as they are, of other targets with what it named', async () => {
  await using client = await open('/w/events/ws');
  await using other = await open('/w/events/ws');
  await value(other, 'globalThis.shared = 1', 1);
  expect(await value(client, 'shared', 1)).toBe(1);
  const made = await ask(client, { method: 'Target.createTarget', params: { url: 'about:blank' } }, 2);
  const { targetId } = made.result;
  expect(client.frames.filter(({ method }) => method)).toEqual([]);
  await ask(client, { method: 'Runtime.enable' }, 3);
  await ask(client, { method: 'Runtime.enable', targetId }, 4);
  const attach = { method: 'Target.attachToTarget', params: { targetId, flatten: true } };
  const { sessionId } = (await ask(client, attach, 5)).result;
  await ask(client, { method: 'Runtime.enable', sessionId }, 6);
  await ask(client, evaluate('console.log("mine")'), 7);
  await ask(client, evaluate('console.log("named")', { targetId }), 8);
  const logs = () =>
    client.frames.flatMap((frame) => {
      const { method, params, ...where } = frame;
      return method === 'Runtime.consoleAPICalled' ? [{ said: params.args[0].value, ...where }] : [];
    });
  await expect.poll(() => logs().length).toBe(3);
  expect(logs()).toEqual(
    expect.arrayContaining([{ said: 'mine' }, { said: 'named', targetId }, { said: 'named', sessionId }]),
  );
  await ask(other, evaluate('1'), 2);
  expect(other.frames.filter(({ method }) => method)).toEqual([]);
});

test('a closed tab is told of, and replaced at the next call, which is told of as well', async () => {
  await using client = await open();
  await value(client, 'globalThis.old = 1', 1);
  await ask(client, { method: 'Page.close' }, 2);
  const gone = await client.heard(({ method }) => method === 'cdp-hub.tabGone');
  expect(gone).toEqual({
    method: 'cdp-hub.tabGone',
    params: { targetId: expect.any(String), reason: 'closed' },
  });
  expect(await value(client, 'typeof old', 3)).toBe('undefined');
  const { targetId: previous } = gone.params;
  const replaced = client.frames.find(({ method }) => method === 'cdp-hub.tabReplaced');
  expect(replaced?.params).toEqual({ targetId: expect.any(String), previous });
  expect(replaced?.params.targetId).not.toBe(previous);
});

test('a tab that crashes fails what is in flight; two sockets of one name have the same new one', async () => {
  await using a = await open('/ws?workspace=phoenix');
  await using b = await open('/ws?workspace=phoenix');
  await value(a, 'globalThis.old = 1', 1);
  expect(await value(b, 'old', 1)).toBe(1);
  b.say(JSON.stringify(evaluate('new Promise(() => {})', { id: 2 })));
  const crash = await ask(a, { method: 'Page.crash' }, 2);
  expect(crash.error?.message).toContain('cdp-hub: the tab crashed');
  expect((await b.heard(({ id }) => id === 2)).error?.message).toContain('cdp-hub: the tab crashed');
  for (const client of [a, b]) {
    const gone = await client.heard(({ method }) => method === 'cdp-hub.tabGone');
    expect(gone.params.reason).toBe('crashed');
  }
  await Promise.all([ask(a, evaluate('globalThis.a = 1'), 3), ask(b, evaluate('globalThis.b = 1'), 3)]);
  expect(await value(a, 'typeof old + a + b', 4)).toBe('undefined11');
  const [ofA, ofB] = [a, b].map(({ frames }) =>
    frames.find(({ method }) => method === 'cdp-hub.tabReplaced'),
  );
  expect(ofA?.params).toEqual(ofB?.params);
});

test('a name is said as everywhere, and by ?client= where nothing else says one', async () => {
  const ways: [string, object][] = [
    ['/w/named/ws', {}],
    ['/ws/?workspace=named', {}],
    ['/ws', { headers: { 'x-client-id': 'named' } }],
    ['/ws?client=named', {}],
    ['/w/named/ws?client=else', {}],
  ];
  const [first, ...others] = await Promise.all(ways.map(([path, options]) => open(path, options)));
  if (!first) throw new Error('no socket');
  await value(first, 'globalThis.here = "same"', 1);
  for (const other of others) {
    expect(await value(other, 'here', 1)).toBe('same');
  }
  const http = await fetch(`${gateway.url}/execute?client=named`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(evaluate('here')),
  });
  expect(await http.json()).toMatchObject({ result: { result: { value: 'same' } } });
  const names = (await clients()).flatMap(({ workspace, kind, name, id }) =>
    workspace === 'named' && id.startsWith('ws-') ? [`${kind} ${name}`] : [],
  );
  expect(names.sort()).toEqual(['http else', 'http named', 'http named', 'http named', 'http named']);
  for (const each of [first, ...others]) await each[Symbol.asyncDispose]();
});

test('contradictions and names that are none are refused in place of the upgrade', async () => {
  expect((await refusedUpgrade(`${base}/w/a/ws?workspace=b`)).status).toBe(400);
  expect((await refusedUpgrade(`${base}/ws?client=a%20b`)).status).toBe(400);
  expect((await refusedUpgrade(`${base}/ws?isolation=some`)).status).toBe(400);
  expect((await refusedUpgrade(`${base}/ws`, { headers: { 'x-client-id': 'a b' } })).status).toBe(422);
  expect((await refusedUpgrade(`${base}/ws`, { origin: 'http://evil.example' })).status).toBe(403);
  expect((await refusedUpgrade(`${base}/ws/more`)).status).toBe(404);
  await using _kept = await open('/w/kind/ws?isolation=context');
  const conflict = await refusedUpgrade(`${base}/w/kind/ws?isolation=tabs`);
  expect(conflict.status).toBe(409);
  expect(JSON.parse(conflict.body).error).toBe('WORKSPACE_CONFLICT');
});

test('isolation holds: cookies of a context are its own, and a foreign target is not there', async () => {
  await using apart = await open('/ws?isolation=context');
  await using usual = await open();
  const cookie = { name: 'crumb', value: '1', url: 'http://crumb.test/' };
  expect(
    (await ask(apart, { method: 'Storage.setCookies', params: { cookies: [cookie] } }, 1)).error,
  ).toBeUndefined();
  const crumbs = async (client: RawClient) =>
    ((await ask(client, { method: 'Storage.getCookies' }, 2)).result.cookies as { name: string }[]).filter(
      ({ name }) => name === 'crumb',
    ).length;
  expect([await crumbs(apart), await crumbs(usual)]).toEqual([1, 0]);
  await value(apart, '1', 3);
  const targetId = await tabOf(apart);
  expect((await ask(usual, evaluate('1', { targetId }), 5)).error?.message).toBe(
    'No target with given id found',
  );
  const refused = await ask(usual, { method: 'Target.setRemoteLocations', params: { locations: [] } }, 6);
  expect(refused.error?.message).toMatch(/^cdp-hub: /);
});

test('bad messages are answered, each with its id where it had one, and the socket stays', async () => {
  await using client = await open();
  const cases: [message: string | Buffer, code: number, id: unknown, says: string][] = [
    ['{', -32700, undefined, 'the message is no JSON'],
    ['', -32700, undefined, 'no JSON'],
    ['null', -32600, undefined, 'the message'],
    ['[]', -32600, undefined, 'the message'],
    ['{"id":1}', -32600, 1, 'method'],
    ['{"id":"two","method":3}', -32600, 'two', 'method'],
    ['{"id":{},"method":"Browser.getVersion"}', -32600, undefined, 'id'],
    ['{"id":3,"method":"Browser.getVersion","more":1}', -32600, 3, 'more'],
    ['{"id":4,"method":"Browser.getVersion","params":[]}', -32600, 4, 'params'],
    ['{"id":5,"method":"Browser.getVersion","timeoutMs":0}', -32600, 5, 'timeoutMs'],
    ['{"id":6,"method":"Runtime.enable","targetId":"a","sessionId":"b"}', -32600, 6, 'both'],
    ['{"id":7,"method":"Page.navigate","params":{"url":"file:///etc/passwd"}}', -32000, 7, 'file:'],
    ['{"id":8,"method":"Target.createTarget","params":{"url":" chrome://settings"}}', -32000, 8, 'chrome:'],
    [
      `{"id":9,"method":"Runtime.enable","params":${'{"a":'.repeat(400)}1${'}'.repeat(400)}}`,
      -32600,
      9,
      'deep',
    ],
    [Buffer.from('{"id":1,"method":"Browser.getVersion"}'), -32700, undefined, 'binary'],
  ];
  for (const [message] of cases) client.socket.send(message);
  expect((await ask(client, { method: 'Browser.getVersion' }, 'last')).result.product).toContain('Chrome/');
  const errors = client.frames.filter(({ error }) => error);
  expect(errors.map(({ id, error }) => [id, error?.code])).toEqual(cases.map(([, code, id]) => [id, code]));
  for (const [n, [, , , says]] of cases.entries()) {
    expect(errors[n]?.error?.message).toMatch(/^cdp-hub: /);
    expect(errors[n]?.error?.message).toContain(says);
  }
});

test('10,000 calls at once are all answered, once each', async () => {
  await using client = await open();
  await value(client, '1', 'warm');
  for (let id = 1; id <= 10_000; id += 1) {
    client.say(id % 10 === 0 ? `{"id":${id}}` : JSON.stringify({ id, method: 'Browser.getVersion' }));
  }
  const answers = () => client.frames.length - 1;
  await expect.poll(answers, { timeout: 40_000 }).toBe(10_000);
  expect(new Set(client.frames.map(({ id }) => id)).size).toBe(10_001);
  expect(client.frames.filter(({ error }) => error)).toHaveLength(1000);
});

test('Browser.close is answered, and ends the socket and its tab', async () => {
  await using client = await open();
  await value(client, '1', 1);
  const tab = await tabOf(client);
  expect(await pages()).toContain(tab);
  expect(await ask(client, { method: 'Browser.close' }, 2)).toEqual({ id: 2, result: {} });
  expect(await client.closed).toMatchObject({ code: 1000 });
  await expect.poll(pages).not.toContain(tab);
});

test('the one who runs the hub ends a socket with 1008', async () => {
  await using client = await open('/ws?client=victim');
  const found = (await clients()).find(({ workspace }) => workspace === 'victim');
  expect(found).toMatchObject({ kind: 'http', name: 'victim' });
  gateway.send({ type: 'kill', id: 1, clients: [found?.id ?? ''] });
  expect(await client.closed).toEqual({
    code: 1008,
    reason: 'cdp-hub: ended by the person who runs the hub',
  });
  await expect
    .poll(async () => (await clients()).some(({ workspace }) => workspace === 'victim'))
    .toBe(false);
});

test('the screen shows the socket with its peer and its process', async () => {
  gateway.send({ type: 'watch', watch: 1, filter: '', bodies: false });
  await using _client = await open('/ws?client=seen');
  const shown = await gateway.next('clients', ({ clients: all }) =>
    all.some(({ name, pid }) => name === 'seen' && pid !== null),
  );
  const [seen] = shown.clients.filter(({ name }) => name === 'seen');
  expect(seen).toMatchObject({
    kind: 'http',
    peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    pid: process.pid,
  });
  gateway.send({ type: 'unwatch', watch: 1 });
});

test('a named workspace keeps its tab when its socket is gone, an anonymous one does not', async () => {
  const named = await open('/ws?client=stayer');
  await value(named, 'globalThis.kept = 1', 1);
  const bare = await open();
  await value(bare, '1', 1);
  const tab = await tabOf(bare);
  expect(await pages()).toContain(tab);
  await named[Symbol.asyncDispose]();
  await bare[Symbol.asyncDispose]();
  await expect.poll(pages).not.toContain(tab);
  await using again = await open('/ws?client=stayer');
  expect(await value(again, 'kept', 1)).toBe(1);
});

test('sockets cut anywhere leave no tab and no client behind', async () => {
  const sockets = async () => (await clients()).filter(({ id }) => id.startsWith('ws-'));
  await expect.poll(sockets, PATIENT).toEqual([]);
  // A workspace with a page, so that the ones before are known to be gone when the count is what it was.
  await using witness = await open('/w/witness/ws?isolation=none');
  const own = async () => {
    const named = (await clients()).filter(({ id }) => id.startsWith('http'));
    return { named, pages: (await pages()).length };
  };
  const stages = 6;
  for (const isolation of ['tabs', 'context', 'none']) {
    let before = await own();
    await expect
      .poll(async () => {
        const then = before.pages;
        before = await own();
        return before.pages === then;
      }, PATIENT)
      .toBe(true);
    const cuts = Array.from({ length: stages }, async (_, stage) => {
      const client = await open(`/ws?isolation=${isolation}`);
      client.say(JSON.stringify(evaluate('1', { id: 1 })));
      client.say(JSON.stringify({ id: 2, method: 'Page.enable' }));
      // The first goes at once, the others after so many round trips of somebody else: at every stage of their tab.
      for (let n = 0; n < stage * 3; n += 1) {
        await ask(witness, { method: 'Browser.getVersion' }, `${isolation} ${stage} ${n}`);
      }
      client.socket.terminate();
    });
    await Promise.all(cuts);
    await expect.poll(async () => (await own()).pages, PATIENT).toBe(before.pages);
  }
  await expect.poll(async () => (await sockets()).length, PATIENT).toBe(1);
});

test('a handshake by hand, as wscat sends it, in one write with the first call', async () => {
  const socket = connect(gateway.port, '127.0.0.1');
  const call = Buffer.from('{"method":"Browser.getVersion"}');
  const mask = Buffer.alloc(4);
  socket.write(
    Buffer.concat([
      Buffer.from(
        `GET /ws HTTP/1.1\r\nHost: 127.0.0.1:${gateway.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n' +
          'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n',
      ),
      Buffer.from([0x81, 0x80 | call.length]),
      mask,
      call,
    ]),
  );
  let heard = '';
  socket.on('data', (chunk: Buffer) => {
    heard += chunk.toString('latin1');
  });
  await expect.poll(() => heard).toContain('"product":"');
  expect(heard).toMatch(/^HTTP\/1\.1 101 /);
  expect(heard).toMatch(/\{"id": *1,"result":\{/);
  socket.destroy();
  await once(socket, 'close');
});

test('a message of over 4 MiB ends the socket with 1009, text that is no UTF-8 with 1007', async () => {
  await using large = await open();
  large.say(JSON.stringify(evaluate(`"${'x'.repeat(4 * 1024 * 1024)}"`)));
  expect((await large.closed).code).toBe(1009);
  await using garbled = await open();
  garbled.socket.send(Buffer.from([0x22, 0xff, 0xfe, 0x22]), { binary: false });
  expect((await garbled.closed).code).toBe(1007);
  await using fits = await open();
  fits.say(JSON.stringify(evaluate(`"${'x'.repeat(4 * 1024 * 1024 - 200)}".length`, { id: 1 })));
  expect((await fits.heard(({ id }) => id === 1)).result.result.value).toBe(4 * 1024 * 1024 - 200);
  expect(fits.socket.readyState).toBe(WebSocket.OPEN);
});
