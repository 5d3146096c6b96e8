import type { Seat } from '../../contract/seat.ts';
import type { Artifacts } from './artifacts.ts';
import { hearDialogs, type OpenDialog } from './dialogs.ts';
import { Downloads } from './downloads.ts';
import { targetIdOf } from './internals.ts';
import { untilAborted } from './lane.ts';
import { Popups } from './popups.ts';
import { type Browser, type CDPSession, connectOver, type Target } from './puppeteer.ts';
import { LOST, noLonger, type SavedTabs } from './saved-tabs.ts';
import { Selection } from './selection.ts';
import { Tab } from './tab.ts';
import { ToolError } from './tool-error.ts';
import { Tracer } from './trace.ts';

/** How many snapshots are taken before a later gateway is told; it goes on behind twice as many. */
const SNAPSHOTS_TOLD = 50;

/** A browser that was ended is started anew, which takes longer than other clients are made to wait, milliseconds. */
const BACK = 15_000;

export interface SessionBrowserOptions {
  seat: Seat;
  /** Where its downloads go. */
  artifacts: Artifacts;
  /** A tab came, went or was selected. */
  changed(): void;
}

/**
 * The browser as one session has it: Puppeteer over a pipe into the mux, connected at first use, and anew where the
 * browser was restarted. Its tabs keep their ids for as long as they are there.
 */
export class SessionBrowser {
  readonly tracer = new Tracer();
  readonly downloads: Downloads;
  readonly #options: SessionBrowserOptions;
  #connecting: Promise<Browser> | null = null;
  #tabs = new Map<number, Tab>();
  #nextId = 1;
  #snapshots: number;
  readonly #selection = new Selection();
  #saved: SavedTabs | null;
  /** What the model has to know of what happened between its calls. */
  #notes: string[] = [];
  readonly popups = new Popups((targetId) => this.tabs.some((tab) => tab.targetId === targetId));
  readonly #onTab = new Set<(tab: Tab) => void>();
  /** What was saved of it has been taken up. */
  #restored = false;
  #lostBy: SavedTabs['lost'];
  /** Speaks to the browser itself. */
  #root: CDPSession | null = null;

  /** `saved`: what an earlier gateway told of it last. */
  constructor(options: SessionBrowserOptions, saved: SavedTabs | null = null) {
    this.#options = options;
    this.downloads = new Downloads(
      options.artifacts,
      (frameId) => this.seat.identity.isolation !== 'none' || this.tabs.some((tab) => tab.hasFrame(frameId)),
    );
    this.#saved = saved;
    this.#lostBy = saved?.lost ?? null;
    this.#snapshots = saved ? saved.snapshots + 2 * SNAPSHOTS_TOLD : 0;
  }

  get seat(): Seat {
    return this.#options.seat;
  }

