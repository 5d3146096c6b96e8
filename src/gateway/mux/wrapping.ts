import type { CdpEvent, Outgoing } from '../protocol/envelope.ts';
import type { CdpError } from '../protocol/errors.ts';
import type { CdpSession } from './sessions.ts';

/**
 * Messages wrapped in text, as sessions without `flatten` have them. The hub attaches flat all the same and does the
 * wrapping itself: so every rule sees what is inside.
 */

/** The session that a `Target.sendMessageToTarget` on `session` is for, or Chrome's error. */
export function addressee(session: CdpSession, params: object | undefined): CdpSession | CdpError {
  const { sessionId, targetId } = (params ?? {}) as { sessionId?: unknown; targetId?: unknown };
  const mine = [...session.children].filter((child) => child.wrapped && !child.hidden);
  if (typeof sessionId === 'string') {
    return mine.find(({ id }) => id === sessionId) ?? invalid('No session with given id');
  }
  if (typeof targetId === 'string') {
    return mine.find((child) => child.targetId === targetId) ?? invalid('No session for given target id');
  }
  return invalid('Session id must be specified');
}

/** What the client of a wrapped session hears in place of `message`, on the session above. */
export function wrap(session: CdpSession, message: Outgoing): CdpEvent {
  const { sessionId: _, ...inner } = message as Outgoing & { sessionId?: string };
  return {
    method: 'Target.receivedMessageFromTarget',
    params: { sessionId: session.id, message: JSON.stringify(inner), targetId: session.targetId },
  };
}

function invalid(message: string): CdpError {
  return { code: -32602, message };
}
