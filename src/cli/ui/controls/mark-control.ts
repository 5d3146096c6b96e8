import * as flow from '../flow.ts';
import { selectedEntry } from '../selection.ts';
import type { Deck } from './deck.ts';

/** Rows of requests and traffic that somebody wants to come back to. */
export class MarkControl {
  readonly #deck: Deck;

  constructor(deck: Deck) {
    this.#deck = deck;
  }

  toggle(): void {
    const { ui } = this.#deck;
    const row = selectedEntry(this.#deck);
    if (!row) this.#deck.notify('info', 'select a row first');
    else if (ui.focus === 'requests') this.#deck.set({ requests: flow.marked(ui.requests, row.key) });
    else this.#deck.set({ traffic: flow.marked(ui.traffic, row.key) });
  }

  /** To the next marked row of the pane, after the last one to the first. */
  next(): void {
    const { ui, store } = this.#deck;
    const after = selectedEntry(this.#deck)?.key ?? 0;
    const { frames, exchanges } = store.state;
    const key =
      ui.focus === 'requests'
        ? flow.nextMark(ui.requests, exchanges, after)
        : flow.nextMark(ui.traffic, frames, after);
    if (key === null) this.#none();
    else if (ui.focus === 'requests') {
      this.#deck.set({ requests: flow.lockedAt(ui.requests, key, exchanges) });
    } else this.#deck.set({ traffic: flow.lockedAt(ui.traffic, key, frames) });
  }

  /** Shows the marked rows alone, of both panes, or all of them again. */
  toggleOnly(): void {
    const { traffic, requests } = this.#deck.ui;
    const only = !traffic.only;
    if (only && traffic.marks.size + requests.marks.size === 0) {
      this.#none();
      return;
    }
    this.#deck.set({ traffic: { ...traffic, only }, requests: { ...requests, only } });
  }

  #none(): void {
    this.#deck.notify('info', 'nothing is marked here: m marks the selected row');
  }
}
