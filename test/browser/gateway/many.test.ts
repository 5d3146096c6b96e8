import { Agent, get } from 'node:http';
import { expect, test } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { GatewayProcess } from '../../integration/gateway/gateway-process.ts';
import { Neighbour, openPage, residentMb } from './neighbour.ts';
import { RawClient, refusedUpgrade } from './raw-client.ts';

const FULL = process.env.CDP_HUB_TEST_FULL === '1';

const AT_ONCE = 50;

async function connectMany(url: string, count: number): Promise<RawClient[]> {
  const clients: RawClient[] = [];
  while (clients.length < count) {
    const batch = Math.min(AT_ONCE, count - clients.length);
    clients.push(...(await Promise.all(Array.from({ length: batch }, () => RawClient.connect(url)))));
  }
  return clients;
}

async function left(gateway: GatewayProcess): Promise<object> {
  const stats = (await (await fetch(`${gateway.url}/stats`)).json()) as {
    clients: object[];
    upstream: object;
  };
  return { clients: stats.clients.length, upstream: stats.upstream };
}

test.runIf(FULL)(
  '1,000 idle clients beside one that works; the 1,025th is refused; nothing is left of them',
  async () => {
    await using chrome = await Chrome.start();
    await using gateway = await GatewayProcess.start(chrome.endpoint);
    await gateway.next('upstream', ({ connected }) => connected);
    const pid = gateway.child.pid ?? 0;
    await using neighbour = await Neighbour.beside(gateway.cdp);
    await neighbour.answers(100);
    const before = await left(gateway);
    const memory = residentMb(pid);
    const idle = await connectMany(gateway.cdp, 1000);
    await neighbour.answers(100);
    const grown = residentMb(pid) - memory;
    console.log(`1,000 idle clients: +${grown.toFixed(0)} MB in the gateway`);
    expect(grown).toBeLessThan(120);
    idle.push(...(await connectMany(gateway.cdp, 23)));
    const refused = await refusedUpgrade(gateway.cdp);
    expect([refused.status, JSON.parse(refused.body)]).toEqual([
      503,
      expect.objectContaining({
        error: 'TOO_MANY_CLIENTS',
        message: 'the hub serves as many clients as it can',
      }),
    ]);
    // Idle is not dead.
    const last = await idle.at(-1)?.call('Browser.getVersion');
    expect(last?.result.product).toContain('Chrome');
    await neighbour.answers(100);
    await Promise.all(idle.map((client) => client[Symbol.asyncDispose]()));
    await expect.poll(() => left(gateway), { timeout: 15_000 }).toEqual(before);
    await using late = await RawClient.connect(gateway.cdp);
    expect((await late.call('Browser.getVersion')).error).toBeUndefined();
  },
);

const DESCRIPTORS = 160;

test('where descriptors run out, who is there works on, and who comes is let in when others go', async () => {
  await using chrome = await Chrome.start();
  await using gateway = await GatewayProcess.start(chrome.endpoint, {}, null, DESCRIPTORS);
  await gateway.next('upstream', ({ connected }) => connected);
  await using neighbour = await Neighbour.beside(gateway.cdp);
  await using other = await RawClient.connect(gateway.cdp);
  // A connection of HTTP that is there before.
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  expect((await ask(agent, `${gateway.url}/health`)).status).toBe(200);
  const tried = await Promise.allSettled(
    Array.from({ length: DESCRIPTORS }, () => RawClient.connect(gateway.cdp)),
  );
  const idle = tried.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  expect(idle.length).toBeLessThan(DESCRIPTORS);
  expect(idle.length).toBeGreaterThan(DESCRIPTORS / 4);
  await neighbour.answers(100);
  // New pages, and what the gateway itself has to open a connection for.
  await openPage(other);
  expect(await ask(agent, `${gateway.url}/json/protocol`)).toMatchObject({ status: 200 });
  agent.destroy();
  expect(gateway.messages.filter(({ type }) => type === 'upstream')).toHaveLength(1);
  await Promise.all(idle.map((client) => client[Symbol.asyncDispose]()));
  await expect
    .poll(
      () =>
        RawClient.connect(gateway.cdp).then(
          (client) => client[Symbol.asyncDispose]().then(() => 'in'),
          String,
        ),
      { timeout: 15_000 },
    )
    .toBe('in');
  await neighbour.answers(10);
  expect(gateway.stderr).toBe('');
});

function ask(agent: Agent, url: string): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      resolve({ status: response.statusCode, text });
    }).once('error', reject);
  });
}
