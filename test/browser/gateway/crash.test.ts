import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';
import { type Frame, RawClient } from './raw-client.ts';

const chrome = await Chrome.start();
const gateway = await gatewayOn(chrome);

/** The workspace of discovery and of bare page sockets. */
const SHARED = `${gateway.cdp}?workspace=default`;

const NEVER = { expression: 'new Promise(() => {})', awaitPromise: true };
const WORKER = `data:text/html,<script>new Worker(URL.createObjectURL(new Blob(['onmessage = () => {}'])))</script>`;

async function attach(client: RawClient, targetId: string): Promise<string> {
  const { result } = await client.call('Target.attachToTarget', { targetId, flatten: true });
  return result.sessionId;
}

async function newTab(url = 'about:blank'): Promise<string> {
  const response = await fetch(`${gateway.url}/json/new?${url}`, { method: 'PUT' });
  return ((await response.json()) as { id: string }).id;
}

const CRASHES: [how: string, method: string, params: object][] = [
  ['Page.crash', 'Page.crash', {}],
  ['chrome://crash', 'Page.navigate', { url: 'chrome://crash' }],
];

test('pages that are navigated as soon as they are there live on', { timeout: 60_000 }, async () => {
  await using client = await RawClient.connect(gateway.cdp);
  const open = async () => {
    const { result } = await client.call('Target.createTarget', { url: 'about:blank' });
    const session = await attach(client, result.targetId);
    await client.call('Page.navigate', { url: 'data:text/html,<title>there</title>' }, session);
    await expect
      .poll(async () => client.call('Runtime.evaluate', { expression: 'document.title' }, session))
      .toMatchObject({ result: { result: { value: 'there' } } });
    await client.call('Target.closeTarget', { targetId: result.targetId });
  };
  // Renderers were lost on a busy machine only.
  const busy = Array.from({ length: 3 }, () => new Worker('for (;;);', { eval: true }));
  try {
    for (let round = 0; round < 10; round += 1) await Promise.all([open(), open()]);
  } finally {
    await Promise.all(busy.map((worker) => worker.terminate()));
  }
  expect(client.frames.filter(({ method }) => method === 'Inspector.targetCrashed')).toEqual([]);
});

test.each(CRASHES)(
  '%s: what every client has in flight on that tab fails at once, and nothing else does',
  async (_, method, params) => {
    await using culprit = await RawClient.connect(SHARED);
    await using bystander = await RawClient.connect(SHARED);
    const [doomed, other] = [await newTab(WORKER), await newTab()];
    await using page = await RawClient.connect(
      `${gateway.url.replace('http', 'ws')}/devtools/page/${doomed}`,
    );
    const mine = await attach(culprit, doomed);
    const theirs = await attach(bystander, doomed);
    const elsewhere = await attach(bystander, other);
    await culprit.call(
      'Target.setAutoAttach',
      { autoAttach: true, waitForDebuggerOnStart: false, flatten: true },
      mine,
    );
    const worker = await culprit.heard(
      (frame) => frame.method === 'Target.attachedToTarget' && frame.params.targetInfo.type === 'worker',
    );
    for (let id = 101; id <= 110; id += 1) {
      culprit.say({ id, method: 'Runtime.evaluate', params: NEVER, sessionId: mine });
      bystander.say({ id, method: 'Runtime.evaluate', params: NEVER, sessionId: theirs });
      page.say({ id, method: 'Runtime.evaluate', params: NEVER });
    }
    culprit.say({ id: 111, method: 'Runtime.evaluate', params: NEVER, sessionId: worker.params.sessionId });
    bystander.say({ id: 999, method: 'Runtime.evaluate', params: NEVER, sessionId: elsewhere });
    // Whoever has an answer of the tab has seen all that was said before go out.
    for (const [client, session] of [
      [culprit, mine],
      [bystander, theirs],
      [page, undefined],
    ] as const) {
      await client.call('Runtime.evaluate', { expression: '1' }, session);
    }
    const crashed = performance.now();
    culprit.say({ id: 100, method, params, sessionId: mine });

    // The navigation itself Chrome may still answer: as aborted.
    const { result, error } = await culprit.heard(({ id }) => id === 100);
    expect(error?.message ?? result.errorText).toMatch(/^cdp-hub: the tab crashed; |^net::ERR_ABORTED$/);
    const failed = (client: RawClient, id: number) =>
      client.heard((frame: Frame) => frame.id === id && frame.error !== undefined);
    await failed(culprit, 111);
    for (const client of [culprit, bystander, page]) {
      for (let id = 101; id <= 110; id += 1) {
        expect((await failed(client, id)).error?.message).toBe(
          'cdp-hub: the tab crashed; Runtime.evaluate was not answered',
        );
      }
    }
    expect(performance.now() - crashed).toBeLessThan(5000);
    expect(
      (await bystander.call('Runtime.evaluate', { expression: '2' }, elsewhere)).result.result.value,
    ).toBe(2);
    expect(bystander.frames.some(({ id }) => id === 999)).toBe(false);
    // The session lives on: a reload recovers the tab, in a new process.
    await bystander.call('Page.reload', {}, theirs);
    await expect
      .poll(
        async () =>
          (await bystander.call('Runtime.evaluate', { expression: '3' }, theirs)).result?.result.value,
        { timeout: 5000 },
      )
      .toBe(3);
  },
);
