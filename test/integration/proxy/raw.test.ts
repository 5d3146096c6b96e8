import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { eventually, ForwarderProcess, TcpClient, TcpTarget } from './forwarder-process.ts';

const HELLO = '\x01raw';
const MB = 1024 * 1024;

describe('bytes both ways', () => {
  it('pass unchanged, and FIN passes as half-close in either direction', async () => {
    await using target = await TcpTarget.start((socket) => {
      let got = '';
      socket.setEncoding('latin1').on('data', (text: string) => {
        got += text;
        if (text.endsWith('?')) socket.write('!');
      });
      // Only after the client's FIN is all of this sent.
      socket.on('end', () => socket.end(`got ${got}`));
    }, true);
    await using forwarder = await ForwarderProcess.start(target.address);
    using client = new TcpClient(forwarder.port);
    client.socket.write(`${HELLO}?`);
    await eventually(() => client.received === '!', 'the answer');
    client.socket.end('last');
    await eventually(() => client.ended, 'the other half');
    expect(client.received).toBe(`!got ${HELLO}?last`);
    await eventually(() => target.sockets.size === 0, 'the end of the target side');
  });

  it('a target that ends first still hears the client', async () => {
    let heard = '';
    await using target = await TcpTarget.start((socket) => {
      socket.setEncoding('latin1').on('data', (text: string) => {
        heard += text;
      });
      socket.end('bye');
    }, true);
    await using forwarder = await ForwarderProcess.start(target.address);
    using client = new TcpClient(forwarder.port);
    await eventually(() => client.ended, 'FIN');
    expect(client.received).toBe('bye');
    client.socket.end('after your end');
    await eventually(() => heard === 'after your end', 'the rest');
    await eventually(() => target.sockets.size === 0, 'the end');
  });

  it('a server that speaks first is heard', async () => {
    await using target = await TcpTarget.start((socket) => socket.write('220 ready\r\n'));
    await using forwarder = await ForwarderProcess.start(target.address);
    using client = new TcpClient(forwarder.port);
    await eventually(() => client.received === '220 ready\r\n');
  });

  it("come out as they went in, both ways at once, whatever the reader's pace", async () => {
    await using target = await TcpTarget.start((socket) => socket.pipe(socket), true);
    await using forwarder = await ForwarderProcess.start(target.address);
    const one = echoOf(forwarder.port, 24 * MB);
    const two = echoOf(forwarder.port, 8 * MB);
    for (const { sent, received } of await Promise.all([one, two])) expect(received).toBe(sent);
  });

  it('a reset passes as a reset, from either end', async () => {
    const errors: string[] = [];
    await using target = await TcpTarget.start((socket) => {
      socket.on('error', (error: NodeJS.ErrnoException) => errors.push(error.code ?? ''));
      socket.on('data', (bytes) => {
        if (bytes.toString() === 'reset me') socket.resetAndDestroy();
        else socket.write('seen');
      });
    });
    await using forwarder = await ForwarderProcess.start(target.address);
    using one = new TcpClient(forwarder.port);
    one.socket.write(HELLO);
    await eventually(() => one.received === 'seen');
    one.socket.resetAndDestroy();
    await eventually(() => errors.length > 0, 'the reset at the target');
    expect(errors).toEqual(['ECONNRESET']);

    using two = new TcpClient(forwarder.port);
    two.socket.write('reset me');
    await eventually(() => two.closed, 'the reset at the client');
    expect(two.error).toBe('ECONNRESET');
    await forwarder.message('clients', ({ clients }) => clients.length > 0);
    await forwarder.until(() => lastClients(forwarder) === 0, 'both connections gone');
  });

  it('a peer that is killed is gone on the other side as well', async () => {
    await using target = await TcpTarget.start((socket) => {
      socket.resume();
    });
    await using forwarder = await ForwarderProcess.start(target.address);
    const script = `require('net').connect(${forwarder.port}, '127.0.0.1').on('connect', function () { this.write('\\x01') })`;
    const child = spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
    try {
      await forwarder.message('clients', ({ clients }) => clients.some(({ pid }) => pid === child.pid));
      expect(target.sockets.size).toBe(1);
    } finally {
      child.kill('SIGKILL');
    }
    await eventually(() => target.sockets.size === 0, 'the end of its connection');
    await forwarder.until(() => lastClients(forwarder) === 0, 'no client left');
  });
});

