import { afterAll, describe, expect, test } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';
import { GatewayProcess } from '../../integration/gateway/gateway-process.ts';
import { type Frame, RawClient } from './raw-client.ts';

const chrome = await Chrome.start();
const gateways = {
  none: await gatewayOn(chrome, { isolation: 'none' }),
  tabs: await GatewayProcess.start(chrome.endpoint),
} as const;
afterAll(() => gateways.tabs[Symbol.asyncDispose]());

/** A command wrapped for `Target.sendMessageToTarget`, `depth` times. */
function wrapped(method: string, params: object, to: object, depth = 1): Frame['params'] {
  const inner =
    depth === 1
      ? { id: 1, method, params }
      : { id: 1, method: 'Target.sendMessageToTarget', params: wrapped(method, params, to, depth - 1) };
  return { ...to, message: JSON.stringify(inner) };
}

async function attach(client: RawClient, targetId: string, flatten: boolean): Promise<string> {
  return (await client.call('Target.attachToTarget', { targetId, flatten })).result.sessionId;
}

/** What came back to `Target.sendMessageToTarget`'s inner messages. */
function inner(client: RawClient): Frame[] {
  return client.frames.flatMap((frame) =>
    frame.method === 'Target.receivedMessageFromTarget' ? [JSON.parse(frame.params.message) as Frame] : [],
  );
}

const REFUSED: [method: string, params: object][] = [
  ['Browser.crash', {}],
  ['Browser.crashGpuProcess', {}],
  ['Target.setRemoteLocations', { locations: [{ host: '127.0.0.1', port: 1 }] }],
  ['Target.exposeDevToolsProtocol', { targetId: 'x' }],
  ['Tethering.bind', { port: 1 }],
];

