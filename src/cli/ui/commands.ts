import type { ClientControl } from './controls/client-control.ts';
import type { DetailControl } from './controls/detail-control.ts';
import type { FilterControl } from './controls/filter-control.ts';
import type { PageControl } from './controls/page-control.ts';
import type { Focus, Layout, PaneId } from './layout.ts';
import type { Move } from './scroll.ts';

/** What a command may do; the screen's controller implements it. */
export interface CommandContext {
  readonly filter: FilterControl;
  readonly detail: DetailControl;
  readonly clients: ClientControl;
  readonly pages: PageControl;
  focus(pane: PaneId): void;
  focusBy(step: 1 | -1): void;
  move(move: Move): void;
  togglePause(): void;
  follow(): void;
  back(): void;
  zoom(): void;
  nextLayout(): void;
  read(what: 'help' | 'log'): void;
  palette(): void;
  quit(): void;
  redraw(): void;
  suspend(): void;
  interrupt(): void;
}

export type CommandGroup = 'Panes' | 'Move' | 'View' | 'Filter' | 'Detail' | 'Act' | 'Screen';

/**
 * One thing that the screen can do. Keys and palette refer to it by name; the help, the line of keys and
 * docs/keys.md are made from this table.
 */
export interface Command {
  readonly name: string;
  readonly title: string;
  readonly group: CommandGroup;
  /** As {@link ./keymap.ts} names them; the first one is shown in the status bar. */
  readonly keys: readonly string[];
  /** Where it applies; everywhere when absent. */
  readonly panes?: readonly Focus[];
  /** Its word in the line of keys; absent from that line without one. */
  readonly hint?: string;
  /** Works while the help is open. */
  readonly inHelp?: boolean;
  /** Of no use in the palette: moves and the like. */
  readonly hidden?: boolean;
  readonly run: (context: CommandContext) => void;
}

const WITH_CLIENTS: readonly Focus[] = ['clients', 'requests', 'traffic', 'detail'];
const WITH_ROWS: readonly Focus[] = ['requests', 'traffic'];
const WITH_MESSAGES: readonly Focus[] = ['requests', 'traffic', 'detail'];

