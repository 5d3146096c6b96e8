import type { ClientInfo, ExchangeRow, FrameRow, ProcessInfo } from '../../shared/events.ts';
import type { PageWish } from '../../shared/ipc.ts';
import * as flow from './flow.ts';
import { contentRows, type Layout } from './layout.ts';
import { isSeparator, type Row } from './rows.ts';
import { windowOf } from './scroll.ts';
import { stateAt } from './state-at.ts';
import type { HubStore } from './store.ts';
import { pickedIndex, type UiState } from './ui-state.ts';
import { clientTitle } from './words.ts';

/** What a selection is looked up in. */
export interface Sight {
  readonly store: HubStore;
  readonly ui: UiState;
  readonly layout: Layout;
}

/** The row of requests or traffic that the keys act on, that of an open detail included; null where there is none. */
export function selectedRow(sight: Sight): ExchangeRow | FrameRow | null {
  const { ui } = sight;
  if (ui.focus === 'detail') return ui.detail?.subject.row ?? null;
  return selectedEntry(sight)?.value ?? null;
}

/** The row that is selected in requests or traffic, with its key. */
export function selectedEntry({ store, ui, layout }: Sight): Row<ExchangeRow | FrameRow> | null {
  const { frames, exchanges } = store.state;
  if (ui.focus !== 'traffic' && ui.focus !== 'requests') return null;
  const height = contentRows(layout.panes[ui.focus]);
  const rows = ui.focus === 'traffic' ? flow.rowsOf(ui.traffic, frames) : flow.rowsOf(ui.requests, exchanges);
  const row = rows.at(windowOf(ui[ui.focus].scroll, rows, height).cursor);
  return row && !isSeparator(row.value) ? { key: row.key, value: row.value } : null;
}

/** The client that the pane of clients has selected, connected or gone. */
export function pickedClient({ store, ui }: Sight): ClientInfo | null {
  const { clients } = stateAt(store.state, ui.moment);
  const keys = clients.map(({ id }) => id);
  return clients[pickedIndex(ui.clients, keys)] ?? null;
}

/** The connected client of the selected row. */
export function selectedClient(sight: Sight): ClientInfo | null {
  if (sight.ui.focus === 'clients') {
    const picked = pickedClient(sight);
    // What is shown may be of an earlier time: acted on is who is there now.
    return sight.store.state.clients.find(({ id, connected }) => connected && id === picked?.id) ?? null;
  }
  const { ui } = sight;
  const wanted = ui.focus === 'detail' && ui.preview ? ui.preview.wish.client : selectedRow(sight)?.client;
  return sight.store.state.clients.find(({ id, connected }) => connected && id === wanted) ?? null;
}

/** The page that the selection means: of a row its tab, of a client its latest; null where there is no client. */
export function selectedPage(sight: Sight): { readonly name: string; readonly wish: PageWish } | null {
  const client = selectedClient(sight);
  if (!client) return null;
  const { focus, preview } = sight.ui;
  const name = clientTitle(client);
  if (focus === 'detail' && preview) return { name, wish: preview.wish };
  const row = selectedRow(sight);
  return { name, wish: { client: client.id, target: row && row.tab !== null ? row.target : '' } };
}

export function selectedProcess({ store, ui }: Sight): ProcessInfo | null {
  const { processes } = store.state;
  return (
    processes[
      pickedIndex(
        ui.processes,
        processes.map(({ name }) => name),
      )
    ] ?? null
  );
}
