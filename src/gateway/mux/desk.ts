import type { Clock } from '../../shared/clock.ts';
import type { TargetInfo } from '../isolation/target-info.ts';
import type { Targets } from '../isolation/targets.ts';
import type { Workspace } from '../isolation/workspace.ts';
import type { Control } from './control.ts';
import { coverPage, coverRenaming } from './cover-page.ts';
import { CdpSession, type SessionOwner } from './sessions.ts';
import { Steward } from './steward.ts';
import type { Covered } from './steward-script.ts';
import { Waking } from './waking.ts';
import type { Wire } from './wire.ts';

export interface DeskOptions {
  wire: Wire;
  control: Control;
  targets: Targets;
  clock: Clock;
  /** Whose a workspace's pages are, in a word for people; null: not known, or not to be said. */
  whose(workspace: Workspace): string | null;
}

/** A page of a workspace in a browser with windows. */
interface Page {
  /** Null while it is being found out. */
  windowId: number | null;
  state: 'settling' | 'covered' | 'bare';
  /** Input that came before it was behind its cover, or while is looked where the focus is. */
  waiting: (() => void)[];
  /** When it began to settle. */
  since: number;
  /** The context in which a cover is being made for it; null: none is. */
  making: string | null;
  /** What its cover calls it; null: nothing. */
  name: string | null;
}

/** A page that is not behind its cover by then does without, in milliseconds. */
const PATIENCE = 3000;

/** What an agent's popup takes of the focus, it takes within so many milliseconds of its creation. */
const POPUP = 300;

/**
 * The desk of the person at the browser, which agents' windows are on as well: it keeps those from taking the focus.
 *
 * Chromium activates the window of the page that is pressed, unless the page is not the front tab of its window: so
 * each window of an agent has a tab of the hub's own in front, its cover. Behind it, with focus emulated, pages are
 * visible, focused and painting, and take input at full speed.
 */
export class Desk {
  readonly #control: Control;
  readonly #wire: Wire;
  readonly #targets: Targets;
  readonly #clock: Clock;
  readonly #waking: Waking;
  readonly #whose: DeskOptions['whose'];
  readonly #pages = new Map<string, Page>();
  /** By browser context; '' is the default one. */
  readonly #stewards = new Map<string, Steward>();
  /** What the browser's clock is at least ahead of this one's; null: not heard yet. It is told of times, as on a busy machine it is asked late. */
  #ahead: number | null = null;

  constructor({ wire, control, targets, clock, whose }: DeskOptions) {
    this.#whose = whose;
    this.#wire = wire;
    this.#control = control;
    this.#targets = targets;
    this.#clock = clock;
    this.#waking = new Waking(wire, control, clock);
  }

  /** A new connection is there: what another hub left in front of windows is of no use to this one. */
  opened(): void {
    for (const targetId of this.#targets.own.stale) {
      this.#control.call('Target.closeTarget', { targetId }, () => {});
    }
  }

  clear(): void {
    this.#pages.clear();
    this.#stewards.clear();
    this.#waking.clear();
    this.#ahead = null;
  }

  /** To be called about once a second. */
  tick(): void {
    this.#waking.tick();
    const until = this.#clock.now() - PATIENCE;
    for (const page of this.#pages.values()) {
      if (page.state !== 'settling' || page.since > until) continue;
      this.#stewards.get(page.making ?? '')?.giveUp();
      this.#settled(page, null);
    }
    for (const [contextId, steward] of this.#stewards) {
      if (contextId === '' || this.#targets.hasContext(contextId)) continue;
      steward.giveUp();
      this.#stewards.delete(contextId);
    }
  }

  /** A page is a workspace's now. */
  taken(info: TargetInfo): void {
    this.#control.onceReady(() => {
      const { targetId } = info;
      if (!this.#control.headful || this.#pages.has(targetId)) return;
      const owner = this.#targets.ownerOf(targetId);
      if (!owner || owner.isolation === 'none' || info.subtype !== undefined) return;
      const since = this.#clock.now();
      const page: Page = { windowId: null, state: 'settling', waiting: [], since, making: null, name: null };
      this.#pages.set(targetId, page);
      page.name = this.#whose(owner);
      this.#settle(info, page);
    });
  }

