import type { OpenDialog } from './dialogs.ts';
import { PageLogs } from './page-logs.ts';
import type { CDPSession } from './puppeteer.ts';

type Connection = NonNullable<ReturnType<CDPSession['connection']>>;

/** What becomes of a window: it has begun; it is a tab now; it went before it was one. */
type Hear = (targetId: string, opener: string, what: 'begun' | 'there' | 'gone') => void;

/**
 * Hears of the windows that pages open while these are still held: Puppeteer tells of them once they have an address,
 * when what they have loaded so far nobody has been told of.
 */
export class Popups {
  readonly #isOwn: (targetId: string) => boolean;
  readonly #logs = new Map<string, PageLogs>();
  /** Also of pages that nobody has opened. */
  readonly #dialogs = new Map<string, OpenDialog>();
  /** The openers of those that have begun and are no tabs yet. */
  readonly #openers = new Map<string, string>();
  readonly #hearing = new Set<Hear>();

  /** `isOwn`: of the page that opens one. */
  constructor(isOwn: (targetId: string) => boolean) {
    this.#isOwn = isOwn;
  }

  /** From here on, on this connection; what was heard on another is forgotten. */
  watch(connection: Connection): void {
    for (const known of [this.#logs, this.#dialogs, this.#openers]) known.clear();
    connection.on('Target.targetCreated', ({ targetInfo: { type, targetId, openerId } }) => {
      if (type !== 'page' || openerId === undefined || !this.#isOwn(openerId)) return;
      this.#openers.set(targetId, openerId);
      this.#tell(targetId, openerId, 'begun');
    });
    connection.on('Target.targetDestroyed', ({ targetId }) => this.#forget(targetId, 'gone'));
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

  /** Hears of each; what it returns ends that. */
  onWindow(hear: Hear): () => void {
    this.#hearing.add(hear);
    return () => this.#hearing.delete(hear);
  }

  /** A page that is no tab yet has a dialog open; null: none any more. */
  setDialog(targetId: string, dialog: OpenDialog | null): void {
    if (dialog) this.#dialogs.set(targetId, dialog);
    else this.#dialogs.delete(targetId);
  }

  /** It is a tab: what was heard of it so far, each once. */
  take(targetId: string): { logs: PageLogs; dialog: OpenDialog | null } {
    const logs = this.#logs.get(targetId) ?? new PageLogs();
    const dialog = this.#dialogs.get(targetId) ?? null;
    this.#forget(targetId, 'there');
    return { logs, dialog };
  }

  #forget(targetId: string, what: 'there' | 'gone'): void {
    this.#logs.delete(targetId);
    this.#dialogs.delete(targetId);
    const opener = this.#openers.get(targetId);
    this.#openers.delete(targetId);
    if (opener !== undefined) this.#tell(targetId, opener, what);
  }

  #tell(...[targetId, opener, what]: Parameters<Hear>): void {
    for (const hear of this.#hearing) hear(targetId, opener, what);
  }
}
