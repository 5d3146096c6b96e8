import { expect, test } from 'vitest';
import type { Journal } from '../../../src/shared/isolation.ts';
import { RawClient } from '../../browser/gateway/raw-client.ts';
import { FakeChrome } from './fake-chrome.ts';
import { GatewayProcess } from './gateway-process.ts';

/** A gateway on a written-down browser, and what its supervisor can tell it. */
async function setUp() {
  const chrome = await FakeChrome.start();
  const gateway = await GatewayProcess.start(chrome.endpoint);
  let asked = 0;
  const pause = async (on: boolean, ...clients: string[]) => {
    asked += 1;
    const id = asked;
    gateway.send({ type: 'pause', id, on, clients });
    return (await gateway.next('paused', (message) => message.id === id)).clients;
  };
  /** The browser was sent this, so many times. */
  const sent = (method: string) => chrome.commands.filter((command) => command.method === method).length;
  return {
    gateway,
    chrome,
    pause,
    sent,
    async idOf(name: string): Promise<string> {
      const { clients } = await gateway.next('clients', (told) =>
        told.clients.some((client) => client.name === name),
      );
      return clients.find((client) => client.name === name)?.id ?? '';
    },
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await chrome[Symbol.asyncDispose]();
    },
  };
}

test('a client is paused and resumed as the supervisor says; ids that nobody has are left out', async () => {
  await using hub = await setUp();
  await using client = await RawClient.connect(`${hub.gateway.cdp}?client=alice`);
  await client.call('Browser.getVersion');
  const id = await hub.idOf('alice');
  expect(await hub.pause(true, id, 'nobody', id)).toEqual([id]);
  await hub.gateway.next('clients', ({ clients }) => clients.some(({ paused }) => paused));
  for (const n of [11, 12, 13]) client.say({ id: n, method: `Held.n${n}` });
  await hub.gateway.next('clients', ({ clients }) => clients.some(({ inFlight }) => inFlight === 3));
  const { clients } = (await (await fetch(`${hub.gateway.url}/stats`)).json()) as { clients: object[] };
  expect(clients).toMatchObject([{ id, paused: true, in_flight: 3 }]);
  expect(hub.chrome.commands.some(({ method }) => method.startsWith('Held.'))).toBe(false);
  expect(await hub.pause(false, id, 'nobody')).toEqual([id]);
  await client.heard((frame) => frame.id === 13);
  const held = hub.chrome.commands.map(({ method }) => method).filter((method) => method.startsWith('Held.'));
  expect(held).toEqual(['Held.n11', 'Held.n12', 'Held.n13']);
  await hub.gateway.next('clients', ({ clients }) =>
    clients.some((each) => !each.paused && each.requests === 4),
  );
});

test('of a paused client no more is read than of one whose commands are not answered', async () => {
  await using hub = await setUp();
  await using client = await RawClient.connect(`${hub.gateway.cdp}?client=flood`);
  await client.call('Browser.getVersion');
  const id = await hub.idOf('flood');
  await hub.pause(true, id);
  const ids = Array.from({ length: 2000 }, (_, n) => 1000 + n);
  // Longer than what one read of the socket brings in together.
  const params = { text: 'x'.repeat(8192) };
  for (const n of ids) client.say({ id: n, method: 'Held.it', params });
  await hub.gateway.next('clients', ({ clients }) => clients.some(({ inFlight }) => inFlight >= 256));
  // What is told later would say more: the second time is of after that.
  const other = await RawClient.connect(`${hub.gateway.cdp}?client=other`);
  await other.call('Browser.getVersion');
  const later = await hub.gateway.next('clients', ({ clients }) =>
    clients.some(({ name, requests }) => name === 'other' && requests === 1),
  );
  expect(later.clients.find((each) => each.id === id)?.inFlight).toBeLessThan(300);
  await hub.pause(false, id);
  await client.heard((frame) => frame.id === 2999);
  const answered = client.frames.flatMap((frame) =>
    frame.id !== undefined && frame.id >= 1000 ? [frame.id] : [],
  );
  expect(answered).toEqual(ids);
  await other[Symbol.asyncDispose]();
});

