import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { RawClient } from '../../browser/gateway/raw-client.ts';
import { FakeChrome } from './fake-chrome.ts';
import { gatewayOn } from './for-this-file.ts';
import { BROWSER_ID } from './gateway-process.ts';

const chrome = await FakeChrome.start();
const gateway = await gatewayOn(chrome);

/** Opcodes of RFC 6455 §5.2. */
const [CONTINUATION, TEXT, CLOSE, PING] = [0x0, 0x1, 0x8, 0x9];
const FIN = 0x80;

/** A frame of any first byte; masked with zeros unless told otherwise. */
function frame(first: number, payload: string | Buffer, masked = true): Buffer {
  const data = Buffer.from(payload);
  const length = data.length < 126 ? [data.length] : [126, data.length >> 8, data.length & 0xff];
  const [short = 0, ...long] = length;
  const mask = masked ? [0, 0, 0, 0] : [];
  return Buffer.concat([Buffer.from([first, short | (masked ? 0x80 : 0), ...long, ...mask]), data]);
}

const VERSION = '{"id":1,"method":"Browser.getVersion"}';

async function open(): Promise<Socket> {
  const socket = connect(gateway.port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(
    `GET /devtools/browser/${BROWSER_ID} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  );
  await once(socket, 'data');
  return socket;
}

/** The code of the close frame that the frames bring about. */
async function closeCode(...frames: Buffer[]): Promise<number> {
  const socket = await open();
  let heard = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    heard = Buffer.concat([heard, chunk]);
  });
  for (const each of frames) socket.write(each);
  // It takes no more than the close frame to end the connection from this side.
  while (heard.indexOf(FIN | CLOSE) === -1) await once(socket, 'data');
  socket.destroy();
  return heard.readUInt16BE(heard.indexOf(FIN | CLOSE) + 2);
}

test.each([
  ['not masked', [frame(FIN | TEXT, VERSION, false)], 1002],
  ['with a reserved bit', [frame(FIN | 0x40 | TEXT, VERSION)], 1002],
  ['of an unknown kind', [frame(FIN | 0x3, VERSION)], 1002],
  ['a continuation of nothing', [frame(FIN | CONTINUATION, VERSION)], 1002],
  ['a new text within a text', [frame(TEXT, '{'), frame(FIN | TEXT, VERSION)], 1002],
  ['a ping in parts', [frame(PING, 'x')], 1002],
  ['a ping of over 125 bytes', [frame(FIN | PING, 'x'.repeat(126))], 1002],
  [
    'text that is no UTF-8, over two frames',
    [frame(TEXT, Buffer.from([0xc3])), frame(FIN | CONTINUATION, '(')],
    1007,
  ],
])('a frame %s ends its client, and nobody else', async (_, frames, code) => {
  await using bystander = await RawClient.connect(gateway.cdp);
  expect(await closeCode(...frames)).toBe(code);
  expect((await bystander.call('Browser.getVersion')).result.product).toBe('Fake/1');
});

test('a message in many frames, with pings in between, is one message', async () => {
  const socket = await open();
  let heard = '';
  socket.on('data', (chunk) => {
    heard += chunk;
  });
  for (const [n, letter] of [...VERSION].entries()) {
    socket.write(frame(n === 0 ? TEXT : CONTINUATION, letter));
    socket.write(frame(FIN | PING, 'x'));
  }
  socket.write(frame(FIN | CONTINUATION, ''));
  await expect.poll(() => heard).toContain('Fake/1');
  expect(heard.match(/Fake\/1/g)).toHaveLength(1);
  socket.destroy();
});

test('a client that floods with pings and never reads is let go, and holds no memory', async () => {
  const status = async () =>
    (await (await fetch(`${gateway.url}/health`)).json()) as { total_clients: number };
  await expect.poll(async () => (await status()).total_clients, { timeout: 5000 }).toBe(0);
  await using bystander = await RawClient.connect(gateway.cdp);
  const socket = await open();
  socket.pause();
  await expect.poll(async () => (await status()).total_clients).toBe(2);
  const block = Buffer.concat(Array.from({ length: 8000 }, () => frame(FIN | PING, 'x'.repeat(125))));
  let written = 0;
  const flood = async () => {
    // 200 MB at most, several times what may lie unread.
    while (!socket.destroyed && written < 200) {
      written += 1;
      if (!socket.write(block)) await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
      if ((await status()).total_clients === 1) return;
    }
  };
  await flood();
  expect((await status()).total_clients).toBe(1);
  expect(written).toBeLessThan(200);
  expect((await bystander.call('Browser.getVersion')).result.product).toBe('Fake/1');
  socket.destroy();
});

const DEEP = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
const wrap = (message: string) =>
  JSON.stringify({ id: 1, method: 'Target.sendMessageToTarget', params: { sessionId: 'x', message } });

const wraps = (depth: number): string => (depth === 0 ? VERSION : wrap(wraps(depth - 1)));

// What it answers, by the id as JSON reads it; undefined: an answer without an id.
test.each<[name: string, text: string, id: unknown, error: number | undefined]>([
  ['1e2', '{"id":1e2,"method":"Browser.getVersion"}', 100, undefined],
  ['-0', '{"id":-0,"method":"Browser.getVersion"}', 0, undefined],
  ['0', '{"id":0,"method":"Browser.getVersion"}', 0, undefined],
  ['2^31 - 1', '{"id":2147483647,"method":"Browser.getVersion"}', 2147483647, undefined],
  ['-2^31', '{"id":-2147483648,"method":"Browser.getVersion"}', -2147483648, undefined],
  ['2^31', '{"id":2147483648,"method":"Browser.getVersion"}', 2147483648, -32600],
  ['1e400', '{"id":1e400,"method":"Browser.getVersion"}', undefined, -32600],
  ['a string', '{"id":"1","method":"Browser.getVersion"}', '1', -32600],
  ['1.5', '{"id":1.5,"method":"Browser.getVersion"}', 1.5, -32600],
  ['null', '{"id":null,"method":"Browser.getVersion"}', undefined, -32600],
  ['an object', '{"id":{},"method":"Browser.getVersion"}', undefined, -32600],
  ['none', '{"method":"Browser.getVersion"}', undefined, -32600],
  ['two', '{"id":"x","id":3,"method":"Browser.getVersion"}', 3, undefined],
  ['an empty method', '{"id":1,"method":""}', 1, -32600],
  ['a method of 1 MiB', `{"id":1,"method":"${'m'.repeat(1024 * 1024)}"}`, 1, undefined],
  ['a prototype', '{"__proto__":{"id":1,"method":"Browser.getVersion"}}', undefined, -32600],
  ['a prototype beside', '{"id":1,"method":"Browser.getVersion","__proto__":{"sessionId":"x"}}', 1, -32600],
  ['a prototype in params', '{"id":1,"method":"X.y","params":{"__proto__":{"a":1}}}', 1, undefined],
  ['100,000 levels of params', `{"id":1,"method":"X.y","params":{"a":${DEEP}}}`, 1, -32700],
  // For a session that is not there: what is inside is not even looked at.
  ['100,000 levels wrapped', wrap(`{"id":1,"method":"X.y","params":{"a":${DEEP}}}`), 1, -32602],
  ['100,000 levels of a wrapped method', wrap(`{"id":1,"method":${DEEP}}`), 1, -32602],
  ['10 commands in one another', wraps(10), 1, -32602],
])('%s: answered once, and the others are not touched', async (_, text, id, error) => {
  await using bystander = await RawClient.connect(gateway.cdp);
  await using client = await RawClient.connect(gateway.cdp);
  client.say(text);
  client.say({ id: 777, method: 'Browser.getVersion' });
  await client.heard((heard) => heard.id === 777);
  const answers = client.frames.filter((heard) => heard.id !== 777);
  expect(answers.map((answer) => [answer.id, answer.error?.code])).toEqual([[id, error]]);
  expect((await bystander.call('Browser.getVersion')).error).toBeUndefined();
});
