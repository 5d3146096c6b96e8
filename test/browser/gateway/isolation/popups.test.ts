import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inFull } from '../../../helpers/full.ts';
import type { Member } from './members.ts';
import { type Kind, PopupOwner, type Style } from './popup-owner.ts';
import { REFERENCES } from './references.ts';
import { type Mode, Stage } from './stage.ts';

const ROUNDS = process.env.CDP_HUB_TEST_FULL === '1' ? 50 : 2;

const CASES: [Style, Kind][] = [
  ['page-style', 'open'],
  ['page-style', 'noopener'],
  ['tab-style', 'open'],
  ['tab-style', 'noopener'],
];

/** A stage with two Playwrights and two Puppeteers looking on. */
function watched(mode: Mode): () => Stage {
  let stage: Stage;
  const onlookers: Member[] = [];
  beforeAll(async () => {
    stage = await Stage.start(mode);
    for (const _ of [1, 2]) onlookers.push(await stage.playwright(), await stage.puppeteer());
  });
  afterAll(async () => {
    for (const onlooker of onlookers) await onlooker[Symbol.asyncDispose]();
    await stage[Symbol.asyncDispose]();
  });
  return () => stage;
}

describe.each(inFull(['tabs', 'context'], ['tabs']))('popups of a slow owner, isolated by %s', (mode) => {
  const stage = watched(mode);

  it.concurrent.each(CASES)(
    '%s, %s: never early, and always loads',
    async (style, kind) => {
      await using owner = await PopupOwner.start(stage(), style);
      for (let round = 1; round <= ROUNDS; round += 1) {
        const { found, requestedAfter } = await owner.popup(kind);
        expect(requestedAfter, `round ${round}`).toBeGreaterThanOrEqual(0);
        // Through a tab, Chrome takes no command for the page of a noopener popup before the tab runs.
        if (style === 'tab-style' && kind === 'noopener') continue;
        expect(found, `round ${round}`).toBe('the script of the owner');
      }
    },
    30_000 + ROUNDS * 5_000,
  );
});

describe.runIf(REFERENCES)('popups of a slow owner, for reference on Chrome itself', () => {
  const stage = watched('direct');

  it.each(['page-style', 'tab-style'] as const)('%s: let run by those who look on', async (style) => {
    await using owner = await PopupOwner.start(stage(), style);
    const { requestedAfter } = await owner.popup('open');
    expect(requestedAfter).toBeLessThan(-100);
  });
});
