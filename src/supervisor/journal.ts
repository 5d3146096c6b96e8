import type { Journal } from '../shared/isolation.ts';
import type { SavedSession } from '../shared/mcp.ts';

/**
 * What the gateway told last of its workspaces, for the next gateway: it outlives a gateway, but neither the hub
 * nor the browser, whose ids it holds.
 */
export class JournalKeeper {
  readonly #browser: () => string | null;
  #journal: Journal | null = null;
  /** The MCP sessions as the gateway told of them last: these outlive the browser. */
  sessions: SavedSession[] = [];

  /** `browser`: the `wsUrl` that gateways are told in this moment; null: there is no browser. */
  constructor(browser: () => string | null) {
    this.#browser = browser;
  }

  /** What there is to go on with; null: nothing, or nothing of this browser. */
  get journal(): Journal | null {
    return this.#journal?.browser === this.#browser() ? this.#journal : null;
  }

  /** From the gateway. What one says of a browser that is no more came too late. */
  told(journal: Journal): void {
    if (journal.browser === this.#browser()) this.#journal = journal;
  }

  /** The browser is gone, and with it all that the journal names, even where the next one has its address. */
  browserGone(): void {
    this.#journal = null;
  }
}
