import type { Holds } from '../isolation/holds.ts';
import type { CdpSession } from './sessions.ts';
import type { Wire } from './wire.ts';

/** How long a page may take to answer what is set on it before its client's commands go on, in milliseconds. */
const PATIENCE = 1000;

/** Commands that hold on every page of a client: sent on each of its page sessions, now and from now on. */
export class PageSettings {
  readonly #wire: Wire;
  readonly #stalls: Holds;
  readonly #commands = new Map<string, object>();
  /** Of a session the commands that it has not answered yet. */
  readonly #unanswered = new Map<CdpSession, number>();

  constructor(wire: Wire, stalls: Holds) {
    this.#wire = wire;
    this.#stalls = stalls;
  }

  /** `sessions`: those that the client has now. */
  set(method: string, params: object, sessions: Iterable<CdpSession>): void {
    this.#commands.set(method, params);
    for (const session of sessions) this.#send(session, method, params);
  }

  /** A session came up. */
  apply(session: CdpSession): void {
    for (const [method, params] of this.#commands) this.#send(session, method, params);
  }

  /**
   * Calls `go` when the page has answered what was set on it. Chromium 156 loses the renderer of a new page that is
   * navigated while `Emulation.setFocusEmulationEnabled` is on its way.
   */
  whenSet(session: CdpSession, go: () => void): void {
    if (this.#unanswered.has(session)) this.#stalls.hold(keyOf(session), session.id, go, PATIENCE);
    else go();
  }

  clear(): void {
    this.#commands.clear();
    this.#unanswered.clear();
  }

  #send(session: CdpSession, method: string, params: object): void {
    if (session.type !== 'page') return;
    this.#unanswered.set(session, (this.#unanswered.get(session) ?? 0) + 1);
    this.#wire.inject(method, params, session, () => this.#answered(session));
  }

  #answered(session: CdpSession): void {
    const left = (this.#unanswered.get(session) ?? 1) - 1;
    if (left > 0) {
      this.#unanswered.set(session, left);
      return;
    }
    this.#unanswered.delete(session);
    this.#stalls.release(keyOf(session));
  }
}

/** Of what waits for a session's settings, apart from what waits for the session itself. */
function keyOf(session: CdpSession): string {
  return `settings of ${session.id}`;
}
