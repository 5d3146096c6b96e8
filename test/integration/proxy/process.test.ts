import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { eventually, ForwarderProcess, TcpClient, TcpTarget } from './forwarder-process.ts';

const HEAD = 'GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Tool/1.2 (x)\r\n\r\n';
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const own = Object.values(networkInterfaces())
  .flatMap((entries) => entries ?? [])
  .find((entry) => !entry.internal && entry.family === 'IPv4')?.address;

const answering = () => TcpTarget.start((socket) => socket.on('data', () => socket.write(ANSWER)));
const silent = () => TcpTarget.start((socket) => socket.resume());

describe('binding', () => {
  it('names the real port, tells a busy one, and takes the next try', async () => {
    await using busy = await silent();
    await using forwarder = new ForwarderProcess();
    forwarder.send({
      type: 'config',
      config: { host: '127.0.0.1', port: busy.port, allow: [], allowedHosts: [] },
      target: null,
    });
    const failed = await forwarder.message('bind-failed');
    expect(failed).toMatchObject({ code: 'EADDRINUSE', message: expect.stringContaining(String(busy.port)) });
    await forwarder.configure(busy.address);
    expect(forwarder.port).toBeGreaterThan(0);
    using client = new TcpClient(forwarder.port);
    await once(client.socket, 'connect');
  });

  it('refuses an address for everybody without an allow-list, whoever asks', async () => {
    await using forwarder = new ForwarderProcess();
    forwarder.send({
      type: 'config',
      config: { host: '0.0.0.0', port: 0, allow: [], allowedHosts: [] },
      target: null,
    });
    expect(await forwarder.message('bind-failed')).toMatchObject({
      code: 'BIND_REFUSED',
      message: expect.stringContaining('0.0.0.0'),
    });
  });

  it.runIf(own)('closes a peer that is not on the list at once, and says so', async () => {
    await using target = await answering();
    await using forwarder = await ForwarderProcess.start(target.address, {
      host: '0.0.0.0',
      allow: ['203.0.113.0/24'],
    });
    using stranger = new TcpClient(forwarder.port, own);
    stranger.socket.write(HEAD);
    await eventually(() => stranger.ended || stranger.closed, 'the end');
    expect(stranger.received).toBe('');
    await forwarder.until(() => forwarder.stderr.includes(`refused a connection from ${own}`), 'the line');
    expect(target.sockets.size).toBe(0);

    await using open = await ForwarderProcess.start(target.address, {
      host: '0.0.0.0',
      allow: [`${own}/32`],
    });
    using friend = new TcpClient(open.port, own);
    friend.socket.write(HEAD);
    await eventually(() => friend.received === ANSWER, 'the answer');
  });
});

describe('reports', () => {
  it('list each connection with its name, process and counters', async () => {
    await using target = await answering();
    await using forwarder = await ForwarderProcess.start(target.address);
    const before = Date.now();
    using client = new TcpClient(forwarder.port);
    client.socket.write(HEAD);
    const { clients } = await forwarder.message('clients', ({ clients: [one] }) => one?.pid === process.pid);
    expect(clients).toHaveLength(1);
    expect(clients[0]).toMatchObject({
      id: expect.stringMatching(/^raw-[0-9a-f]{32}$/),
      kind: 'raw',
      name: 'Tool',
      peer: `127.0.0.1:${client.socket.localPort}`,
      requests: 1,
      failures: 0,
      bytesIn: HEAD.length,
      bytesOut: ANSWER.length,
      connected: true,
    });
    expect(clients[0]?.since).toBeGreaterThanOrEqual(before);
    client.socket.write(HEAD);
    await forwarder.message('clients', ({ clients: [one] }) => one?.requests === 2);
    client.socket.destroy();
    await forwarder.until(() => {
      const last = forwarder.messages.at(-1);
      return last?.type === 'clients' && last.clients.length === 0;
    }, 'the empty list');
  });

  it('kill closes the connections it names, and no other', async () => {
    await using target = await answering();
    await using forwarder = await ForwarderProcess.start(target.address);
    using one = new TcpClient(forwarder.port);
    await once(one.socket, 'connect');
    const first = await forwarder.message('clients', ({ clients }) => clients.length === 1);
    using two = new TcpClient(forwarder.port);
    await forwarder.message('clients', ({ clients }) => clients.length === 2);
    const id = first.clients[0]?.id ?? '';
    forwarder.send({ type: 'kill', id: 7, clients: [id, 'raw-unknown'] });
    expect(await forwarder.message('killed')).toEqual({ type: 'killed', id: 7, clients: [id] });
    await eventually(() => one.ended, 'the end of the first');
    two.socket.write(HEAD);
    await eventually(() => two.received === ANSWER);
  });
});