describe('a reader that does not read', () => {
  it.each([
    ['raw', HELLO, ''],
    [
      'an HTTP answer',
      'GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n',
      `HTTP/1.1 200 OK\r\nContent-Length: ${200 * MB}\r\n\r\n`,
    ],
  ])(
    '%s: 200 MB wait outside the forwarder, and all of them arrive in the end',
    async (_name, hello, head) => {
      const sent = { bytes: 0 };
      await using target = await TcpTarget.start((socket) => {
        socket.once('data', () => {
          socket.write(head);
          const block = Buffer.alloc(MB, 'x');
          const more = () => {
            while (sent.bytes < 200 * MB) {
              sent.bytes += MB;
              if (!socket.write(block)) return void socket.once('drain', more);
            }
            socket.end();
          };
          more();
        });
      });
      await using forwarder = await ForwarderProcess.start(target.address);
      using client = new TcpClient(forwarder.port);
      client.socket.removeAllListeners('data');
      client.socket.setEncoding('latin1');
      client.socket.pause();
      const before = residentMB(forwarder);
      client.socket.write(hello);
      await eventually(
        stopsMoving(() => sent.bytes),
        'backpressure at the sender',
      );
      expect(sent.bytes).toBeGreaterThan(0);
      expect(sent.bytes).toBeLessThan(60 * MB);
      expect(residentMB(forwarder) - before).toBeLessThan(60);

      let received = 0;
      client.socket.on('data', (text: string) => {
        received += text.length;
      });
      client.socket.resume();
      await eventually(() => client.ended, 'all of it');
      expect(received).toBe(200 * MB + head.length);
      expect(residentMB(forwarder) - before).toBeLessThan(120);
    },
  );

  it('small pieces that pile up while it sleeps are not mixed up', async () => {
    const out = createHash('sha256');
    const sent = { bytes: 0 };
    let finish = () => {};
    await using target = await TcpTarget.start((socket) => {
      socket.setNoDelay(true);
      let over = false;
      finish = () => {
        over = true;
      };
      const more = () => {
        if (over) return void socket.end();
        const part = randomBytes(1 + (sent.bytes % 1500));
        sent.bytes += part.length;
        out.update(part);
        if (socket.write(part)) setImmediate(more);
        else socket.once('drain', more);
      };
      socket.once('data', more);
    });
    await using forwarder = await ForwarderProcess.start(target.address);
    const socket = connect({ port: forwarder.port, host: '127.0.0.1' });
    const back = createHash('sha256');
    socket.on('data', (bytes) => back.update(bytes)).pause();
    socket.write(HELLO);
    await eventually(
      stopsMoving(() => sent.bytes),
      'backpressure at the sender',
    );
    socket.resume();
    finish();
    await once(socket, 'end');
    expect(back.digest('hex')).toBe(out.digest('hex'));
  });

  it('the other way: a target that does not read stops the client', async () => {
    let reader: (() => void) | undefined;
    let got = 0;
    await using target = await TcpTarget.start((socket) => {
      socket.pause();
      reader = () => {
        socket.on('data', (bytes) => {
          got += bytes.length;
        });
        socket.resume();
      };
    });
    await using forwarder = await ForwarderProcess.start(target.address);
    using client = new TcpClient(forwarder.port);
    const before = residentMB(forwarder);
    const block = Buffer.alloc(MB, 1);
    let sent = 0;
    const more = () => {
      while (sent < 100 * MB) {
        sent += MB;
        if (!client.socket.write(block)) return void client.socket.once('drain', more);
      }
    };
    more();
    await eventually(
      stopsMoving(() => sent),
      'backpressure at the client',
    );
    expect(sent).toBeLessThan(60 * MB);
    expect(residentMB(forwarder) - before).toBeLessThan(60);
    reader?.();
    await eventually(() => got === 100 * MB, 'all of it');
  });
});

/** Digests of random bytes sent to an echo and of what came back, read in fits and starts. */
async function echoOf(port: number, size: number): Promise<{ sent: string; received: string }> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const [out, back] = [createHash('sha256'), createHash('sha256')];
  let reads = 0;
  socket.on('data', (bytes) => {
    back.update(bytes);
    if (++reads % 40 !== 0) return;
    socket.pause();
    setTimeout(() => socket.resume(), reads % 3);
  });
  socket.write('\x01');
  out.update('\x01');
  for (let sent = 0; sent < size; ) {
    const part = randomBytes(1 + (sent % 7 === 0 ? 300_000 : 3_000));
    sent += part.length;
    out.update(part);
    if (!socket.write(part)) await once(socket, 'drain');
  }
  socket.end();
  await once(socket, 'end');
  return { sent: out.digest('hex'), received: back.digest('hex') };
}

function lastClients(forwarder: ForwarderProcess): number {
  const reports = forwarder.messages.filter((message) => message.type === 'clients');
  return reports.at(-1)?.clients.length ?? 0;
}

function residentMB(forwarder: ForwarderProcess): number {
  const status = readFileSync(`/proc/${forwarder.child.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

/** True once the value has been above zero and the same for 30 looks in a row. */
function stopsMoving(value: () => number): () => boolean {
  let last = 0;
  let same = 0;
  return () => {
    same = value() === last && last > 0 ? same + 1 : 0;
    last = value();
    return same >= 30;
  };
}
