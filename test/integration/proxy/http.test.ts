import { once } from 'node:events';
import { Agent, createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Forwarder } from '../../../src/proxy/forwarder.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { eventually, ForwarderProcess, TcpClient, TcpTarget } from './forwarder-process.ts';

const HEAD = 'GET /json/version HTTP/1.1\r\nHost: localhost\r\n\r\n';

describe('HTTP through the forwarder', () => {
  it('keeps connections alive, passes bodies and changes the Host where it must', async () => {
    await using target = await echoServer();
    await using forwarder = await ForwarderProcess.start(target.address, { allowedHosts: ['box.lan'] });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const body = 'x'.repeat(300_000);
    for (const [host, seen] of [
      ['localhost', 'localhost'],
      ['box.lan', `127.0.0.1:${target.address.port}`],
      ['host.docker.internal:1', `127.0.0.1:${target.address.port}`],
    ] as const) {
      const answer = await ask(forwarder.port, { agent, host, body });
      expect(answer).toEqual({ status: 200, body: `${seen} ${body.length}` });
    }
    const refused = await ask(forwarder.port, { agent, host: 'evil.example', body: '' });
    expect(refused.status).toBe(403);
    expect(target.sockets()).toBe(1);
    agent.destroy();
  });

  it('answers 503 while there is no browser, and closes what is no HTTP', async () => {
    await using forwarder = await ForwarderProcess.start(null);
    using http = new TcpClient(forwarder.port);
    http.socket.write(HEAD);
    using raw = new TcpClient(forwarder.port);
    raw.socket.write('\x01');
    await eventually(() => http.ended && raw.ended, 'both ends');
    expect(http.received).toMatch(/^HTTP\/1\.1 503 /);
    expect(JSON.parse(http.received.split('\r\n\r\n')[1] ?? '')).toMatchObject({
      error: 'NO_BROWSER',
      hint: expect.stringContaining('cdp-hub status'),
    });
    expect(raw.received).toBe('');
  });

  it('answers 503 with the reason where the browser takes no connection', async () => {
    const gone = await TcpTarget.start(() => {});
    await gone[Symbol.asyncDispose]();
    await using forwarder = await ForwarderProcess.start(gone.address);
    using client = new TcpClient(forwarder.port);
    client.socket.write(HEAD);
    await eventually(() => client.ended);
    expect(client.received).toMatch(/^HTTP\/1\.1 503 /);
    expect(client.received).toContain('ECONNREFUSED');
  });

  it('answers 503, not itself, where the target is the forwarder', async () => {
    await using forwarder = await ForwarderProcess.start(null);
    forwarder.send({ type: 'target', target: { host: 'localhost', port: forwarder.port } });
    using client = new TcpClient(forwarder.port);
    client.socket.write(HEAD);
    await eventually(() => client.ended);
    expect(client.received).toMatch(/^HTTP\/1\.1 503 /);
  });

  it('a new target is for new connections; those that are open go on', async () => {
    const named = (name: string) =>
      TcpTarget.start((socket) =>
        socket.on('data', () =>
          socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${name.length}\r\n\r\n${name}`),
        ),
      );
    await using one = await named('one');
    await using two = await named('two');
    await using forwarder = await ForwarderProcess.start(one.address);
    using old = new TcpClient(forwarder.port);
    old.socket.write(HEAD);
    await eventually(() => old.received.endsWith('one'));
    forwarder.send({ type: 'target', target: null });
    forwarder.send({ type: 'target', target: two.address });
    await eventually(async () => {
      using fresh = new TcpClient(forwarder.port);
      fresh.socket.write(HEAD);
      await eventually(() => /one$|two$/.test(fresh.received));
      return fresh.received.endsWith('two');
    }, 'the new target');
    old.received = '';
    old.socket.write(HEAD);
    await eventually(() => old.received.endsWith('one'));
  });

  it('FIN behind a request does not cost the answer', async () => {
    await using target = await TcpTarget.start((socket) => {
      // As Chrome: whoever ends is gone.
      socket.on('end', () => socket.destroy());
      socket.on('data', () =>
        setImmediate(() => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')),
      );
    });
    await using forwarder = await ForwarderProcess.start(target.address);
    using client = new TcpClient(forwarder.port);
    client.socket.end(HEAD);
    await eventually(() => client.ended);
    expect(client.received).toMatch(/ok$/);
    await eventually(() => target.sockets.size === 0);
  });

  it('a head that takes too long is 408; a silent connection may stay', async () => {
    await using target = await TcpTarget.start((socket) => socket.resume());
    const forwarder = new Forwarder({
      clock: systemClock,
      onClients: () => {},
      onRefused: () => {},
      headMs: 100,
    });
    forwarder.setTarget(target.address);
    await forwarder
      .listen({ host: '127.0.0.1', port: 0, allow: [], allowedHosts: [] })
      .then(async ({ port }) => {
        using silent = new TcpClient(port);
        using slow = new TcpClient(port);
        slow.socket.write('GET /json HTTP/1.1\r\nHost:');
        await eventually(() => slow.ended, '408');
        expect(slow.received).toMatch(/^HTTP\/1\.1 408 /);
        expect(silent.ended).toBe(false);
      });
    await forwarder.drain(0);
    await eventually(() => target.sockets.size === 0, 'no socket left');
  });
});

interface EchoServer extends AsyncDisposable {
  address: { host: string; port: number };
  sockets: () => number;
}

/** Answers with the Host it got and the length of the body. */
async function echoServer(): Promise<EchoServer> {
  let sockets = 0;
  const server: Server = createServer((incoming, answer) => {
    let length = 0;
    incoming.on('data', (bytes: Buffer) => {
      length += bytes.length;
    });
    incoming.on('end', () => answer.end(`${incoming.headers.host} ${length}`));
  });
  server.on('connection', () => sockets++);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: { host: '127.0.0.1', port: (server.address() as AddressInfo).port },
    sockets: () => sockets,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function ask(
  port: number,
  { agent, host, body }: { agent: Agent; host: string; body: string },
): Promise<{ status: number | undefined; body: string }> {
  // Without a length Node sends chunks.
  const sent = request({ port, host: '127.0.0.1', agent, method: 'POST', path: '/', headers: { host } });
  sent.end(body);
  const [answer] = await once(sent, 'response');
  let text = '';
  for await (const part of answer.setEncoding('utf8')) text += part;
  return { status: answer.statusCode, body: text };
}
