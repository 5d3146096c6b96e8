import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allOf, call, Wire } from './mcp/wire.ts';

/** What sessions cost, in a process of their own. */

const PROGRAM = fileURLToPath(new URL('./mcp/fixture-hub-process.ts', import.meta.url));

let child: ChildProcess;
let url = '';
let port = 0;

beforeAll(async () => {
  child = fork(PROGRAM, { execArgv: ['--expose-gc'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  [{ port }] = (await once(child, 'message')) as [{ port: number }];
  url = `http://127.0.0.1:${port}/mcp`;
});
afterAll(() => {
  child.kill('SIGKILL');
});

async function memory(): Promise<{ mb: number; heap: number }> {
  child.send('how much');
  return (await once(child, 'message'))[0] as { mb: number; heap: number };
}

/** A POST whose answer is never read. */
async function deaf(wire: Wire, message: object): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  const body = JSON.stringify(message);
  const headers = { ...wire.headers, 'mcp-session-id': wire.id, 'content-length': String(body.length) };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.on('error', () => {});
  socket.write(
    `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n` +
      `Accept: application/json, text/event-stream\r\n${lines.join('')}\r\n${body}`,
  );
  await once(socket, 'readable');
  return socket;
}

test('200 MB of progress to clients that never read cost little, and the others nothing', async () => {
  const other = await Wire.open(url);
  const before = await memory();
  const wires = await Promise.all(Array.from({ length: 2 }, () => Wire.open(url)));
  const sockets = await Promise.all(
    wires.map((wire) => deaf(wire, call('flood', 'tell', { times: 1600, bytes: 65_536 }, 'token'))),
  );
  const began = performance.now();
  for (let n = 0; n < 50; n += 1) expect(await other.ping()).toBe(200);
  expect(performance.now() - began).toBeLessThan(10_000);
  const after = await memory();
  expect(after.mb - before.mb).toBeLessThan(64);
  // The answer is not dropped: it comes behind what was not.
  for (const [at, wire] of wires.entries()) {
    sockets[at]?.destroy();
    expect(await wire.ping()).toBe(200);
  }
});

test('what may not be dropped ends the stream at 32 MiB; the session goes on, and the memory is given back', async () => {
  const wire = await Wire.open(url);
  const before = await memory();
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(
    `GET /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\nMcp-Session-Id: ${wire.id}\r\n\r\n`,
  );
  await once(socket, 'readable');
  const ended = once(socket, 'close');
  const told = await wire.call('tell', { times: 1600, bytes: 131_072, as: 'list_changed' });
  expect(told.result.content[0].text).toBe('all told');
  expect((await memory()).mb - before.mb).toBeLessThan(150);
  socket.resume();
  await ended;
  const again = await wire.get();
  expect(again.status).toBe(200);
  await again.body?.cancel();
  await expect.poll(async () => (await memory()).heap - before.heap).toBeLessThan(24);
});

test('an idle session costs less than 100 KB', async () => {
  const before = await memory();
  for (let n = 0; n < 200; n += 1) await Wire.open(url);
  const after = await memory();
  const kb = ((after.heap - before.heap) * 1024) / 200;
  console.info(
    `an idle session: ${kb.toFixed(0)} KB of heap, ${(((after.mb - before.mb) * 1024) / 200).toFixed(0)} KB resident`,
  );
  expect(kb).toBeLessThan(100);
});

test('answers of 1 MB are not kept beyond 8 MiB a session', async () => {
  const wire = await Wire.open(url);
  const before = await memory();
  for (let n = 0; n < 40; n += 1) {
    await allOf(await wire.post(call(n, 'echo', { text: `${n}${'x'.repeat(1024 * 1024)}` })));
  }
  expect((await memory()).heap - before.heap).toBeLessThan(12);
});
