import type { CdpSession } from './sessions.ts';
import type { Wire } from './wire.ts';

/** Commands that hold on every page of a client: sent on each of its page sessions, now and from now on. */
export class PageSettings {
  readonly #wire: Wire;
  readonly #commands = new Map<string, object>();

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  /** `sessions`: those that the client has now. */
  set(method: string, params: object, sessions: Iterable<CdpSession>): void {
    this.#commands.set(method, params);
    for (const session of sessions) {
      if (session.type === 'page') this.#wire.inject(method, params, session, () => {});
    }
  }

  /** A session came up. */
  apply(session: CdpSession): void {
    if (session.type !== 'page') return;
    for (const [method, params] of this.#commands) this.#wire.inject(method, params, session, () => {});
  }

  clear(): void {
    this.#commands.clear();
  }
}
