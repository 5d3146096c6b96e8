import { EMPTY_LINE, edited, inserted } from '../line-edit.ts';
import { type Move, target } from '../scroll.ts';
import { selectedProcess } from '../selection.ts';
import type { ReadingDialog } from '../ui-state.ts';
import { readingRows } from '../view/reading.ts';
import type { Deck } from './deck.ts';

/** Rows to read over the panes, the help and the log: scrolled, and narrowed to those with a text in them. */
export class ReadingControl {
  readonly #deck: Deck;

  constructor(deck: Deck) {
    this.#deck = deck;
  }

  /** Opens them, or closes them. */
  toggle(kind: ReadingDialog['kind']): void {
    const open = this.#deck.ui.dialog?.kind === kind;
    this.#deck.set({ dialog: open ? null : opened(kind, null) });
  }

  /** Opens the log of the selected process. */
  processLog(): void {
    const process = selectedProcess(this.#deck);
    if (process) this.#deck.set({ dialog: opened('log', process.name) });
  }

  /** False where the key means nothing here. */
  key(dialog: ReadingDialog, key: string): boolean {
    if (dialog.typing) this.#typed(dialog, key);
    else if (key === '/') this.#put({ ...dialog, typing: true });
    else if (key === 'esc' && dialog.find.text !== '') this.#put({ ...dialog, top: 0, find: EMPTY_LINE });
    else if (key === 'esc' || key === 'q') this.#deck.set({ dialog: null });
    else return false;
    return true;
  }

  paste(dialog: ReadingDialog, text: string): void {
    if (dialog.typing) this.#put({ ...dialog, top: 0, find: inserted(dialog.find, text) });
  }

  move(dialog: ReadingDialog, move: Move): void {
    const { layout, store } = this.#deck;
    const { length } = readingRows(dialog, store.state, layout.body.width);
    const page = Math.max(1, layout.body.height - (layout.mode === 'lines' ? 1 : 2));
    const wanted = move === 'last' ? length : target(dialog.top, move, page, length);
    this.#put({ ...dialog, top: Math.max(0, Math.min(wanted, length - page)) });
  }

  #typed(dialog: ReadingDialog, key: string): void {
    if (key === 'enter') this.#put({ ...dialog, typing: false });
    else if (key === 'esc') this.#put({ ...dialog, top: 0, find: EMPTY_LINE, typing: false });
    else {
      const find = edited(dialog.find, key);
      if (find) this.#put({ ...dialog, top: 0, find });
    }
  }

  #put(dialog: ReadingDialog): void {
    this.#deck.set({ dialog });
  }
}

function opened(kind: ReadingDialog['kind'], of: string | null): ReadingDialog {
  return { kind, of, top: 0, find: EMPTY_LINE, typing: false };
}
