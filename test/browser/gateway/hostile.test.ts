import { expect, test } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';
import { Neighbour, openPage } from './neighbour.ts';
import { RawClient } from './raw-client.ts';

const chrome = await Chrome.start();
const gateway = await gatewayOn(chrome);

/** A condition may take that long on a machine that is busy. */
const LOADED = { timeout: 10_000 };

const DEEP = `${'['.repeat(5000)}${']'.repeat(5000)}`;

const withIds = (...ids: string[]) => ids.map((id) => `{"id":${id},"method":"Browser.getVersion"}`);

/** What ends the client that sends it. */
const ENDING: Record<string, { payload: string | Buffer; binary: boolean; code: number }> = {
  'a message over 32 MiB': {
    payload: `{"id":1,"method":"Page.enable","params":{"a":"${'x'.repeat(33 * 2 ** 20)}"}}`,
    binary: false,
    code: 1009,
  },
  'a binary message': { payload: '{"id":1,"method":"Browser.getVersion"}', binary: true, code: 1003 },
  'text that is no UTF-8': { payload: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), binary: false, code: 1007 },
};

/** What is answered with an error, one for each message; `foreign` is a session of the neighbour's. */
const REFUSED: Record<string, { texts: (foreign: string) => string[]; code: number }> = {
  'what is no JSON, and nothing at all': {
    texts: () => ['{"id":1,', '', '\0', '{"id":1}{"id":2}', '{"id":1,"method":"a\0"}'],
    code: -32700,
  },
  'JSON that is no command': { texts: () => ['[]', '1', 'null', '{}', '"x"'], code: -32600 },
  'great depth': {
    texts: () => [`{"id":1,"method":"Browser.getVersion","params":{"a":${DEEP}}}`],
    code: -32700,
  },
  'ids that are none': {
    texts: () => withIds('4294967296', '-2147483649', '"1"', '1.5', 'null', '{}', '12345678901234567890'),
    code: -32600,
  },
  'unknown keys': {
    texts: () => ['{"id":1,"method":"Browser.getVersion","jsonrpc":"2.0"}'],
    code: -32600,
  },
  'a session of another client': {
    texts: (foreign) =>
      ['Runtime.evaluate', 'Page.close', 'Browser.close'].map((method) =>
        JSON.stringify({ id: 1, method, params: { expression: '1' }, sessionId: foreign }),
      ),
    code: -32001,
  },
  'methods with NUL in them': { texts: () => ['{"id":1,"method":"Page.close\\u0000"}'], code: -32601 },
  'half a character for a method': { texts: () => ['{"id":1,"method":"Page.\\ud800"}'], code: -32600 },
  'thousands of useless messages': { texts: () => Array(5000).fill('?'), code: -32700 },
};

/** The connection to the browser is the one that it was at the start. */
const sameConnection = () =>
  expect(gateway.messages.filter(({ type }) => type === 'upstream')).toHaveLength(1);

test.each(Object.entries(ENDING))('%s ends its client and disturbs nobody else', async (_, bad) => {
  await using neighbour = await Neighbour.beside(gateway.cdp);
  await using client = await RawClient.connect(gateway.cdp);
  client.socket.send(bad.payload, { binary: bad.binary });
  expect((await client.closed).code).toBe(bad.code);
  await neighbour.answers(20);
  sameConnection();
});

test.each(Object.entries(REFUSED))('%s: refused one by one, and nobody else is disturbed', async (_, bad) => {
  await using neighbour = await Neighbour.beside(gateway.cdp);
  await using client = await RawClient.connect(gateway.cdp);
  const texts = bad.texts(neighbour.session);
  for (const text of texts) client.say(text);
  client.say({ id: 777, method: 'Browser.getVersion' });
  expect((await client.heard(({ id }) => id === 777)).error).toBeUndefined();
  const refused = () => client.frames.filter(({ id }) => id !== 777);
  await expect.poll(() => refused().length, LOADED).toBe(texts.length);
  expect(new Set(refused().map(({ error }) => error?.code))).toEqual(new Set([bad.code]));
  await neighbour.answers(20);
  sameConnection();
});

test('one id for many commands at once, odd ids, and a message in parts: each is answered once', async () => {
  await using neighbour = await Neighbour.beside(gateway.cdp);
  await using client = await RawClient.connect(gateway.cdp, { perMessageDeflate: true });
  // Offered, and not agreed to.
  expect(client.socket.extensions).toBe('');
  const [first, second] = [await openPage(client), await openPage(client)];
  client.frames.length = 0;
  for (const [n, sessionId] of [first, second, first, first, second].entries()) {
    client.say({ id: 5, method: 'Runtime.evaluate', params: { expression: `${n}` }, sessionId });
  }
  const odd = [0, -1, -(2 ** 31), 2 ** 31 - 1];
  for (const id of odd) client.say({ id, method: 'Browser.getVersion' });
  const inParts = '{"id":6,"method":"Browser.getVersion"}';
  for (const [n, letter] of [...inParts].entries()) {
    client.socket.send(letter, { fin: n === inParts.length - 1 });
  }
  await expect.poll(() => client.frames.length, LOADED).toBe(10);
  const of = (session: string) =>
    client.frames.flatMap(({ id, sessionId, result }) =>
      id === 5 && sessionId === session ? [result.result.value] : [],
    );
  expect([of(first), of(second)]).toEqual([
    [0, 2, 3],
    [1, 4],
  ]);
  const others = client.frames.flatMap(({ id, error }) => (id === 5 || error ? [] : [id]));
  expect(new Set(others)).toEqual(new Set([...odd, 6]));
  await neighbour.answers(20);
});
