import type { ClientControl } from './controls/client-control.ts';
import type { CopyControl } from './controls/copy-control.ts';
import type { DetailControl } from './controls/detail-control.ts';
import type { ExportControl } from './controls/export-control.ts';
import type { FilterControl } from './controls/filter-control.ts';
import type { MarkControl } from './controls/mark-control.ts';
import type { PageControl } from './controls/page-control.ts';
import type { PreviewControl } from './controls/preview-control.ts';
import type { TimeControl } from './controls/time-control.ts';
import type { Focus, Layout, PaneId } from './layout.ts';
import type { Move } from './scroll.ts';

/** What a command may do; the screen's controller implements it. */
export interface CommandContext {
  readonly filter: FilterControl;
  readonly detail: DetailControl;
  readonly clients: ClientControl;
  readonly copy: CopyControl;
  readonly export: ExportControl;
  readonly marks: MarkControl;
  readonly pages: PageControl;
  readonly preview: PreviewControl;
  readonly time: TimeControl;
  focus(pane: PaneId): void;
  focusBy(step: 1 | -1): void;
  move(move: Move): void;
  togglePause(): void;
  follow(): void;
  back(): void;
  zoom(): void;
  nextLayout(): void;
  read(what: 'help' | 'log'): void;
  /** The log of the selected process. */
  processLog(): void;
  palette(): void;
  quit(): void;
  redraw(): void;
  suspend(): void;
  stream(): void;
  interrupt(): void;
}

export type CommandGroup = 'Panes' | 'Move' | 'View' | 'Filter' | 'Detail' | 'Take' | 'Act' | 'Screen';

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

/** False where it would act on a pane that the layout has no room for: on a row that nobody sees. */
export function works(command: Command, layout: Layout): boolean {
  return layout.mode !== 'lines' || command.group === 'Screen';
}

/** True where the command can be given now. */
export function applies(command: Command, focus: Focus): boolean {
  return !command.panes || command.panes.includes(focus);
}
