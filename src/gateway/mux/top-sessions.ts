import type { Answer } from '../protocol/envelope.ts';
import { CdpSession, type SessionOwner } from './sessions.ts';
import type { Wire } from './wire.ts';

/** Which part of the browser a client speaks to when it names no session. */
export type Face = { kind: 'browser' } | { kind: 'page'; targetId: string };

/** What becomes of the sessions that {@link openTopSessions} makes. */
export interface TopSessions {
  /** False once nobody waits for them any more: what was made is detached again. */
  wanted(): boolean;
  /** The client's root is there; for a page client, more follows. */
  rooted(root: CdpSession): void;
  /** Messages without a sessionId go to `main`. */
  ready(main: CdpSession): void;
  failed(answer: Answer): void;
}

/** Makes a client's own root session and, for a page client, the session of its page below it. */
export function openTopSessions(wire: Wire, owner: SessionOwner, face: Face, on: TopSessions): void {
  wire.inject('Target.attachToBrowserTarget', {}, null, (answer) => {
    const id = sessionIdOf(answer);
    if (!on.wanted()) {
      if (id !== null) {
        wire.takeRoot(id);
        detach(wire, id);
      }
      return;
    }
    if (id === null) {
      on.failed(answer);
      return;
    }
    const root = wire.sessions.add(
      new CdpSession({ id, owner, parent: null, targetId: wire.takeRoot(id), type: 'browser' }),
    );
    on.rooted(root);
    if (face.kind === 'browser') on.ready(root);
    else openPage(wire, root, face.targetId, on);
  });
}

/** Ends a client's root, and with it all that hangs from it. */
export function detach(wire: Wire, sessionId: string): void {
  wire.inject('Target.detachFromTarget', { sessionId }, null, () => {});
}

/** Ends one session below a root, and what hangs from it. */
export function detachChild(wire: Wire, child: CdpSession): void {
  wire.inject('Target.detachFromTarget', { sessionId: child.id }, child.parent, () => {});
}

function openPage(wire: Wire, root: CdpSession, targetId: string, on: TopSessions): void {
  wire.inject('Target.attachToTarget', { targetId, flatten: true }, root, (answer) => {
    if (!on.wanted()) return;
    const id = sessionIdOf(answer);
    // The event that precedes the answer has put it there.
    const page = id === null ? undefined : wire.sessions.get(id);
    if (page && !page.hidden) on.ready(page);
    else on.failed(answer);
  });
}

function sessionIdOf(answer: Answer): string | null {
  const id = (answer.result as { sessionId?: unknown } | undefined)?.sessionId;
  return typeof id === 'string' ? id : null;
}
