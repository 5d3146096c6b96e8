import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PlaywrightMember, PuppeteerMember, RawMember } from '../gateway/isolation/members.ts';
import { Site } from '../gateway/isolation/site.ts';
import { type Mode, Stage } from '../gateway/isolation/stage.ts';
import { chromeRemoteInterface } from './cri-steps.ts';
import { playwrightByUrl, playwrightByWebSocket } from './playwright-steps.ts';
import { puppeteerByUrl, puppeteerByWebSocket } from './puppeteer-steps.ts';
import { type Place, type Play, Turns } from './steps.ts';

/** The whole matrix runs with the long proofs; `npm test` has one client of each kind, all at once in `tabs`. */
const FULL = process.env.CDP_HUB_TEST_FULL === '1';

const SHORT = new Set([puppeteerByUrl, playwrightByUrl, chromeRemoteInterface]);

const CLIENTS: [name: string, play: Play][] = [
  ['Puppeteer with browserURL', puppeteerByUrl],
  ['Puppeteer with browserWSEndpoint', puppeteerByWebSocket],
  ['Playwright connected to http', playwrightByUrl],
  ['Playwright connected to ws', playwrightByWebSocket],
  ['chrome-remote-interface', chromeRemoteInterface],
];

const AT_ONCE = FULL ? CLIENTS : CLIENTS.filter(([, play]) => SHORT.has(play));

/** For a script of some thirty steps on a busy machine; milliseconds. */
const PATIENCE = 240_000;

/** One browser for all tests of a block; in front of none, where a client's end is the browser's, one for each. */
function staged(mode: Mode): () => Stage {
  let stage: Stage;
  const [before, after] = mode === 'direct' ? [beforeEach, afterEach] : [beforeAll, afterAll];
  before(async () => {
    stage = await Stage.start(mode);
  });
  after(() => stage[Symbol.asyncDispose]());
  return () => stage;
}

/** Plays in a place of its own, under the bare address: what a client is given that knows of no hub. */
async function playedOn(stage: Stage, play: Play, turns?: Turns): Promise<string[]> {
  await using site = await Site.start();
  const folder = await mkdtemp(join(tmpdir(), 'cdp-hub-client-'));
  const http = stage.gateway?.url ?? stage.chrome.url;
  const place: Place = { http, ws: stage.anonymous, site, who: stage.name('client'), folder };
  return await play(place, turns).finally(() => rm(folder, { recursive: true, force: true }));
}

/** Connected, and doing nothing: what they see and were ever told of must stay what it was. */
class Bystanders implements AsyncDisposable {
  readonly #members: [PlaywrightMember, PuppeteerMember, RawMember];

  private constructor(members: [PlaywrightMember, PuppeteerMember, RawMember]) {
    this.#members = members;
  }

  static async on(stage: Stage): Promise<Bystanders> {
    return new Bystanders([await stage.playwright(), await stage.puppeteer(), await stage.raw()]);
  }

  async see(): Promise<string[][]> {
    const [playwright, puppeteer, raw] = this.#members;
    const ids = (await raw.targets()).map(({ targetId, url }) => `${targetId} ${url}`);
    return [await playwright.sees(), await puppeteer.sees(), [...new Set(ids)].sort()];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const member of this.#members) await member[Symbol.asyncDispose]();
  }
}

describe.runIf(FULL).each(['direct', 'none'] as const)('one after the other, %s', (mode) => {
  const stage = staged(mode);

  test.each(CLIENTS)('%s', { timeout: PATIENCE }, async (_, play) => {
    expect(await playedOn(stage(), play)).toEqual([]);
  });
});

describe.runIf(FULL).each(['tabs', 'context'] as const)('one after the other, %s', (mode) => {
  const stage = staged(mode);

  test.each(CLIENTS)('%s', { timeout: PATIENCE }, async (_, play) => {
    await using idle = await Bystanders.on(stage());
    const before = await idle.see();
    expect(await playedOn(stage(), play)).toEqual([]);
    expect(await idle.see()).toEqual(before);
  });
});

describe.each(FULL ? (['tabs', 'context'] as const) : (['tabs'] as const))('all at once, %s', (mode) => {
  const stage = staged(mode);

  test('each plays its script as if it were alone', { timeout: PATIENCE }, async () => {
    await using idle = await Bystanders.on(stage());
    const before = await idle.see();
    const turns = new Turns();
    const failed = await Promise.all(
      AT_ONCE.map(async ([name, play]) => [name, await playedOn(stage(), play, turns)]),
    );
    expect(Object.fromEntries(failed)).toEqual(Object.fromEntries(AT_ONCE.map(([name]) => [name, []])));
    expect(await idle.see()).toEqual(before);
  });
});
