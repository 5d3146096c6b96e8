import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { ClientSocket } from '../../../src/gateway/socket/client-socket.ts';

let server: WebSocketServer;

beforeEach(async () => {
  server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
});

afterEach(async () => {
  for (const socket of server.clients) socket.terminate();
  await new Promise((resolve) => server.close(resolve));
});

async function pair(autoPong: boolean, busy = { inFlight: 0, bytesInFlight: 0 }) {
  const accepted = once(server, 'connection');
  const peer = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, { autoPong });
  const [socket, request] = (await accepted) as [WebSocket, IncomingMessage];
  const client = new ClientSocket(socket, request.socket);
  const ended = vi.fn();
  const reader = {
    receive: () => {},
    get inFlight() {
      return busy.inFlight;
    },
    get bytesInFlight() {
      return busy.bytesInFlight;
    },
  };
  client.listen(reader, ended);
  const closed = once(peer, 'close');
  await once(peer, 'open');
  return { peer, client, closed, ended };
}

test('a peer that misses two pings is cut off', async () => {
  const { peer, client, closed } = await pair(false);
  let pings = 0;
  peer.on('ping', () => {
    pings += 1;
  });
  client.heartbeat();
  client.heartbeat();
  await expect.poll(() => pings).toBe(2);
  expect(peer.readyState).toBe(WebSocket.OPEN);
  client.heartbeat();
  expect((await closed)[0]).toBe(1006);
});

test('a peer that answers stays', async () => {
  const { peer, client } = await pair(true);
  let pings = 0;
  peer.on('ping', () => {
    pings += 1;
  });
  for (let n = 1; n <= 5; n += 1) {
    client.heartbeat();
    await expect.poll(() => pings).toBe(n);
    // The pong is behind the ping's arrival by one way: a message behind it proves that it is in.
    const [accepted] = server.clients;
    const heard = accepted && once(accepted, 'message');
    peer.send('{}');
    await heard;
  }
  expect(peer.readyState).toBe(WebSocket.OPEN);
});

test('a peer that has gone while its socket is not read is noticed', async () => {
  const { peer, client, ended } = await pair(true, { inFlight: 256, bytesInFlight: 0 });
  peer.send('{}');
  const [accepted] = server.clients;
  await expect.poll(() => accepted?.isPaused).toBe(true);
  // What lies unread is before its end.
  peer.send('x'.repeat(1_000_000));
  await expect.poll(() => peer.bufferedAmount).toBe(0);
  peer.terminate();
  for (let n = 1; n <= 10; n += 1) client.heartbeat();
  expect(ended).not.toHaveBeenCalled();
  await expect
    .poll(() => {
      client.heartbeat();
      return ended.mock.calls.length;
    })
    .toBe(1);
});

test('a peer whose socket is not read is not cut off for pongs that nobody could hear', async () => {
  const busy = { inFlight: 0, bytesInFlight: 32 * 1024 * 1024 };
  const { peer, client } = await pair(true, busy);
  peer.send('{}');
  const [accepted] = server.clients;
  await expect.poll(() => accepted?.isPaused).toBe(true);
  let pings = 0;
  peer.on('ping', () => {
    pings += 1;
  });
  for (let n = 1; n <= 5; n += 1) client.heartbeat();
  await expect.poll(() => pings).toBe(5);
  expect(peer.readyState).toBe(WebSocket.OPEN);
  busy.bytesInFlight = 0;
  client.deliver({ id: 1, result: {} });
  expect(accepted?.isPaused).toBe(false);
});
