import { HubError, messageOf } from '../../shared/errors.ts';
import type { ClientInfo, ProcessInfo } from '../../shared/events.ts';
import { COMMANDS, type Command, type CommandContext, works } from './commands.ts';
import * as flow from './flow.ts';
import type { HubLink } from './hub-link.ts';
import { createKeymap, type KeyFlags, keyLabel, keyNames } from './keymap.ts';
import { contentRows, layoutOf, MIN_PANES, PANES, type PaneId, type Size } from './layout.ts';
import { isSeparator } from './rows.ts';
import { type Move, target, windowOf } from './scroll.ts';
import type { HubStore, NoticeLevel } from './store.ts';
import { INITIAL_UI, pickedIndex, type Question, type UiState } from './ui-state.ts';
import { helpRows } from './view/help.ts';
import { clientTitle } from './words.ts';

/** What the controller needs of the terminal; the screen gives it. */
export interface Terminal {
  redraw(): void;
  suspend(): void;
  end(end: 'detach' | 'stop'): void;
  interrupt(): void;
}

/** Longest time without a sign of the hub after something was asked of it, milliseconds. */
const PATIENCE_MS = 3000;

/** Keys in, view state and hub commands out. Knows nothing of React: it tells the store that something changed. */
export class Controller implements CommandContext {
  readonly store: HubStore;
  readonly owner: boolean;
  ui: UiState = INITIAL_UI;
  size: Size;
  readonly #link: HubLink;
  readonly #terminal: Terminal;
  readonly #keymap = createKeymap(COMMANDS, PANES);

