import { afterAll, beforeAll } from 'vitest';
import type { Member, PlaywrightMember, PuppeteerMember, RawMember } from './members.ts';
import type { Site } from './site.ts';
import { type Mode, Stage } from './stage.ts';

/** Everybody at once on one browser, each in a workspace of its own. */
export interface Cast extends AsyncDisposable {
  stage: Stage;
  site: Site;
  alice: PlaywrightMember;
  anna: PlaywrightMember;
  bob: PuppeteerMember;
  bert: PuppeteerMember;
  ray: RawMember;
  /** They are connected, and do nothing at all. */
  idlePlaywright: PlaywrightMember;
  idlePuppeteer: PuppeteerMember;
  /** The five that do something. */
  active: readonly Member[];
}

async function assemble(stage: Stage): Promise<Cast> {
  const idlePlaywright = await stage.playwright('idle-playwright');
  const idlePuppeteer = await stage.puppeteer('idle-puppeteer');
  const [alice, anna, bob, bert, ray] = await Promise.all([
    stage.playwright('alice'),
    stage.playwright('anna'),
    stage.puppeteer('bob'),
    stage.puppeteer('bert'),
    stage.raw('ray'),
  ]);
  const active = [alice, anna, bob, bert, ray];
  return {
    stage,
    site: stage.site,
    alice,
    anna,
    bob,
    bert,
    ray,
    idlePlaywright,
    idlePuppeteer,
    active,
    async [Symbol.asyncDispose]() {
      const all = [...active, idlePlaywright, idlePuppeteer];
      await Promise.all(all.map((member) => member[Symbol.asyncDispose]()));
    },
  };
}

/** A stage with everybody on it, for all tests of a block. */
export function staged(mode: Mode): () => Cast {
  let cast: Cast;
  beforeAll(async () => {
    cast = await assemble(await Stage.start(mode));
  });
  afterAll(async () => {
    await cast[Symbol.asyncDispose]();
    await cast.stage[Symbol.asyncDispose]();
  });
  return () => cast;
}

/** The names of those who do something. */
export const ACTIVE = ['alice', 'anna', 'bert', 'bob', 'ray'];

/** The same for each of them. */
export function forEach<T>(value: T): Record<string, T> {
  return Object.fromEntries(ACTIVE.map((name) => [name, value]));
}
