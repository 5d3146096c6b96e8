import type { Entry } from './target-entry.ts';
import type { TargetInfo } from './target-info.ts';

/**
 * Which tab a page is in: nothing that is told of a tab names its page, but a tab is announced right before its
 * page, with no other tab in between.
 */
export class TabPairs {
  #last: Entry | null = null;
  /** The last tab, where it is one without a window. */
  #hidden: Entry | null = null;
  #tellsTabs = false;
  #complete = false;

  /** What was there before the hub has been announced, in no order; from here on each page follows its tab. */
  complete(): void {
    this.#complete = true;
    this.#last = null;
  }

  /** False while what was there before the hub is being announced. */
  get isComplete(): boolean {
    return this.#complete;
  }

  /** A target was announced; `isOwn`: of the hub's. Returns the tab of a page whose tab is known by that. */
  announced(entry: Entry, isOwn: boolean): Entry | null {
    const { type, subtype, embedderData } = entry.info;
    if (type === 'tab') {
      if (embedderData !== undefined) this.#tellsTabs = true;
      this.#last = this.#complete && !this.isHidden(entry.info) ? entry : null;
      this.#hidden = this.#complete && this.#last === null ? entry : null;
      return null;
    }
    // What the hub makes without a window has a tab as well, which is like those of the browser's own pages.
    const tab = isOwn && type === 'other' ? (this.#last ?? this.#hidden) : this.#last;
    // A prerendered page is announced without a tab of its own.
    if ((type !== 'page' && !isOwn) || subtype !== undefined || !tab) return null;
    tab.page = entry;
    this.#last = null;
    this.#hidden = null;
    return tab;
  }

  removed(entry: Entry): void {
    if (this.#last === entry) this.#last = null;
    if (this.#hidden === entry) this.#hidden = null;
  }

  /** The browser's own pages: popups of its address bar, which come as tabs without data of a window. */
  isHidden({ type, embedderData }: TargetInfo): boolean {
    if (type === 'browser_ui') return true;
    return type === 'tab' && embedderData === undefined && this.#tellsTabs;
  }

  clear(): void {
    this.#last = null;
    this.#hidden = null;
    this.#complete = false;
  }
}
