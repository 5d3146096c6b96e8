import { matches, readAutoAttach } from '../isolation/auto-attach.ts';
import { SHARED_HOLD } from '../isolation/holds.ts';
import { isSharedWorker, type TargetInfo } from '../isolation/target-info.ts';
import type { Workspace } from '../isolation/workspace.ts';
import type { Answer, CdpEvent } from '../protocol/envelope.ts';
import type { MuxContext } from './mux-context.ts';
import { CdpSession, type SessionOwner } from './sessions.ts';
import { detachChild } from './top-sessions.ts';

/** The client that a view is of. */
export interface Viewer extends SessionOwner {
  readonly workspace: Workspace;
  /** True for the `browser` target of one of its own roots. */
  ownsBrowserTarget(targetId: string): boolean;
  /** A session came up that it is about to be told of. */
  adopted(session: CdpSession): void;
  /** A session of its own ends: what is in flight on it is answered next. */
  ending(session: CdpSession): void;
  ended(session: CdpSession): void;
  deliver(session: CdpSession, event: CdpEvent, bytes: number): void;
}

interface Attached {
  sessionId: string;
  targetInfo: TargetInfo;
  waitingForDebugger?: boolean;
}

/**
 * What one client sees of the browser: of the events on its sessions those about targets of its own workspace.
 * Chrome tells every root of every target, and attaches every auto-attacher to each; what is somebody else's is
 * let go here without the client ever knowing.
 */
export class ClientView {
  readonly #viewer: Viewer;
  readonly #context: MuxContext;
  /** Attached, and not told of yet: whose the target is, is not known. */
  readonly #untold = new Set<CdpSession>();

  constructor(viewer: Viewer, context: MuxContext) {
    this.#viewer = viewer;
    this.#context = context;
  }

  event(session: CdpSession, event: CdpEvent, bytes: number): void {
    switch (event.method) {
      case 'Target.attachedToTarget':
        this.#attached(session, event, bytes);
        return;
      case 'Target.detachedFromTarget':
        this.#detached(session, event, bytes);
        return;
      case 'Target.targetCreated':
      case 'Target.targetInfoChanged':
        this.#told(session, event, bytes);
        return;
      case 'Target.targetDestroyed':
      case 'Target.targetCrashed':
        this.#gone(session, event, bytes);
        return;
      case 'Browser.downloadWillBegin':
      case 'Browser.downloadProgress':
        this.#context.shared.downloads.onClient(this.#viewer, session, event, bytes);
        return;
      case 'Page.downloadWillBegin':
        this.#context.shared.downloads.learn(session, event);
        break;
      case 'Page.javascriptDialogOpening':
        session.dialog = true;
        break;
      case 'Page.javascriptDialogClosed':
        session.dialog = false;
        break;
      case 'Inspector.targetReloadedAfterCrash':
        this.#context.crashes.over(session);
        break;
    }
    if (session.hidden) return;
    this.#viewer.deliver(session, event, bytes);
    // After the event, as the client expects it: it drops what waits on that session by itself.
    if (event.method === 'Inspector.targetCrashed') this.#context.crashes.began(session);
  }

  /** A target can be seen that could not when it was created: it is told of, and attached to, as if it were new. */
  appeared(root: CdpSession, targetId: string): void {
    const { targets, wire } = this.#context;
    const targetInfo = targets.get(targetId);
    if (!targetInfo) return;
    if (root.discovers && !root.shown.has(targetId)) {
      root.shown.add(targetId);
      const params = { targetInfo: { ...targetInfo, attached: false } };
      this.#viewer.deliver(root, { method: 'Target.targetCreated', params, sessionId: root.id }, 0);
    }
    // A session on a shared worker that Chrome did not make itself outlives the worker: see worker-sessions.ts.
    if (targetInfo.type === 'shared_worker') return;
    const attached = [...root.children].some((child) => child.targetId === targetId && !child.hidden);
    if (attached || !root.autoAttach || !matches(root.autoAttach.filter, targetInfo.type)) return;
    wire.inject('Target.attachToTarget', { targetId, flatten: true }, root, () => {});
  }

