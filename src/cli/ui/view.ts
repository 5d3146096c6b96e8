import { fitLine, type Line, type Span, span } from './cells.ts';
import { type Flow, newRows, rowsOf } from './flow.ts';
import {
  type Box,
  contentRows,
  type Focus,
  type Layout,
  layoutOf,
  PANES,
  type PaneId,
  type Size,
} from './layout.ts';
import { isSeparator, type Rows, type Separator } from './rows.ts';
import { windowOf } from './scroll.ts';
import { stateAt } from './state-at.ts';
import type { HubState } from './store.ts';
import { SELECTED } from './theme.ts';
import { arrangementOf, pickedIndex, type UiState } from './ui-state.ts';
import { clientTable } from './view/clients.ts';
import { detailContent } from './view/detail.ts';
import { headerLine } from './view/header.ts';
import { plainLines } from './view/lines.ts';
import { type Frame, framed, type PaneContent } from './view/pane.ts';
import { previewContent } from './view/preview.ts';
import { processBlocks } from './view/processes.ts';
import { paletteFrame, readingFrame, readingRows } from './view/reading.ts';
import { requestTable } from './view/requests.ts';
import { keysLine, messageLine } from './view/status.ts';
import { barred, type Selection, type Table } from './view/table.ts';
import { emptyTraffic, trafficTable } from './view/traffic.ts';
import { clockTime, grouped } from './words.ts';

export interface PaneView {
  readonly id: string;
  readonly frame: Frame;
}

/** All that is on the screen: `top`, then bands of panes, each in columns next to each other, then `bottom`. */
export interface ScreenView {
  readonly top: readonly Line[];
  readonly bands: readonly (readonly (readonly PaneView[])[])[];
  readonly bottom: readonly Line[];
}

/** The screen as rows of styled text: never more than `size.rows`, none wider than `size.columns`. */
export function view(live: HubState, ui: UiState, at: { size: Size; now: number }): ScreenView {
  const state = stateAt(live, ui.moment);
  const now = ui.moment ?? at.now;
  const layout = layoutOf(at.size, arrangementOf(ui));
  const { columns, body } = layout;
  const bottom = [messageLine(state, ui, columns), keysLine(state, ui, layout)];
  if (layout.mode === 'lines') return lines(state, ui, { layout, now });
  const top = [headerLine(state, { width: columns, paused: ui.paused, capture: ui.capture, now })];
  if (layout.mode === 'tabs') top.push(tabLine(state, ui, columns));
  const scene = { state, ui, layout, now };
  const over = overlay(state, ui, body);
  if (over) return { top, bands: [[[over]]], bottom };
  if (layout.mode === 'tabs') return { top, bands: [[[pane(scene, ui.focus)]]], bottom };
  const bands = layout.bands.map((band) => band.map((column) => column.map((id) => pane(scene, id))));
  return { top, bands, bottom };
}

/** What stands in place of the panes while it is open. */
function overlay(state: HubState, { dialog }: UiState, box: Box): PaneView | null {
  if (dialog?.kind === 'palette') return { id: 'palette', frame: paletteFrame(dialog, box) };
  if (dialog?.kind === 'help' || dialog?.kind === 'log') {
    return { id: dialog.kind, frame: readingFrame(dialog, state, box) };
  }
  return null;
}

interface Scene {
  readonly state: HubState;
  readonly ui: UiState;
  readonly layout: Layout;
  readonly now: number;
}

function pane(scene: Scene, id: Focus): PaneView {
  const box = scene.layout.panes[id];
  const { ui, now } = scene;
  if (id === 'detail') {
    const focused = ui.focus === 'detail';
    // Without a detail nobody can go there.
    const content = ui.preview
      ? previewContent(ui.preview, box)
      : ui.detail
        ? detailContent(ui.detail, { box, focused, now })
        : NOTHING;
    return { id, frame: framed(content, box, focused) };
  }
  const content = CONTENT[id](scene, box);
  const title = `${PANES.indexOf(id) + 1} ${content.title}`;
  return { id, frame: framed({ ...content, title }, box, scene.ui.focus === id) };
}

const NONE_MARKED = '  no marked row is here · * shows all of them again';

const NOTHING: PaneContent = { title: 'Detail', right: [], lines: [], foot: [] };