  /** It is gone, or nobody's any more. */
  left(targetId: string): void {
    const page = this.#pages.get(targetId);
    if (!page) return;
    this.#pages.delete(targetId);
    this.#release(page);
    if (page.windowId !== null) this.#uncover(page.windowId);
  }

  /** True where it is behind a cover, or about to be: it counts as in front. */
  covers(targetId: string): boolean {
    const page = this.#pages.get(targetId);
    return page !== undefined && page.state !== 'bare';
  }

  /** True for what may have to {@link pass} here; cheap, as every command is asked about. */
  minds(method: string): boolean {
    if (!this.#control.headful) return false;
    return method.startsWith('Input.') || method === 'Page.captureScreenshot';
  }

  /** Calls `go` when the page can take the command as if it were in front, in the order of the commands. */
  pass(session: CdpSession, command: { method: string; press: boolean }, go: () => void): void {
    const { targetId } = session;
    const { method, press } = command;
    const page = this.#pages.get(targetId);
    if (page?.state === 'settling') page.waiting.push(() => this.pass(session, command, go));
    else if (page?.state === 'bare' && press) this.#look(targetId, page, go);
    else if (page?.state === 'covered' && (needsFrames(method) || this.#waking.isStarting(targetId))) {
      this.#waking.wake(targetId, go);
    } else go();
  }

  /** A press on this page was answered that was sent `ms` milliseconds ago. */
  pressed(targetId: string, ms: number): void {
    const windowId = this.#pages.get(targetId)?.windowId ?? null;
    if (windowId === null) return;
    const sent = this.#clock.now() - ms;
    this.#steward(this.#contextOf(targetId)).ask('isCovered', [windowId], (covered) => {
      if (covered !== true) this.#handBack(sent);
    });
  }

