/** The four panes, in the order of their keys 1–4. */
export const PANES = ['processes', 'clients', 'requests', 'traffic'] as const;
export type PaneId = (typeof PANES)[number];

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Outer size of a pane, its border included. */
export interface Box {
  readonly width: number;
  readonly height: number;
}

/**
 * `wide`: side column and traffic next to each other; `tabs`: one pane at a time under a line of tabs;
 * `lines`: no room for panes, the facts as plain rows.
 */
export interface Layout extends Size {
  readonly mode: 'wide' | 'tabs' | 'lines';
  /** Everything between the header and the status bar. */
  readonly body: Box;
  readonly panes: Readonly<Record<PaneId, Box>>;
}

/** Rows of the status bar: what is said, and the keys. */
export const STATUS_ROWS = 2;

/** Below this there are no panes. */
export const MIN_PANES: Size = { columns: 60, rows: 12 };

export function layoutOf({ columns, rows }: Size): Layout {
  if (columns < MIN_PANES.columns || rows < MIN_PANES.rows) {
    const body = { width: columns, height: Math.max(0, rows - 1) };
    return { mode: 'lines', columns, rows, body, panes: everyPane(body) };
  }
  if (columns < 110 || rows < 24) {
    const body = { width: columns, height: rows - 2 - STATUS_ROWS };
    return { mode: 'tabs', columns, rows, body, panes: everyPane(body) };
  }
  const body = { width: columns, height: rows - 1 - STATUS_ROWS };
  const side = Math.max(40, Math.min(66, Math.round(columns * 0.39)));
  const processes = rows >= 34 ? 11 : rows >= 30 ? 9 : 8;
  const clients = Math.round((body.height - processes) * 0.43);
  return {
    mode: 'wide',
    columns,
    rows,
    body,
    panes: {
      processes: { width: side, height: processes },
      clients: { width: side, height: clients },
      requests: { width: side, height: body.height - processes - clients },
      traffic: { width: columns - side, height: body.height },
    },
  };
}

/** Rows for a pane's content: without its border and its line of column titles. */
export function contentRows(box: Box): number {
  return Math.max(1, box.height - 3);
}

function everyPane(box: Box): Record<PaneId, Box> {
  return { processes: box, clients: box, requests: box, traffic: box };
}
