import type { CdpSession } from './sessions.ts';
import type { Wire } from './wire.ts';

/** Pages that live on must not stay blocked by what only the client that leaves, whose sessions these are, could end. */
export function unblock(wire: Wire, sessions: Iterable<CdpSession>): void {
  for (const session of sessions) {
    if (!(session.dialog || session.waiting) || wire.sessions.shared(session)) continue;
    if (session.dialog) wire.inject('Page.handleJavaScriptDialog', { accept: false }, session, () => {});
    if (session.waiting) wire.inject('Runtime.runIfWaitingForDebugger', {}, session, () => {});
  }
}
