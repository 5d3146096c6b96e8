import { setTimeout as wait } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { type Frame, RawClient } from '../raw-client.ts';

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One client that is cut off in the middle of something; `page` is an address it may open. */
type Cut = (endpoint: string, page: string, random: () => number) => Promise<void>;

const PAUSE = { autoAttach: true, waitForDebuggerOnStart: true, flatten: true };

const FIRST_COMMANDS: [method: string, params: object][] = [
  ['Target.setAutoAttach', PAUSE],
  ['Target.setDiscoverTargets', { discover: true }],
  ['Target.createTarget', { url: 'about:blank' }],
  ['Target.createBrowserContext', {}],
  ['Target.getTargets', {}],
  ['Browser.getVersion', {}],
];

/** By how often they happen: the last ones cost a page that is loaded. */
export const CUTS: Record<string, { weight: number; cut: Cut }> = {
  'during the handshake': {
    weight: 4,
    cut: async (endpoint, _page, random) => {
      const socket = new WebSocket(endpoint, { perMessageDeflate: false });
      socket.on('error', () => {});
      const closed = new Promise((resolve) => socket.once('close', resolve));
      await wait(random() * 6);
      socket.terminate();
      await closed;
    },
  },
  'right after it opened': {
    weight: 2,
    cut: async (endpoint) => {
      await using _client = await RawClient.connect(endpoint);
    },
  },
  'with first commands in flight': {
    weight: 12,
    cut: async (endpoint, _page, random) => {
      await using client = await RawClient.connect(endpoint);
      const many = 1 + Math.floor(random() * 5);
      for (let id = 1; id <= many; id += 1) {
        const [method, params] = pick(FIRST_COMMANDS, random);
        client.say({ id, method, params });
      }
      // Up to the time that a context and a page take.
      await wait(random() * random() * 250);
    },
  },
  'with a page of a context of its own': {
    weight: 2,
    cut: async (endpoint, page) => {
      await using client = await RawClient.connect(endpoint);
      const { result } = await client.call('Target.createBrowserContext');
      await openPage(client, page, result);
    },
  },
  'with an alert open': {
    weight: 2,
    cut: async (endpoint, page) => {
      await using client = await RawClient.connect(endpoint);
      const { sessionId } = await openPage(client, page);
      await openAlert(client, sessionId, '');
    },
  },
  'with an alert over a page that does not want to be left': {
    weight: 2,
    cut: async (endpoint, page) => {
      await using client = await RawClient.connect(endpoint);
      const { sessionId } = await openPage(client, page);
      await openAlert(client, sessionId, 'onbeforeunload = (event) => event.preventDefault();');
    },
  },
  'with a popup that is paused': {
    weight: 2,
    cut: async (endpoint, page) => {
      await using client = await RawClient.connect(endpoint);
      const { targetId, sessionId } = await openPage(client, page);
      await client.call('Target.setAutoAttach', PAUSE);
      const expression = 'open(location.href)';
      client.say({
        id: 99,
        method: 'Runtime.evaluate',
        params: { expression, userGesture: true },
        sessionId,
      });
      await client.heard(
        ({ method, params }: Frame) =>
          method === 'Target.attachedToTarget' && params.targetInfo.openerId === targetId,
      );
    },
  },
};

/** Any of the cuts, by their weight. */
export function pickCut(random: () => number): [name: string, cut: Cut] {
  const bag = Object.entries(CUTS).flatMap(([name, { weight, cut }]) =>
    Array.from({ length: weight }, (): [string, Cut] => [name, cut]),
  );
  return pick(bag, random);
}

function pick<T>(items: readonly T[], random: () => number): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

async function openPage(
  client: RawClient,
  url: string,
  params: object = {},
): Promise<{ targetId: string; sessionId: string }> {
  const { targetId } = (await client.call('Target.createTarget', { url, ...params })).result;
  const { sessionId } = (await client.call('Target.attachToTarget', { targetId, flatten: true })).result;
  await client.call('Page.enable', {}, sessionId);
  for (;;) {
    const expression = 'document.readyState + location.pathname';
    const { result } = await client.call('Runtime.evaluate', { expression }, sessionId);
    if (result?.result.value === `complete${new URL(url).pathname}`) return { targetId, sessionId };
  }
}

async function openAlert(client: RawClient, sessionId: string, before: string): Promise<void> {
  const expression = `${before} alert('here')`;
  client.say({ id: 99, method: 'Runtime.evaluate', params: { expression, userGesture: true }, sessionId });
  await client.heard(({ method }) => method === 'Page.javascriptDialogOpening');
}
