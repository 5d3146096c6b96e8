import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { resolveConfig, type UpFlags } from '../../../src/shared/config.ts';
import type { FromGateway, ToGateway } from '../../../src/shared/ipc.ts';
import { JournalKeeper } from '../../../src/supervisor/journal.ts';
import { ListenPorts } from '../../../src/supervisor/listen-ports.ts';
import { Part } from '../../../src/supervisor/part.ts';
import type { Running } from '../../../src/supervisor/service.ts';
import { gatewayOptions } from '../../../src/supervisor/specs.ts';

/** The gateway as the supervisor runs it, with further ports. */
const started: Running[] = [];
const servers: Server[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((running) => running.stop(100)));
  for (const server of servers.splice(0)) server.close();
});

function gateway(flags: UpFlags) {
  const config = resolveConfig(flags, {}, '0.0.0');
  const listen = new ListenPorts(config.gateway.host, config.listen);
  const hooks = {
    browserId: 'b',
    controlToken: 'control',
    artifactsDir: '/nowhere',
    stateDir: '/nowhere',
    token: null,
    corsOrigins: [],
    rateLimit: null,
    endpoint: () => null,
    journal: () => new JournalKeeper(() => null),
    onMessage: () => {},
    say: () => {},
    note: () => {},
  };
  const part = new Part<FromGateway, ToGateway>(gatewayOptions(config, hooks, listen));
  const start = async () => {
    const running = await part.spec.start(new AbortController().signal);
    started.push(running);
    return running;
  };
  return { part, listen, start };
}

async function hold(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return (server.address() as { port: number }).port;
}

test('any free port is the same one in the next life', async () => {
  const { part, listen, start } = gateway({ port: '0', listen: ['0=workspace:alice', '0=workspace:bob'] });
  expect(listen.urls).toEqual([]);
  const first = await start();
  const { urls } = listen;
  expect(urls.map(({ workspace }) => workspace)).toEqual(['alice', 'bob']);
  const main = `http://127.0.0.1:${part.address?.port}`;
  const answers = () =>
    Promise.all([main, ...urls.map(({ url }) => url)].map((url) => fetch(`${url}/version`)));
  expect((await answers()).map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(new Set([main, ...urls.map(({ url }) => url)]).size).toBe(3);
  first.kill();
  await first.exited;
  await expect(answers()).rejects.toThrow();
  await start();
  expect(listen.urls).toEqual(urls);
  expect((await answers()).map(({ status }) => status)).toEqual([200, 200, 200]);
});

test('one that somebody holds is refused with its holder and the flag', async () => {
  const taken = await hold();
  const { start } = gateway({ port: '0', listen: ['0=workspace:alice', `${taken}=workspace:bob`] });
  await expect(start()).rejects.toMatchObject({
    code: 'PORT_TAKEN',
    message: expect.stringMatching(`workspace bob.*port ${taken} is taken by pid ${process.pid}`),
    hint: expect.stringContaining('--listen PORT=workspace:bob'),
  });
});

test('one that somebody takes while the gateway is away is refused in the same words', async () => {
  const { listen, start } = gateway({ port: '0', listen: ['0=workspace:alice'] });
  const first = await start();
  first.kill();
  await first.exited;
  const [{ port } = { port: 0 }] = listen.specs;
  servers.push(createServer().listen(port, '127.0.0.1'));
  await once(servers.at(-1) ?? createServer(), 'listening');
  await expect(start()).rejects.toMatchObject({
    code: 'PORT_TAKEN',
    message: expect.stringMatching(`workspace alice.*port ${port} is taken by pid ${process.pid}`),
    hint: expect.stringContaining('--listen PORT=workspace:alice'),
  });
});
