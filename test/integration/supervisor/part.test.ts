import { connect, createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { resolveConfig, type UpFlags } from '../../../src/shared/config.ts';
import type { FromForwarder, ToForwarder } from '../../../src/shared/ipc.ts';
import { Part } from '../../../src/supervisor/part.ts';
import { choosePort } from '../../../src/supervisor/ports.ts';
import type { Running } from '../../../src/supervisor/service.ts';
import { forwarderOptions } from '../../../src/supervisor/specs.ts';

/** The forwarder as the supervisor runs it: a real process of ours, bound to a real port. */
const started: Running[] = [];
const servers: Server[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((running) => running.stop(100)));
  for (const server of servers.splice(0)) server.close();
});

function forwarder(flags: UpFlags) {
  const said: string[] = [];
  const config = resolveConfig(flags, {}, '0.0.0');
  const part = new Part<FromForwarder, ToForwarder>(
    forwarderOptions(config, {
      endpoint: () => null,
      onMessage: () => {},
      say: (message) => said.push(message),
      note: (line) => said.push(line),
    }),
  );
  const start = async () => {
    const running = await part.spec.start(new AbortController().signal);
    started.push(running);
    return running;
  };
  return { part, start, said };
}

async function listen(host: string, port = 0): Promise<number> {
  const server = createServer().listen(port, host);
  servers.push(server);
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

describe('a part', () => {
  it('is ready when it listens, and comes back to the same port after a SIGKILL', async () => {
    const { part, start } = forwarder({ proxyPort: '0' });
    const first = await start();
    const port = part.address?.port ?? 0;
    expect(first.detail).toBe(`127.0.0.1:${port}`);
    expect(await accepts(port)).toBe(true);
    first.kill();
    expect(await first.exited).toMatchObject({ signal: 'SIGKILL' });
    const second = await start();
    expect(second.pid).not.toBe(first.pid);
    expect(part.address?.port).toBe(port);
    expect(await accepts(port)).toBe(true);
  });

  it('ends when it is asked to drain', async () => {
    const { start } = forwarder({ proxyPort: '0' });
    const running = await start();
    await running.stop(500);
    expect(await running.exited).toMatchObject({ code: 0, signal: null });
  });

  it.each(['127.0.0.1', '::1'])(
    'refuses a named port that somebody holds on %s, and names the holder',
    async (host) => {
      const port = await listen(host);
      const { start } = forwarder({ proxyPort: String(port) });
      await expect(start()).rejects.toMatchObject({
        code: 'PORT_TAKEN',
        message: expect.stringContaining(`pid ${process.pid}`),
        hint: expect.stringContaining('--proxy-port'),
      });
    },
  );

  it('answers a question, and fails it when the process dies over it', async () => {
    const { part, start } = forwarder({ proxyPort: '0' });
    const running = await start();
    expect(await part.ask((id) => ({ type: 'kill', id, clients: ['raw-none'] }))).toMatchObject({
      clients: [],
    });
    process.kill(running.pid ?? 0, 'SIGSTOP');
    const asked = part.ask((id) => ({ type: 'kill', id, clients: ['raw-none'] }));
    running.kill();
    await expect(asked).rejects.toMatchObject({ code: 'CHILD_FAILED' });
  });
});

describe('choosePort', () => {
  const wish = (port: number, named: boolean) => ({
    host: '127.0.0.1',
    port,
    named,
    what: 'gateway',
    flag: '--port',
  });

  it('steps a default by ten and says who has it', async () => {
    const port = await listen('127.0.0.1');
    const said: string[] = [];
    expect(await choosePort(wish(port, false), (message) => said.push(message))).toBe(port + 10);
    expect(said).toEqual([expect.stringContaining(`port ${port} is taken by pid ${process.pid}`)]);
    expect(said[0]).toContain(`using ${port + 10}`);
  });

  it('steps a default off a port that is promised to others', async () => {
    const port = await listen('127.0.0.1');
    servers.pop()?.close();
    const said: string[] = [];
    const avoiding = { ...wish(port, false), avoid: [port] };
    expect(await choosePort(avoiding, (message) => said.push(message))).toBe(port + 10);
    expect(said).toEqual([`gateway: port ${port} is what --listen names, using ${port + 10}`]);
  });

  it('keeps a port that is free, and any', async () => {
    const port = await listen('127.0.0.1');
    servers.pop()?.close();
    expect(await choosePort(wish(port, true), () => {})).toBe(port);
    expect(await choosePort(wish(0, true), () => {})).toBe(0);
  });
});
