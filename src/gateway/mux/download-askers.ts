import type { CdpSession, SessionTable } from './sessions.ts';

/**
 * Who asked the browser itself for the events of downloads, in contexts of its own: what came on the session of a
 * page went out on the client's root, and there the events come in.
 */
export class DownloadAskers {
  readonly #sessions: Pick<SessionTable, 'has'>;
  /** By the session that the browser tells. */
  #askers = new WeakMap<CdpSession, Set<CdpSession>>();

  constructor(sessions: Pick<SessionTable, 'has'>) {
    this.#sessions = sessions;
  }

  /** A session says what it wants of the one that is told: returns the parameters that have what all want there. */
  ask(asker: CdpSession, told: CdpSession, params: object | undefined): object | undefined {
    const askers = new Set(this.of(told)).add(asker);
    if ((params as { eventsEnabled?: unknown } | undefined)?.eventsEnabled !== true) askers.delete(asker);
    this.#askers.set(told, askers);
    return askers.size > 0 ? { ...params, eventsEnabled: true } : params;
  }

  /** Those that an event is for which the browser told this session. */
  of(told: CdpSession): CdpSession[] {
    return [...(this.#askers.get(told) ?? [])].filter((each) => this.#sessions.has(each));
  }

  clear(): void {
    this.#askers = new WeakMap();
  }
}
