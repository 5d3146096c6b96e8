import { frameIdOf, sessionOf, sessionOfFrame } from './internals.ts';
import { untilAborted } from './lane.ts';
import type { CDPSession, Frame, Page } from './puppeteer.ts';

/** How long is waited for frames inside the page to load, milliseconds: what matters is rarely in them. */
const INNER = 3000;

/** How long the browser may take to begin a navigation that a page asks for, milliseconds. */
const BEGIN = 2000;

/** How long the browser may take to say that what it went to is a file and no page, milliseconds. */
const FILE = 1000;

/** Resolves when the tasks that are queued in a page have run. By messages: timers are slow in a page that is hidden. */
const TASKS =
  'new Promise(resolve => { const { port1, port2 } = new MessageChannel(); port1.onmessage = () => resolve(0); port2.postMessage(0); })';

interface Navigating {
  frameId: string;
  /** `sameDocument` and `historySameDocument` load nothing. */
  navigationType?: string;
  disposition?: string;
  url?: string;
}

interface Received {
  type: string;
  frameId?: string;
  response: { status: number };
}

interface Downloading {
  frameId: string;
  suggestedFilename: string;
}

/** What the frames of a page tell while something is done to it (CDP, domain `Page`). */
export class Watch {
  readonly downloads: string[] = [];
  /** The addresses of the windows that it asked for. */
  readonly windows: string[] = [];
  /** How many of those it did not open itself but had the browser open. */
  later = 0;
  /** Its main frame went elsewhere. */
  moved = false;
  readonly #page: Page;
  readonly #mainId: string;
  /** The frames whose scripts or links asked for a navigation that the browser has not begun yet. */
  readonly #requested = new Set<string>();
  /** The frames that navigate. */
  readonly #navigating = new Set<string>();
  readonly #heard = new Set<CDPSession>();
  readonly #ends: (() => void)[] = [];
  /** A navigation was answered, and no document has come of it: it is a download. */
  #fruitless = false;
  /** The frames whose navigation was answered with some content. */
  readonly #answered = new Set<string>();
  readonly #committed = new Set<string>();
  #waiting = new Set<() => void>();

  constructor(page: Page) {
    this.#page = page;
    this.#mainId = frameIdOf(page.mainFrame());
    for (const frame of page.frames()) this.#hear(sessionOfFrame(frame));
  }

  /** Its main frame is loading. */
  get loading(): boolean {
    return this.#navigating.has(this.#mainId);
  }

  /** Any of its frames is loading. */
  get working(): boolean {
    return this.#navigating.size > 0;
  }

