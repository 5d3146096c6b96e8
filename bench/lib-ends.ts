import { createServer } from 'node:net';

// The two ends of the benchmark's connections, in a process of their own: a port that echoes and one that, asked
// for a number of bytes (8 bytes, big endian), sends them and closes. Prints both ports as JSON.
const BLOCK = Buffer.alloc(1024 * 1024, 'x');

const echo = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => {});
  socket.pipe(socket);
});
const bulk = createServer((socket) => {
  socket.on('error', () => {});
  socket.once('data', (asked) => {
    let left = Number(asked.readBigUInt64BE(0));
    const more = () => {
      while (left > 0) {
        const block = left >= BLOCK.length ? BLOCK : BLOCK.subarray(0, left);
        left -= block.length;
        if (!socket.write(block)) return void socket.once('drain', more);
      }
      socket.end();
    };
    more();
  });
});
for (const server of [echo, bulk]) {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
}
const [echoPort, bulkPort] = [echo, bulk].map((server) => (server.address() as { port: number }).port);
process.stdout.write(`${JSON.stringify({ echoPort, bulkPort })}\n`);
process.stdin.on('end', () => process.exit(0)).resume();
