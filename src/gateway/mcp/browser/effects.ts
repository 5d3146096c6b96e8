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
  /** Until the browser begins a window that it was asked for. */
  window: 2000,
  /** Until that window is there. */
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
  /** It opened a page that is gone again: what is downloaded by a page of its own has none. */
  vanished: boolean;
  /** It opened a page that has no document yet, after all the time that was waited. */
  coming: boolean;
  /** The addresses of the windows that it asked for, where only so many of them have begun; null: all have. */
  refused: { windows: readonly string[]; begun: number } | null;
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
    if (watch.windows.length > 0) await halt.opening(watch, signal);
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
    vanished: gone === null && halt.vanished,
    coming: gone === null && halt.coming,
    refused: gone === null ? halt.refused : null,
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
    coming: false,
    refused: null,
    downloads: [],
    gone,
  };
}

/** What ends every wait: a dialog, in the page or in one that it opens, and the end of the page. */
class Halt {
  readonly halted: Promise<void>;
  readonly opened: Tab[] = [];
  refused: Effects['refused'] = null;
  /** How many windows have begun. */
  #begun = 0;
  /** One of them was gone before it was there. */
  #vanished = false;
  /** Those that are not there yet. */
  readonly #coming = new Set<string>();
  readonly #ends: (() => void)[] = [];
  #look = () => {};

  constructor(browser: SessionBrowser, tab: Tab, watch: Watch) {
    this.halted = new Promise((resolve) => {
      void tab.gone.then(() => resolve());
      this.#ends.push(tab.onDialog(() => resolve()));
      const hear = (opened: Tab) => {
        if (opened.opener !== tab) return;
        this.opened.push(opened);
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
    this.#ends.push(
      browser.popups.onWindow((targetId, opener, what) => {
        if (opener !== tab.targetId) return;
        if (what === 'begun') {
          this.#begun += 1;
          this.#coming.add(targetId);
        } else if (this.#coming.delete(targetId) && what === 'gone') this.#vanished = true;
        this.#look();
      }),
    );
  }

  /** One of the windows that have begun is gone again. */
  get vanished(): boolean {
    return this.#vanished || this.opened.some(({ ended }) => ended !== null);
  }

  /** One of the windows that have begun has no document yet. */
  get coming(): boolean {
    return this.#coming.size > 0;
  }

  /**
   * Resolves when what the page opens is there and loaded, or is gone again; not for ever. A window that a script opens
   * has begun when the script goes on; others the browser begins a moment later, or not at all.
   */
  async opening({ windows, later }: Watch, signal: AbortSignal): Promise<void> {
    if (later > 0)
      await within(
        WAIT.window,
        signal,
        this.#until(() => this.#begun >= windows.length),
      );
    if (this.#begun < windows.length) this.refused = { windows, begun: this.#begun };
    await within(
      WAIT.popup,
      signal,
      this.#until(() => !this.coming),
    );
    await Promise.all(
      this.opened.map((tab) => within(WAIT.content, signal, Promise.race([tab.gone, content(tab)]))),
    );
  }

  end(): void {
    for (const end of this.#ends) end();
  }

  #until(there: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#look = () => there() && resolve();
      this.#look();
    });
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
