import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inFull } from '../../../helpers/full.ts';
import { REFERENCES } from './references.ts';
import { Stage } from './stage.ts';

const MODES = REFERENCES
  ? (['tabs', 'context', 'none', 'direct'] as const)
  : inFull(['tabs', 'context'], ['tabs']);

describe.each(MODES)('workers of one client, %s', (mode) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.start(mode);
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  it.each(['playwright', 'puppeteer'] as const)('start while an idle %s looks on', async (kind) => {
    await using _onlooker = await stage[kind]();
    await using owner = await stage.raw();
    const tab = await owner.open(stage.site.page('/busy', owner.name));
    expect(await tab.evaluate('window.all')).toBe('frame,service,shared,worker');
    await tab.close();
  });

  it.each(['playwright', 'puppeteer'] as const)(
    'start in a Playwright while an idle %s looks on',
    async (kind) => {
      await using _onlooker = await stage[kind]();
      await using owner = await stage.playwright();
      const page = await owner.open(stage.site.page('/busy', owner.name));
      expect(await page.evaluate('window.all')).toBe('frame,service,shared,worker');
      await page.close();
    },
  );

  // Chromium 156 ends where a root attaches to all there is while a session of attachToTarget keeps a dead one.
  it.skipIf(mode === 'direct')('do not end the browser when they die with a session on them', async () => {
    await using owner = await stage.raw();
    const tab = await owner.open(stage.site.page('/busy', owner.name));
    await tab.evaluate('window.all');
    const worker = (await owner.targets()).find(({ type }) => type === 'shared_worker');
    const targetId = worker?.targetId ?? '';
    await owner.client.call('Target.attachToTarget', { targetId, flatten: true });
    await tab.goto('about:blank');
    await tab.close();
    await expect
      .poll(async () => (await owner.client.call('Target.getTargets', { filter: [{}] })).result.targetInfos)
      .not.toContainEqual(expect.objectContaining({ targetId }));
    await using next = await stage.raw();
    expect(await (await next.open()).evaluate('6 * 7')).toBe(42);
  });
});
