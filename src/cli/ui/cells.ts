import stringWidth from 'string-width';
import { oneLine } from '../../shared/text.ts';

/** Styles by what they mean. */
export type Tone =
  | 'plain'
  | 'strong'
  | 'dim'
  | 'good'
  | 'warn'
  | 'bad'
  | 'accent'
  | 'client'
  | 'alert'
  | 'bar'
  | 'key';

/** A piece of a row in one style. Its text is safe for a terminal: only {@link span} makes spans. */
export interface Span {
  readonly text: string;
  readonly tone: Tone;
  /** Columns, measured once: measuring is what a row costs most. */
  readonly width: number;
  /** A row of a picture: each cell's upper and lower colour as 0xRRGGBB. */
  readonly dots?: readonly (readonly [number, number])[];
}

/** One row, or a part of one. */
export type Line = readonly Span[];

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;
/** Longest text that is looked at, in UTF-16 units: no row is wider, and a page may send megabytes. */
const LONGEST = 1024;
const segmenter = new Intl.Segmenter();

/** Any text as a span: control sequences out, glyphs on whose width terminals disagree reduced. */
export function span(text: string, tone: Tone = 'plain'): Span {
  const safe = safeText(text);
  return { text: safe, tone, width: width(safe) };
}

/**
 * Text that takes the same number of columns in every terminal. Escape sequences and control characters go;
 * clusters of several code points (joined emoji, flags, variation selectors) are reduced to their first one,
 * because terminals disagree on their width and one wrong column shifts the whole row.
 */
export function safeText(text: string): string {
  const cut = text.length > LONGEST ? text.slice(0, LONGEST) : text;
  if (PRINTABLE_ASCII.test(cut)) return cut;
  let safe = '';
  for (const { segment } of segmenter.segment(oneLine(cut.toWellFormed()))) safe += safeCluster(segment);
  return safe;
}

/** Columns that a safe text takes. */
export function width(text: string): number {
  return PRINTABLE_ASCII.test(text) ? text.length : stringWidth(text);
}

/** Exactly `columns` wide: cut with `…` (never through a wide glyph) or padded. */
export function fitText(text: string, columns: number, align: 'left' | 'right' = 'left'): string {
  if (columns <= 0) return '';
  const actual = width(text);
  const cut = actual > columns ? cutTo(text, columns) : text;
  const gap = ' '.repeat(columns - (actual > columns ? width(cut) : actual));
  return align === 'left' ? cut + gap : gap + cut;
}

export function fitSpan(piece: Span, columns: number, align: 'left' | 'right' = 'left'): Span {
  if (piece.width === columns) return piece;
  const { tone } = piece;
  if (piece.width > columns) return { text: fitText(piece.text, columns, align), tone, width: columns };
  const gap = ' '.repeat(columns - piece.width);
  return { text: align === 'left' ? piece.text + gap : gap + piece.text, tone, width: columns };
}

/** The spans cut and padded to exactly `columns`. */
export function fitLine(spans: Line, columns: number): Line {
  const out: Span[] = [];
  let left = columns;
  for (const piece of spans) {
    if (left <= 0) break;
    if (piece.width > left) {
      out.push(fitSpan(piece, left));
      return out;
    }
    out.push(piece);
    left -= piece.width;
  }
  if (left > 0) out.push({ text: ' '.repeat(left), tone: 'plain', width: left });
  return out;
}

/** Columns that a row takes. */
export function lineWidth(line: Line): number {
  return line.reduce((sum, piece) => sum + piece.width, 0);
}

/** The plain text of a row, as a reader sees it without colours. */
export function lineText(line: Line): string {
  return line.map((piece) => piece.text).join('');
}

/** Safe text broken at spaces into at most `max` lines of `columns`; what is left over is cut with `…`. */
export function wrap(text: string, columns: number, max: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').filter((part) => part !== '')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line === '' || width(longer) <= columns || lines.length === max - 1) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  if (line !== '') lines.push(line);
  return lines.map((each) => (width(each) > columns ? fitText(each, columns) : each));
}

/** The row in rows of `columns`, broken wherever one is full; of what is more than `max` rows the last is cut. */
export function brokenLine(line: Line, columns: number, max: number): Line[] {
  const rows: Span[][] = [[]];
  let left = columns;
  for (const { text, tone } of line) {
    let piece = '';
    const flush = (): void => {
      if (piece !== '') rows.at(-1)?.push({ text: piece, tone, width: width(piece) });
      piece = '';
    };
    for (const { segment } of segmenter.segment(text)) {
      const taken = width(segment);
      if (taken > left && rows.length < max) {
        flush();
        rows.push([]);
        left = columns;
      }
      piece += segment;
      left -= taken;
    }
    flush();
  }
  return rows;
}

function cutTo(text: string, columns: number): string {
  if (PRINTABLE_ASCII.test(text)) return `${text.slice(0, columns - 1)}…`;
  let cut = '';
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    const next = used + stringWidth(segment);
    if (next > columns - 1) break;
    cut += segment;
    used = next;
  }
  return `${cut}…`;
}

/** Zero-width leftovers vanish; a base keeps at most two nonspacing marks, which every terminal draws over it. */
function safeCluster(cluster: string): string {
  const [first = '', ...rest] = cluster;
  const base = /\p{Regional_Indicator}|\p{M}/u.test(first) ? '·' : first;
  const marks = rest.filter((mark) => /\p{Mn}/u.test(mark) && !/\p{Variation_Selector}/u.test(mark));
  if (stringWidth(base) === 0) return '';
  return base + marks.slice(0, 2).join('');
}
