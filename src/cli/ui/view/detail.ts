import type { ExchangeRow, FrameRow } from '../../../shared/events.ts';
import { bytes } from '../../../shared/text.ts';
import { brokenLine, fitLine, type Line, lineWidth, type Span, span } from '../cells.ts';
import { bodyOf, type Detail, sectionsOf } from '../detail.ts';
import type { Box } from '../layout.ts';
import { outcomeLook, SELECTED } from '../theme.ts';
import { elapsed, millis, preciseTimes, targetMark } from '../words.ts';
import type { PaneContent } from './pane.ts';
import { barred } from './table.ts';

/** Rows above the message: how it ended, where the time went, and a blank one. */
const HEAD_ROWS = 3;

/** Rows for the message itself. */
export function detailRows(box: Box): number {
  return Math.max(1, box.height - 2 - HEAD_ROWS);
}

/** The detail of one row in its pane. */
export function detailContent(detail: Detail, at: { box: Box; focused: boolean; now: number }): PaneContent {
  const { subject, section } = detail;
  const { row } = subject;
  const width = at.box.width - 2;
  const sections = sectionsOf(subject);
  const names = sections.flatMap((each, i) => [
    ...(i > 0 ? [span('·', 'dim')] : []),
    span(each, each === section ? 'accent' : 'dim'),
  ]);
  const place = `${sections.indexOf(section) + 1}/${sections.length} `;
  return {
    title: `Detail  ${row.clientName} ${subject.of === 'exchange' ? `#${subject.row.id} ` : ''}${row.method}`,
    right: [span(place, 'dim'), ...names],
    lines: [outcomeLine(detail, at.now), pathLine(detail, width), [], ...content(detail, at)],
    foot: foot(detail, at.box),
  };
}

/** `✗ -32000 …`, `✓ 640ms`, `… 1.8s`, and where it was. */
function outcomeLine({ subject }: Detail, now: number): Line {
  const { row } = subject;
  const look = outcomeLook(row.outcome);
  const where = [row.tab === null ? '' : targetMark(row), row.url].filter(Boolean).join(' ');
  const took =
    row.ms === null ? (row.outcome === 'open' ? elapsed(Math.max(0, now - row.at)) : '') : elapsed(row.ms);
  const error = row.error === null ? [] : [span(` ${row.code ?? ''} ${row.error}`.trimEnd(), 'bad')];
  const mark =
    subject.of === 'event' ? span(' · event', 'dim') : span(` ${look.glyph} ${look.word}`, look.tone);
  const repeats = 'count' in row && row.count > 1 ? [span(` ×${row.count}`, 'strong')] : [];
  return [mark, ...repeats, ...error, span(took && ` ${took}`), span(where && `  ${where}`, 'dim')];
}

/** The four parts of the way as a bar and in numbers: who is slow. */
function pathLine({ subject }: Detail, width: number): Line {
  if (subject.of === 'event') return [];
  const { inMs, browserMs, outMs } = subject.row;
  if (inMs === null) return [span(' path  in the gateway', 'dim')];
  if (browserMs === null || outMs === null)
    return [span(` path  gateway ${millis(inMs)}ms, answered there`, 'dim')];
  const words: Line = [
    span(' path ', 'dim'),
    span(` in ${millis(inMs)}ms`, 'client'),
    span(' → ', 'dim'),
    span(`browser ${millis(browserMs)}ms`, 'good'),
    span(' → ', 'dim'),
    span(`out ${millis(outMs)}ms`, 'warn'),
  ];
  const room = Math.min(32, width - lineWidth(words) - 3);
  if (room < 8) return words;
  return [...words, span('  '), ...bar([inMs, browserMs, outMs], room)];
}

const PARTS = [
  { glyph: '▒', tone: 'client' },
  { glyph: '█', tone: 'good' },
  { glyph: '▒', tone: 'warn' },
] as const;