const CONTENT: Record<PaneId, (scene: Scene, box: Box) => PaneContent> = {
  processes: ({ state, ui, now }, box) => {
    const names = state.processes.map((each) => each.name);
    const picked = names[pickedIndex(ui.processes, names)];
    const active = ui.focus === 'processes' ? 'active' : 'selected';
    const { title, blocks } = processBlocks(state.processes, {
      width: box.width - 2,
      now,
      roomy: box.height >= 9,
      endings: state.endings,
      rows: contentRows(box),
      selection: (name) => (name === picked ? active : 'none'),
    });
    const all = blocks.flatMap((block) => block.lines);
    const before = blocks.slice(0, blocks.findIndex(({ name }) => name === picked) + 1);
    const end = before.reduce((sum, block) => sum + block.lines.length, 0);
    const top = firstVisible({ end, size: before.at(-1)?.lines.length ?? 0, height: contentRows(box) });
    const running = state.processes.filter(({ state: at }) => at === 'ready' || at === 'attached').length;
    const right = [
      span(`${running}/${state.processes.length}`, running === state.processes.length ? 'good' : 'warn'),
    ];
    return {
      title: 'Processes',
      right,
      lines: [title, ...all.slice(top)],
      foot: below(all.length - top, box),
    };
  },

  clients: ({ state, ui, now }, box) => {
    const table = clientTable(box.width - 2, now);
    const picked = pickedIndex(
      ui.clients,
      state.clients.map((each) => each.id),
    );
    const height = contentRows(box);
    const top = firstVisible({ end: picked + 1, size: 1, height });
    const active = ui.focus === 'clients' ? 'active' : 'selected';
    const rows = state.clients
      .slice(top, top + height)
      .map((client, i) => table.row(client, top + i === picked ? active : 'none'));
    const none = [[], [span('  nobody is connected', 'dim')]];
    return {
      title: 'Clients',
      right: [span(String(state.clients.filter((each) => each.connected).length))],
      lines: [table.title, ...(rows.length > 0 ? rows : none)],
      foot: below(state.clients.length - top, box),
    };
  },

  requests: ({ state, ui, now }, box) => {
    const flow = ui.requests;
    const rows = rowsOf(flow, state.exchanges);
    const table = requestTable(box.width - 2, now);
    const open = state.clients.reduce((sum, client) => sum + client.inFlight, 0);
    const none = [
      [],
      [
        span(
          flow.only ? NONE_MARKED : ui.filter === '' ? '  no requests yet' : '  none that the filter chooses',
          'dim',
        ),
      ],
    ];
    const lines = flowing(table, rows, { flow, focused: ui.focus === 'requests', box });
    return {
      title: flow.only ? 'Requests  marked' : 'Requests',
      right: [span(`${open} open`, open > 0 ? 'accent' : 'dim')],
      lines: [table.title, ...(rows.length > 0 ? lines : none)],
      foot: fresh(newRows(flow, state.exchanges), ui.paused),
    };
  },

  traffic: ({ state, ui, layout }, box) => {
    const flow = ui.traffic;
    const rows = rowsOf(flow, state.frames);
    if (rows.length === 0 && state.frames.length === 0 && ui.filter === '') {
      return { title: 'Traffic', right: [], lines: emptyTraffic(state.urls, box.width - 2), foot: [] };
    }
    const table = trafficTable(box.width - 2, layout.columns);
    const lines = flowing(table, rows, { flow, focused: ui.focus === 'traffic', box });
    const none = [
      [],
      [span(flow.only ? NONE_MARKED : '  nothing that the filter chooses · Esc takes it away', 'dim')],
    ];
    return {
      title: `Traffic${flow.only ? '  marked' : ''}${ui.filter === '' ? '' : `  / ${ui.filter}`}`,
      right: [span(ui.filter === '' && !flow.only ? counted(rows, state) : chosen(rows, state), 'dim')],
      lines: [table.title, ...(rows.length > 0 ? lines : none)],
      foot: fresh(newRows(flow, state.frames), ui.paused),
    };
  },
};

