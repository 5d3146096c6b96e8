import type { Bodies, Body, ExchangeRow, FrameRow } from '../../shared/events.ts';
import { type TreeRow, treeRows } from './json-tree.ts';

/** What a detail is of: a command with its answer, or an event. */
export type Subject =
  | { readonly of: 'exchange'; readonly row: ExchangeRow }
  | { readonly of: 'event'; readonly row: FrameRow };

export type Section = 'request' | 'response' | 'event' | 'facts';

/** The messages of a row: being fetched, as the hub keeps them, or why there are none. */
export type Fetched = { readonly bodies: Bodies } | { readonly why: string } | null;

/** An open detail. `rows` are those of `section`, made anew by every function here that changes what they show. */
export interface Detail {
  readonly subject: Subject;
  readonly section: Section;
  readonly fetched: Fetched;
  /** `section` and path of what was opened or closed against {@link CLOSED_BELOW}. */
  readonly toggled: ReadonlySet<string>;
  readonly cursor: number;
  readonly rows: readonly TreeRow[];
}

/** What lies deeper is closed at first. */
const CLOSED_BELOW = 6;

export function sectionsOf({ of }: Subject): readonly Section[] {
  return of === 'exchange' ? ['request', 'response', 'facts'] : ['event', 'facts'];
}

/** The detail as it opens: of a failed command its answer, of all else what was said first. */
export function openedDetail(subject: Subject): Detail {
  const failed = subject.of === 'exchange' && subject.row.outcome === 'error';
  const section = subject.of === 'event' ? 'event' : failed ? 'response' : 'request';
  return laidOut({ subject, section, fetched: null, toggled: new Set(), cursor: 0, rows: [] });
}

export function fetchedDetail(detail: Detail, fetched: Fetched): Detail {
  return laidOut({ ...detail, fetched });
}

/** More is known of its row. */
export function renewedDetail(detail: Detail, row: ExchangeRow): Detail {
  return laidOut({ ...detail, subject: { of: 'exchange', row } });
}

export function turnedTo(detail: Detail, section: Section): Detail {
  return laidOut({ ...detail, section, cursor: 0 });
}

/** The section `step` further on, around the end. */
export function turned(detail: Detail, step: 1 | -1): Detail {
  const sections = sectionsOf(detail.subject);
  const at = sections.indexOf(detail.section);
  return turnedTo(detail, sections[(at + step + sections.length) % sections.length] ?? detail.section);
}

/** Opens or closes what the cursor is on: the object or array, or the one that a bracket ends or a leaf is in. */
export function toggledAtCursor(detail: Detail): Detail {
  const row = detail.rows[detail.cursor];
  if (!row) return detail;
  const path = row.fold === 'leaf' ? parentOf(row.path) : row.path;
  const key = detail.section + path;
  const toggled = new Set(detail.toggled);
  if (!toggled.delete(key)) toggled.add(key);
  const next = laidOut({ ...detail, toggled });
  const at = next.rows.findIndex((each) => each.path === path && each.fold !== 'end');
  return { ...next, cursor: Math.max(0, at) };
}

/** The message that a section shows; null where it shows none, or it is not there. */
export function bodyOf(detail: Detail, section: Section = detail.section): Body | null {
  const { fetched } = detail;
  if (!fetched || 'why' in fetched) return null;
  const { command, answer, event } = fetched.bodies;
  return { request: command, response: answer, event, facts: null }[section];
}

function laidOut(detail: Detail): Detail {
  const rows = rowsOf(detail);
  return { ...detail, rows, cursor: Math.max(0, Math.min(detail.cursor, rows.length - 1)) };
}

function rowsOf(detail: Detail): readonly TreeRow[] {
  const { section, toggled } = detail;
  const body = bodyOf(detail);
  if (!body) return [];
  const folded = (path: string, depth: number) => depth >= CLOSED_BELOW !== toggled.has(section + path);
  try {
    return treeRows(JSON.parse(body.text), folded);
  } catch {
    // It was cut as it was kept: its beginning, line by line.
    return (body.text.match(/.{1,400}/gs) ?? []).slice(0, 1000).map((text) => ({
      depth: 0,
      path: '',
      fold: 'leaf',
      pieces: [{ text, tone: 'plain' }],
    }));
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('.'), path.lastIndexOf('[')));
}
