import { setTimeout as patience } from 'node:timers/promises';
import type { Page as PlaywrightPage } from 'playwright-core';
import type { Page as PuppeteerPage } from 'puppeteer-core';
import { until } from '../../../helpers/hub.ts';
import type { Cast } from './cast.ts';
import { type Member, RawMember, type Tab } from './members.ts';

/**
 * What clients do to one another, each as a function that answers with what was observed: the tests run them
 * isolated, and again where nothing is isolated, to show that they can tell the difference.
 */

/** Whom each client sees apart from itself, while all have pages with frames and workers open. */
export async function whoSeesWhom(cast: Cast): Promise<Record<string, string[]>> {
  const tabs = await Promise.all(cast.active.map((member) => member.open(cast.site.page('/', member.name))));
  if (cast.stage.mode === 'none' || cast.stage.mode === 'direct') await noticed(cast);
  await Promise.all(
    tabs.map(async (tab, i) => {
      await tab.goto(cast.site.page('/busy', cast.active[i]?.name ?? ''));
      await tab.evaluate('window.all');
    }),
  );
  await Promise.all(tabs.map((tab, i) => tab.goto(cast.site.page('/', cast.active[i]?.name ?? ''))));
  const seen: Record<string, string[]> = {};
  for (const member of everybody(cast)) seen[member.name] = await othersOf(member);
  await Promise.all(tabs.map((tab) => tab.close()));
  return seen;
}

const everybody = (cast: Cast) => [...cast.active, cast.idlePlaywright, cast.idlePuppeteer];

async function othersOf(member: Member): Promise<string[]> {
  const names = (await member.sees()).flatMap((url) => URL.parse(url)?.searchParams.get('who') ?? []);
  return [...new Set(names)].filter((name) => name !== member.name).sort();
}

/**
 * Resolves once everybody has attached to everybody's page. Where a session says `Target.setAutoAttach` while a
 * cross-origin frame of its page waits to be let run by another session, Chrome detaches that session from the
 * frame and never loads it: the page has no load event.
 */
async function noticed(cast: Cast): Promise<void> {
  for (const member of everybody(cast)) {
    const others = cast.active.filter((each) => each !== member).length;
    await until(
      `${member.name} has noticed everybody`,
      async () => (await othersOf(member)).length === others,
    );
  }
}

/** Opens a prompt that its owner answers after 400 ms, and tells what the page got. */
export async function slowPrompt(member: Cast['alice'] | Cast['bob'] | RawMember): Promise<unknown> {
  const answer = `answer of ${member.name}`;
  let tab: Tab;
  if (member instanceof RawMember) {
    const mine = await member.open();
    tab = mine;
    const opened = mine.client.heard(
      ({ method, sessionId }) => method === 'Page.javascriptDialogOpening' && sessionId === mine.sessionId,
    );
    void opened.then(async () => {
      await patience(400);
      await mine.call('Page.handleJavaScriptDialog', { accept: true, promptText: answer });
    });
  } else {
    const accept = async (dialog: { accept(text: string): Promise<void> }) => {
      await patience(400);
      // Where somebody else was quicker there is no dialog any more.
      await dialog.accept(answer).catch(() => {});
    };
    const mine = await member.open();
    if ('emulateMedia' in mine) mine.on('dialog', accept);
    else mine.on('dialog', accept);
    tab = mine;
  }
  const got = await tab.evaluate("prompt('a name?')");
  await tab.close();
  return got === answer ? 'its own answer' : got;
}

/** What the others read on their pages while one client answers every request of its context itself. */
export async function underRoute(cast: Cast): Promise<Record<string, unknown>> {
  await cast.alice.context.route('**', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<h1>hijacked</h1>' }),
  );
  const texts: Record<string, unknown> = {};
  for (const member of cast.active) {
    const tab = await member.open(cast.site.page('/', member.name));
    texts[member.name] = await tab.evaluate("document.querySelector('h1').textContent");
    await tab.close();
  }
  // Where nothing is isolated it may stumble over a page of another that is just closing.
  await cast.alice.context.unroute('**').catch(() => {});
  return texts;
}

/** Milliseconds until the popup of a click is there and loaded; its opener is the front tab of its window. */
export async function popupByClick(
  member: Cast['alice'] | Cast['bob'],
  cast: Cast,
  selector: '#open' | '#link',
): Promise<{ ms: number; url: string; title: unknown }> {
  const page = await member.open(cast.site.page('/openers', member.name));
  const began = performance.now();
  const popup = await popupOf(page, selector);
  await until('the popup is loaded', async () => (await popup.evaluate('document.title')) !== '', 5000);
  const ms = performance.now() - began;
  const [url, title] = [popup.url(), await popup.evaluate('document.title')];
  await popup.close();
  await page.close();
  return { ms, url, title };
}

/** A page that knows its address, of either library. */
type Popup = Tab & { url(): string };

async function popupOf(page: PlaywrightPage | PuppeteerPage, selector: string): Promise<Popup> {
  if ('emulateMedia' in page) {
    const [popup] = await Promise.all([page.waitForEvent('popup'), page.click(selector)]);
    return popup;
  }
  const { promise, resolve } = Promise.withResolvers<PuppeteerPage | null>();
  page.once('popup', resolve);
  await page.click(selector);
  const popup = await promise;
  if (!popup) throw new Error('a popup without a page');
  return popup;
}

/** Frames that a page paints, up to 31, whether it is visible: in all of them at once. */
export async function painting(tabs: readonly Tab[]): Promise<{ frames: number; visibility: string }[]> {
  const count = `new Promise((resolve) => {
    let frames = 0;
    const done = () => resolve({ frames, visibility: document.visibilityState });
    const tick = () => { frames += 1; if (frames > 30) done(); else requestAnimationFrame(tick); };
    requestAnimationFrame(tick);
    // One that is not seen paints none, however long one waits.
    setTimeout(done, 10_000);
  })`;
  const counted = await Promise.all(tabs.map((tab) => tab.evaluate(count)));
  return counted as { frames: number; visibility: string }[];
}

/** What comes of an https page whose certificate nobody vouches for: empty where it loads. */
export async function untrusted(member: RawMember, site: Cast['site']): Promise<string> {
  const tab = await member.open();
  const error = await tab.goto(`${site.secure}/?who=${member.name}`);
  await tab.close();
  return error;
}
