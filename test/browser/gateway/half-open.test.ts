import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Gateway } from '../../../src/gateway/gateway.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import type { GatewayConfig } from '../../../src/shared/ipc.ts';
import { Chrome } from '../../helpers/chrome.ts';
import { BROWSER_ID, GATEWAY_CONFIG } from '../../integration/gateway/gateway-process.ts';
import { Neighbour, openPage } from './neighbour.ts';
import { RawClient } from './raw-client.ts';

const CONFIG: GatewayConfig = { ...GATEWAY_CONFIG, isolation: 'context' };

/** A condition may take that long on a machine that is busy. */
const LOADED = { timeout: 10_000 };

const SILENT = 'data:text/html,silent';

/** Between two pings, milliseconds. */
const HEARTBEAT = 15_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** What of clients there is in the browser, asked past the hub. */
async function pages(chrome: Chrome): Promise<string[]> {
  await using direct = await RawClient.connect(chrome.endpoint.wsUrl);
  const { result } = await direct.call('Target.getTargets');
  const contexts = (await direct.call('Target.getBrowserContexts')).result.browserContextIds as string[];
  const infos = result.targetInfos as { type: string; url: string; browserContextId: string }[];
  return infos.flatMap(({ type, url, browserContextId }) =>
    type === 'page' && contexts.includes(browserContextId) ? [url] : [],
  );
}

/** A gateway whose clock of pings is in the test's hand, with a quiet client and one with a page that will be silent. */
async function setUp() {
  const things = new AsyncDisposableStack();
  const chrome = things.use(await Chrome.start());
  const gateway = new Gateway(CONFIG, systemClock, () => {});
  const { port } = await gateway.listen();
  things.defer(() => gateway.close());
  gateway.browser(chrome.endpoint, '');
  const url = `ws://127.0.0.1:${port}/devtools/browser/${BROWSER_ID}`;
  const neighbour = things.use(await Neighbour.beside(url));
  // Its kernel takes what comes, and nobody answers.
  const silent = things.use(await RawClient.connect(url, { autoPong: false }));
  const session = await openPage(silent, SILENT);
  await expect.poll(() => pages(chrome), LOADED).toContain(SILENT);
  return { chrome, neighbour, silent, session, [Symbol.asyncDispose]: () => things.disposeAsync() };
}

test('a client that is there and never answers is let go after two pings, and its workspace ends', async () => {
  await using scene = await setUp();
  const { chrome, neighbour, silent } = scene;
  for (let beats = 0; beats < 3; beats += 1) {
    expect(await pages(chrome)).toContain(SILENT);
    vi.advanceTimersByTime(HEARTBEAT);
    await neighbour.answers(20);
  }
  expect((await silent.closed).code).toBe(1006);
  await expect.poll(() => pages(chrome), LOADED).not.toContain(SILENT);
  await neighbour.answers(20);
});

test('a client that goes while its socket is not read is let go too, and its workspace ends', async () => {
  await using scene = await setUp();
  const { chrome, neighbour, silent, session } = scene;
  // More than one read of its socket takes in: the rest lies before its end, unread.
  const params = { expression: `new Promise(() => {}) // ${'x'.repeat(8192)}`, awaitPromise: true };
  for (let id = 1000; id < 1400; id += 1) {
    silent.say({ id, method: 'Runtime.evaluate', params, sessionId: session });
  }
  await expect.poll(() => silent.socket.bufferedAmount, LOADED).toBe(0);
  silent.socket.terminate();
  await expect
    .poll(
      () => {
        vi.advanceTimersByTime(HEARTBEAT);
        return pages(chrome);
      },
      { interval: 500, timeout: 10_000 },
    )
    .not.toContain(SILENT);
  await neighbour.answers(20);
});