test('a paused client can be killed, and what was held goes nowhere', async () => {
  await using hub = await setUp();
  await using client = await RawClient.connect(`${hub.gateway.cdp}?client=bad`);
  await client.call('Browser.getVersion');
  const id = await hub.idOf('bad');
  await hub.pause(true, id);
  client.say({ id: 9, method: 'Held.it' });
  await hub.gateway.next('clients', ({ clients }) => clients.some(({ inFlight }) => inFlight === 1));
  hub.gateway.send({ type: 'kill', id: 100, clients: [id] });
  expect(await hub.gateway.next('killed')).toEqual({ type: 'killed', id: 100, clients: [id] });
  expect(await client.closed).toMatchObject({ code: 1008 });
  expect(await hub.pause(false, id)).toEqual([]);
  await using next = await RawClient.connect(hub.gateway.cdp);
  await next.call('Browser.getVersion');
  expect(hub.sent('Held.it')).toBe(0);
});

test('a paused client stays when the browser goes; resumed, it is told', async () => {
  await using hub = await setUp();
  await using client = await RawClient.connect(`${hub.gateway.cdp}?client=alice`);
  await using other = await RawClient.connect(`${hub.gateway.cdp}?client=other`);
  await client.call('Browser.getVersion');
  const id = await hub.idOf('alice');
  await hub.pause(true, id);
  client.say({ id: 5, method: 'Held.it' });
  await hub.gateway.next('clients', ({ clients }) => clients.some(({ inFlight }) => inFlight === 1));
  hub.chrome.cut();
  expect(await other.closed).toMatchObject({ code: 1012 });
  expect(await client.heard((frame) => frame.id === 5)).toMatchObject({ error: { code: -32000 } });
  const back = await hub.gateway.execute({ method: 'Browser.getVersion' });
  expect(back.status).toBe(200);
  const { clients } = (await (await fetch(`${hub.gateway.url}/stats`)).json()) as { clients: object[] };
  expect(clients).toMatchObject([
    { id, paused: true },
    { id: 'http', paused: false },
  ]);
  client.say({ id: 6, method: 'Held.it' });
  expect(client.socket.readyState).toBe(client.socket.OPEN);
  expect(await hub.pause(false, id)).toEqual([id]);
  expect(await client.closed).toMatchObject({ code: 1012, reason: expect.stringContaining('reconnect') });
});

test('calls of a paused HTTP caller wait, and end with their own time, not sent then or later', async () => {
  await using hub = await setUp();
  const call = (method: string, timeoutMs?: number) =>
    hub.gateway.execute({ method, ...(timeoutMs !== undefined && { timeoutMs }) }, 'alice');
  expect((await call('Browser.getVersion')).status).toBe(200);
  const id = await hub.idOf('alice');
  await hub.pause(true, id);
  const waits = call('Target.waits');
  const ends = await call('Target.ends', 200);
  expect([ends.status, ends.body]).toEqual([
    504,
    {
      error: 'TIMEOUT',
      message: `Target.ends was not answered within 200 ms: its client alice (${id}) is paused`,
      hint: `Resume it with \`cdp-hub resume ${id}\`, and send the call again.`,
    },
  ]);
  expect((await call('Page.ends', 100)).status).toBe(504);
  expect(hub.sent('Target.waits')).toBe(0);
  await hub.pause(false, id);
  expect((await waits).status).toBe(200);
  expect((await call('Target.after')).status).toBe(200);
  const sent = ['Target.waits', 'Target.ends', 'Page.ends', 'Target.attachToTarget', 'Target.after'].map(
    hub.sent,
  );
  expect(sent).toEqual([1, 0, 0, 0, 1]);
});

test('an HTTP caller stays paused when the browser goes, and goes on with the next', async () => {
  await using hub = await setUp();
  const call = (timeoutMs: number) =>
    hub.gateway.execute({ method: 'Browser.getVersion', timeoutMs }, 'alice');
  expect((await call(5000)).status).toBe(200);
  const id = await hub.idOf('alice');
  await hub.pause(true, id);
  const held = call(15_000);
  await hub.gateway.next('clients', ({ clients }) => clients.some(({ inFlight }) => inFlight === 1));
  hub.chrome.cut();
  expect((await held).body.error?.message).toContain('cdp-hub:');
  expect((await call(200)).body.message).toContain('is paused');
  await hub.pause(false, id);
  expect((await call(5000)).body.result.product).toBe('Fake/1');
});

