/** The four panes, in the order of their keys 1–4. */
export const PANES = ['processes', 'clients', 'requests', 'traffic'] as const;
export type PaneId = (typeof PANES)[number];

/** Where the keys go: to a pane, or to the detail of one of its rows. */
export const FOCUSES = [...PANES, 'detail'] as const;
export type Focus = (typeof FOCUSES)[number];

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Outer size of a pane, its border included. */
export interface Box {
  readonly width: number;
  readonly height: number;
}

/** What the user has made of the screen. */
export interface Arrangement {
  /** The focused pane alone. */
  readonly zoomed: boolean;
  /** The traffic over the whole width, the other panes in a row above it. */
  readonly stacked: boolean;
  /** The detail of a row is open. */
  readonly detail: boolean;
}

export const PLAIN: Arrangement = { zoomed: false, stacked: false, detail: false };

/**
 * `wide`: several panes at once; `tabs`: one pane at a time under a line of tabs; `lines`: no room for panes, the
 * facts as plain rows.
 */
export interface Layout extends Size {
  readonly mode: 'wide' | 'tabs' | 'lines';
  /** Everything between the header and the status bar. */
  readonly body: Box;
  readonly panes: Readonly<Record<Focus, Box>>;
  /** What stands where in `wide`: bands from top to bottom, in each columns from left to right, in each panes. */
  readonly bands: readonly (readonly (readonly Focus[])[])[];
}

/** Rows of the status bar: what is said, and the keys. */
export const STATUS_ROWS = 2;

/** Below this there are no panes. */
export const MIN_PANES: Size = { columns: 60, rows: 12 };

export function layoutOf({ columns, rows }: Size, arrangement: Arrangement = PLAIN): Layout {
  if (columns < MIN_PANES.columns || rows < MIN_PANES.rows) {
    const body = { width: columns, height: Math.max(0, rows - 1) };
    return { mode: 'lines', columns, rows, body, panes: everyPane(body), bands: [] };
  }
  if (arrangement.zoomed || columns < 110 || rows < 24) {
    const body = { width: columns, height: rows - 2 - STATUS_ROWS };
    return { mode: 'tabs', columns, rows, body, panes: everyPane(body), bands: [] };
  }
  const body = { width: columns, height: rows - 1 - STATUS_ROWS };
  const panes = arrangement.stacked
    ? stacked(body, arrangement.detail)
    : sideBySide(body, rows, arrangement.detail);
  return { mode: 'wide', columns, rows, body, ...panes };
}

/** Rows for a pane's content: without its border and its line of column titles. */
export function contentRows(box: Box): number {
  return Math.max(1, box.height - 3);
}

type Panes = Pick<Layout, 'panes' | 'bands'>;

/** Processes, clients and requests in a column of their own, the traffic beside it, the detail below that. */
function sideBySide(body: Box, rows: number, detail: boolean): Panes {
  const side = Math.max(40, Math.min(66, Math.round(body.width * 0.39)));
  const processes = rows >= 34 ? 11 : rows >= 30 ? 9 : 8;
  const clients = Math.round((body.height - processes) * 0.43);
  const width = body.width - side;
  const below = detail ? Math.round(body.height * 0.52) : 0;
  return {
    panes: {
      processes: { width: side, height: processes },
      clients: { width: side, height: clients },
      requests: { width: side, height: body.height - processes - clients },
      traffic: { width, height: body.height - below },
      detail: { width, height: below },
    },
    bands: [[['processes', 'clients', 'requests'], detail ? ['traffic', 'detail'] : ['traffic']]],
  };
}

function stacked(body: Box, detail: boolean): Panes {
  const above = Math.max(8, Math.round(body.height * 0.36));
  const third = Math.floor(body.width / 3);
  const half = detail ? Math.round(body.width * 0.46) : 0;
  const height = body.height - above;
  return {
    panes: {
      processes: { width: third, height: above },
      clients: { width: third, height: above },
      requests: { width: body.width - 2 * third, height: above },
      traffic: { width: body.width - half, height },
      detail: { width: half, height },
    },
    bands: [[['processes'], ['clients'], ['requests']], detail ? [['traffic'], ['detail']] : [['traffic']]],
  };
}

function everyPane(box: Box): Record<Focus, Box> {
  return { processes: box, clients: box, requests: box, traffic: box, detail: box };
}