/** Everybody sees everybody’s targets: by the isolation, or as they share a workspace. */
describe.each(['none', 'tabs'] as const)('isolation %s', (isolation) => {
  const gateway = gateways[isolation];
  const connect = () => RawClient.connect(`${gateway.cdp}?workspace=default`);

  async function newTab(): Promise<string> {
    return ((await (await fetch(`${gateway.url}/json/new`, { method: 'PUT' })).json()) as { id: string }).id;
  }

  test('an unflattened session of one’s own works, its messages go to its client alone', async () => {
    await using a = await connect();
    await using b = await connect();
    await b.call('Target.setDiscoverTargets', { discover: true });
    const sessionId = await attach(a, await newTab(), false);
    const evaluate = wrapped('Runtime.evaluate', { expression: '6*7' }, { sessionId });
    expect((await a.call('Target.sendMessageToTarget', evaluate)).error).toBeUndefined();
    await expect.poll(() => inner(a).find(({ id }) => id === 1)?.result.result.value).toBe(42);
    expect(inner(b)).toEqual([]);
  });

  test('the sessions of others are out of reach by every detour', async () => {
    await using victim = await connect();
    await using thief = await connect();
    const targetId = await newTab();
    const flat = await attach(victim, targetId, true);
    const unflattened = await attach(victim, targetId, false);
    const root = await attach(thief, await newTab(), true);
    const steal = { expression: 'globalThis.stolen = 1' };
    for (const sessionId of [flat, unflattened]) {
      for (const on of [undefined, root]) {
        for (const depth of [1, 2]) {
          const params = wrapped('Runtime.evaluate', steal, { sessionId }, depth);
          expect((await thief.call('Target.sendMessageToTarget', params, on)).error).toBeDefined();
        }
        expect((await thief.call('Target.detachFromTarget', { sessionId }, on)).error).toBeDefined();
      }
      expect((await thief.call('Runtime.evaluate', steal, sessionId)).error?.code).toBe(-32001);
    }
    // By target: only where one's own session is attached to it.
    expect(
      (await thief.call('Target.sendMessageToTarget', wrapped('Runtime.evaluate', steal, { targetId })))
        .error,
    ).toBeDefined();
    const seen = await victim.call('Runtime.evaluate', { expression: 'typeof stolen' }, flat);
    expect(seen.result.result.value).toBe('undefined');
    await victim.call(
      'Target.sendMessageToTarget',
      wrapped('Runtime.evaluate', { expression: '1' }, { sessionId: unflattened }),
    );
    await expect.poll(() => inner(victim).length).toBe(1);
    expect(inner(thief)).toEqual([]);
  });

  test('a sessionId inside a wrapped message leads nowhere else', async () => {
    await using victim = await connect();
    await using thief = await connect();
    const flat = await attach(victim, await newTab(), true);
    const own = await attach(thief, await newTab(), false);
    const message = JSON.stringify({
      id: 9,
      method: 'Runtime.evaluate',
      params: { expression: 'globalThis.stolen = 1' },
      sessionId: flat,
    });
    await thief.call('Target.sendMessageToTarget', { sessionId: own, message });
    const seen = await victim.call('Runtime.evaluate', { expression: 'typeof stolen' }, flat);
    expect(seen.result.result.value).toBe('undefined');
  });

  test.each(REFUSED)('%s is refused on every way to the browser', async (method, params) => {
    await using client = await connect();
    const targetId = await newTab();
    const page = await attach(client, targetId, true);
    const unflattened = await attach(client, targetId, false);
    const browser = (await client.call('Target.attachToBrowserTarget')).result.sessionId as string;
    for (const sessionId of [undefined, page, browser]) {
      expect((await client.call(method, params, sessionId)).error?.message).toMatch(
        /^cdp-hub: .* is refused/,
      );
    }
    // The outer command is taken; what is inside is answered inside, and refused there.
    for (const [depth, reason] of [
      [1, /^cdp-hub: .* is refused/],
      [2, /^No session with given id$/],
      [8, /^No session with given id$/],
    ] as const) {
      const before = inner(client).length;
      const carried = wrapped(method, params, { sessionId: unflattened }, depth);
      expect((await client.call('Target.sendMessageToTarget', carried)).result).toEqual({});
      await expect.poll(() => inner(client).length).toBe(before + 1);
      expect(inner(client).at(-1)?.error?.message).toMatch(reason);
    }
    const executed = await gateway.execute({ method, params }, 'attacker');
    expect(executed.body.error?.message).toMatch(/^cdp-hub: .* is refused/);
    expect((await client.call('Browser.getVersion')).result.product).toContain('Chrome/');
  });

  test('Browser.close in a wrapped message ends its client only', async () => {
    await using bystander = await connect();
    await using client = await connect();
    const sessionId = await attach(client, await newTab(), false);
    await client.call('Target.sendMessageToTarget', wrapped('Browser.close', {}, { sessionId }));
    expect(await client.closed).toMatchObject({ code: 1000 });
    expect((await bystander.call('Browser.getVersion')).result.product).toContain('Chrome/');
  });

  test.each([true, false])(
    'auto-attach with flatten: %s shows nobody the sessions of others',
    async (flatten) => {
      await using watcher = await connect();
      await using other = await connect();
      const tab = await attach(watcher, await newTab(), true);
      for (const on of [undefined, tab]) {
        const options = { autoAttach: true, waitForDebuggerOnStart: false, flatten };
        const answer = await watcher.call('Target.setAutoAttach', options, on);
        // Chrome takes the unflattened form on pages only.
        if (flatten || on) expect(answer.error).toBeUndefined();
      }
      const theirs = await attach(other, await newTab(), true);
      await other.call('Runtime.enable', {}, theirs);
      await watcher.call('Browser.getVersion');
      expect(JSON.stringify(watcher.frames)).not.toContain(theirs);
    },
  );

  test('a page of great depth ends nobody', async () => {
    await using client = await connect();
    const page = await attach(client, await newTab(), true);
    const expression = `let at = document.body; for (let n = 0; n < 1000; n++) at = at.appendChild(document.createElement('i')); 0`;
    await client.call('Runtime.evaluate', { expression }, page);
    expect((await client.call('DOM.getDocument', { depth: -1 }, page)).error?.message).toContain(
      'stack limit',
    );
    const deep = `let a = []; for (let n = 0; n < 20000; n++) a = [a]; a`;
    expect(
      (await client.call('Runtime.evaluate', { expression: deep, returnByValue: true }, page)).error,
    ).toBeDefined();
    expect((await client.call('Browser.getVersion')).result.product).toContain('Chrome/');
  });
});
