import type { ExchangeRow, FrameRow } from '../../shared/events.ts';
import { FLOWING, type Flow } from './flow.ts';
import type { PaneId } from './layout.ts';
import type { Separator } from './rows.ts';

/** A question that takes the keys until it is answered; Esc, n and Enter answer "no". */
export interface Question {
  /** Read at every drawing: it names what is so then. */
  readonly text: string;
  /** Shown in the order given, e.g. `y` yes. */
  readonly choices: readonly Choice[];
}

export interface Choice {
  readonly key: string;
  readonly label: string;
  readonly run: () => void;
}

export type Dialog =
  | { readonly kind: 'question'; readonly question: Question }
  | { readonly kind: 'help'; readonly top: number };

/** The selected item of a pane whose items stay, and where it stood when it was last seen. */
export interface Pick {
  readonly key: string | null;
  readonly index: number;
}

export interface UiState {
  readonly focus: PaneId;
  readonly paused: boolean;
  readonly traffic: Flow<FrameRow | Separator>;
  readonly requests: Flow<ExchangeRow | Separator>;
  readonly processes: Pick;
  readonly clients: Pick;
  readonly dialog: Dialog | null;
}

export const INITIAL_UI: UiState = {
  focus: 'traffic',
  paused: false,
  traffic: FLOWING,
  requests: FLOWING,
  processes: { key: null, index: 0 },
  clients: { key: null, index: 0 },
  dialog: null,
};

/** Index of the picked item: by its key, else (it is gone) the one that took its place. -1 in an empty list. */
export function pickedIndex(pick: Pick, keys: readonly string[]): number {
  const found = pick.key === null ? -1 : keys.indexOf(pick.key);
  return found >= 0 ? found : Math.min(pick.index, keys.length - 1);
}
