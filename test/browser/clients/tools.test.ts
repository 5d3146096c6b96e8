import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GatewayProcess } from '../../integration/gateway/gateway-process.ts';
import { type Member, PlaywrightMember, PuppeteerMember, RawMember } from '../gateway/isolation/members.ts';
import { Site } from '../gateway/isolation/site.ts';
import { type Mode, Stage } from '../gateway/isolation/stage.ts';
import { type Place, type Play, Turns } from './steps.ts';
import { auditedByMcp, devtoolsMcp } from './tools-devtools-mcp-steps.ts';
import { lighthouse, type Report } from './tools-lighthouse.ts';
import { playwrightMcp } from './tools-playwright-mcp-steps.ts';

/** The whole matrix runs with the long proofs; `npm test` has what most people use. */
const FULL = process.env.CDP_HUB_TEST_FULL === '1';

const TOOLS: [name: string, play: Play][] = [
  ['chrome-devtools-mcp --browserUrl', devtoolsMcp.byUrl],
  ['chrome-devtools-mcp --wsEndpoint', devtoolsMcp.byWebSocket],
  ['chrome-devtools-mcp, what takes long', devtoolsMcp.long],
  ['@playwright/mcp --cdp-endpoint http', playwrightMcp.byUrl],
  ['@playwright/mcp --cdp-endpoint ws', playwrightMcp.byWebSocket],
];

const MODES: Mode[] = ['direct', 'none', 'tabs', 'context'];

function staged(mode: Mode): () => Stage {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.start(mode);
  });
  afterAll(() => stage[Symbol.asyncDispose]());
  return () => stage;
}

/** A place of its own; `http` and `ws` are what a tool is given that knows of no hub. */
async function inPlace<T>(
  stage: Stage,
  use: (place: Place) => Promise<T>,
  http = stage.gateway?.url ?? stage.chrome.url,
): Promise<T> {
  await using site = await Site.start();
  const folder = await mkdtemp(join(tmpdir(), 'cdp-hub-tool-'));
  const place = { http, ws: stage.anonymous, site, who: stage.name('tool'), folder };
  return await use(place).finally(() =>
    // Some of them are still writing as they go.
    rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }),
  );
}

/** Connected, and doing nothing; what they see and were ever told of must be what it was. */
async function bystanders(endpoint: (name: string) => string): Promise<Member[]> {
  return [
    await PlaywrightMember.connect('idle-playwright', endpoint('idle-playwright')),
    await PuppeteerMember.connect('idle-puppeteer', endpoint('idle-puppeteer')),
    await RawMember.connect('idle-raw', endpoint('idle-raw')),
  ];
}

/** Of the raw one the targets: it is told many times of its own. */
function whatAllSee(members: Member[]): Promise<string[][]> {
  return Promise.all(
    members.map(async (member) =>
      member instanceof RawMember
        ? [...new Set((await member.targets()).map(({ targetId }) => targetId))].sort()
        : member.sees(),
    ),
  );
}

describe.runIf(FULL).each(MODES)('one after the other, %s', (mode) => {
  const stage = staged(mode);
  let idle: Member[] = [];
  beforeAll(async () => {
    if (mode === 'tabs' || mode === 'context') idle = await bystanders((name) => stage().endpoint(name));
  });
  afterAll(async () => {
    for (const member of idle) await member[Symbol.asyncDispose]();
  });

  test.each(TOOLS)('%s', { timeout: 240_000 }, async (_, play) => {
    const before = await whatAllSee(idle);
    expect(await inPlace(stage(), play)).toEqual([]);
    expect(await whatAllSee(idle)).toEqual(before);
  });

  test.each(['navigation', 'snapshot'] as const)(
    'chrome-devtools-mcp audits: %s',
    { timeout: 240_000 },
    async (kind) => {
      const before = await whatAllSee(idle);
      const scores = await inPlace(stage(), (place) => auditedByMcp(place, kind));
      const audited = ['Accessibility', 'Best Practices', 'SEO', 'Agentic Browsing'];
      expect(scores).toEqual(audited.map((name) => expect.stringMatching(new RegExp(`^- ${name}: \\d+ `))));
      expect(await whatAllSee(idle)).toEqual(before);
    },
  );
});

describe.each<Mode>(FULL ? ['tabs', 'context'] : ['tabs'])('all at once, %s', (mode) => {
  const stage = staged(mode);

  test('each plays its script as if it were alone', { timeout: 240_000 }, async () => {
    const idle = await bystanders((name) => stage().endpoint(name));
    const before = await whatAllSee(idle);
    const turns = new Turns();
    const { apart, core } = devtoolsMcp;
    const plays = FULL ? [apart, apart, playwrightMcp.byUrl, playwrightMcp.byUrl] : [core];
    const failed = await Promise.all(
      plays.map((play) => inPlace(stage(), (place) => play(place, turns), stage().endpoint(stage().name()))),
    );
    expect(failed).toEqual(plays.map(() => []));
    expect(await whatAllSee(idle)).toEqual(before);
    for (const member of idle) await member[Symbol.asyncDispose]();
  });
});

/** What of a report depends on the page alone, not on how busy the machine is. */
function told({ runtimeError, categories, audits }: Report) {
  const steady = ['accessibility', 'best-practices', 'seo'];
  return {
    runtimeError,
    scores: Object.fromEntries(
      Object.entries(categories).map(([name, { score }]) => [
        name,
        steady.includes(name) ? score : score !== null,
      ]),
    ),
    failed: Object.entries(audits).flatMap(([name, { errorMessage }]) => (errorMessage ? [name] : [])),
  };
}

describe.runIf(FULL)('lighthouse --port', () => {
  test.each<Exclude<Mode, 'direct'>>(['none', 'tabs', 'context'])(
    'says the same of a page on a port of the hub as on Chrome’s: %s',
    { timeout: 240_000 },
    async (isolation) => {
      await using stage = await Stage.start('direct');
      await using gateway = await GatewayProcess.start(stage.chrome.endpoint, {
        listen: [{ port: 0, workspace: 'audits', isolation, seed: [] }],
      });
      await gateway.next('upstream', ({ connected }) => connected);
      const [port = 0] = (await gateway.next('ready')).listen;
      const idle = isolation === 'none' ? [] : await bystanders((name) => `${gateway.url}/w/${name}`);
      const before = await whatAllSee(idle);
      const audit = (on: number) =>
        inPlace(stage, ({ site, folder }) => lighthouse(on, site.page('/', 'audited'), folder).then(told));
      const [direct, hub] = [await audit(stage.chrome.port), await audit(port)];
      expect(hub).toMatchObject({ runtimeError: undefined, failed: [] });
      expect(hub).toEqual(direct);
      expect(await whatAllSee(idle)).toEqual(before);
      for (const member of idle) await member[Symbol.asyncDispose]();
    },
  );
});
