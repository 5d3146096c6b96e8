import { connect, createServer } from 'node:net';

// What the forwarder is measured against: the least that a Node process can do. Argument: the target's port.
const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
  const target = connect({
    port: Number(process.argv[2]),
    host: '127.0.0.1',
    noDelay: true,
    allowHalfOpen: true,
  });
  client.on('error', () => target.destroy()).pipe(target);
  target.on('error', () => client.destroy()).pipe(client);
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as { port: number }).port })}\n`);
});
process.stdin.on('end', () => process.exit(0)).resume();
