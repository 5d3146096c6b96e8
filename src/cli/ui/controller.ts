import { type Command, type CommandContext, works } from './command.ts';
import { COMMANDS } from './commands.ts';

import { ClientControl, UNDO_MS } from './controls/client-control.ts';
import { CopyControl } from './controls/copy-control.ts';
import type { Deck } from './controls/deck.ts';
import { DetailControl } from './controls/detail-control.ts';
import { ExportControl } from './controls/export-control.ts';
import { FilterControl } from './controls/filter-control.ts';
import { MarkControl } from './controls/mark-control.ts';
import { PageControl } from './controls/page-control.ts';
import { PreviewControl } from './controls/preview-control.ts';
import { ReadingControl } from './controls/reading-control.ts';
import { TimeControl } from './controls/time-control.ts';
import * as flow from './flow.ts';
import type { HubLink } from './hub-link.ts';
import { createKeymap, type KeyFlags, keyLabel, keyNames } from './keymap.ts';
import {
  contentRows,
  FOCUSES,
  type Focus,
  type Layout,
  layoutOf,
  MIN_PANES,
  PANES,
  type Size,
} from './layout.ts';
import { EMPTY_LINE, edited, inserted } from './line-edit.ts';
import { paletteCommands } from './palette.ts';
import { quitQuestion } from './questions.ts';
import { type Move, target } from './scroll.ts';
import { stateAt } from './state-at.ts';
import type { HubStore, NoticeLevel } from './store.ts';
import type { Terminal } from './terminal.ts';
import {
  arrangementOf,
  INITIAL_UI,
  type PaletteDialog,
  pickedIndex,
  type Question,
  type ReadingDialog,
  type UiState,
} from './ui-state.ts';

export interface ControllerOptions {
  readonly link: HubLink;
  readonly owner: boolean;
  readonly size: Size;
  readonly terminal: Terminal;
  /** How long a kill can be taken back, milliseconds. */
  readonly undoMs?: number;
  /** From one picture of a page to the next, milliseconds. */
  readonly refreshMs?: number | undefined;
}

/** Keys in, view state and hub commands out. Knows nothing of React: it tells the store that something changed. */
export class Controller implements CommandContext, Deck {
  readonly store: HubStore;
  readonly link: HubLink;
  ui: UiState = INITIAL_UI;
  size: Size;
  readonly filter: FilterControl;
  readonly detail: DetailControl;
  readonly clients: ClientControl;
  readonly copy: CopyControl;
  readonly export: ExportControl;
  readonly marks: MarkControl;
  readonly pages: PageControl;
  readonly preview: PreviewControl;
  readonly time: TimeControl;
  readonly #owner: boolean;
  readonly #terminal: Terminal;
  readonly #reading: ReadingControl;
  readonly #keymap = createKeymap(COMMANDS, FOCUSES);

  constructor(store: HubStore, options: ControllerOptions) {
    this.store = store;
    this.link = options.link;
    this.size = options.size;
    this.#owner = options.owner;
    this.#terminal = options.terminal;
    this.ui = { ...this.ui, capture: options.link.capture ?? null };
    this.filter = new FilterControl(this);
    this.detail = new DetailControl(this);
    this.clients = new ClientControl(this, { owner: options.owner, undoMs: options.undoMs ?? UNDO_MS });
    this.copy = new CopyControl(this, options.terminal);
    this.export = new ExportControl(this);
    this.marks = new MarkControl(this);
    this.#reading = new ReadingControl(this);
    this.pages = new PageControl(this, this.clients);
    this.preview = new PreviewControl(this, options.refreshMs);
    this.time = new TimeControl(this);
    store.beforeTrim = () => {
      const { frames, exchanges } = store.state;
      this.set({
        traffic: flow.kept(this.ui.traffic, frames),
        requests: flow.kept(this.ui.requests, exchanges),
      });
      this.detail.refresh();
    };
  }

  get layout(): Layout {
    return layoutOf(this.size, arrangementOf(this.ui));
  }

  set(change: Partial<UiState>): void {
    this.ui = { ...this.ui, ...change };
  }

  /** One event of Ink's `useInput`: drawn once, however many keys it holds. */
  input(input: string, key: KeyFlags): void {
    const before = this.ui;
    for (const name of keyNames(input, key)) this.#press(name);
    if (this.ui !== before) this.store.changed();
  }

  /** Text that was pasted goes into the line that is being typed, and nowhere else: it would be taken for keys. */
  paste(text: string): void {
    const { dialog } = this.ui;
    if (dialog?.kind === 'filter') this.filter.paste(dialog, text);
    else if (dialog?.kind === 'help' || dialog?.kind === 'log') this.#reading.paste(dialog, text);
    else if (dialog?.kind === 'palette')
      this.set({ dialog: { ...dialog, edit: inserted(dialog.edit, text), picked: 0 } });
    else return;
    this.store.changed();
  }

  /** One key by its name, to the dialog that is open or the command it is bound to. */
  #press(key: string): void {
    const { dialog, focus } = this.ui;
    const command = this.#keymap.find(key, focus);
    if (command?.name === 'hub.interrupt') {
      command.run(this);
      return;
    }
    switch (dialog?.kind) {
      case 'question':
        this.#answer(dialog.question, key);
        return;
      case 'filter':
        this.filter.key(dialog, key);
        return;
      case 'palette':
        this.#choose(dialog, key);
        return;
      case 'help':
      case 'log':
        if (!this.#reading.key(dialog, key) && command?.inHelp) command.run(this);
        return;
    }
    if (command) this.#run(command);
    else this.#hintElsewhere(key);
  }

