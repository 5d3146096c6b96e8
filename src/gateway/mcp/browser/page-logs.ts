import { ConsoleLog } from './console-log.ts';
import { NetworkLog } from './network-log.ts';
import type { CDPSession, Page } from './puppeteer.ts';

/** What of a page has sessions of its own that belong to it: frames of other sites, and workers. */
const INNER = new Set(['iframe', 'worker']);

/**
 * What a page's console says and what it asks the network for, heard on the sessions that Puppeteer drives it by: the
 * page's own, and those of its frames of other sites and of its workers, each from its start. The browser says it for
 * Puppeteer, once; nothing is said twice.
 */
export class PageLogs {
  readonly console = new ConsoleLog();
  readonly network = new NetworkLog();
  /** Told of a frame of another site that begins. */
  onFrame = (_: CDPSession) => {};
  readonly #known = new WeakSet<CDPSession>();

  /** `session`: of the page's main frame. */
  listen(session: CDPSession): void {
    if (!this.#add(session)) return;
    session.on('Page.frameNavigated', ({ frame }) => {
      if (frame.parentId !== undefined) return;
      this.console.navigated();
      this.network.navigated(frame.loaderId);
    });
  }

  /** To those that were there before anybody listened. */
  listenToAll(page: Page): void {
    for (const frame of page.frames()) this.#add(frame.client);
    for (const worker of page.workers()) this.#add(worker.client);
  }

  /** False: it is known already. */
  #add(session: CDPSession): boolean {
    if (this.#known.has(session)) return false;
    this.#known.add(session);
    this.console.listen(session);
    this.network.listen(session);
    session.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
      const inner = INNER.has(targetInfo.type) ? session.connection()?.session(sessionId) : null;
      if (!inner) return;
      this.#add(inner);
      if (targetInfo.type !== 'iframe') return;
      // Puppeteer asks for the entries of the page's own log only.
      inner.send('Log.enable').catch(() => {});
      this.onFrame(inner);
    });
    return true;
  }
}
