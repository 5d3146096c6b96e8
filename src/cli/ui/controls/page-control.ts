import type { PageShown } from '../../../shared/ipc.ts';
import { selectedPage } from '../selection.ts';
import type { ClientControl } from './client-control.ts';
import type { Deck } from './deck.ts';

/** How long an address to be typed elsewhere stays in sight, milliseconds; then the log has it. */
const ADDRESS_MS = 60_000;

/** Pages of clients, taken over by the person. */
export class PageControl {
  readonly #deck: Deck;
  readonly #clients: ClientControl;

  constructor(deck: Deck, clients: ClientControl) {
    this.#deck = deck;
    this.#clients = clients;
  }

  /** To the front of the browser. */
  front(): void {
    const page = this.#selected();
    if (!page) return;
    void this.#clients.act(this.#deck.link.page('front', page.wish), {
      doing: `bringing the page of ${page.name} to the front…`,
      done: (shown) => `in front: ${named(shown)}`,
      heard: () => false,
    });
  }

  /** Into DevTools: in a tab of the browser, or where the person opens it. */
  async inspect(): Promise<void> {
    const { link, store } = this.#deck;
    const page = this.#selected();
    if (!page) return;
    let address: string | null = null;
    await this.#clients.act(link.page('devtools', page.wish), {
      doing: `opening the page of ${page.name} in DevTools…`,
      done: (shown) => {
        ({ address } = shown);
        return `DevTools are open in the browser: ${named(shown)}`;
      },
      heard: () => false,
    });
    if (address !== null) store.notify('info', `DevTools: ${address}`, ADDRESS_MS);
  }

  #selected(): ReturnType<typeof selectedPage> {
    const page = selectedPage(this.#deck);
    if (!page) this.#deck.notify('info', 'no connected client belongs to this row');
    return page;
  }
}

/** `#3 Title`, else its address. */
function named({ tab, title, url }: PageShown): string {
  return `${tab === null ? '' : `#${tab} `}${title || url}`;
}