  #run(command: Command): void {
    if (works(command, this.layout)) command.run(this);
    else this.notify('info', `needs panes: ${MIN_PANES.columns}×${MIN_PANES.rows} or more`);
  }

  resize(size: Size): void {
    this.size = size;
    this.store.changed();
  }

  focus(pane: Focus): void {
    this.set({ focus: pane });
  }

  focusBy(step: 1 | -1): void {
    const all = this.ui.detail || this.ui.preview ? FOCUSES : PANES;
    const at = (all as readonly Focus[]).indexOf(this.ui.focus);
    this.focus(all[(at + step + all.length) % all.length] ?? 'traffic');
  }

  move(move: Move): void {
    const { ui, store, layout } = this;
    const { dialog, focus } = ui;
    if (dialog?.kind === 'help' || dialog?.kind === 'log') {
      this.#reading.move(dialog, move);
      return;
    }
    if (focus === 'detail') {
      this.detail.move(move);
      return;
    }
    const height = contentRows(layout.panes[focus]);
    const how = { move, height, paused: ui.paused };
    if (focus === 'traffic') this.set({ traffic: flow.scrolled(ui.traffic, store.state.frames, how) });
    else if (focus === 'requests') {
      this.set({ requests: flow.scrolled(ui.requests, store.state.exchanges, how) });
    } else {
      const { clients, processes } = stateAt(store.state, ui.moment);
      const keys = focus === 'clients' ? clients.map(({ id }) => id) : processes.map(({ name }) => name);
      const last = keys.length - 1;
      const wanted = target(pickedIndex(ui[focus], keys), move, height, last);
      const index = Math.max(0, Math.min(wanted, last));
      this.set({ [focus]: { key: keys[index] ?? null, index } });
    }
  }

  togglePause(): void {
    const { ui } = this;
    const { frames, exchanges } = this.store.state;
    const turn = ui.paused ? flow.resumed : flow.paused;
    this.set({
      paused: !ui.paused,
      moment: null,
      traffic: turn(ui.traffic, frames),
      requests: turn(ui.requests, exchanges),
    });
  }

  follow(): void {
    if (this.ui.paused) this.togglePause();
    const { focus, requests, traffic } = this.ui;
    if (focus === 'requests') this.set({ requests: flow.flowing(requests) });
    else this.set({ traffic: flow.flowing(traffic) });
  }

  /** One step back: the detail closes, else the zoom ends, else the other rows come back, else the filter goes. */
  back(): void {
    if (this.ui.preview) this.preview.close();
    else if (this.ui.detail) this.detail.close();
    else if (this.ui.zoomed) this.set({ zoomed: false });
    else if (this.ui.traffic.only) this.marks.toggleOnly();
    else if (this.ui.filter !== '') this.filter.clear();
  }

  zoom(): void {
    this.set({ zoomed: !this.ui.zoomed });
  }

  nextLayout(): void {
    this.set({ stacked: !this.ui.stacked, zoomed: false });
  }

  ask(question: Question): void {
    this.set({ dialog: { kind: 'question', question } });
  }

  notify(level: NoticeLevel, text: string): void {
    this.store.notify(level, text);
  }

  quit(): void {
    if (this.link.capture !== undefined) {
      this.#terminal.end('detach');
      return;
    }
    this.ask(quitQuestion(this.#owner, (end) => this.#terminal.end(end)));
  }

  read(kind: ReadingDialog['kind']): void {
    this.#reading.toggle(kind);
  }

  processLog(): void {
    this.#reading.processLog();
  }

  palette(): void {
    this.set({ dialog: { kind: 'palette', edit: EMPTY_LINE, picked: 0 } });
  }

  redraw(): void {
    this.#terminal.redraw();
  }

  suspend(): void {
    this.#terminal.suspend();
  }

  stream(): void {
    this.#terminal.stream(this.ui.focus === 'requests' ? 'requests' : 'traffic');
  }

  interrupt(): void {
    this.#terminal.interrupt();
  }

  /** A key in the palette. */
  #choose(dialog: PaletteDialog, key: string): void {
    const found = paletteCommands(dialog.edit.text);
    const step = { up: -1, 'shift-tab': -1, down: 1, tab: 1 }[key];
    if (key === 'esc') this.set({ dialog: null });
    else if (key === 'enter') {
      const command = found[dialog.picked];
      this.set({ dialog: null });
      if (command) this.#give(command);
    } else if (step !== undefined) {
      this.set({
        dialog: { ...dialog, picked: (dialog.picked + step + found.length) % Math.max(1, found.length) },
      });
    } else {
      const edit = edited(dialog.edit, key);
      if (edit) this.set({ dialog: { ...dialog, edit, picked: 0 } });
    }
  }

  /** A command that was chosen by name: where it belongs to other panes, they are where it is to be given. */
  #give(command: Command): void {
    const { panes } = command;
    if (panes && !panes.includes(this.ui.focus)) {
      this.notify('info', `${command.title}: works in ${panes.join(', ')}; select a row there first`);
    } else this.#run(command);
  }

  #hintElsewhere(key: string): void {
    const panes = this.#keymap.elsewhere(key, this.ui.focus);
    if (panes.length > 0) this.notify('info', `${keyLabel(key)} works in ${panes.join(', ')}`);
  }

  #answer(question: Question, key: string): void {
    const choice = question.choices.find((each) => each.key === key.toLowerCase());
    if (!choice && !['esc', 'enter', 'n', 'N', 'q'].includes(key)) return;
    this.set({ dialog: null });
    choice?.run();
  }
}
