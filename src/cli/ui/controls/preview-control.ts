import { messageOf } from '../../../shared/errors.ts';
import type { PageShown } from '../../../shared/ipc.ts';
import type { Focus } from '../layout.ts';
import { readPicture } from '../picture.ts';
import { selectedPage } from '../selection.ts';
import type { Preview } from '../ui-state.ts';
import type { Deck } from './deck.ts';

/** From one picture to the next, milliseconds. */
const REFRESH_MS = 2000;

/** A picture of a client's page, in place of the detail, taken again and again while it is open. */
export class PreviewControl {
  readonly #deck: Deck;
  readonly #refreshMs: number;
  #from: Focus = 'clients';
  #timer: NodeJS.Timeout | null = null;

  constructor(deck: Deck, refreshMs = REFRESH_MS) {
    this.#deck = deck;
    this.#refreshMs = refreshMs;
  }

  /** Of the selected client's page; where it is open already, it closes. */
  toggle(): void {
    const { ui } = this.#deck;
    if (ui.preview && ui.focus === 'detail') {
      this.close();
      return;
    }
    const page = selectedPage(this.#deck);
    if (!page) {
      this.#deck.notify('info', 'no connected client belongs to this row');
      return;
    }
    if (ui.focus !== 'detail') this.#from = ui.focus;
    const preview = { ...page, shown: null, picture: null, why: null };
    this.#deck.set({ preview, detail: null, focus: 'detail' });
    void this.#take();
  }

  close(): void {
    this.leave();
    const { ui } = this.#deck;
    this.#deck.set({ preview: null, ...(ui.focus === 'detail' && { focus: this.#from }) });
  }

  /** No more pictures are taken. */
  leave(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  async #take(): Promise<void> {
    this.leave();
    const { preview } = this.#deck.ui;
    if (!preview) return;
    const { wish } = preview;
    let change: Partial<Preview>;
    try {
      change = pictured(await this.#deck.link.page('picture', wish));
    } catch (error) {
      // What was seen last is not what is there: it goes.
      change = { picture: null, why: messageOf(error) };
    }
    const now = this.#deck.ui.preview;
    // It may have been closed, or be of another page by now.
    if (now?.wish !== wish) return;
    this.#deck.set({ preview: { ...now, ...change } });
    this.#deck.store.changed();
    this.#timer = setTimeout(() => void this.#take(), this.#refreshMs).unref();
  }
}

function pictured(shown: PageShown): Partial<Preview> {
  return { shown, why: null, picture: readPicture(Buffer.from(shown.picture ?? '', 'base64')) };
}
