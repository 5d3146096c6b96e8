import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inFull } from '../../../helpers/full.ts';
import { RawClient } from '../raw-client.ts';
import { CUTS, pickCut, seeded } from './cuts.ts';
import { REFERENCES } from './references.ts';
import { type Mode, Stage } from './stage.ts';

const CONNECTS = process.env.CDP_HUB_TEST_FULL === '1' ? 1000 : 25;
const AT_ONCE = 6;

/** The same cuts again: CDP_HUB_TEST_SEED=… with the number that a failed run has told. */
const SEED = Number(process.env.CDP_HUB_TEST_SEED ?? Date.now() % 1_000_000);

function staged(mode: Mode): { stage: Stage; direct: RawClient } {
  const held = {} as { stage: Stage; direct: RawClient };
  beforeAll(async () => {
    held.stage = await Stage.start(mode);
    held.direct = await RawClient.connect(held.stage.chrome.endpoint.wsUrl);
  });
  afterAll(async () => {
    await held.direct[Symbol.asyncDispose]();
    await held.stage[Symbol.asyncDispose]();
  });
  return held;
}

/** All that clients could leave behind, in the browser and in the gateway. */
async function everything({ stage, direct }: { stage: Stage; direct: RawClient }): Promise<object> {
  const contexts = await direct.call('Target.getBrowserContexts');
  const targets = await direct.call('Target.getTargets', { filter: [{}] });
  const kinds: Record<string, number> = {};
  for (const { type, attached } of targets.result.targetInfos as { type: string; attached: boolean }[]) {
    // The browser keeps popups of its address bar ready, as it likes.
    if (type === 'browser_ui' || type === 'tab') continue;
    const kind = attached ? `attached ${type}` : type;
    kinds[kind] = (kinds[kind] ?? 0) + 1;
  }
  const inBrowser = { contexts: contexts.result.browserContextIds.length, targets: kinds };
  if (!stage.gateway) return inBrowser;
  const stats = (await (await fetch(`${stage.gateway.url}/stats`)).json()) as {
    clients: { kind: string }[];
    upstream: { sessions: number; in_flight: number; held: number };
  };
  return {
    ...inBrowser,
    ...stats.upstream,
    clients: stats.clients.filter(({ kind }) => kind === 'cdp').length,
  };
}

/** The same, once nobody of the test before is on their way out any more. */
async function quiet(held: Parameters<typeof everything>[0]): Promise<object> {
  await expect
    .poll(() => everything(held), { timeout: 15_000 })
    .toMatchObject(held.stage.gateway ? { clients: 0, in_flight: 0, held: 0 } : {});
  return everything(held);
}

/** Open files of a process; sockets of HTTP that may be used again are closed after some seconds. */
function descriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

async function cutMany(stage: Stage, connects: number, random: () => number): Promise<void> {
  let left = connects;
  const oneAfterTheOther = async () => {
    for (; left > 0; ) {
      left -= 1;
      const [, cut] = pickCut(random);
      await cut(stage.anonymous, stage.site.page('/', 'leaving'), random);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, oneAfterTheOther));
}

describe.each(inFull(['tabs', 'context'], ['context']))(
  'clients that are cut off, isolated by %s',
  (mode) => {
    const held = staged(mode);

    it.each(Object.keys(CUTS))('leave nothing behind: %s', async (name) => {
      const { stage } = held;
      const before = await quiet(held);
      await CUTS[name]?.cut(stage.anonymous, stage.site.page('/', 'leaving'), seeded(SEED));
      await expect.poll(() => everything(held), { timeout: 15_000 }).toEqual(before);
    });

    it(
      `leave nothing behind: ${CONNECTS} of them at random moments, seed ${SEED}`,
      async () => {
        const { stage } = held;
        const pid = stage.gateway?.child.pid ?? 0;
        const before = await quiet(held);
        const open = descriptors(pid);
        await cutMany(stage, CONNECTS, seeded(SEED));
        await expect.poll(() => everything(held), { timeout: 30_000 }).toEqual(before);
        await expect.poll(() => descriptors(pid), { timeout: 15_000 }).toBeLessThanOrEqual(open);
        // And it works for the next.
        await using next = await RawClient.connect(stage.anonymous);
        const { result } = await next.call('Target.createTarget', { url: 'about:blank' });
        expect(result.targetId).toMatch(/^[0-9A-F]{32}$/);
      },
      60_000 + CONNECTS * 500,
    );
  },
);

describe.runIf(REFERENCES)('clients that are cut off, for reference from Chrome itself', () => {
  const held = staged('direct');

  it('leave their pages behind', async () => {
    const before = await quiet(held);
    await cutMany(held.stage, 20, seeded(SEED));
    await expect.poll(() => everything(held)).not.toEqual(before);
  });
});
