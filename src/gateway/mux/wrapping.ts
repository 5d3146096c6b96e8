import { type CdpEvent, type Outgoing, plain } from '../protocol/envelope.ts';
import type { CdpError } from '../protocol/errors.ts';
import type { CdpSession } from './sessions.ts';

/**
 * Messages wrapped in text, as sessions without `flatten` have them. The hub attaches flat all the same and does the
 * wrapping itself: so every rule sees what is inside.
 */

/**
 * How deep sessions may be wrapped in one another: real clients wrap a worker in a page at most, and each level
 * doubles every backslash.
 */
export const MAX_WRAPS = 4;

/** How deep a session is wrapped. */
export function wraps(session: CdpSession): number {
  let count = 0;
  for (let at: CdpSession | null = session; at; at = at.parent) if (at.wrapped) count += 1;
  return count;
}

/** The session that a `Target.sendMessageToTarget` on `session` is for, or Chrome's error. */
export function addressee(session: CdpSession, params: object | undefined): CdpSession | CdpError {
  const named = childOf(session, params);
  if ('code' in named || named.wrapped) return named;
  return invalid(typeof sessionIdOf(params) === 'string' ? NO_SESSION : NO_SESSION_FOR_TARGET);
}

/**
 * Chrome's error where a `Target.detachFromTarget` on `session` is for no session that its client knows of; null: it
 * may go on. A client must not end the sessions by which the hub holds somebody else's target for it.
 */
export function undetachable(session: CdpSession, params: object | undefined): CdpError | null {
  const named = childOf(session, params);
  return 'code' in named ? named : null;
}

function childOf(session: CdpSession, params: object | undefined): CdpSession | CdpError {
  const { sessionId, targetId } = (params ?? {}) as { sessionId?: unknown; targetId?: unknown };
  const mine = [...session.children].filter((child) => !child.hidden);
  if (typeof sessionId === 'string') {
    return mine.find(({ id }) => id === sessionId) ?? invalid(NO_SESSION);
  }
  if (typeof targetId === 'string') {
    return mine.find((child) => child.targetId === targetId) ?? invalid(NO_SESSION_FOR_TARGET);
  }
  return invalid('Session id must be specified');
}

function sessionIdOf(params: object | undefined): unknown {
  return (params as { sessionId?: unknown } | undefined)?.sessionId;
}

const NO_SESSION = 'No session with given id';
const NO_SESSION_FOR_TARGET = 'No session for given target id';

/** What the client of a wrapped session hears in place of `message`, on the session above. */
export function wrap(session: CdpSession, message: Outgoing): CdpEvent {
  const { sessionId: _, ...inner } = plain(message) as Outgoing & { sessionId?: string };
  return {
    method: 'Target.receivedMessageFromTarget',
    params: { sessionId: session.id, message: JSON.stringify(inner), targetId: session.targetId },
  };
}

function invalid(message: string): CdpError {
  return { code: -32602, message };
}
