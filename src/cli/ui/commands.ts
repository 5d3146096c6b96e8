import type { ClientInfo, ProcessInfo } from '../../shared/events.ts';
import type { Layout, PaneId } from './layout.ts';
import { killQuestion, quitQuestion, restartNeedsYes, restartQuestion } from './questions.ts';
import type { Move } from './scroll.ts';
import type { NoticeLevel } from './store.ts';
import type { Question } from './ui-state.ts';

/** What a command may do; the screen's controller implements it. */
export interface CommandContext {
  readonly owner: boolean;
  readonly clients: readonly ClientInfo[];
  readonly selectedProcess: ProcessInfo | null;
  /** The client of the selected row of the focused pane. */
  readonly selectedClient: ClientInfo | null;
  focus(pane: PaneId): void;
  focusBy(step: 1 | -1): void;
  move(move: Move): void;
  togglePause(): void;
  follow(): void;
  ask(question: Question): void;
  notify(level: NoticeLevel, text: string): void;
  kill(client: ClientInfo): void;
  restart(process: ProcessInfo): void;
  toggleHelp(): void;
  redraw(): void;
  suspend(): void;
  end(end: 'detach' | 'stop'): void;
  interrupt(): void;
}

export type CommandGroup = 'Panes' | 'Move' | 'View' | 'Act' | 'Screen';

/**
 * One thing that the screen can do. Keys (and whatever else starts commands) refer to it by name; the help
 * and the line of keys are made from this table.
 */
export interface Command {
  readonly name: string;
  readonly title: string;
  readonly group: CommandGroup;
  /** As {@link ./keymap.ts} names them; the first one is shown in the status bar. */
  readonly keys: readonly string[];
  /** Where it applies; everywhere when absent. */
  readonly panes?: readonly PaneId[];
  /** Its word in the line of keys; absent from that line without one. */
  readonly hint?: string;
  /** Works while the help is open. */
  readonly inHelp?: boolean;
  readonly run: (context: CommandContext) => void;
}

const WITH_CLIENTS: readonly PaneId[] = ['clients', 'requests', 'traffic'];

export const COMMANDS: readonly Command[] = [
  {
    name: 'pane.next',
    title: 'next pane',
    group: 'Panes',
    keys: ['tab'],
    hint: 'pane',
    run: (context) => context.focusBy(1),
  },
  {
    name: 'pane.previous',
    title: 'previous pane',
    group: 'Panes',
    keys: ['shift-tab'],
    run: (context) => context.focusBy(-1),
  },
  pane('processes', '1'),
  pane('clients', '2'),
  pane('requests', '3'),
  pane('traffic', '4'),
  move('up', 'one row up', ['k', 'up']),
  move('down', 'one row down; on the last row the list follows', ['j', 'down']),
  move('page-up', 'one page up', ['pgup']),
  move('page-down', 'one page down', ['pgdn']),
  move('half-up', 'half a page up', ['ctrl-u']),
  move('half-down', 'half a page down', ['ctrl-d']),
  move('first', 'first row', ['g', 'home']),
  move('last', 'last row, and follow', ['G', 'end']),
  {
    name: 'view.pause',
    title: 'freeze requests and traffic, or let them run; what passes is still recorded',
    group: 'View',
    keys: ['space'],
    hint: 'pause',
    run: (context) => context.togglePause(),
  },
  {
    name: 'view.follow',
    title: 'follow the newest row, unfrozen',
    group: 'View',
    keys: ['F'],
    panes: ['requests', 'traffic'],
    hint: 'follow',
    run: (context) => context.follow(),
  },
  {
    name: 'client.kill',
    title: 'disconnect the client of the selected row (asks)',
    group: 'Act',
    keys: ['x'],
    panes: WITH_CLIENTS,
    hint: 'kill client',
    run: (context) => {
      const client = context.selectedClient;
      if (!client) return context.notify('info', 'no connected client belongs to this row');
      context.ask(
        killQuestion(
          client,
          () => context.clients,
          () => context.kill(client),
        ),
      );
    },
  },
  {
    name: 'process.restart',
    title: 'restart the selected process (asks where it would cut somebody off)',
    group: 'Act',
    keys: ['r'],
    panes: ['processes'],
    hint: 'restart',
    run: (context) => {
      const process = context.selectedProcess;
      if (!process) return;
      if (process.state === 'attached') {
        return context.notify(
          'warn',
          'this browser was started by somebody else: restart it where it was started',
        );
      }
      if (!restartNeedsYes(process, context.clients)) return context.restart(process);
      context.ask(
        restartQuestion(
          process,
          () => context.clients,
          () => context.restart(process),
        ),
      );
    },
  },
  {
    name: 'help.toggle',
    title: 'this help',
    group: 'Screen',
    keys: ['?'],
    hint: 'help',
    inHelp: true,
    run: (context) => context.toggleHelp(),
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
    run: (context) => context.ask(quitQuestion(context.owner, (end) => context.end(end))),
  },
  {
    name: 'hub.interrupt',
    title: 'once: let what runs finish and stop all; twice: at once',
    group: 'Screen',
    keys: ['ctrl-c'],
    inHelp: true,
    run: (context) => context.interrupt(),
  },
];

/** False where it would act on a pane that the layout has no room for: on a row that nobody sees. */
export function works(command: Command, layout: Layout): boolean {
  return layout.mode !== 'lines' || command.group === 'Screen';
}

/** True where the command can be given now. */
export function applies(command: Command, focus: PaneId): boolean {
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
    run: (context) => context.move(to),
  };
}
