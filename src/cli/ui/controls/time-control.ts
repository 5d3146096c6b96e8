import * as flow from '../flow.ts';
import { contentRows } from '../layout.ts';
import type { Rows } from '../rows.ts';
import { windowOf } from '../scroll.ts';
import type { Deck } from './deck.ts';

type ListPane = 'requests' | 'traffic';

/** The view's own time while it is paused: row by row through what was captured, all panes at once. */
export class TimeControl {
  readonly #deck: Deck;

  constructor(deck: Deck) {
    this.#deck = deck;
  }

  /** To the next row (1) or the one before (-1) of the list that the keys go to, else of the traffic. */
  step(step: 1 | -1): void {
    const { ui, layout } = this.#deck;
    if (!ui.paused) {
      this.#deck.notify('info', 'Space freezes the view; then [ and ] go through what was captured');
      return;
    }
    const [pane, other]: ListPane[] =
      ui.focus === 'requests' ? ['requests', 'traffic'] : ['traffic', 'requests'];
    if (!pane || !other) return;
    const rows = this.#rows(pane);
    const { cursor } = windowOf(ui[pane].scroll, rows, contentRows(layout.panes[pane]));
    const row = rows.at(Math.max(0, Math.min(cursor + step, rows.length - 1)));
    if (!row) {
      this.#deck.notify('info', 'nothing was captured');
      return;
    }
    const { at } = row.value;
    this.#lock(pane, row.key);
    const beside = keyAt(this.#rows(other), at);
    if (beside !== null) this.#lock(other, beside);
    this.#deck.set({ moment: at });
  }

  #rows(pane: ListPane): Rows<{ readonly at: number }> {
    const { ui, store } = this.#deck;
    return pane === 'requests'
      ? flow.rowsOf(ui.requests, store.state.exchanges)
      : flow.rowsOf(ui.traffic, store.state.frames);
  }

  #lock(pane: ListPane, key: number): void {
    const { ui, store } = this.#deck;
    if (pane === 'requests')
      this.#deck.set({ requests: flow.lockedAt(ui.requests, key, store.state.exchanges) });
    else this.#deck.set({ traffic: flow.lockedAt(ui.traffic, key, store.state.frames) });
  }
}

/** The key of the last row that had come by then; the first one's where none had. */
function keyAt(rows: Rows<{ readonly at: number }>, at: number): number | null {
  for (let index = rows.length - 1; index >= 0; index -= 1) {
    const row = rows.at(index);
    if (row && row.value.at <= at) return row.key;
  }
  return rows.at(0)?.key ?? null;
}
