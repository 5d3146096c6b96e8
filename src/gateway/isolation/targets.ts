import { type Creation, Creations } from './creations.ts';
import { OwnTargets } from './own-targets.ts';
import { originOf, SharedWorkers } from './shared-workers.ts';
import { TabPairs } from './tab-pairs.ts';
import type { Entry, TargetOwner } from './target-entry.ts';
import { isSharedWorker, type TargetInfo } from './target-info.ts';
import type { Workspace } from './workspace.ts';

export interface TargetHooks {
  /** The monotonic clock's milliseconds. */
  now(): number;
  /** What some workspace has, or whose something is, is another than before. */
  changed(): void;
  /** The owners of some targets became known later than the targets themselves. */
  settled(): void;
  /** A worker that was there before can be seen from this workspace now. */
  appeared(targetId: string, workspace: Workspace): void;
  /** A page, or a context, turned up whose workspace has ended: nobody will close it. */
  orphan(targetId: string): void;
  orphanContext(contextId: string): void;
  /** A page is a workspace's now, or was one's and went. */
  taken(info: TargetInfo): void;
  left(targetId: string): void;
}

/** Frames in frames in frames: no page comes near, and a ring must not hang the hub. */
const MAX_PARENTS = 100;

/**
 * All targets of the browser and whose each of them is. Fed with what the hub's own root session is told
 * (`Target.setDiscoverTargets` with the filter `[{}]`).
 *
 * In a browser context of a workspace everything is that workspace's. In the default context, which is shared,
 * a page is its opener's or of whoever asked for it; as `targetCreated` comes before the answer that tells who
 * asked, a page may be unknown for as long as the creations in flight are unanswered. A frame or worker is its
 * page's, a tab too: it is announced right before its page, with no other tab in between.
 */
export class Targets {
  /** What is nobody's but the hub's. */
  readonly own: OwnTargets;
  readonly #entries = new Map<string, Entry>();
  readonly #contexts = new Map<string, Workspace>();
  readonly #creations: Creations;
  readonly #pairs = new TabPairs();
  readonly #workers = new SharedWorkers(this.#entries, (entry) => this.#owner(entry));
  readonly #hooks: TargetHooks;
  /** Of the page that was numbered last. */
  #lastNumber = 0;
  /** Something was decided since the last time that this was told. */
  #fresh = false;

  /** `newMark`: hexadecimal digits that no other hub has, others each time. */
  constructor(hooks: TargetHooks, newMark: () => string) {
    this.own = new OwnTargets(newMark);
    this.#hooks = hooks;
    this.#creations = new Creations(hooks.now);
  }

  /** What was there before the hub has been announced, in no order; from here on each page follows its tab. */
  complete(): void {
    this.#pairs.complete();
  }

  get(targetId: string): TargetInfo | undefined {
    return this.#entries.get(targetId)?.info;
  }

  *all(): Generator<TargetInfo> {
    for (const entry of this.#entries.values()) if (!entry.gone) yield entry.info;
  }

  /** The top-level pages that are this workspace's, in the order of their making. */
  pagesOf(workspace: Workspace): TargetInfo[] {
    return [...this.all()].filter(
      (info) => info.type === 'page' && this.ownerOf(info.targetId) === workspace,
    );
  }

  /** The top-level pages of every workspace that has any. */
  pages(): Map<Workspace, string[]> {
    const pages = new Map<Workspace, string[]>();
    for (const { info, owner, gone } of this.#entries.values()) {
      if (info.type !== 'page' || !owner || gone) continue;
      const known = pages.get(owner);
      if (known) known.push(info.targetId);
      else pages.set(owner, [info.targetId]);
    }
    return pages;
  }

  /** A target as an event shows it: new, or what changed. `parent`: the target that it was attached under. */
  see(info: TargetInfo, parent = ''): void {
    const known = this.#entries.get(info.targetId);
    if (known) {
      // What a target was opened by is told once, and left out of later events by some.
      const from = originOf(known.info.url);
      known.info = { ...known.info, ...info };
      if (originOf(info.url) !== from) this.#arrived(known);
      if (info.type === 'page' && known.owner === null) this.#claim(known, parent);
      return;
    }
    if (info.type === 'browser') return;
    const entry: Entry = {
      info:
        info.parentId === undefined && belongsToParent(info.type) && parent !== ''
          ? { ...info, parentId: parent }
          : info,
      owner: undefined,
      page: null,
      gone: false,
      ran: false,
      number: 0,
    };
    this.#entries.set(info.targetId, entry);
    const contextId = this.#ownContextOf(info);
    const isOwn = this.own.announced(info, contextId);
    const paired = this.#pairs.announced(entry, isOwn);
    if (isOwn && paired) this.own.add(paired.info.targetId);
    entry.owner = this.#ownerOfNew(entry);
    if (entry.owner === undefined) this.#creations.wait(entry);
    else {
      this.#owned(entry);
      if (paired) this.#settle();
    }
    if (entry.info.type === 'page' && entry.owner === null) this.#claim(entry, parent);
  }

  /** A page came to another origin: the workers that run there are in its workspace's sight. */
  #arrived(page: Entry): void {
    const owner = this.#owner(page);
    if (owner?.isolation !== 'tabs') return;
    for (const targetId of this.#workers.of(page)) {
      if (this.visible(owner, targetId)) this.#hooks.appeared(targetId, owner);
    }
  }

