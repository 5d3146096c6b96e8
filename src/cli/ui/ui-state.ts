import type { ExchangeRow, FrameRow } from '../../shared/events.ts';
import type { FilterError } from '../../shared/filter/syntax-error.ts';
import type { PageShown, PageWish } from '../../shared/ipc.ts';
import type { Detail } from './detail.ts';
import { FLOWING, type Flow } from './flow.ts';
import type { Arrangement, Focus } from './layout.ts';
import type { LineEdit } from './line-edit.ts';
import type { Picture } from './picture.ts';
import type { Separator } from './rows.ts';

/** A question that takes the keys until it is answered; Esc, n and Enter answer "no". */
export interface Question {
  /** Read at every drawing: it names what is so then. */
  readonly text: string;
  /** Shown in the order given, e.g. `y` yes. */
  readonly choices: readonly Choice[];
  /** None of the choices is a plain yes: Enter and n do nothing but close it, and no `y/N` is shown. */
  readonly menu?: boolean;
}

export interface Choice {
  readonly key: string;
  readonly label: string;
  readonly run: () => void;
}

/** The line in which a filter is typed, with what may stand at the cursor. */
export interface FilterLine {
  readonly kind: 'filter';
  readonly edit: LineEdit;
  /** What is wrong with what is typed; null while it is a filter. */
  readonly error: FilterError | null;
  /** Which completion Tab takes. */
  readonly picked: number;
  /** What applied before: Esc brings it back. */
  readonly before: string;
  /** Which of the earlier ones is shown; -1: what was typed. */
  readonly recalled: number;
  readonly typed: string;
}

/** The list of all commands, of those that the typed words are in. */
export interface PaletteDialog {
  readonly kind: 'palette';
  readonly edit: LineEdit;
  readonly picked: number;
}

/** Rows to read, over the panes; what they are is asked for at each drawing. */
export interface ReadingDialog {
  readonly kind: 'help' | 'log';
  /** Of the log: which process's; null: everything. */
  readonly of: string | null;
  readonly top: number;
  /** Only entries with this text in them are shown. */
  readonly find: LineEdit;
  /** It is being typed. */
  readonly typing: boolean;
}

export type Dialog =
  | { readonly kind: 'question'; readonly question: Question }
  | ReadingDialog
  | FilterLine
  | PaletteDialog;

/** The selected item of a pane whose items stay, and where it stood when it was last seen. */
export interface Pick {
  readonly key: string | null;
  readonly index: number;
}

/** A picture of a client's page, in place of the detail. */
export interface Preview {
  readonly name: string;
  readonly wish: PageWish;
  /** What the latest picture is of; null before the first. */
  readonly shown: PageShown | null;
  readonly picture: Picture | null;
  /** Why there is no picture. */
  readonly why: string | null;
}

export interface UiState {
  readonly focus: Focus;
  readonly paused: boolean;
  /** The name of the file that is shown in place of a hub. */
  readonly capture: string | null;
  readonly zoomed: boolean;
  readonly stacked: boolean;
  readonly traffic: Flow<FrameRow | Separator>;
  readonly requests: Flow<ExchangeRow | Separator>;
  readonly processes: Pick;
  readonly clients: Pick;
  /** What the rows of requests and traffic are chosen by; '' chooses all. */
  readonly filter: string;
  /** The time that a paused view shows, milliseconds since the epoch; null: that of now. */
  readonly moment: number | null;
  readonly detail: Detail | null;
  /** Never together with the detail. */
  readonly preview: Preview | null;
  readonly dialog: Dialog | null;
}

export const INITIAL_UI: UiState = {
  focus: 'traffic',
  paused: false,
  capture: null,
  zoomed: false,
  stacked: false,
  traffic: FLOWING,
  requests: FLOWING,
  processes: { key: null, index: 0 },
  clients: { key: null, index: 0 },
  filter: '',
  moment: null,
  detail: null,
  preview: null,
  dialog: null,
};

export function arrangementOf({ zoomed, stacked, detail, preview }: UiState): Arrangement {
  return { zoomed, stacked, detail: detail !== null || preview !== null };
}

/** Index of the picked item: by its key, else (it is gone) the one that took its place. -1 in an empty list. */
export function pickedIndex(pick: Pick, keys: readonly string[]): number {
  const found = pick.key === null ? -1 : keys.indexOf(pick.key);
  return found >= 0 ? found : Math.min(pick.index, keys.length - 1);
}
