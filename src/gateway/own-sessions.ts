import type { Answer, CdpEvent } from './protocol/envelope.ts';

/**
 * The sessions of a caller that it did not ask for: its tab's, and those of the targets that its calls name. It is told
 * nothing of them: where their attachment is announced, that is held until the answer says whose it is.
 */
export class OwnSessions {
  readonly #byTarget = new Map<string, string>();
  readonly #byId = new Map<string, string>();
  /** Targets that are being attached to, and what was announced of them meanwhile. */
  readonly #attaching = new Map<string, CdpEvent[]>();
  readonly #announce: (event: CdpEvent) => void;

  /** `announce`: an attachment turns out to be one that the caller asked for. */
  constructor(announce: (event: CdpEvent) => void) {
    this.#announce = announce;
  }

  /** The session on this target. */
  on(targetId: string): string | undefined {
    return this.#byTarget.get(targetId);
  }

  /** The target of this session; undefined: it is none of these. */
  targetOf(sessionId: string): string | undefined {
    return this.#byId.get(sessionId);
  }

  /** It is about to be attached to. */
  attaching(targetId: string): void {
    if (!this.#attaching.has(targetId)) this.#attaching.set(targetId, []);
  }

  /** The answer is here. Returns the session; undefined: there is none. */
  attached(targetId: string, answer: Answer): string | undefined {
    const { sessionId } = (answer.result ?? {}) as { sessionId?: string };
    if (sessionId !== undefined) {
      this.#byTarget.set(targetId, sessionId);
      this.#byId.set(sessionId, targetId);
    }
    const held = this.#attaching.get(targetId) ?? [];
    this.#attaching.delete(targetId);
    for (const event of held) if (sessionOf(event) !== sessionId) this.#announce(event);
    return sessionId;
  }

  /** True where an announcement of the root, `Target.attachedToTarget`, is not for the caller, or not yet. */
  holds(event: CdpEvent): boolean {
    const { targetInfo } = (event.params ?? {}) as { targetInfo?: { targetId?: string } };
    const held = this.#attaching.get(targetInfo?.targetId ?? '');
    held?.push(event);
    return held !== undefined;
  }

  /** `Target.detachedFromTarget`. True where it was one of these. */
  ended(event: CdpEvent): boolean {
    const sessionId = sessionOf(event) ?? '';
    const targetId = this.#byId.get(sessionId);
    if (targetId === undefined) return false;
    this.#byId.delete(sessionId);
    this.#byTarget.delete(targetId);
    return true;
  }

  clear(): void {
    this.#byTarget.clear();
    this.#byId.clear();
    this.#attaching.clear();
  }
}

/** The session that an announcement is about. */
export function sessionOf({ params = {} }: CdpEvent): string | undefined {
  return (params as { sessionId?: string }).sessionId;
}
