import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../../helpers/hub.ts';
import type { Cast } from './cast.ts';
import type { Member, PuppeteerMember, Tab } from './members.ts';
import type { Stage } from './stage.ts';

/** What clients do to one another through what a browser's profile has once: as `probes.ts`. */

/** The texts of what Playwright downloads by its own means; `lost` where the file is not where it says. */
export async function playwrightDownloads(member: Cast['alice'], cast: Cast): Promise<string[]> {
  const page = await member.open(cast.site.page('/files', member.name));
  const texts: string[] = [];
  for (const link of ['#attachment', '#named']) {
    const [download] = await Promise.all([page.waitForEvent('download'), page.click(link)]);
    const path = await download.path().catch(() => null);
    try {
      texts.push(path === null ? `${await download.failure()}` : readFileSync(path, 'utf8'));
    } catch {
      texts.push('lost');
    }
  }
  await page.close();
  return texts;
}

/** The files that come into a folder of the client's own, with their texts, and of how many it was told. */
export async function puppeteerDownloads(
  member: PuppeteerMember,
  { site }: Cast,
): Promise<{ files: string[]; told: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'cdp-hub-downloads-'));
  const session = await member.browser.target().createCDPSession();
  const behavior = { behavior: 'allow', downloadPath: folder, eventsEnabled: true } as const;
  await session.send('Browser.setDownloadBehavior', behavior);
  let told = 0;
  let over = 0;
  session.on('Browser.downloadWillBegin', () => {
    told += 1;
  });
  session.on('Browser.downloadProgress', ({ state }) => {
    if (state !== 'inProgress') over += 1;
  });
  const page = await member.open(site.page('/files', member.name));
  try {
    for (const [i, link] of ['#attachment', '#named'].entries()) {
      await page.click(link);
      await until(`${member.name} is told that ${link} is over`, () => over > i);
    }
    const names = readdirSync(folder).sort();
    return { files: names.map((name) => `${name}: ${readFileSync(join(folder, name), 'utf8')}`), told };
  } finally {
    await page.close();
    await session.detach();
    rmSync(folder, { recursive: true });
  }
}

/** What each of the others finds after one client has logged in. */
export async function loginSeen(cast: Cast): Promise<Record<string, unknown>> {
  const login = await cast.alice.open(cast.site.page('/', 'alice'));
  await login.evaluate(
    "document.cookie = 'login=alice; path=/; max-age=600'; localStorage.setItem('login', 'alice')",
  );
  const found: Record<string, unknown> = {};
  for (const member of cast.active) {
    const tab = await member.open(cast.site.page('/', member.name));
    found[member.name] = await tab.evaluate("[document.cookie, localStorage.getItem('login')].join()");
    await tab.close();
  }
  const cookies = await cast.anna.context.cookies();
  found['cookies of anna'] = cookies.map(({ name, value }) => `${name}=${value}`).join();
  await login.evaluate("document.cookie = 'login=; path=/; max-age=0'; localStorage.clear()");
  await login.close();
  return found;
}

/** Whether a page may know where it is. */
export async function geolocation(tab: Tab): Promise<unknown> {
  return tab.evaluate("navigator.permissions.query({ name: 'geolocation' }).then(({ state }) => state)");
}

/**
 * Two clients grant the same, one of them leaves: what the page of the other may before and after, and what
 * somebody else's page may in between.
 */
export async function grantOutlivesOther(
  stage: Stage,
  outsider: Tab,
): Promise<{ before: unknown; others: unknown; after: unknown }> {
  const [staying, leaving] = [await stage.raw(), await stage.raw()];
  const grant = { permissions: ['geolocation'], origin: stage.site.origin };
  const tab = await staying.open(stage.site.page('/', staying.name));
  await staying.client.call('Browser.grantPermissions', grant);
  await leaving.client.call('Browser.grantPermissions', grant);
  const before = await geolocation(tab);
  const others = await geolocation(outsider);
  await leaving[Symbol.asyncDispose]();
  await gone(stage, leaving);
  const after = await geolocation(tab);
  await tab.close();
  await staying[Symbol.asyncDispose]();
  return { before, others, after };
}

/** A client that has been cut off is gone when nothing of its root is left in the browser. */
async function gone(stage: Stage, member: Member): Promise<void> {
  await until(`${member.name} is gone`, async () => {
    if (!stage.gateway) return true;
    const stats = (await (await fetch(`${stage.gateway.url}/stats`)).json()) as {
      clients: { workspace: string; kind: string }[];
    };
    return !stats.clients.some(({ workspace, kind }) => workspace === member.name && kind === 'cdp');
  });
}
