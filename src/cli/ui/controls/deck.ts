import type { HubLink } from '../hub-link.ts';
import type { Layout } from '../layout.ts';
import type { HubStore, NoticeLevel } from '../store.ts';
import type { Question, UiState } from '../ui-state.ts';

/** What the parts of the controller share. */
export interface Deck {
  readonly store: HubStore;
  readonly link: HubLink;
  readonly ui: UiState;
  readonly layout: Layout;
  set(change: Partial<UiState>): void;
  notify(level: NoticeLevel, text: string): void;
  ask(question: Question): void;
}