test.each(['killed', 'stopped'] as const)(
  'an HTTP caller stays paused when the gateway is %s, and goes on with the next, under the same id',
  async (how) => {
    await using hub = await setUp();
    const { gateway } = hub;
    for (const name of ['alice', 'bob']) {
      expect((await gateway.execute({ method: 'Browser.getVersion' }, name)).status).toBe(200);
    }
    const id = await hub.idOf('alice');
    await hub.pause(true, id);
    const pausedIn = (told: { journal: Journal }) =>
      Object.fromEntries(told.journal.workspaces.map(({ name, paused }) => [name, paused]));
    await gateway.next('journal', (told) => pausedIn(told).alice === id);
    if (how === 'killed') gateway.child.kill('SIGKILL');
    else gateway.send({ type: 'drain', ms: 1000 });
    await gateway.exited;
    const last = gateway.messages.findLast((message) => message.type === 'journal');
    if (last?.type !== 'journal') throw new Error('no journal');
    expect(pausedIn(last)).toMatchObject({ alice: id, bob: null });

    await using next = await GatewayProcess.start(hub.chrome.endpoint, {}, last.journal);
    const call = (timeoutMs: number, name: string) =>
      next.execute({ method: 'Browser.getVersion', timeoutMs }, name);
    expect((await call(5000, 'bob')).status).toBe(200);
    expect((await call(200, 'alice')).body.message).toContain(`its client alice (${id}) is paused`);
    next.send({ type: 'pause', id: 1, on: false, clients: [id] });
    expect((await next.next('paused')).clients).toEqual([id]);
    expect((await call(5000, 'alice')).status).toBe(200);
    await next.next('journal', (told) => pausedIn(told).alice === null);
  },
);

test('one that was resumed is not paused again when the connection to the browser comes back', async () => {
  await using hub = await setUp();
  const call = (timeoutMs: number) =>
    hub.gateway.execute({ method: 'Browser.getVersion', timeoutMs }, 'alice');
  expect((await call(5000)).status).toBe(200);
  const id = await hub.idOf('alice');
  await hub.pause(true, id);
  const { journal } = await hub.gateway.next('journal', (told) =>
    told.journal.workspaces.some(({ paused }) => paused === id),
  );
  await using next = await GatewayProcess.start(null, {}, journal);
  next.send({ type: 'browser', browser: hub.chrome.endpoint, reason: '' });
  await next.next('upstream', ({ connected }) => connected);
  next.send({ type: 'kill', id: 1, clients: [id] });
  expect((await next.next('killed')).clients).toEqual([id]);
  // Before that is told in the journal.
  hub.chrome.cut();
  expect((await next.execute({ method: 'Browser.getVersion', timeoutMs: 5000 }, 'alice')).status).toBe(200);
});

test('/json/new of a paused caller ends with its reason, and makes nothing later', {
  timeout: 20_000,
}, async () => {
  await using hub = await setUp();
  expect((await hub.gateway.execute({ method: 'Browser.getVersion' })).status).toBe(200);
  // Makes its world, with a tab.
  await fetch(`${hub.gateway.url}/json/list`);
  const made = hub.sent('Target.createTarget');
  await hub.pause(true, 'http');
  const answer = await fetch(`${hub.gateway.url}/json/new`, { method: 'PUT' });
  expect([answer.status, await answer.json()]).toMatchObject([
    504,
    { message: 'Target.createTarget was not answered within 10000 ms: its client http is paused' },
  ]);
  await hub.pause(false, 'http');
  expect((await hub.gateway.execute({ method: 'Browser.getVersion' })).status).toBe(200);
  expect(hub.sent('Target.createTarget')).toBe(made);
});

test('a drain waits for no paused client', async () => {
  await using hub = await setUp();
  await using client = await RawClient.connect(`${hub.gateway.cdp}?client=alice`);
  await client.call('Browser.getVersion');
  await hub.gateway.execute({ method: 'Browser.getVersion' });
  await hub.pause(true, await hub.idOf('alice'), 'http');
  client.say({ id: 9, method: 'Held.it' });
  const call = hub.gateway.execute({ method: 'Browser.getVersion', timeoutMs: 60_000 });
  await hub.gateway.next('clients', ({ clients }) => clients.every(({ inFlight }) => inFlight === 1));
  hub.gateway.send({ type: 'drain', ms: 60_000 });
  expect(await client.closed).toMatchObject({ code: 1001 });
  expect((await call).body.error?.message).toBe('cdp-hub: the hub is stopping');
  expect(await hub.gateway.exited).toEqual([0, null]);
});