  constructor(store: HubStore, options: { link: HubLink; owner: boolean; size: Size; terminal: Terminal }) {
    this.store = store;
    this.owner = options.owner;
    this.size = options.size;
    this.#link = options.link;
    this.#terminal = options.terminal;
    store.beforeTrim = () => {
      const { frames, exchanges } = store.state;
      this.#set({
        traffic: flow.kept(this.ui.traffic, frames),
        requests: flow.kept(this.ui.requests, exchanges),
      });
    };
  }

  /** One event of Ink's `useInput`: drawn once, however many keys it holds. */
  input(input: string, key: KeyFlags): void {
    const before = this.ui;
    for (const name of keyNames(input, key)) this.#press(name);
    if (this.ui !== before) this.store.changed();
  }

  /** One key by its name, to the question, the help or the command it is bound to. */
  #press(key: string): void {
    const { dialog, focus } = this.ui;
    const command = this.#keymap.find(key, focus);
    if (command?.name === 'hub.interrupt') command.run(this);
    else if (dialog?.kind === 'question') this.#answer(dialog.question, key);
    else if (dialog?.kind === 'help' && (key === 'esc' || key === 'q')) this.toggleHelp();
    else if (dialog) {
      if (command?.inHelp) command.run(this);
    } else if (command) this.#run(command);
    else this.#hintElsewhere(key);
  }

  #run(command: Command): void {
    if (works(command, layoutOf(this.size))) command.run(this);
    else this.notify('info', `needs panes: ${MIN_PANES.columns}×${MIN_PANES.rows} or more`);
  }

  resize(size: Size): void {
    this.size = size;
    this.store.changed();
  }

  get clients(): readonly ClientInfo[] {
    return this.store.state.clients;
  }

  get selectedProcess(): ProcessInfo | null {
    const { processes } = this.store.state;
    const names = processes.map((each) => each.name);
    return processes[pickedIndex(this.ui.processes, names)] ?? null;
  }

  get selectedClient(): ClientInfo | null {
    const { clients } = this;
    if (this.ui.focus === 'clients') {
      const picked = clients[pickedIndex(this.ui.clients, idsOf(clients))];
      return picked?.connected ? picked : null;
    }
    const id = this.#rowClient();
    return clients.find((each) => each.id === id && each.connected) ?? null;
  }

  focus(pane: PaneId): void {
    this.#set({ focus: pane });
  }

  focusBy(step: 1 | -1): void {
    this.focus(PANES[(PANES.indexOf(this.ui.focus) + step + PANES.length) % PANES.length] ?? 'traffic');
  }

  move(move: Move): void {
    const { ui, store, size } = this;
    const layout = layoutOf(size);
    const height = contentRows(layout.panes[ui.focus]);
    if (ui.dialog?.kind === 'help') {
      const { width } = layout.body;
      const { length } = helpRows(store.state.urls, width);
      const page = Math.max(1, layout.body.height - (layout.mode === 'lines' ? 1 : 2));
      const wanted = move === 'last' ? length : target(ui.dialog.top, move, page, length);
      this.#set({ dialog: { kind: 'help', top: Math.max(0, Math.min(wanted, length - page)) } });
    } else if (ui.focus === 'traffic') {
      const how = { move, height, paused: ui.paused };
      this.#set({ traffic: flow.scrolled(ui.traffic, store.state.frames, how) });
    } else if (ui.focus === 'requests') {
      const how = { move, height, paused: ui.paused };
      this.#set({ requests: flow.scrolled(ui.requests, store.state.exchanges, how) });
    } else {
      const keys =
        ui.focus === 'clients' ? idsOf(this.clients) : store.state.processes.map((each) => each.name);
      const last = keys.length - 1;
      const wanted = target(pickedIndex(ui[ui.focus], keys), move, height, last);
      const index = Math.max(0, Math.min(wanted, last));
      this.#set({ [ui.focus]: { key: keys[index] ?? null, index } });
    }
  }

  togglePause(): void {
    const { ui } = this;
    const { frames, exchanges } = this.store.state;
    const turn = ui.paused ? flow.resumed : flow.paused;
    this.#set({
      paused: !ui.paused,
      traffic: turn(ui.traffic, frames),
      requests: turn(ui.requests, exchanges),
    });
  }

  follow(): void {
    if (this.ui.paused) this.togglePause();
    if (this.ui.focus === 'requests') this.#set({ requests: flow.FLOWING });
    else this.#set({ traffic: flow.FLOWING });
  }

  ask(question: Question): void {
    this.#set({ dialog: { kind: 'question', question } });
  }

  notify(level: NoticeLevel, text: string): void {
    this.store.notify(level, text);
  }

  kill(client: ClientInfo): void {
    const name = clientTitle(client);
    void this.#act(this.#link.kill([client.id]), {
      doing: `killing ${name}…`,
      done: (killed) => (killed.length > 0 ? `killed ${name}` : `${name} was gone already`),
      heard: () => false,
    });
  }

  restart({ name }: ProcessInfo): void {
    const { processes } = this.store.state;
    void this.#act(this.#link.restart(name), {
      doing: `restarting ${name}…`,
      done: () => `${name} restarted`,
      // It answers when the process is ready, which takes its time; what is told of processes meanwhile is a sign.
      heard: () => this.store.state.processes !== processes,
    });
  }

  toggleHelp(): void {
    this.#set({ dialog: this.ui.dialog?.kind === 'help' ? null : { kind: 'help', top: 0 } });
  }

  redraw(): void {
    this.#terminal.redraw();
  }

  suspend(): void {
    this.#terminal.suspend();
  }

  end(end: 'detach' | 'stop'): void {
    this.#terminal.end(end);
  }

  interrupt(): void {
    this.#terminal.interrupt();
  }

  #hintElsewhere(key: string): void {
    const panes = this.#keymap.elsewhere(key, this.ui.focus);
    if (panes.length > 0) this.notify('info', `${keyLabel(key)} works in ${panes.join(', ')}`);
  }

  #answer(question: Question, key: string): void {
    const choice = question.choices.find((each) => each.key === key.toLowerCase());
    if (!choice && !['esc', 'enter', 'n', 'N', 'q'].includes(key)) return;
    this.#set({ dialog: null });
    choice?.run();
  }

  /** Says what is being done until it is done, has failed, or {@link PATIENCE_MS} pass without a sign of the hub. */
  async #act<T>(
    action: Promise<T>,
    say: { doing: string; done: (result: T) => string; heard: () => boolean },
  ): Promise<void> {
    this.store.notify('info', say.doing, Number.POSITIVE_INFINITY);
    const timer = setTimeout(() => {
      if (say.heard()) return;
      const out = this.owner ? 'Ctrl-C twice ends it' : 'Ctrl-C leaves this screen';
      this.store.notify('error', `the hub does not answer; ${out}`, Number.POSITIVE_INFINITY);
    }, PATIENCE_MS).unref();
    try {
      this.notify('info', say.done(await action));
    } catch (error) {
      this.notify('error', error instanceof HubError ? sentences(error) : messageOf(error));
    } finally {
      clearTimeout(timer);
    }
  }

  #rowClient(): string | null {
    const { ui, size } = this;
    const { frames, exchanges } = this.store.state;
    const height = contentRows(layoutOf(size).panes[ui.focus]);
    const pane = ui.focus === 'traffic' ? ui.traffic : ui.focus === 'requests' ? ui.requests : null;
    if (!pane) return null;
    const rows =
      ui.focus === 'traffic' ? flow.rowsOf(ui.traffic, frames) : flow.rowsOf(ui.requests, exchanges);
    const row = rows.at(windowOf(pane.scroll, rows, height).cursor)?.value;
    return row && !isSeparator(row) ? row.client : null;
  }

  #set(change: Partial<UiState>): void {
    this.ui = { ...this.ui, ...change };
  }
}

function sentences({ message, hint }: HubError): string {
  return `${message.replace(/\.$/, '')}. ${hint}`;
}

function idsOf(clients: readonly ClientInfo[]): string[] {
  return clients.map((each) => each.id);
}