  /** Somebody came to this workspace: covers that were made before it was known who that is are given the name. */
  renamed(workspace: Workspace): void {
    const name = this.#whose(workspace);
    if (name === null || this.#pages.size === 0) return;
    for (const [targetId, page] of this.#pages) {
      if (page.name === name || page.windowId === null || this.#targets.ownerOf(targetId) !== workspace)
        continue;
      const cover = this.#targets.own.coverOf(page.windowId);
      if (cover === undefined) continue;
      page.name = name;
      this.#rename(cover, name);
    }
  }

  /** A window of an agent has another size. */
  resized(windowId: number): void {
    for (const [targetId, page] of this.#pages) {
      if (page.windowId !== windowId || page.state !== 'covered') continue;
      this.#steward(this.#contextOf(targetId)).ask('resized', [windowId]);
      return;
    }
  }

  #settle({ targetId, openerId }: TargetInfo, page: Page): void {
    this.#steward('').ask('watch', [], (now) => {
      if (typeof now !== 'number') return;
      // The answer took its time: the least late one is the nearest to the truth.
      this.#ahead = Math.max(this.#ahead ?? Number.NEGATIVE_INFINITY, now - this.#clock.now());
    });
    const contextId = this.#contextOf(targetId);
    this.#control.call('Browser.getWindowForTarget', { targetId }, ({ result }) => {
      const { windowId } = (result ?? {}) as { windowId?: number };
      if (windowId === undefined || this.#pages.get(targetId) !== page) {
        this.#settled(page, null);
        return;
      }
      page.windowId = windowId;
      const covered = (id: number): Covered => ({
        windowId: id,
        url: this.#targets.own.coverUrl(id, coverPage(page.name)),
      });
      const opener = openerId === undefined ? undefined : this.#pages.get(openerId)?.windowId;
      const into = opener === undefined || opener === null ? null : covered(opener);
      this.#targets.own.making('cover', contextId);
      page.making = contextId;
      this.#steward(contextId).ask('cover', [covered(windowId), into], (home) => {
        this.#settled(page, typeof home === 'number' ? home : null);
        if (openerId !== undefined) this.#handBack(page.since - POPUP);
        // It went while its cover was made.
        if (this.#pages.get(targetId) !== page && typeof home === 'number') this.#uncover(home);
      });
    });
  }

  /** A press on what has no cover takes the focus: who had it until then is to have it back. */
  #look(targetId: string, page: Page, go: () => void): void {
    page.state = 'settling';
    page.since = this.#clock.now();
    page.waiting.push(go);
    this.#steward('').ask('look', [], () => {
      if (this.#pages.get(targetId) === page) this.#settled(page, null);
    });
  }

  /** `windowId`: where its cover is; null: it has none. */
  #settled(page: Page, windowId: number | null): void {
    if (page.making !== null) this.#targets.own.made('cover', page.making);
    page.making = null;
    page.state = windowId === null ? 'bare' : 'covered';
    if (windowId !== null) page.windowId = windowId;
    this.#release(page);
  }

  #release(page: Page): void {
    for (const go of page.waiting.splice(0)) go();
  }

  #rename(targetId: string, name: string): void {
    this.#control.call('Target.attachToTarget', { targetId, flatten: true }, ({ result }) => {
      const { sessionId } = (result ?? {}) as { sessionId?: string };
      const parent = this.#control.session;
      if (sessionId === undefined || !parent) return;
      const session = this.#wire.sessions.add(
        new CdpSession({ id: sessionId, owner: UNHEARD, parent, targetId, type: 'page' }),
      );
      const done = () => {
        if (!this.#wire.sessions.has(session)) return;
        this.#wire.endSession(session, 'it is not needed any more');
        this.#control.call('Target.detachFromTarget', { sessionId }, () => {});
      };
      this.#control.call('Runtime.evaluate', { expression: coverRenaming(name) }, done, session);
    });
  }

  #uncover(windowId: number): void {
    const targetId = this.#targets.own.coverOf(windowId);
    for (const page of this.#pages.values()) if (page.windowId === windowId) return;
    if (targetId !== undefined) this.#control.call('Target.closeTarget', { targetId }, () => {});
  }

  /** What an agent did at `since` may have taken the focus. Only the person's own context knows the person's windows. */
  #handBack(since: number): void {
    if (this.#ahead === null) return;
    const windows = new Set<number>();
    for (const { windowId } of this.#pages.values()) if (windowId !== null) windows.add(windowId);
    this.#steward('').ask('handBack', [[...windows], since + this.#ahead]);
  }

  #contextOf(targetId: string): string {
    const contextId = this.#targets.get(targetId)?.browserContextId ?? '';
    return this.#targets.hasContext(contextId) ? contextId : '';
  }

  #steward(contextId: string): Steward {
    const known = this.#stewards.get(contextId);
    if (known) return known;
    const { own } = this.#targets;
    const steward = new Steward(this.#wire, this.#control, contextId === '' ? null : contextId, {
      making: () => own.making('steward', contextId),
      made: () => own.made('steward', contextId),
    });
    this.#stewards.set(contextId, steward);
    return steward;
  }
}

const UNHEARD: SessionOwner = { event: () => {}, rootDetached: () => {} };

/** What waits for the next frame of the page. */
function needsFrames(method: string): boolean {
  return (
    method === 'Page.captureScreenshot' ||
    method === 'Input.dispatchTouchEvent' ||
    method.startsWith('Input.synthesize')
  );
}

/** True for input by which Chromium activates the window of a page that is in front. */
export function isPress(method: string, params: object | undefined): boolean {
  const { type } = (params ?? {}) as { type?: unknown };
  return type === 'mousePressed' || type === 'touchStart' || method === 'Input.synthesizeTapGesture';
}
