/**
 * What runs in a steward: a page of the browser's own (`chrome://bookmarks`) that nobody sees and that may use
 * `chrome.tabs` and `chrome.windows`, which CDP has no counterpart of: to show another tab of a window without
 * raising that window, to know which window the person uses, and to give it the focus back. It has no imports and
 * uses nothing from outside: its text is evaluated there.
 *
 * It listens to no event: Chromium 156 ends itself when it tells such a page of a window of another browser context
 * (chrome/browser/extensions/api/tabs/windows_event_router.cc asks an extension that is not there).
 */

interface Tab {
  id: number;
  windowId: number;
  url?: string;
  active: boolean;
}
interface Window {
  id: number;
  type: string;
  focused: boolean;
  tabs?: Tab[];
}
interface Extensions {
  tabs: {
    get(tabId: number): Promise<Tab>;
    remove(tabId: number): Promise<void>;
    create(of: { windowId: number; index: number; active: boolean; url: string }): Promise<Tab>;
    update(tabId: number, change: { active: boolean }): Promise<Tab>;
    move(tabIds: number[], to: { windowId: number; index: number }): Promise<unknown>;
  };
  windows: {
    get(windowId: number, of: { populate: boolean }): Promise<Window>;
    getLastFocused(of: object): Promise<Window>;
    update(windowId: number, change: { focused: boolean }): Promise<Window>;
  };
}

/** A window, and the address of the tab that covers the others in it. */
export interface Covered {
  windowId: number;
  url: string;
}

/** What a steward can be asked for; see {@link STEWARD_SCRIPT}. */
export interface StewardApi {
  /**
   * Puts a window's cover in front of its tabs, and makes it where there is none. A popup window can have no second
   * tab: its tab goes behind the cover of `into`, where there is one. Resolves with the window that the page is in now.
   */
  cover(window: Covered, into: Covered | null): Promise<number>;
  /** Has every tab of a window take the window's size: those behind another do not by themselves. */
  resized(windowId: number): Promise<void>;
  /** Remembers from now on which window the person uses. Resolves with the time of this page's clock, in milliseconds. */
  watch(): Promise<number>;
  /** Looks which window has the focus now: an agent is about to do what may take it. */
  look(): Promise<void>;
  /**
   * Where one of these windows has taken the focus after `taken`, by this page's clock, or does so in this moment, the
   * window that the person used until then has it back.
   */
  handBack(windowIds: number[], taken: number): Promise<void>;
  /** True where the window's cover is its front tab: then no press takes the focus. */
  isCovered(windowId: number): Promise<boolean>;
}

function steward(chrome: Extensions, clock: { now(): number }): StewardApi {
  /** How often is looked which window has the focus, in milliseconds. */
  const LOOK = 250;
  /** A press is answered before the focus that it took has changed, by so many milliseconds on a busy machine. */
  const LATE = 300;
  /** How long the focus is nowhere when it changes, in milliseconds. */
  const TRANSIT = 50;
  const covers = new Map<number, number>();
  const agents = new Set<number>();
  /** Which window had the focus when it was looked; null: none of this browser context's. */
  const seen: { windowId: number | null; at: number }[] = [];
  let watching = false;
  let work: Promise<unknown> = Promise.resolve();

  /** One after the other: what is found must still hold when it is acted on. */
  const inTurn = <T>(step: () => Promise<T>): Promise<T> => {
    const done = work.then(step);
    work = done.catch(() => {});
    return done;
  };

  const focused = async (): Promise<number | null> => {
    const last = await chrome.windows.getLastFocused({});
    return last.focused ? last.id : null;
  };

  const saw = (windowId: number | null, at: number) => {
    seen.push({ windowId, at });
    if (seen.length > 40) seen.shift();
  };

  const look = async () => {
    const at = clock.now();
    let windowId = await focused();
    if (windowId === null) {
      // On its way from one window to another it is nowhere.
      await new Promise((resolve) => setTimeout(resolve, TRANSIT));
      windowId = await focused();
    }
    saw(windowId, at);
  };

  /** Null is a window of another context, or of another program. */
  const isTheirs = (windowId: number | null) => windowId === null || agents.has(windowId);

  const coverOf = async ({ windowId, url }: Covered): Promise<number> => {
    const { tabs = [] } = await chrome.windows.get(windowId, { populate: true });
    const [address = url] = url.split(';charset');
    // Where another steward before this one made it, it is known by its address.
    const known = tabs.find((tab) => tab.id === covers.get(windowId) || tab.url?.startsWith(address));
    const cover = known ?? (await chrome.tabs.create({ windowId, index: 0, active: false, url }));
    if (cover.windowId !== windowId) {
      await chrome.tabs.remove(cover.id);
      throw new Error('the window takes no second tab');
    }
    covers.set(windowId, cover.id);
    return cover.id;
  };

  return {
    cover: (window, into) =>
      inTurn(async () => {
        agents.add(window.windowId);
        const { type, tabs = [] } = await chrome.windows.get(window.windowId, { populate: true });
        const home = type === 'normal' ? window : into;
        if (!home) throw new Error('a popup window, and no window of its opener');
        if (home !== window) {
          for (const { id } of tabs) {
            await chrome.tabs.move([id], { windowId: home.windowId, index: -1 });
            // A tab that was never in front of its window does not draw.
            await chrome.tabs.update(id, { active: true });
          }
        }
        // Made behind and then shown: a tab that is made in front raises its window, one that is shown does not.
        await chrome.tabs.update(await coverOf(home), { active: true });
        return home.windowId;
      }),
    resized: (windowId) =>
      inTurn(async () => {
        const { tabs = [] } = await chrome.windows.get(windowId, { populate: true });
        const front = tabs.find(({ active }) => active);
        for (const { id, active } of tabs) if (!active) await chrome.tabs.update(id, { active: true });
        if (front) await chrome.tabs.update(front.id, { active: true });
      }),
    watch: async () => {
      if (!watching) {
        watching = true;
        await look();
        setInterval(() => look().catch(() => {}), LOOK);
      }
      return clock.now();
    },
    look,
    isCovered: async (windowId) => {
      const cover = covers.get(windowId);
      return cover !== undefined && (await chrome.tabs.get(cover).catch(() => null))?.active === true;
    },
    handBack: async (windowIds, taken) => {
      for (const windowId of windowIds) agents.add(windowId);
      const began = clock.now();
      const before = seen.findLast(({ at }) => at <= taken)?.windowId ?? null;
      // They were in a window of an agent, or in another program: there is nothing to hand back.
      if (before === null || agents.has(before)) return;
      while (clock.now() < began + LATE) {
        if (!isTheirs(await focused())) continue;
        await chrome.windows.update(before, { focused: true });
        // The person was there all the time: else the next to take the focus is taken for the second.
        for (const sight of seen) if (sight.at > taken) sight.windowId = before;
        saw(before, clock.now());
        return;
      }
    },
  };
}

/**
 * To be evaluated in a steward's page: `cdpHub` is then a {@link StewardApi}. False: the browser keeps it out; null: it is
 * not there yet.
 */
export const STEWARD_SCRIPT = `(() => {
  if (!location.href.startsWith(${JSON.stringify('chrome://bookmarks/')})) return null;
  if (!globalThis.chrome?.tabs || !globalThis.chrome?.windows) return false;
  globalThis.cdpHub ??= (${steward.toString()})(globalThis.chrome, { now: () => performance.timeOrigin + performance.now() });
  return true;
})()`;