  /** By their ids. */
  get tabs(): Tab[] {
    return [...this.#tabs.values()].sort((a, b) => a.id - b.id);
  }

  /** The id of the tab that calls without a `pageId` are for; null: there is none yet. */
  get selectedId(): number | null {
    return this.#selection.id;
  }

  /** What happened since the last call, each told once. */
  takeNotes(): string[] {
    this.#selection.told();
    const notes = this.#notes.splice(0);
    const lostBy = this.#lostBy;
    // Not before there is a browser again: till then it may be asked for often.
    if (lostBy === null || (lostBy === 'browser' && !this.#restored)) return notes;
    this.#lostBy = null;
    this.#options.changed();
    return [LOST[lostBy], ...notes];
  }

  /** The id of the tab that the model takes for the selected one, where that has gone; null: it knows which is. */
  get displacedId(): number | null {
    return this.#selection.displaced;
  }

  save(): SavedTabs {
    const lost = this.#lostBy;
    // Until it is connected it has no tabs, and knows no better than the gateway before.
    if (this.#saved && !this.#restored) return { ...this.#saved, lost };
    return {
      lost,
      pages: this.tabs.map(({ id, targetId, emulation }) => ({
        pageId: id,
        targetId,
        emulated: emulation.words,
      })),
      selected: this.selectedId,
      snapshots: this.#snapshots,
    };
  }

  /** Every tab there is, once the browser is connected; one at least is there then. */
  async list(signal: AbortSignal): Promise<Tab[]> {
    await this.connect(signal);
    await this.#selected(signal);
    await this.#titles(signal);
    return this.tabs;
  }

  /** The tab of that id, or the selected one. Rejects where there is none of that id. */
  async tab(id: number | undefined, signal: AbortSignal): Promise<Tab> {
    await this.connect(signal);
    if (id === undefined) return this.#selected(signal);
    const tab = this.#tabs.get(id);
    if (tab) return tab;
    const ids = [...this.#tabs.keys()].join(', ');
    throw new ToolError(
      `There is no page ${id}${ids === '' ? '' : `: the pages are ${ids}`}.`,
      'Call list_pages to see what there is, or new_page to open one.',
    );
  }

  select(tab: Tab): void {
    this.#selection.select(tab.id);
    this.#options.changed();
  }

  /** A new tab, selected, in a window of its own behind the others. */
  async open(signal: AbortSignal): Promise<Tab> {
    const browser = await this.connect(signal);
    const page = await untilAborted(signal, browser.newPage({ type: 'window', background: true }));
    const tab = this.#add(page.target(), null);
    await tab.page(signal);
    this.select(tab);
    return tab;
  }

  /** Closes a tab, also one whose scripts never end; resolves when it is gone. */
  async close(tab: Tab, signal: AbortSignal): Promise<void> {
    const root = await this.#rootSession(signal);
    const closing = root.send('Target.closeTarget', { targetId: tab.targetId });
    await untilAborted(
      signal,
      closing.then(() => tab.gone),
    );
  }

  /** Hears of each tab that comes; what it returns ends that. */
  onTab(hear: (tab: Tab) => void): () => void {
    this.#onTab.add(hear);
    return () => this.#onTab.delete(hear);
  }

  /** Puppeteer's browser. Rejects with what to do where there is no browser. */
  async connect(signal: AbortSignal): Promise<Browser> {
    this.#connecting ??= this.#connect().catch((error: unknown) => {
      this.#connecting = null;
      throw error;
    });
    return untilAborted(signal, this.#connecting);
  }

  /** Asked of the browser, which needs no answer from the pages: what it announces by itself are addresses. */
  async #titles(signal: AbortSignal): Promise<void> {
    const root = await this.#rootSession(signal);
    const { targetInfos } = await untilAborted(signal, root.send('Target.getTargets'));
    const titles = new Map(targetInfos.map(({ targetId, title }) => [targetId, title]));
    for (const tab of this.tabs) tab.title = titles.get(tab.targetId) ?? '';
  }

  async #rootSession(signal: AbortSignal): Promise<CDPSession> {
    const browser = await this.connect(signal);
    this.#root ??= await untilAborted(signal, browser.target().createCDPSession());
    return this.#root;
  }

  async #connect(): Promise<Browser> {
    const refusal = await this.seat.ready(BACK);
    if (refusal)
      throw new ToolError(refusal.message, 'Wait a moment and repeat the call; hub_status tells more.');
    const browser = await connectOver(() => this.seat.open());
    const root = await browser.target().createCDPSession();
    const connection = root.connection();
    if (!connection) throw new Error('the connection to the browser was closed');
    this.popups.watch(connection);
    hearDialogs(connection, (targetId, dialog) => this.#dialog(targetId, dialog));
    browser.once('disconnected', () => this.#lost());
    browser.on('targetcreated', (target) => this.#found(target));
    browser.on('targetdestroyed', (target) => {
      const tab = this.tabs.find(({ targetId }) => targetId === targetIdOf(target));
      if (tab) this.#gone(tab, 'closed');
    });
    for (const target of browser.targets()) this.#found(target);
    this.#root = root;
    await this.downloads.arm(root).catch((error: unknown) => this.#notes.push(notArmed(error)));
    if (!browser.connected) throw new Error('the connection to the browser was closed');
    if (this.#allLost()) this.#lostBy ??= 'browser';
    this.#reselect();
    return browser;
  }

  #found(target: Target): void {
    if (target.type() !== 'page') return;
    const opener = target.opener();
    const from = opener && this.tabs.find(({ targetId }) => targetId === targetIdOf(opener));
    const had = this.#saved?.pages.some(({ targetId }) => targetId === targetIdOf(target));
    // Where everything is everybody's, other tabs are other people's: only what this session opens is its own.
    if (this.seat.identity.isolation === 'none' && !from && !had) return;
    this.#add(target, from ?? null);
  }

  #add(target: Target, opener: Tab | null): Tab {
    const targetId = targetIdOf(target);
    const known = this.tabs.find((tab) => tab.targetId === targetId);
    if (known) return known;
    const saved = this.#saved?.pages.find((page) => page.targetId === targetId);
    const id = saved?.pageId ?? this.#freeId();
    if (saved && saved.emulated !== '') this.#notes.push(noLonger(saved));
    this.#nextId = Math.max(this.#nextId, id + 1);
    const { logs, dialog } = this.popups.take(targetId);
    const tab = new Tab(id, target, opener, {
      logs,
      snapshotNumber: () => this.#nextSnapshot(),
      crashed: (gone) => this.#crashed(gone),
      emulated: this.#options.changed,
    });
    this.#tabs.set(id, tab);
    tab.setDialog(dialog);
    // Its dialogs and its console are heard from the start.
    tab.attach().catch(() => {});
    for (const hear of this.#onTab) hear(tab);
    this.#options.changed();
    return tab;
  }

  #dialog(targetId: string, dialog: OpenDialog | null): void {
    const tab = this.tabs.find((each) => each.targetId === targetId);
    if (tab) tab.setDialog(dialog);
    else this.popups.setDialog(targetId, dialog);
  }

  /** None is given twice: uids that the model has from an earlier gateway name nothing, rather than something else. */
  #nextSnapshot(): number {
    this.#snapshots += 1;
    if (this.#snapshots % SNAPSHOTS_TOLD === 0) this.#options.changed();
    return this.#snapshots;
  }

  #freeId(): number {
    const taken = new Set(this.#saved?.pages.map(({ pageId }) => pageId));
    while (this.#tabs.has(this.#nextId) || taken.has(this.#nextId)) this.#nextId += 1;
    return this.#nextId;
  }

  /** What is left of it shows nothing and answers nothing: whoever waits for an answer is told so when it is closed. */
  #crashed(tab: Tab): void {
    this.#gone(tab, 'crashed');
    this.close(tab, AbortSignal.timeout(5000)).catch(() => {});
  }

  #gone(tab: Tab, how: 'closed' | 'crashed'): void {
    if (this.#tabs.get(tab.id) !== tab) return;
    this.#tabs.delete(tab.id);
    const what = how === 'closed' ? 'was closed' : `(${tab.url}) has crashed and is gone`;
    const told = this.#selection.gone(tab.id, what);
    if (told !== null) this.#notes.push(told);
    else if (how === 'crashed') this.#notes.push(`Page ${tab.id} ${what}.`);
    tab.end(how);
    this.#options.changed();
  }

  async #selected(signal: AbortSignal): Promise<Tab> {
    const id = this.selectedId;
    const tab = id === null ? undefined : this.#tabs.get(id);
    if (tab) return tab;
    const first = this.tabs[0];
    if (!first) return this.open(signal);
    this.select(first);
    return first;
  }

  /** An earlier gateway had pages of it, and none of them is there. */
  #allLost(): boolean {
    const { pages = [] } = this.#saved ?? {};
    return pages.length > 0 && !pages.some(({ pageId }) => this.#tabs.has(pageId));
  }

  #reselect(): void {
    const selected = this.#saved?.selected;
    const tab = selected == null ? undefined : this.#tabs.get(selected);
    if (tab) this.select(tab);
    this.#restored = true;
    this.#options.changed();
    const [first] = this.tabs;
    // Where all are gone with the browser that is what the model is told.
    if (tab || selected == null || !first || this.#allLost()) return;
    this.#notes.push(this.#selection.goneBefore(selected, first.id));
  }

  /** The browser went, with all tabs. */
  #lost(): void {
    this.#connecting = null;
    this.#root = null;
    for (const tab of this.tabs) tab.end('closed');
    this.downloads.lost();
    this.#tabs.clear();
    this.#selection.clear();
    this.#saved = null;
    this.#restored = false;
    this.#lostBy ??= 'browser';
    this.#options.changed();
  }
}

function notArmed(error: unknown): string {
  const why = error instanceof Error ? error.message : String(error);
  return `What the pages of this session download is not kept: ${why}. Tell the person who runs the hub.`;
}
