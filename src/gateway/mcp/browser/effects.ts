import { frameIdOf, sessionOfFrame } from './internals.ts';
import { untilAborted } from './lane.ts';
import type { CDPSession, Dialog, Page } from './puppeteer.ts';
import type { SessionBrowser } from './session-browser.ts';
import type { Tab } from './tab.ts';

/** How long is waited for what an action has set off, milliseconds. */
const WAIT = {
  /** Until the page that it navigates to has loaded. */
  navigation: 15_000,
  /** Until the window that it opens is there. */
  popup: 3000,
} as const;

/** What an action has caused. */
export interface Effects {
  /** The dialog that it opened; the page waits for the answer. */
  dialog: Dialog | null;
  /** Where the page is now, where it is elsewhere than before. */
  navigated: string | null;
  /** It is still loading, after all the time that was waited. */
  loading: boolean;
  /** The page that it opened. */
  opened: Tab | null;
  /** What it downloads, by the name that the site gave it. */
  downloads: string[];
}

/** Events by which the browser tells what a script or a click has set off (CDP, domain `Page`). */
interface Navigating {
  frameId: string;
  disposition?: string;
  url?: string;
}

/**
 * Does `act` on a page and waits for what it causes: a navigation to load, a dialog to open, a window to open. It waits
 * for what the browser announces and never for the clock.
 */
export async function withEffects(
  browser: SessionBrowser,
  tab: Tab,
  page: Page,
  signal: AbortSignal,
  act: () => Promise<unknown>,
): Promise<Effects> {
  const urlBefore = page.url();
  const watch = new Watch(page);
  const popup = new AbortController();
  const opening = browser.openedBy(tab, AbortSignal.any([signal, popup.signal]));
  opening.catch(() => {});
  try {
    const dialog = await untilAborted(signal, tab.untilDialog(act().then(() => watch.told())));
    if (dialog) return { ...NOTHING, dialog, downloads: watch.downloads };
    const loading = await watch.loaded(tab, signal);
    const opened = watch.opens ? await firstOf(opening, WAIT.popup) : null;
    const navigated = watch.moved || page.url() !== urlBefore ? page.url() : null;
    return { dialog: tab.dialog, navigated, loading, opened, downloads: watch.downloads };
  } finally {
    popup.abort();
    watch.end();
  }
}

const NOTHING: Effects = { dialog: null, navigated: null, loading: false, opened: null, downloads: [] };

/** What the page's frames tell while an action is done. */
class Watch {
  readonly downloads: string[] = [];
  /** It asked for a window. */
  opens = false;
  /** Its main frame went elsewhere. */
  moved = false;
  readonly #page: Page;
  readonly #ends: (() => void)[] = [];
  #navigating = false;
  #onSettled = () => {};

  constructor(page: Page) {
    this.#page = page;
    const sessions = new Set(page.frames().map(sessionOfFrame));
    for (const session of sessions) this.#hear(session, frameIdOf(page.mainFrame()));
  }

  /** Resolves when all is told that the page has set off so far: an answer comes behind what was told before it. */
  async told(): Promise<void> {
    await sessionOfFrame(this.#page.mainFrame())
      .send('Runtime.evaluate', { expression: '0' })
      .catch(() => {});
  }

  /** Waits until the navigation under way has loaded; true where it still loads after all the time there is. */
  async loaded(tab: Tab, signal: AbortSignal): Promise<boolean> {
    if (!this.#navigating) return false;
    const settled = new Promise<void>((resolve) => {
      this.#onSettled = resolve;
    });
    const timeout = AbortSignal.timeout(WAIT.navigation);
    try {
      await untilAborted(AbortSignal.any([signal, timeout]), tab.untilDialog(settled));
      return false;
    } catch (error) {
      if (timeout.aborted && !signal.aborted) return true;
      throw error;
    }
  }

  end(): void {
    for (const end of this.#ends) end();
  }

  #hear(session: CDPSession, mainId: string): void {
    const begins = ({ frameId, disposition, url }: Navigating) => {
      if (disposition === 'newTab' || disposition === 'newWindow') this.opens = true;
      else if (disposition === 'download') this.downloads.push(url ?? '');
      else if (frameId === mainId) this.#navigating = true;
    };
    const settles = ({ frameId }: { frameId: string }) => {
      if (frameId !== mainId) return;
      this.#navigating = false;
      this.#onSettled();
    };
    this.#on(session, 'Page.frameRequestedNavigation', begins);
    this.#on(session, 'Page.frameScheduledNavigation', begins);
    this.#on(session, 'Page.frameStartedNavigating', begins);
    this.#on(session, 'Page.frameStoppedLoading', settles);
    this.#on(session, 'Page.windowOpen', () => {
      this.opens = true;
    });
    this.#on(session, 'Page.navigatedWithinDocument', (event: { frameId: string }) => {
      if (event.frameId !== mainId) return;
      this.moved = true;
      settles(event);
    });
    this.#on(session, 'Page.frameNavigated', ({ frame }: { frame: { id: string } }) => {
      if (frame.id === mainId) this.moved = true;
    });
    this.#on(session, 'Page.downloadWillBegin', ({ suggestedFilename }: { suggestedFilename: string }) => {
      this.downloads.push(suggestedFilename);
      this.#navigating = false;
      this.#onSettled();
    });
  }

  #on<T>(session: CDPSession, event: string, hear: (event: T) => void): void {
    session.on(event, hear as (event: unknown) => void);
    this.#ends.push(() => session.off(event, hear as (event: unknown) => void));
  }
}

async function firstOf<T>(promise: Promise<T>, ms: number): Promise<T | null> {
  try {
    return await untilAborted(AbortSignal.timeout(ms), promise);
  } catch {
    return null;
  }
}
