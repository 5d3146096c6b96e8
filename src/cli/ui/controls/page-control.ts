import type { ClientInfo } from '../../../shared/events.ts';
import type { PageShown } from '../../../shared/ipc.ts';
import { selectedClient, selectedRow } from '../selection.ts';
import { clientTitle } from '../words.ts';
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
    const page = selectedPage(this.#deck);
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
    const page = selectedPage(this.#deck);
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
}

/** The page that the selection means: of a row its tab, of a client its latest. Says so where there is none. */
function selectedPage(
  deck: Deck,
): { client: ClientInfo; name: string; wish: { client: string; target: string } } | null {
  const client = selectedClient(deck);
  if (!client) {
    deck.notify('info', 'no connected client belongs to this row');
    return null;
  }
  const row = selectedRow(deck);
  const target = row && row.tab !== null ? row.target : '';
  return { client, name: clientTitle(client), wish: { client: client.id, target } };
}

/** `#3 Title`, else its address. */
function named({ tab, title, url }: PageShown): string {
  return `${tab === null ? '' : `#${tab} `}${title || url}`;
}