export const COMMANDS: readonly Command[] = [
  {
    name: 'pane.next',
    title: 'next pane',
    group: 'Panes',
    keys: ['tab'],
    hint: 'pane',
    hidden: true,
    run: (context) => context.focusBy(1),
  },
  {
    name: 'pane.previous',
    title: 'previous pane',
    group: 'Panes',
    keys: ['shift-tab'],
    hidden: true,
    run: (context) => context.focusBy(-1),
  },
  pane('processes', '1'),
  pane('clients', '2'),
  pane('requests', '3'),
  pane('traffic', '4'),
  {
    name: 'pane.zoom',
    title: 'this pane alone, or all of them',
    group: 'Panes',
    keys: ['z'],
    run: (context) => context.zoom(),
  },
  {
    name: 'pane.layout',
    title: 'next layout: panes beside the traffic, or above it',
    group: 'Panes',
    keys: ['-'],
    run: (context) => context.nextLayout(),
  },
  move('up', 'one row up', ['k', 'up']),
  move('down', 'one row down; on the last row the list follows', ['j', 'down']),
  move('page-up', 'one page up', ['pgup']),
  move('page-down', 'one page down', ['pgdn']),
  move('half-up', 'half a page up', ['ctrl-u']),
  move('half-down', 'half a page down', ['ctrl-d']),
  move('first', 'first row', ['g', 'home']),
  move('last', 'last row, and follow', ['G', 'end']),
  {
    name: 'detail.open',
    title: 'inspect the selected row: request, response, where its time went',
    group: 'Detail',
    keys: ['enter'],
    panes: WITH_ROWS,
    hint: 'inspect',
    run: (context) => context.detail.open(),
  },
  {
    name: 'detail.fold',
    title: 'open or close what the cursor is on',
    group: 'Detail',
    keys: ['enter'],
    panes: ['detail'],
    hint: 'fold',
    run: (context) => context.detail.fold(),
  },
  {
    name: 'detail.next',
    title: 'next section: request, response, facts',
    group: 'Detail',
    keys: ['right', 'l'],
    panes: ['detail'],
    hint: 'section',
    run: (context) => context.detail.turn(1),
  },
  {
    name: 'detail.previous',
    title: 'previous section',
    group: 'Detail',
    keys: ['left', 'h'],
    panes: ['detail'],
    run: (context) => context.detail.turn(-1),
  },
  {
    name: 'detail.pair',
    title: 'from a command to its answer, and back',
    group: 'Detail',
    keys: ['='],
    panes: WITH_MESSAGES,
    run: (context) => context.detail.pair(),
  },
  {
    name: 'view.back',
    title: 'one step back: close the detail, end the zoom, take the filter away',
    group: 'View',
    keys: ['esc'],
    run: (context) => context.back(),
  },
  {
    name: 'view.pause',
    title: 'freeze requests and traffic, or let them run; what passes is still recorded',
    group: 'View',
    keys: ['space'],
    hint: 'pause view',
    run: (context) => context.togglePause(),
  },
  {
    name: 'view.follow',
    title: 'follow the newest row, unfrozen',
    group: 'View',
    keys: ['F'],
    panes: WITH_ROWS,
    hint: 'follow',
    run: (context) => context.follow(),
  },
  {
    name: 'filter.edit',
    title: 'filter requests and traffic; Tab completes, ↑ brings earlier ones back',
    group: 'Filter',
    keys: ['/'],
    hint: 'filter',
    run: (context) => context.filter.edit(),
  },
  {
    name: 'filter.value',
    title: 'filter by a value of the selected row: its client, method, tab and so on',
    group: 'Filter',
    keys: ['f'],
    panes: WITH_MESSAGES,
    run: (context) => context.filter.byValue(),
  },
  {
    name: 'filter.errors',
    title: 'only what failed, or everything again',
    group: 'Filter',
    keys: ['!'],
    run: (context) => context.filter.toggleErrors(),
  },
  {
    name: 'filter.next',
    title: 'next row that the last filter chooses',
    group: 'Filter',
    keys: ['n'],
    panes: WITH_ROWS,
    run: (context) => context.filter.next(1),
  },
  {
    name: 'filter.previous',
    title: 'previous row that the last filter chooses',
    group: 'Filter',
    keys: ['N'],
    panes: WITH_ROWS,
    run: (context) => context.filter.next(-1),
  },
  {
    name: 'client.kill',
    title: 'end the client of the selected row (asks; 3 s to take it back)',
    group: 'Act',
    keys: ['x'],
    panes: WITH_CLIENTS,
    hint: 'kill',
    run: (context) => context.clients.kill(),
  },
  {
    name: 'client.kill-now',
    title: 'end the client of the selected row at once, unasked',
    group: 'Act',
    keys: ['X'],
    panes: WITH_CLIENTS,
    run: (context) => context.clients.killNow(),
  },
  {
    name: 'client.undo',
    title: 'take a kill back while there is time',
    group: 'Act',
    keys: ['u'],
    run: (context) => context.clients.undo(),
  },
  {
    name: 'client.pause',
    title: 'hold what the client of the selected row sends, or let it go on',
    group: 'Act',
    keys: ['p'],
    panes: WITH_CLIENTS,
    hint: 'pause client',
    run: (context) => context.clients.togglePause(),
  },
  {
    name: 'page.front',
    title: 'bring the tab of the selected row, or the client’s latest page, to the front of the browser',
    group: 'Act',
    keys: ['W'],
    panes: WITH_CLIENTS,
    run: (context) => context.pages.front(),
  },
  {
    name: 'page.inspect',
    title: 'open that page in DevTools',
    group: 'Act',
    keys: ['w'],
    panes: WITH_CLIENTS,
    run: (context) => void context.pages.inspect(),
  },
  {
    name: 'process.restart',
    title: 'restart the selected process (asks where it would cut somebody off)',
    group: 'Act',
    keys: ['r'],
    panes: ['processes'],
    hint: 'restart',
    run: (context) => context.clients.restart(),
  },
  {
    name: 'screen.log',
    title: 'what the hub did and said',
    group: 'Screen',
    keys: ['L'],
    inHelp: true,
    run: (context) => context.read('log'),
  },
  {
    name: 'screen.palette',
    title: 'all commands by name',
    group: 'View',
    keys: [':'],
    hint: 'commands',
    hidden: true,
    run: (context) => context.palette(),
  },
  {
    name: 'help.toggle',
    title: 'this help',
    group: 'Screen',
    keys: ['?'],
    hint: 'help',
    inHelp: true,
    run: (context) => context.read('help'),
  },
  {
    name: 'screen.redraw',
    title: 'draw the screen anew',
    group: 'Screen',
    keys: ['ctrl-l'],
    inHelp: true,
    run: (context) => context.redraw(),
  },
  {
    name: 'screen.suspend',
    title: 'back to the shell; `fg` returns here',
    group: 'Screen',
    keys: ['ctrl-z'],
    inHelp: true,
    run: (context) => context.suspend(),
  },
  {
    name: 'hub.quit',
    title: 'leave: detach, or stop all (asks)',
    group: 'Screen',
    keys: ['q'],
    hint: 'quit',
    run: (context) => context.quit(),
  },
  {
    name: 'hub.interrupt',
    title: 'once: let what runs finish and stop all; twice: at once',
    group: 'Screen',
    keys: ['ctrl-c'],
    inHelp: true,
    hidden: true,
    run: (context) => context.interrupt(),
  },
];

/** False where it would act on a pane that the layout has no room for: on a row that nobody sees. */
export function works(command: Command, layout: Layout): boolean {
  return layout.mode !== 'lines' || command.group === 'Screen';
}

/** True where the command can be given now. */
export function applies(command: Command, focus: Focus): boolean {
  return !command.panes || command.panes.includes(focus);
}

function pane(id: PaneId, key: string): Command {
  return {
    name: `pane.${id}`,
    title: `pane ${key}: ${id}`,
    group: 'Panes',
    keys: [key],
    run: (context) => context.focus(id),
  };
}

function move(to: Move, title: string, keys: readonly string[]): Command {
  return {
    name: `move.${to}`,
    title,
    group: 'Move',
    keys,
    inHelp: true,
    hidden: true,
    run: (context) => context.move(to),
  };
}