  /** Hears of downloads of another page, too: one that is opened for a download alone. */
  also(page: Page): void {
    this.#on(sessionOf(page), 'Page.downloadWillBegin', (event: { suggestedFilename: string }) =>
      this.downloads.push(event.suggestedFilename),
    );
  }

  /**
   * Resolves when all is told that has been set off so far, in the page and in `frames`: an answer comes behind what was
   * told before it. A frame that navigates answers nothing until the new document is there.
   */
  async told(frames: readonly Frame[]): Promise<void> {
    const main = sessionOf(this.#page);
    const ids = [this.#mainId, ...frames.map(frameIdOf)];
    const answers = [...new Set([main, ...frames.map(sessionOfFrame)])].map((session) =>
      session.send('Runtime.evaluate', { expression: TASKS, awaitPromise: true }).catch(() => {}),
    );
    const over = new AbortController();
    try {
      await Promise.race([
        this.#until(() => ids.some((id) => this.#navigating.has(id)), over.signal),
        Promise.all(answers),
      ]);
    } finally {
      over.abort();
    }
    // Navigations are begun by the browser, downloads as well.
    await this.toldByBrowser();
  }

  /** Resolves when the browser has told what it knew: that something is a download it says behind all else. */
  async toldByBrowser(): Promise<void> {
    await sessionOf(this.#page)
      .send('Page.getNavigationHistory')
      .catch(() => {});
  }

  /** A navigation of the main frame is on its way. */
  expect(): void {
    this.#requested.add(this.#mainId);
  }

  /** Waits until the browser has begun what the page asked it for, which it does a moment later; not for long. */
  async begun(signal: AbortSignal): Promise<void> {
    if (this.#requested.size === 0) return;
    await this.#until(() => this.#requested.size === 0, timed(signal, BEGIN)).catch(() => {});
    signal.throwIfAborted();
  }

  /** Waits until the browser has said of what brought no document that it is a download, where it is one. */
  async file(signal: AbortSignal): Promise<void> {
    if (!this.#fruitless || this.downloads.length > 0) return;
    await this.#until(() => this.downloads.length > 0, timed(signal, FILE)).catch(() => {});
    signal.throwIfAborted();
  }

  /** Waits for what navigates to have loaded, `ms` milliseconds at most. */
  async loaded(ms: number, signal: AbortSignal): Promise<void> {
    await this.#until(() => !this.loading, timed(signal, ms)).catch(() => {});
    if (!this.loading)
      await this.#until(() => !this.working, timed(signal, Math.min(ms, INNER))).catch(() => {});
    signal.throwIfAborted();
  }

  end(): void {
    for (const end of this.#ends) end();
  }

  #hear(session: CDPSession): void {
    if (this.#heard.has(session)) return;
    this.#heard.add(session);
    this.#on(session, 'Page.frameStartedNavigating', ({ frameId, navigationType = '' }: Navigating) => {
      this.#change(() => {
        this.#requested.delete(frameId);
        this.#answered.delete(frameId);
        if (!/sameDocument/i.test(navigationType)) this.#navigating.add(frameId);
      });
    });
    this.#on(session, 'Page.frameStoppedLoading', ({ frameId }: Navigating) => this.#settled(frameId));
    this.#on(session, 'Page.frameDetached', ({ frameId, reason }: { frameId: string; reason: string }) => {
      // A frame that was swapped goes on in another process.
      if (reason !== 'swap') this.#settled(frameId);
    });
    this.#on(session, 'Page.frameNavigated', ({ frame, type }: { frame: { id: string }; type: string }) => {
      if (frame.id === this.#mainId) this.moved = true;
      this.#committed.add(frame.id);
      // It was loaded before.
      if (type === 'BackForwardCacheRestore') this.#settled(frame.id);
    });
    this.#on(session, 'Page.navigatedWithinDocument', ({ frameId }: Navigating) => {
      this.#change(() => this.#requested.delete(frameId));
      if (frameId === this.#mainId) this.moved = true;
    });
    this.#on(session, 'Page.frameRequestedNavigation', ({ frameId, disposition, url = '' }: Navigating) => {
      // Scripts in the address load nothing.
      const loads = disposition === 'download' || (disposition === 'currentTab' && /^https?:/.test(url));
      if (loads) this.#change(() => this.#requested.add(frameId));
      if (disposition !== 'newTab' && disposition !== 'newWindow') return;
      this.windows.push(url);
      this.later += 1;
    });
    this.#on(session, 'Page.windowOpen', ({ url = '' }: { url?: string }) => this.windows.push(url));
    this.#on(session, 'Network.responseReceived', ({ type, frameId = '', response }: Received) => {
      // What has no content is no file.
      if (type === 'Document' && ![204, 205].includes(response.status)) this.#answered.add(frameId);
    });
    this.#on(session, 'Page.downloadWillBegin', (event: Downloading) => {
      this.#change(() => {
        this.downloads.push(event.suggestedFilename);
        this.#requested.delete(event.frameId);
      });
    });
    // A frame of another site, which the action has brought.
    this.#on(session, 'sessionattached', (inner: CDPSession) => this.#hear(inner));
  }

  #settled(frameId: string): void {
    this.#change(() => {
      this.#requested.delete(frameId);
      const answered = this.#answered.delete(frameId);
      if (this.#navigating.delete(frameId) && !this.#committed.delete(frameId) && answered)
        this.#fruitless = true;
    });
  }

  #change(how: () => void): void {
    how();
    for (const look of this.#waiting) look();
  }

  async #until(there: () => boolean, signal: AbortSignal): Promise<void> {
    let look = () => {};
    const seen = new Promise<void>((resolve) => {
      look = () => there() && resolve();
    });
    this.#waiting.add(look);
    try {
      look();
      await untilAborted(signal, seen);
    } finally {
      this.#waiting.delete(look);
    }
  }

  #on<T>(session: CDPSession, event: string, hear: (event: T) => void): void {
    session.on(event, hear as (event: unknown) => void);
    this.#ends.push(() => session.off(event, hear as (event: unknown) => void));
  }
}

function timed(signal: AbortSignal, ms: number): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(ms))]);
}