  /** `Target.setAutoAttach` is being sent on a session; what it returns sees the answer. */
  autoAttaching(session: CdpSession, params: object | undefined): (answer: Answer) => Answer {
    const before = session.autoAttach;
    const wish = readAutoAttach(params);
    session.autoAttach = wish;
    return (answer) => {
      // Another may have been sent meanwhile: its own answer decides about that.
      if (answer.error && session.autoAttach === wish) session.autoAttach = before;
      return answer;
    };
  }

  /** `Target.setDiscoverTargets` is being sent on a session. */
  discovering(session: CdpSession, params: object | undefined): void {
    session.discovers = (params as { discover?: unknown } | undefined)?.discover === true;
    if (!session.discovers) session.shown.clear();
  }

  /** True where the client must not let this target run before its owner does. */
  mustWait({ targetId, type, waiting }: CdpSession): boolean {
    if (!waiting || this.#viewer.workspace.isolation !== 'none' || !isTopLevel(type)) return false;
    const { targets, awaited } = this.#context;
    const owner = targets.ownerOf(targetId);
    // Among those without isolation it is as with Chrome itself: the first one wins.
    if (!owner || owner.isolation === 'none') return false;
    return !targets.hasRun(targetId) && awaited(targetId, type) === 'owner';
  }

  /** The client's `runIfWaitingForDebugger` has gone out: what waited for it may go. */
  ran(session: CdpSession): void {
    session.waiting = false;
    this.#context.stalls.drop(session.id, session.id);
    const { targets, awaited, holds } = this.#context;
    const { targetId, type } = session;
    if (targets.ownerOf(targetId) !== this.#viewer.workspace && awaited(targetId, type) === 'owner') return;
    targets.markRan(targetId);
    holds.release(targetId);
  }

  #attached(session: CdpSession, event: CdpEvent, bytes: number): void {
    const { sessionId, targetInfo, waitingForDebugger } = (event.params ?? {}) as Partial<Attached>;
    if (sessionId === undefined || targetInfo === undefined) return;
    const { targetId, type } = targetInfo;
    const child = new CdpSession({ id: sessionId, owner: this.#viewer, parent: session, targetId, type });
    child.waiting = waitingForDebugger === true;
    child.wrapped = session.autoAttach?.flatten === false;
    this.#context.wire.sessions.add(child);
    this.#context.crashes.attached(child);
    this.#context.targets.see(targetInfo, session.isRoot ? '' : session.targetId);
    this.#untold.add(child);
    this.#judge(child, event, bytes);
  }

  #judge(child: CdpSession, event: CdpEvent, bytes: number): void {
    const { parent } = child;
    if (!parent || !this.#context.wire.sessions.has(child)) return;
    const seen = this.#sees(parent, child);
    if (seen === undefined) {
      this.#context.parking.park(child.targetId, () => this.#judge(child, event, bytes));
      return;
    }
    this.#untold.delete(child);
    if (!seen) {
      this.#dismiss(child);
      return;
    }
    this.#viewer.adopted(child);
    this.#viewer.deliver(parent, event, bytes);
    if (child.waiting) this.#hurry(child);
  }

  /** A worker of an origin is waited for by every client's pages there: nobody may keep it for long. */
  #hurry(child: CdpSession): void {
    const { wire, stalls, targets } = this.#context;
    if (!isSharedWorker(child.type) || targets.ownerOf(child.targetId) === this.#viewer.workspace) return;
    if (this.#viewer.workspace.isolation === 'none') return;
    const run = () => {
      if (!wire.sessions.has(child) || !child.waiting) return;
      wire.inject('Runtime.runIfWaitingForDebugger', {}, child, () => {});
    };
    stalls.hold(child.id, child.id, run, SHARED_HOLD);
  }

  /** What is attached below a page is a part of it; what a root is attached to may be anybody's. */
  #sees(parent: CdpSession, { targetId, type }: CdpSession): boolean | undefined {
    if (!parent.isRoot || type === 'browser') return true;
    return this.#context.targets.visible(this.#viewer.workspace, targetId);
  }

  /** Somebody else's target: it is let run when its owner does so, or at once where no owner waits for it. */
  #dismiss(child: CdpSession): void {
    const { wire, holds, targets, awaited } = this.#context;
    const { targetId, type } = child;
    child.hidden = true;
    const letGo = () => {
      if (!wire.sessions.has(child)) return;
      const detach = () => {
        if (wire.sessions.has(child)) detachChild(wire, child);
      };
      if (!child.waiting) {
        detach();
        return;
      }
      // A worker whose session goes before it has run stays paused for good; a page's answer may never come.
      wire.inject('Runtime.runIfWaitingForDebugger', {}, child, isTopLevel(type) ? () => {} : detach);
      if (isTopLevel(type)) detach();
    };
    const shared = isSharedWorker(type);
    if (child.waiting && !shared && !targets.hasRun(targetId) && awaited(targetId, type) !== null) {
      holds.hold(targetId, child.id, letGo);
    } else letGo();
  }

  #detached(session: CdpSession, event: CdpEvent, bytes: number): void {
    const { wire, holds, stalls } = this.#context;
    const { sessionId = '' } = (event.params ?? {}) as { sessionId?: string };
    const child = wire.sessions.get(sessionId);
    if (child?.owner !== this.#viewer) return;
    if (child.hidden || this.#untold.delete(child)) {
      holds.drop(child.targetId, child.id);
      wire.endSession(child, 'it was detached');
      return;
    }
    this.#viewer.deliver(session, event, bytes);
    stalls.drop(child.id, child.id);
    this.#viewer.ending(child);
    wire.endSession(child, 'its target was closed or detached');
    if (child.waiting) holds.release(child.targetId);
    this.#viewer.ended(child);
  }

  #told(session: CdpSession, event: CdpEvent, bytes: number): void {
    const { targetInfo } = (event.params ?? {}) as { targetInfo?: TargetInfo };
    if (session.hidden || targetInfo === undefined) return;
    this.#context.targets.see(targetInfo);
    const { targetId, type } = targetInfo;
    const seen =
      type === 'browser'
        ? this.#viewer.workspace.isolation === 'none' || this.#viewer.ownsBrowserTarget(targetId)
        : this.#context.targets.visible(this.#viewer.workspace, targetId);
    if (seen === undefined) {
      this.#context.parking.park(targetId, () => {
        if (this.#context.wire.sessions.has(session)) this.#told(session, event, bytes);
      });
      return;
    }
    if (!seen && !session.shown.has(targetId)) return;
    // It was hidden when it was created, and can be seen since: a worker, once a page of its origin is there.
    const late = session.discovers && !session.shown.has(targetId);
    if (session.discovers) session.shown.add(targetId);
    this.#viewer.deliver(session, late ? created(event) : event, bytes);
  }

  #gone(session: CdpSession, event: CdpEvent, bytes: number): void {
    const { targetId = '' } = (event.params ?? {}) as { targetId?: string };
    if (session.hidden) return;
    if (this.#context.parking.holds(targetId)) {
      this.#context.parking.park(targetId, () => {
        if (this.#context.wire.sessions.has(session)) this.#gone(session, event, bytes);
      });
      return;
    }
    if (!session.shown.has(targetId) && this.#viewer.workspace.isolation !== 'none') return;
    if (event.method === 'Target.targetDestroyed') session.shown.delete(targetId);
    this.#viewer.deliver(session, event, bytes);
  }
}

function created({ params = {}, sessionId }: CdpEvent): CdpEvent {
  return { method: 'Target.targetCreated', params, ...(sessionId !== undefined && { sessionId }) };
}

/** What a root session is attached to for its own sake; all else hangs from one of these. */
function isTopLevel(type: string): boolean {
  return type === 'page' || type === 'tab';
}