/** Rows here, and how many ever passed where that is more. Separators are none. */
function counted(rows: Rows<unknown>, { frames }: HubState): string {
  const here = grouped(Math.min(rows.length, frames.added));
  return `${frames.added > rows.length ? `${here} of ${grouped(frames.added)}` : here} rows`;
}

/** Rows that the filter chose, of all that the hub holds. */
function chosen(rows: Rows<unknown>, { stats }: HubState): string {
  return `${grouped(rows.length)} of ${grouped(Math.max(rows.length, stats?.buffered ?? 0))} rows`;
}

function flowing<T extends object>(
  table: Table<T>,
  rows: Rows<T | Separator>,
  how: { flow: Flow<T | Separator>; focused: boolean; box: Box },
): Line[] {
  const height = contentRows(how.box);
  const { top, cursor } = windowOf(how.flow.scroll, rows, height);
  const lines: Line[] = [];
  for (let i = top; i < Math.min(rows.length, top + height); i++) {
    const row = rows.at(i);
    const selection: Selection = i !== cursor ? 'none' : how.focused ? 'active' : 'selected';
    if (!row) continue;
    if (isSeparator(row.value)) lines.push(separatorLine(row.value, selection, how.box.width - 2));
    else lines.push(table.row(row.value, selection, how.flow.marks.has(row.key)));
  }
  return lines;
}

/** `── 12:04:31 browser was ended by SIGKILL ──────`, over the whole width. */
function separatorLine({ at, separator }: Separator, selection: Selection, width: number): Line {
  const text = span(` ${clockTime(at)} ${separator} `, 'warn');
  const rule = (columns: number): Span => span('─'.repeat(Math.max(0, columns)), 'dim');
  const lead = selection === 'none' ? [rule(2)] : [span(SELECTED, 'accent'), rule(1)];
  const line = fitLine([...lead, text, rule(width - text.width - 2)], width);
  return selection === 'active' ? barred(line) : line;
}

/** First visible row of a list that stays: the cursor's block is whole, and nothing moves before it must. */
function firstVisible({ end, size, height }: { end: number; size: number; height: number }): number {
  return Math.max(0, Math.min(end - height, end - size));
}

function below(left: number, box: Box): Line {
  const hidden = left - contentRows(box);
  return hidden > 0 ? [span(`▼ ${hidden} more`, 'dim')] : [];
}

function fresh(rows: number, paused: boolean): Line {
  if (paused) return [span(`paused · ${grouped(rows)} new (Space to go on)`, 'warn')];
  return rows > 0 ? [span(`▼ ${grouped(rows)} new (G to follow)`, 'accent')] : [];
}

function tabLine(state: HubState, ui: UiState, width: number): Line {
  const counts: Record<PaneId, string> = {
    processes: '',
    clients: `(${state.clients.filter((each) => each.connected).length})`,
    requests: `(${state.clients.reduce((sum, client) => sum + client.inFlight, 0)})`,
    traffic: '',
  };
  const tabs = PANES.flatMap((id, i) => {
    const text = `${i + 1} ${id[0]?.toUpperCase()}${id.slice(1)}${counts[id]}`;
    return [id === ui.focus ? span(`[${text}]`, 'accent') : span(` ${text} `, 'dim')];
  });
  const extra = ui.preview ? 'Preview' : ui.detail ? 'Detail' : null;
  if (extra) tabs.push(ui.focus === 'detail' ? span(`[${extra}]`, 'accent') : span(` ${extra} `, 'dim'));
  return fitLine([span(' '), ...tabs], width);
}

function lines(state: HubState, ui: UiState, { layout, now }: { layout: Layout; now: number }): ScreenView {
  const { columns, rows } = layout;
  const shown =
    ui.dialog?.kind === 'help' || ui.dialog?.kind === 'log'
      ? readingRows(ui.dialog, state, columns).slice(ui.dialog.top)
      : plainLines(state, { width: columns, paused: ui.paused, now });
  const bottom =
    rows >= 6
      ? [messageLine(state, ui, columns), keysLine(state, ui, layout)]
      : [messageLine(state, ui, columns)];
  const top = shown.slice(0, Math.max(0, rows - bottom.length)).map((line) => fitLine(line, columns));
  while (top.length < rows - bottom.length) top.push(fitLine([], columns));
  return { top, bands: [], bottom: bottom.slice(0, rows) };
}
