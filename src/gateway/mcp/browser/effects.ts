import type { OpenDialog } from './dialogs.ts';
import { sessionOf } from './internals.ts';
import { untilAborted } from './lane.ts';
import type { Frame, Page } from './puppeteer.ts';
import type { SessionBrowser } from './session-browser.ts';
import type { Tab } from './tab.ts';
import { Watch } from './watch.ts';

/** How long is waited for what an action has set off, milliseconds. */
const WAIT = {
  /** Until the page that it navigates to has loaded. */
  navigation: 15_000,
  /** Until the window that it opens is there. */
  popup: 10_000,
  /** Until what is in that window has loaded. */
  content: 5000,
} as const;

/** How often a page that has loaded may go on to another by itself before it is answered. */
const HOPS = 5;

/** What an action has caused. */
export interface Effects {
  /** The page that it was done to. */
  pageId: number;
  /** The dialog that it opened; the page waits for the answer. */
  dialog: OpenDialog | null;
  /** Where the page is now, where it is elsewhere than before. */
  navigated: string | null;
  /** It is still loading, after all the time that was waited. */
  loading: boolean;
  /** The pages that it opened. */
  opened: Tab[];
  /** It asked for a page that is gone again, or never was: what is downloaded by a page of its own has none. */
  vanished: boolean;
  /** What it downloads, by the name that the site gave it. */
  downloads: string[];
  /** The page itself is gone. */
  gone: 'closed' | 'crashed' | null;
}

export interface ActOptions {
  /** The frame that it is done in, or those, which are known once it is done; the main one where it is not said. */
  frame?: Frame | readonly Frame[];
  /** Milliseconds to wait for a navigation to load. */
  load?: number;
  /** It lets a navigation go on that waited. */
  navigates?: boolean;
}

/**
 * What is done to a page. The signal is aborted when its call has been answered, which a dialog brings about in the
 * middle of it: what has several steps looks at it between them, as nobody expects the rest any more.
 */
export type Act = (signal: AbortSignal) => Promise<unknown>;

/**
 * Does `act` on a page and waits for what it causes: a navigation to load, a dialog to open, a window to open. It waits
 * for what the browser announces and never for the clock. Once a dialog is open, or the page is gone, it waits for
 * nothing more. Rejects as `act` does, and where the signal is aborted.
 */
export async function withEffects(
  browser: SessionBrowser,
  tab: Tab,
  page: Page,
  signal: AbortSignal,
  act: Act,
  { frame = page.mainFrame(), load = WAIT.navigation, navigates = false }: ActOptions = {},
): Promise<Effects> {
  const before = page.url();
  const watch = new Watch(page);
  const halt = new Halt(browser, tab, watch);
  const answered = new AbortController();
  const whole = async () => {
    if (navigates) watch.expect();
    await act(AbortSignal.any([signal, answered.signal]));
    await watch.told([frame].flat());
    await watch.begun(signal);
    const deadline = performance.now() + load;
    for (let hop = 0; watch.working && hop < HOPS; hop += 1) {
      await watch.loaded(Math.max(deadline - performance.now(), 0), signal);
      if (watch.loading || performance.now() > deadline) break;
      await watch.told([page.mainFrame()]);
    }
    await watch.toldByBrowser();
    await watch.file(signal);
    if (watch.opens) await halt.opening(signal);
  };
  try {
    const work = whole();
    await untilAborted(signal, Promise.race([work, halt.halted])).catch(async (error: unknown) => {
      // What was asked of a page that closes is not answered: the browser says so a moment later.
      if (!sessionOf(page).detached) throw error;
      await untilAborted(signal, tab.gone);
    });
    // What it still comes to nobody hears.
    work.catch(() => {});
  } finally {
    answered.abort(new Error('the call was answered'));
    watch.end();
    halt.end();
  }
  const { ended, dialog } = tab;
  const gone = ended === 'crashed' ? 'crashed' : ended && 'closed';
  const opened = halt.opened.filter((each) => each.ended === null);
  const moved = gone === null && (watch.moved || page.url() !== before);
  return {
    pageId: tab.id,
    dialog: gone ? null : dialog,
    navigated: moved ? page.url() : null,
    loading: gone === null && dialog === null && watch.loading,
    opened,
    vanished: gone === null && watch.opens && opened.length === 0,
    downloads: watch.downloads,
    gone,
  };
}

/** The same for a page that is not attached to yet, as it waits for the answer to its first dialog. */
export async function withDialog(tab: Tab, signal: AbortSignal, act: Act): Promise<Effects> {
  let end = () => {};
  const next = new Promise<void>((resolve) => {
    end = tab.onDialog(() => resolve());
  });
  try {
    await untilAborted(signal, act(signal));
    await untilAborted(signal, Promise.race([tab.attach(), next, tab.gone]));
  } finally {
    end();
  }
  const gone = tab.ended;
  return {
    pageId: tab.id,
    dialog: tab.dialog,
    navigated: null,
    loading: false,
    opened: [],
    vanished: false,
    downloads: [],
    gone,
  };
}

/** What ends every wait: a dialog, in the page or in one that it opens, and the end of the page. */
class Halt {
  readonly halted: Promise<void>;
  readonly opened: Tab[] = [];
  readonly #ends: (() => void)[] = [];
  #onOpened = () => {};

  constructor(browser: SessionBrowser, tab: Tab, watch: Watch) {
    this.halted = new Promise((resolve) => {
      void tab.gone.then(() => resolve());
      this.#ends.push(tab.onDialog(() => resolve()));
      const hear = (opened: Tab) => {
        if (opened.opener !== tab) return;
        this.opened.push(opened);
        this.#onOpened();
        // Pages of one site share a process: a dialog in one has all of them wait.
        this.#ends.push(opened.onDialog(() => resolve()));
        if (opened.dialog) resolve();
        opened.attach().then(
          (page) => watch.also(page),
          () => {},
        );
      };
      this.#ends.push(browser.onTab(hear));
    });
  }

  /** Resolves when what the page opens is there and loaded, or is gone again; not for ever. */
  async opening(signal: AbortSignal): Promise<void> {
    const there = new Promise<void>((resolve) => {
      this.#onOpened = resolve;
      if (this.opened.length > 0) resolve();
    });
    await within(WAIT.popup, signal, there);
    await Promise.all(
      this.opened.map((tab) => within(WAIT.content, signal, Promise.race([tab.gone, content(tab)]))),
    );
  }

  end(): void {
    for (const end of this.#ends) end();
  }
}

/** Resolves when the document of a page has loaded. A page that navigates answers when the new document is there. */
async function content(tab: Tab): Promise<void> {
  const page = await tab.attach();
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        if (document.readyState === 'complete') resolve();
        else addEventListener('load', () => resolve());
      }),
  );
}

/** Resolves when `promise` is settled or the time is over; rejects only with the signal. */
async function within(ms: number, signal: AbortSignal, promise: Promise<unknown>): Promise<void> {
  await untilAborted(AbortSignal.any([signal, AbortSignal.timeout(ms)]), promise).catch(() => {});
  signal.throwIfAborted();
}
