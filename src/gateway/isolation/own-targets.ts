import type { TargetInfo } from './target-info.ts';

/** All covers begin like this, whichever hub made them: a MIME parameter that no page of anybody's has. */
const COVER = 'data:text/html;cdp-hub=';
const COVER_URL = /^data:text\/html;cdp-hub=([0-9a-f]+)\.(\d+)/;

/** What the hub makes for itself. */
export type Kind = 'cover' | 'steward';

/**
 * The targets that the hub made for itself in a browser with windows: covers, which are tabs in front of what agents
 * drive, and stewards, which are pages without a tab. They belong to nobody and are shown to nobody.
 */
export class OwnTargets {
  /** Tells this hub's covers from those that another left behind. */
  #mark: string;
  readonly #newMark: () => string;
  readonly #ids = new Set<string>();
  readonly #covers = new Map<number, string>();
  readonly #stale = new Set<string>();
  /** The contexts in which covers, or stewards, are being made right now, and how often; '' is the default one. */
  readonly #making: Record<Kind, Map<string, number>> = { cover: new Map(), steward: new Map() };

  /** `newMark`: hexadecimal digits that no other hub has, others each time. */
  constructor(newMark: () => string) {
    this.#newMark = newMark;
    this.#mark = newMark();
  }

  /** The address of the cover of a window: a page that says to the person who looks at it what it is. */
  coverUrl(windowId: number, html: string): string {
    return `${COVER}${this.#mark}.${windowId};charset=utf-8,${encodeURIComponent(html)}`;
  }

  /** The tab in front of this window, where there is one. */
  coverOf(windowId: number): string | undefined {
    return this.#covers.get(windowId);
  }

  /** What hubs before this one left in front of windows. */
  get stale(): Iterable<string> {
    return this.#stale;
  }

  has(targetId: string): boolean {
    return this.#ids.has(targetId);
  }

  /** A tab whose page is the hub's own. */
  add(tabId: string): void {
    this.#ids.add(tabId);
  }

  /** Something of the hub's own is about to be made there; to be followed by {@link made}. */
  making(kind: Kind, contextId: string): void {
    const making = this.#making[kind];
    making.set(contextId, (making.get(contextId) ?? 0) + 1);
  }

  made(kind: Kind, contextId: string): void {
    const making = this.#making[kind];
    const left = (making.get(contextId) ?? 1) - 1;
    if (left > 0) making.set(contextId, left);
    else making.delete(contextId);
  }

  /** True while a tab that turns up in this context may be the hub's own: its page comes next and tells. */
  isMaking(contextId: string): boolean {
    return this.#making.cover.has(contextId) || this.#making.steward.has(contextId);
  }

  /**
   * A target was announced. True where it is the hub's own. `contextId`: the context of a workspace that it is in; ''
   * for any other.
   */
  announced({ targetId, type, url }: TargetInfo, contextId: string): boolean {
    if (type === 'other' && this.#making.steward.has(contextId)) {
      this.#ids.add(targetId);
      return true;
    }
    if (type !== 'page' || !url.startsWith(COVER)) return false;
    const [, mark, windowId] = COVER_URL.exec(url) ?? [];
    this.#ids.add(targetId);
    if (mark === this.#mark) this.#covers.set(Number(windowId), targetId);
    else this.#stale.add(targetId);
    return true;
  }

  gone(targetId: string): void {
    if (!this.#ids.delete(targetId)) return;
    this.#stale.delete(targetId);
    for (const [windowId, cover] of this.#covers) if (cover === targetId) this.#covers.delete(windowId);
  }

  /** The connection went: what was made on it is another hub's, as it were. */
  clear(): void {
    this.#mark = this.#newMark();
    this.#ids.clear();
    this.#covers.clear();
    this.#stale.clear();
    this.#making.cover.clear();
    this.#making.steward.clear();
  }
}
