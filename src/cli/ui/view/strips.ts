import { type Line, type Span, span } from '../cells.ts';

/** A column of glyphs, one per row of a pane (null: none in this row), `x` columns from the pane's left. */
export interface Strip {
  readonly x: number;
  readonly glyphs: readonly (Span | null)[];
}

/** Glyphs above each other that are worth a strip of their own. */
const WORTH = 3;
const BLANK = span(' ');

/**
 * Takes the columns of single glyphs (arrows, states) out of the rows, which are plain ASCII then: Ink 8
 * measures every row of every frame grapheme by grapheme as soon as one character is not (a fifth of the
 * frame's time at 200×50, measured). Drawn over the rows, the strips give the same picture.
 */
export function strips(lines: readonly Line[]): { rows: readonly Line[]; strips: readonly Strip[] } {
  const counts = new Map<number, number>();
  for (const line of lines) eachGlyph(line, (x) => counts.set(x, (counts.get(x) ?? 0) + 1));
  const worth = [...counts].filter(([, count]) => count >= WORTH).map(([x]) => x);
  if (worth.length === 0) return { rows: lines, strips: [] };
  const columns = new Map(worth.map((x) => [x, new Array<Span | null>(lines.length).fill(null)]));
  const rows = lines.map((line, row) => {
    const spans = [...line];
    eachGlyph(line, (x, index, glyph) => {
      const column = columns.get(x);
      if (!column) return;
      column[row] = glyph;
      spans[index] = BLANK;
    });
    return spans;
  });
  return { rows, strips: worth.map((x) => ({ x, glyphs: columns.get(x) ?? [] })) };
}

function eachGlyph(line: Line, found: (x: number, index: number, glyph: Span) => void): void {
  let x = 0;
  for (const [index, piece] of line.entries()) {
    if (piece.width === 1 && piece.text.length === 1 && piece.text > '~') found(x, index, piece);
    x += piece.width;
  }
}
