import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A WebSocket by hand: one that can stop reading. */
export async function rawSocket(port: number, path: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.write(
    [
      `GET ${path} HTTP/1.1`,
      `Host: 127.0.0.1:${port}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      '',
      '',
    ].join('\r\n'),
  );
  await once(socket, 'data');
  return socket;
}

/** A masked text frame of fewer than 126 bytes, with a mask of zeros. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}

/** Reads what was queued until the end: the close frame with its reason is behind it. */
export async function lastWords(socket: Socket): Promise<string> {
  let tail = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    tail = Buffer.concat([tail, chunk]).subarray(-200);
  });
  socket.resume();
  await once(socket, 'close');
  return tail.toString('latin1');
}
