import type { IBufferCell, Terminal } from '@xterm/headless';

/** Cell of a 14-pixel monospace font, in pixels. */
const CELL = { width: 8.43, height: 18 };
const MARGIN = 12;
const BACKGROUND = '#16181d';
const FOREGROUND = '#d6d9e0';

/** The sixteen colours that a program may name, as calm ones. */
const PALETTE = [
  '#16181d',
  '#e06c75',
  '#98c379',
  '#e5c07b',
  '#61afef',
  '#c678dd',
  '#56b6c2',
  '#d6d9e0',
  '#6b7280',
  '#ef8a92',
  '#b5d99c',
  '#f0d399',
  '#8cc4f5',
  '#d79ae6',
  '#7fcdd6',
  '#ffffff',
];

/** What a terminal shows, as an SVG picture: one text element a row, one tspan for each run of one style. */
export function svgOf(terminal: Terminal): string {
  const { cols, rows, buffer } = terminal;
  const width = Math.ceil(cols * CELL.width + 2 * MARGIN);
  const height = rows * CELL.height + 2 * MARGIN;
  const lines = Array.from({ length: rows }, (_, y) => rowOf(terminal, buffer.active.baseY + y, y));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    '<title>The screen of cdp-hub</title>',
    `<rect width="100%" height="100%" rx="8" fill="${BACKGROUND}"/>`,
    `<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14" fill="${FOREGROUND}" xml:space="preserve">`,
    ...lines,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

interface Run {
  x: number;
  text: string;
  style: string;
  paper: string | null;
}

function rowOf(terminal: Terminal, line: number, y: number): string {
  const runs: Run[] = [];
  const row = terminal.buffer.active.getLine(line);
  for (let x = 0; x < terminal.cols; x++) {
    const cell = row?.getCell(x);
    if (!cell || cell.getWidth() === 0) continue;
    const { style, paper } = styleOf(cell);
    const last = runs.at(-1);
    const text = cell.getChars() || ' ';
    if (last && last.style === style && last.paper === paper) last.text += text;
    else runs.push({ x, text, style, paper });
  }
  const top = MARGIN + y * CELL.height;
  const papers = runs.flatMap(({ x, text, paper }) =>
    paper
      ? [
          `<rect x="${at(x)}" y="${top}" width="${(text.length * CELL.width).toFixed(2)}" height="${CELL.height}" fill="${paper}"/>`,
        ]
      : [],
  );
  // Word by word, each at its own column: no viewer's font or folding of blanks can move them.
  const spans = runs.flatMap(({ x, text, style }) =>
    [...text.matchAll(/\S+/g)].map(
      ({ 0: word, index }) =>
        `<tspan x="${at(x + index)}" textLength="${(word.length * CELL.width).toFixed(2)}"${style}>${escapeXml(word)}</tspan>`,
    ),
  );
  return [...papers, `<text y="${top + 13.5}">${spans.join('')}</text>`].join('');
}

function styleOf(cell: IBufferCell): { style: string; paper: string | null } {
  const ink = cell.isFgRGB()
    ? hex(cell.getFgColor())
    : cell.isFgPalette()
      ? PALETTE[cell.getFgColor() % 16]
      : FOREGROUND;
  const ground = cell.isBgRGB()
    ? hex(cell.getBgColor())
    : cell.isBgPalette()
      ? (PALETTE[cell.getBgColor() % 16] ?? null)
      : null;
  const inverse = cell.isInverse() !== 0;
  const fill = inverse ? (ground ?? BACKGROUND) : ink;
  return {
    style: `${fill === FOREGROUND ? '' : ` fill="${fill}"`}${cell.isBold() ? ' font-weight="bold"' : ''}${cell.isDim() ? ' opacity="0.6"' : ''}`,
    paper: inverse ? (ink ?? FOREGROUND) : ground,
  };
}

function at(x: number): string {
  return (MARGIN + x * CELL.width).toFixed(2);
}

function hex(rgb: number): string {
  return `#${rgb.toString(16).padStart(6, '0')}`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