describe('the end', () => {
  it('drain lets what is on its way finish, ends the idle, takes no more, and exits 0', async () => {
    let answer = () => {};
    await using target = await TcpTarget.start((socket) =>
      socket.on('data', () => {
        answer = () => socket.write(ANSWER);
      }),
    );
    await using forwarder = await ForwarderProcess.start(target.address);
    using idle = new TcpClient(forwarder.port);
    using busy = new TcpClient(forwarder.port);
    busy.socket.write(HEAD);
    await forwarder.message('clients', ({ clients }) => clients.some((client) => client.requests === 1));
    forwarder.send({ type: 'drain', ms: 20_000 });
    await eventually(() => idle.ended, 'the end of the idle one');
    using late = new TcpClient(forwarder.port);
    await eventually(() => late.closed);
    expect(late.error).toBe('ECONNREFUSED');
    expect(busy.ended).toBe(false);
    answer();
    await eventually(() => busy.ended);
    expect(busy.received).toBe(ANSWER);
    expect(await forwarder.exited()).toEqual({ code: 0, signal: null });
  });

  it('drain waits no longer than it may', async () => {
    await using target = await silent();
    await using forwarder = await ForwarderProcess.start(target.address);
    using client = new TcpClient(forwarder.port);
    client.socket.write('\x01');
    await forwarder.message('clients', ({ clients }) => clients[0]?.bytesIn === 1);
    const start = performance.now();
    forwarder.send({ type: 'drain', ms: 300 });
    expect(await forwarder.exited()).toEqual({ code: 0, signal: null });
    expect(performance.now() - start).toBeGreaterThan(280);
    expect(performance.now() - start).toBeLessThan(3000);
  });

  it('a supervisor that is gone ends it at once; Ctrl-C in its group does not', async () => {
    await using target = await silent();
    await using forwarder = await ForwarderProcess.start(target.address);
    forwarder.child.kill('SIGINT');
    forwarder.child.kill('SIGHUP');
    using client = new TcpClient(forwarder.port);
    client.socket.write('\x01');
    await eventually(() => target.sockets.size === 1, 'a connection after the signals');
    forwarder.child.disconnect();
    expect(await forwarder.exited()).toEqual({ code: 0, signal: null });
    await eventually(() => client.ended || client.closed);
  });
});

describe('connections that come and go', () => {
  it('leave no descriptor behind, however they end', async () => {
    await using target = await answering();
    await using forwarder = await ForwarderProcess.start(target.address);
    const descriptors = () => readdirSync(`/proc/${forwarder.child.pid}/fd`).length;
    const round = async () => {
      const clients = Array.from({ length: 60 }, () => new TcpClient(forwarder.port));
      const starts = ['', '\x01', 'GET / HT', HEAD, HEAD.replace('localhost', 'evil.example')];
      for (const [i, client] of clients.entries()) client.socket.write(starts[i % starts.length] ?? '');
      await eventually(() => clients.every((client) => client.socket.readyState !== 'opening'));
      for (const [i, { socket }] of clients.entries()) {
        if (i % 3 === 0) socket.end();
        else if (i % 3 === 1) socket.destroy();
        else socket.resetAndDestroy();
      }
      await eventually(() => clients.every((client) => client.ended || client.closed), 'all ends');
      for (const { socket } of clients) socket.destroy();
      await eventually(() => target.sockets.size === 0, 'no socket at the target');
    };
    // The thread that looks for pids has descriptors of its own: it must be up before they are counted.
    using first = new TcpClient(forwarder.port);
    await forwarder.message('clients', ({ clients: [one] }) => one?.pid === process.pid);
    first.socket.destroy();
    await round();
    const before = descriptors();
    for (let i = 0; i < 5; i++) await round();
    await eventually(() => descriptors() <= before, 'the descriptors of the first round');
  });
});

describe('few descriptors', () => {
  it('the connection too many is closed, the others live on', async () => {
    await using target = await answering();
    await using forwarder = new ForwarderProcess({
      path: '/bin/sh',
      args: ['-c', 'ulimit -n 128 && exec "$0" "$@"', process.execPath],
    });
    await forwarder.configure(target.address);
    // (128 − 64 spare) ÷ 2 sockets each.
    const clients = Array.from({ length: 32 }, () => new TcpClient(forwarder.port));
    try {
      await eventually(() => target.sockets.size === 32, '32 connections');
      using tooMany = new TcpClient(forwarder.port);
      await eventually(() => tooMany.closed || tooMany.ended, 'the end of the 33rd');
      for (const client of clients) client.socket.write(HEAD);
      await eventually(() => clients.every((client) => client.received === ANSWER), '32 answers');
      clients.pop()?.socket.destroy();
      await eventually(() => target.sockets.size === 31, 'one place free');
      await eventually(async () => {
        using next = new TcpClient(forwarder.port);
        next.socket.write(HEAD);
        await eventually(() => next.received === ANSWER || next.closed || next.ended);
        return next.received === ANSWER;
      }, 'the free place taken');
    } finally {
      for (const client of clients) client.socket.destroy();
    }
  });
});
