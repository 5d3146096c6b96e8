import { sessionOfTarget } from './internals.ts';
import { PageLogs } from './page-logs.ts';
import type { CDPSession, Target } from './puppeteer.ts';

/**
 * Hears of the windows that pages open while these are still held: Puppeteer tells of them once they have an address,
 * when what they have loaded so far nobody has been told of.
 */
export class Popups {
  readonly #isOwn: (targetId: string) => boolean;
  readonly #logs = new Map<string, PageLogs>();
  #connection: ReturnType<CDPSession['connection']>;

  /** `isOwn`: of the page that opens one. */
  constructor(isOwn: (targetId: string) => boolean) {
    this.#isOwn = isOwn;
  }

  /** From here on, on the connection that this page came by. */
  watch(target: Target): void {
    const connection = sessionOfTarget(target)?.connection();
    if (!connection || connection === this.#connection) return;
    this.#connection = connection;
    this.#logs.clear();
    connection.on('sessionattached', (window) => {
      window.on('Target.attachedToTarget', ({ sessionId, targetInfo: { type, targetId, openerId } }) => {
        const session = connection.session(sessionId);
        if (!session || type !== 'page' || openerId === undefined || !this.#isOwn(openerId)) return;
        const logs = new PageLogs();
        logs.listen(session);
        this.#logs.set(targetId, logs);
        // On its way before Puppeteer lets it run.
        session.send('Network.enable').catch(() => {});
      });
    });
  }

  /** What was heard of a page so far; each once. */
  take(targetId: string): PageLogs {
    const logs = this.#logs.get(targetId) ?? new PageLogs();
    this.#logs.delete(targetId);
    return logs;
  }

  /** It went before anybody asked for it. */
  gone(targetId: string): void {
    this.#logs.delete(targetId);
  }
}