/** As many columns for each part as it has of the whole; one at least for what is not nothing. */
function bar(parts: readonly number[], columns: number): Span[] {
  const whole = parts.reduce((sum, ms) => sum + ms, 0) || 1;
  const widths = parts.map((ms) => Math.max(ms > 0 ? 1 : 0, Math.round((ms / whole) * columns)));
  const over = widths.reduce((sum, n) => sum + n, 0) - columns;
  const widest = widths.indexOf(Math.max(...widths));
  widths[widest] = Math.max(1, (widths[widest] ?? 0) - over);
  return PARTS.map(({ glyph, tone }, i) => span(glyph.repeat(widths[i] ?? 0), tone));
}

function content(detail: Detail, at: { box: Box; focused: boolean }): Line[] {
  const { subject, section, fetched } = detail;
  if (section === 'facts') return facts(subject.row);
  if (!fetched) return [[span('  fetching…', 'dim')]];
  if ('why' in fetched) return [[span(`  ${fetched.why}`, 'warn')]];
  const open = subject.of === 'exchange' && subject.row.outcome === 'open';
  if (!bodyOf(detail)) {
    const why =
      section === 'response' && open
        ? 'no answer yet'
        : 'not kept: it passed before this screen was there, or is too old';
    return [[span(`  ${why}`, 'dim')]];
  }
  return tree(detail, at);
}

function tree(detail: Detail, { box, focused }: { box: Box; focused: boolean }): Line[] {
  const { rows, cursor } = detail;
  const height = detailRows(box);
  const top = topOf(cursor, rows.length, height);
  const width = box.width - 2;
  return rows
    .slice(top, top + height)
    .flatMap((row, i): Line[] => {
      const selected = top + i === cursor;
      const sign = row.fold === 'closed' ? '▸ ' : row.fold === 'open' ? '▾ ' : '  ';
      const lead = selected ? span(SELECTED, 'accent') : span(' ');
      const pieces = row.pieces.map(({ text, tone }) => span(text, tone));
      const line = [lead, span('  '.repeat(row.depth)), span(sign, 'dim'), ...pieces];
      if (!selected) return [line];
      // What does not fit goes on below it: nothing that is looked at is cut.
      const [first = [], ...rest] = brokenLine(line, width, Math.max(1, Math.floor(height / 2)));
      return [focused ? barred(fitLine(first, width)) : first, ...rest];
    })
    .slice(0, height);
}

/** The cursor stays in the middle, as far as the ends allow. */
function topOf(cursor: number, length: number, height: number): number {
  return Math.max(0, Math.min(cursor - Math.floor(height / 2), length - height));
}

function foot(detail: Detail, box: Box): Line {
  const body = bodyOf(detail);
  const more = detail.rows.length - detailRows(box);
  const place = more > 0 && detail.section !== 'facts' ? `${detail.cursor + 1}/${detail.rows.length} ` : '';
  if (!body) return [];
  return [span(`${place}${bytes(body.bytes)}${body.cut ? ', cut' : ''}`, body.cut ? 'warn' : 'dim')];
}

function facts(row: ExchangeRow | FrameRow): Line[] {
  const time = preciseTimes();
  const all: [string, string][] = [
    ['time', time(row.at)],
    ['client', row.clientName === row.client ? row.client : `${row.clientName} (${row.client})`],
    ['method', row.method],
    ['id', row.id === null ? '' : String(row.id)],
    ['tab', row.tab === null ? '' : `#${row.tab}`],
    ['target', row.target],
    ['session', row.sessionId],
    ['url', row.url],
    ['error', row.error === null ? '' : `${row.code ?? ''} ${row.error}`.trim()],
    ['size', 'bytes' in row ? bytes(row.bytes) : ''],
    ['repeats', 'count' in row && row.count > 1 ? String(row.count) : ''],
  ];
  return all
    .filter(([, value]) => value !== '')
    .map(([name, value]) => [span(`  ${name.padEnd(9)}`, 'dim'), span(value)]);
}
