import { expect, test } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';
import { Neighbour, openPage, residentMb } from './neighbour.ts';
import { RawClient } from './raw-client.ts';

const chrome = await Chrome.start();
const gateway = await gatewayOn(chrome);
const pid = gateway.child.pid ?? 0;

const MIB = 1024 * 1024;

/** What may lie unread of one client, and how many that do not read come one after the other. */
const UNREAD_MB = 32;
const FULL = process.env.CDP_HUB_TEST_FULL === '1';
const ROUNDS = FULL ? 20 : 3;

const SLOW = {
  code: 1013,
  reason: 'cdp-hub: over 32 MiB lay unread; read faster or ask for less, then reconnect',
};

async function clients(): Promise<number> {
  const stats = (await (await fetch(`${gateway.url}/stats`)).json()) as { clients: object[] };
  return stats.clients.length;
}

const METRICS = { width: 1000, height: 1000, deviceScaleFactor: 1, mobile: false };

/** Pictures that nothing makes smaller, one after the other. */
const NOISE = `
  const canvas = document.body.appendChild(document.createElement('canvas'));
  canvas.width = canvas.height = 1000;
  const context = canvas.getContext('2d');
  const picture = context.createImageData(1000, 1000);
  const bytes = picture.data;
  setInterval(() => {
    for (let at = 0; at < bytes.length; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
    for (let at = 3; at < bytes.length; at += 4) bytes[at] = 255;
    context.putImageData(picture, 0, 0);
  }, 30)`;

const CONSOLE = `setInterval(() => {
  for (let n = 0; n < 50; n += 1) console.log('x'.repeat(4000));
}, 10)`;

/** Has the browser send what nobody will read; returns what keeps it coming, to be called again and again. */
type Flood = (client: RawClient, sessionId: string) => Promise<() => void>;

const FLOODS: Record<string, Flood> = {
  'a screencast': async (client, sessionId) => {
    await client.call('Emulation.setDeviceMetricsOverride', METRICS, sessionId);
    await client.call('Runtime.evaluate', { expression: NOISE }, sessionId);
    await client.call('Page.startScreencast', { format: 'png' }, sessionId);
    const frame = await client.heard(({ method }) => method === 'Page.screencastFrame');
    const params = { sessionId: frame.params.sessionId };
    // Without it Chrome would send no more: a screencast whose frames are not acknowledged floods nobody.
    return () => client.say({ id: 9, method: 'Page.screencastFrameAck', params, sessionId });
  },
  'console events': async (client, sessionId) => {
    await client.call('Runtime.enable', {}, sessionId);
    client.say({ id: 9, method: 'Runtime.evaluate', params: { expression: CONSOLE }, sessionId });
    return () => {};
  },
  'answers of 5 MB': async (client, sessionId) => () =>
    client.say({ id: 9, method: 'Runtime.evaluate', params: { expression: "'x'.repeat(5e6)" }, sessionId }),
};

/** Does not read what it asked for, until it is off the hub's list of clients. */
async function beSlow(flood: Flood, neighbour: Neighbour): Promise<RawClient> {
  const known = await clients();
  const slow = await RawClient.connect(gateway.cdp);
  const more = await flood(slow, await openPage(slow));
  slow.socket.pause();
  const before = neighbour.answered;
  const listed = () => {
    more();
    return clients();
  };
  await expect.poll(listed, { interval: 50, timeout: 30_000 }).toBe(known);
  expect(neighbour.answered).toBeGreaterThan(before);
  return slow;
}

test.each(Object.entries(FLOODS))(
  'who does not read %s is let go and told why; another client goes on',
  async (_, flood) => {
    await using neighbour = await Neighbour.beside(gateway.cdp);
    await using slow = await beSlow(flood, neighbour);
    slow.socket.resume();
    expect(await slow.closed).toEqual(SLOW);
    await neighbour.answers(50);
  },
);

test.runIf(FULL)(
  'the memory that slow clients cost comes back',
  async () => {
    await using neighbour = await Neighbour.beside(gateway.cdp);
    const flood = FLOODS['answers of 5 MB'] ?? expect.unreachable();
    const before = residentMb(pid);
    for (let n = 0; n < ROUNDS; n += 1) {
      // It never reads again, and is cut off.
      await using _slow = await beSlow(flood, neighbour);
    }
    await expect.poll(() => residentMb(pid), { timeout: 15_000 }).toBeLessThan(before + 2 * UNREAD_MB);
  },
  120_000,
);

test('one answer that is larger by itself than what may lie unread is delivered', async () => {
  await using neighbour = await Neighbour.beside(gateway.cdp);
  await using client = await RawClient.connect(gateway.cdp);
  const session = await openPage(client);
  const expression = `'x'.repeat(${40 * MIB})`;
  const answer = await client.call('Runtime.evaluate', { expression }, session);
  expect(answer.result.result.value).toHaveLength(40 * MIB);
  expect((await client.call('Runtime.evaluate', { expression: '1' }, session)).result.result.value).toBe(1);
  await neighbour.answers(50);
});
