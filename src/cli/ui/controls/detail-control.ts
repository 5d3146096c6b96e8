import { messageOf } from '../../../shared/errors.ts';
import type { ExchangeRow, FrameRow } from '../../../shared/events.ts';
import * as details from '../detail.ts';
import * as flow from '../flow.ts';
import type { PaneId } from '../layout.ts';
import { isSeparator, type Separator, type SeqRing } from '../rows.ts';
import { type Move, target } from '../scroll.ts';
import { selectedRow } from '../selection.ts';
import { detailRows } from '../view/detail.ts';
import type { Deck } from './deck.ts';

const GONE = 'its messages went with the gateway that had them, which was restarted';

/** The detail of one row: opened, fetched, folded, and the way from a command to its answer. */
export class DetailControl {
  readonly #deck: Deck;
  /** The pane that it was opened from. */
  #from: PaneId = 'traffic';

  constructor(deck: Deck) {
    this.#deck = deck;
  }

  /** Of the selected row of requests or traffic. */
  open(): void {
    const row = selectedRow(this.#deck);
    const subject = row && this.#subjectOf(row);
    if (!subject) {
      this.#deck.notify('info', 'no message belongs to this row');
      return;
    }
    const { focus } = this.#deck.ui;
    if (focus !== 'detail') this.#from = focus;
    this.#deck.set({ detail: details.openedDetail(subject), preview: null, focus: 'detail' });
    void this.#fetch(subject);
  }

  close(): void {
    this.#deck.set({ detail: null, ...(this.#deck.ui.focus === 'detail' && { focus: this.#from }) });
  }

  move(move: Move): void {
    this.#change((detail) => {
      const height = detailRows(this.#deck.layout.panes.detail);
      const last = detail.rows.length - 1;
      const cursor = Math.max(0, Math.min(last, target(detail.cursor, move, height, last)));
      return { ...detail, cursor };
    });
  }

  turn(step: 1 | -1): void {
    this.#change((detail) => details.turned(detail, step));
  }

  fold(): void {
    this.#change(details.toggledAtCursor);
  }

  /** From a command to its answer and back: in the detail its other section, in the lists its other row. */
  pair(): void {
    const { ui } = this.#deck;
    if (ui.focus === 'detail') {
      this.#change((detail) =>
        detail.subject.of === 'event'
          ? detail
          : details.turnedTo(detail, detail.section === 'request' ? 'response' : 'request'),
      );
      return;
    }
    const row = selectedRow(this.#deck);
    if (!row) return;
    const exchange = 'dir' in row ? row.exchange : row.seq;
    if (exchange === null) {
      this.#deck.notify('info', 'an event has no other half');
      return;
    }
    const other = this.#find(
      this.#deck.store.state.frames,
      (each) => each.exchange === exchange && (!('dir' in row) || each.dir !== row.dir),
    );
    if (other === null) {
      this.#deck.notify(
        'info',
        row.outcome === 'open' ? 'there is no answer yet' : 'its other half is not among these rows',
      );
      return;
    }
    this.#deck.set({
      focus: 'traffic',
      traffic: flow.lockedAt(ui.traffic, other, this.#deck.store.state.frames),
    });
  }

  /** Something is new: what was open may be answered. To be called at each change of the store. */
  refresh(): void {
    const { detail } = this.#deck.ui;
    if (detail?.subject.of !== 'exchange' || detail.subject.row.outcome !== 'open') return;
    const { seq, client } = detail.subject.row;
    const key = this.#find(
      this.#deck.store.state.exchanges,
      (row) => row.seq === seq && row.client === client,
    );
    const row = key === null ? null : this.#exchangeAt(key);
    if (!row || row.outcome === 'open') return;
    this.#deck.set({ detail: details.renewedDetail(detail, row) });
    void this.#fetch({ of: 'exchange', row });
  }

  #subjectOf(row: ExchangeRow | FrameRow): details.Subject | null {
    if (!('dir' in row)) return { of: 'exchange', row };
    if (row.exchange === null) return { of: 'event', row };
    const { exchange } = row;
    const key = this.#find(this.#deck.store.state.exchanges, ({ seq }) => seq === exchange);
    const found = key === null ? null : this.#exchangeAt(key);
    return { of: 'exchange', row: found ?? exchangeOf(row, exchange) };
  }

  #exchangeAt(key: number): ExchangeRow | null {
    const { exchanges } = this.#deck.store.state;
    const row = exchanges.at(exchanges.indexOf(key))?.value;
    return row && !isSeparator(row) ? row : null;
  }

  /** The key of the latest row that is so. */
  #find<T extends { readonly seq: number }>(
    ring: SeqRing<T | Separator>,
    is: (row: T) => boolean,
  ): number | null {
    for (let at = ring.length - 1; at >= 0; at -= 1) {
      const row = ring.at(at);
      if (row && !isSeparator(row.value) && is(row.value as T)) return row.key;
    }
    return null;
  }

  async #fetch(subject: details.Subject): Promise<void> {
    const of = subject.of === 'event' ? 'frame' : 'exchange';
    const { seq } = subject.row;
    let fetched: details.Fetched;
    try {
      // Another gateway numbers its rows from the start again: it would answer with another's messages.
      if (subject.row.at < this.#deck.store.state.gatewaySince) throw new Error(GONE);
      fetched = { bodies: await this.#deck.link.body({ of, seq, open: true }) };
    } catch (error) {
      fetched = { why: messageOf(error) };
    }
    // It may have been closed, or be of another row by now.
    this.#change((detail) =>
      detail.subject.row.seq === seq && detail.subject.of === subject.of
        ? details.fetchedDetail(detail, fetched)
        : detail,
    );
    this.#deck.store.changed();
  }

  #change(how: (detail: details.Detail) => details.Detail): void {
    const { detail } = this.#deck.ui;
    if (detail) this.#deck.set({ detail: how(detail) });
  }
}

/** What a frame knows of the exchange that it is a part of, where its row is gone. */
function exchangeOf(frame: FrameRow, seq: number): ExchangeRow {
  const { dir: _dir, exchange: _exchange, bytes: _bytes, count: _count, ...shared } = frame;
  return { ...shared, seq, kind: 'cdp', id: frame.id ?? 0, inMs: null, browserMs: null, outMs: null };
}