  /** A page that was prerendered in a tab is announced alone, and then found below the tab. */
  #claim(page: Entry, tabId: string): void {
    const tab = this.#entries.get(tabId);
    if (page.info.subtype !== 'prerender') return;
    if (tab?.info.type === 'tab' && tab.owner) this.#decide(page, tab.owner);
  }

  /** It was destroyed. What nobody knows the owner of yet is kept until then. */
  gone(targetId: string): void {
    const entry = this.#entries.get(targetId);
    if (!entry) return;
    entry.gone = true;
    if (entry.owner !== undefined || entry.info.type === 'tab') this.#remove(entry);
  }

  /** A `createTarget` of this workspace into the default context goes out. */
  creating(workspace: Workspace): Creation {
    return this.#creations.begin(workspace);
  }

  /** It was answered with this target, or with an error. Pages whose owner is known now are told of at once. */
  created(creation: Creation, targetId: string | null): void {
    this.#creations.end(creation);
    if (targetId !== null) this.give(targetId, creation.workspace);
    this.#settle();
  }

  /** Makes it this workspace's: a page, or the page of a tab. */
  give(targetId: string, workspace: Workspace): void {
    if (workspace.ended === 'kept') return;
    const named = this.#entries.get(targetId);
    if (!named) {
      this.#creations.expect(targetId, workspace);
      return;
    }
    const entry = named.info.type === 'tab' && named.page ? named.page : named;
    this.#decide(entry, workspace);
    this.#settle();
  }

  /** What only creations that went out until then can have made counts as nobody's: they are not answered. */
  giveUp(until: number): void {
    this.#creations.giveUp(until);
    this.#settle();
  }

  addContext(contextId: string, workspace: Workspace): void {
    if (workspace.ended !== 'no') {
      if (workspace.ended === 'closed') this.#hooks.orphanContext(contextId);
      return;
    }
    this.#contexts.set(contextId, workspace);
    workspace.contexts.add(contextId);
    this.#hooks.changed();
  }

  /** A context that was there before the hub, with all that is in it. */
  adoptContext(contextId: string, workspace: Workspace): void {
    this.addContext(contextId, workspace);
    for (const entry of this.#entries.values()) {
      if (entry.info.browserContextId === contextId) this.#decide(entry, workspace);
    }
    this.#settle();
  }

  /** True for a context of some workspace. */
  hasContext(contextId: string): boolean {
    return this.#contexts.has(contextId);
  }

  removeContext(contextId: string): void {
    this.#contexts.get(contextId)?.contexts.delete(contextId);
    this.#contexts.delete(contextId);
    this.#hooks.changed();
  }

  /** The browser went, and all that was in it. */
  clear(): void {
    this.#entries.clear();
    this.#contexts.clear();
    this.#creations.clear();
    this.#pairs.clear();
    this.own.clear();
  }

  /** All that is this workspace's becomes the person's at the browser. */
  release(workspace: Workspace): void {
    for (const contextId of workspace.contexts) this.#contexts.delete(contextId);
    workspace.contexts.clear();
    for (const entry of this.#entries.values()) {
      if (entry.owner !== workspace) continue;
      entry.owner = null;
      if (entry.info.type === 'page') this.#hooks.left(entry.info.targetId);
    }
  }

  ownerOf(targetId: string): TargetOwner {
    const entry = this.#entries.get(targetId);
    return entry === undefined ? null : this.#owner(entry);
  }

  /** Whether this workspace may see and drive it; undefined: not known yet. Unknown targets are nobody's. */
  visible(workspace: Workspace, targetId: string): boolean | undefined {
    if (this.own.has(targetId)) return false;
    const entry = this.#entries.get(targetId);
    if (workspace.isolation === 'none') {
      return entry && entry.owner === undefined && this.#mayBeOwn(entry) ? undefined : true;
    }
    if (!entry || this.#pairs.isHidden(entry.info)) return false;
    const owner = this.#owner(entry);
    if (owner === undefined) return undefined;
    return owner === workspace || (owner === null && this.#workers.serve(workspace, entry.info));
  }

  /** Its owner has sent `runIfWaitingForDebugger` to it. */
  markRan(targetId: string): void {
    const entry = this.#entries.get(targetId);
    if (entry) entry.ran = true;
  }

  hasRun(targetId: string): boolean {
    return this.#entries.get(targetId)?.ran ?? false;
  }

  /** True where no other page was opened by it, nor it by another: its window is its own. */
  isAlone(targetId: string): boolean {
    const opener = this.#entries.get(targetId)?.info.openerId;
    if (opener !== undefined && this.#entries.has(opener)) return false;
    for (const { info } of this.#entries.values()) if (info.openerId === targetId) return false;
    return true;
  }

  /** The tabs whose page nobody knows: they were there before the hub. */
  unpaired(): TargetInfo[] {
    const entries = [...this.#entries.values()];
    return entries.flatMap(({ info, page }) =>
      info.type === 'tab' && page === null && !this.#pairs.isHidden(info) ? [info] : [],
    );
  }

  /** This page was found below that tab. */
  pair(tabId: string, pageId: string): void {
    const [tab, page] = [this.#entries.get(tabId), this.#entries.get(pageId)];
    if (tab && page) tab.page = page;
  }

  /** The page of a tab, where it is known. */
  pageOf(tabId: string): string | undefined {
    return this.#entries.get(tabId)?.page?.info.targetId;
  }

  /**
   * The number, from 1 on, that people know the tab by which this target is in: its page's, in the order in which pages
   * were first driven, and never another's. Null for what is in no tab, as service workers.
   */
  tabNumber(targetId: string): number | null {
    const page = this.#topPage(targetId);
    if (!page) return null;
    if (page.number === 0) {
      this.#lastNumber += 1;
      page.number = this.#lastNumber;
    }
    return page.number;
  }

  /** The page that this target is, or is in; undefined where it is in none. */
  topPage(targetId: string): TargetInfo | undefined {
    return this.#topPage(targetId)?.info;
  }

  #topPage(targetId: string): Entry | null {
    const entry = this.#entries.get(targetId);
    if (!entry) return null;
    const top = this.#top(entry);
    const page = top.page ?? top;
    return page.info.type === 'page' ? page : null;
  }

  #ownerOfNew(entry: Entry): TargetOwner {
    const { info } = entry;
    if (this.own.has(info.targetId)) return null;
    const byContext = this.#contexts.get(info.browserContextId ?? '');
    if (byContext) return this.#mayBeOwn(entry) ? undefined : byContext;
    if (this.#pairs.isHidden(info) || !this.#pairs.isComplete) return null;
    if (info.type === 'tab') return undefined;
    if (info.parentId !== undefined || isSharedWorker(info.type)) return null;
    const opener = this.#entries.get(info.openerId ?? '');
    return opener ? this.#owner(opener) : this.#creations.ownerOfNew(entry);
  }

  /** The context of some workspace that it is in; '' for any other. */
  #ownContextOf({ browserContextId = '' }: TargetInfo): string {
    return this.#contexts.has(browserContextId) ? browserContextId : '';
  }

  /** A tab whose page is not there yet, while the hub makes one for itself. */
  #mayBeOwn({ info, page }: Entry): boolean {
    return info.type === 'tab' && page === null && this.own.isMaking(this.#ownContextOf(info));
  }

  /** Tabs, frames and workers are what their page is, whenever that becomes known. */
  #owner(entry: Entry): TargetOwner {
    const { page, owner } = this.#top(entry);
    return page ? page.owner : owner;
  }

  #top(entry: Entry): Entry {
    let at = entry;
    for (let i = 0; i < MAX_PARENTS && at.info.parentId !== undefined; i += 1) {
      const parent = this.#entries.get(at.info.parentId);
      if (!parent) break;
      at = parent;
    }
    return at;
  }

  /** What can be told by now of those that were unknown. */
  #settle(): void {
    for (let again = true; again; ) {
      again = false;
      for (const entry of this.#creations.undecided) {
        const owner = this.#ownerByNow(entry);
        if (owner === undefined) continue;
        this.#decide(entry, owner);
        again = true;
      }
    }
    if (!this.#fresh) return;
    this.#fresh = false;
    this.#hooks.settled();
    for (const entry of this.#entries.values()) {
      if (entry.gone && entry.owner !== undefined) this.#remove(entry);
    }
  }

  #ownerByNow(entry: Entry): TargetOwner {
    const { info, page } = entry;
    if (info.type === 'tab') return this.#pairs.isHidden(info) ? null : page?.owner;
    const opener = this.#entries.get(info.openerId ?? '');
    if (opener) return this.#owner(opener);
    return this.#creations.mayBeSomebodys(entry) ? undefined : null;
  }

  #decide(entry: Entry, owner: Workspace | null): void {
    entry.owner = owner;
    this.#creations.decided(entry);
    this.#fresh = true;
    this.#owned(entry);
  }

  #owned({ owner, info, gone }: Entry): void {
    if (owner) this.#hooks.changed();
    if (owner && info.type === 'page' && !gone) this.#hooks.taken(info);
    // Made for somebody who has left meanwhile.
    if (owner?.ended === 'closed' && info.type === 'page' && !gone) this.#hooks.orphan(info.targetId);
  }

  #remove(entry: Entry): void {
    const { owner, info } = entry;
    this.#entries.delete(info.targetId);
    this.own.gone(info.targetId);
    if (owner) this.#hooks.changed();
    if (owner && info.type === 'page') this.#hooks.left(info.targetId);
    this.#creations.decided(entry);
    this.#pairs.removed(entry);
  }
}

/** Pages and tabs stand alone; workers of an origin outlive the page that they were found under. */
function belongsToParent(type: string): boolean {
  return type !== 'page' && type !== 'tab' && !isSharedWorker(type);
}
