import { fitLine, type Line, lineWidth, type Span, span, type Tone } from '../cells.ts';
import type { Box } from '../layout.ts';

const FOCUSED = { tl: '┏', tr: '┓', bl: '┗', br: '┛', h: '━', v: '┃' };
const CALM = { tl: '╭', tr: '╮', bl: '╰', br: '╯', h: '─', v: '│' };

/** What goes into a frame; `right` stands at the end of the upper border, `foot` at the end of the lower one. */
export interface PaneContent {
  readonly title: string;
  readonly right: Line;
  readonly lines: readonly Line[];
  readonly foot: Line;
}

/** A pane: its two border rows, what stands between them, and the glyph of its sides. */
export interface Frame {
  readonly head: Line;
  readonly body: readonly Line[];
  readonly foot: Line;
  readonly side: Span;
}

/**
 * The pane as `box.height` rows of `box.width` columns; its frame is heavy where the keys go. The sides are
 * apart from the rows: Ink measures every row in every frame, and plain ASCII is measured ten times faster.
 */
export function framed(content: PaneContent, box: Box, focused: boolean): Frame {
  const edge = focused ? FOCUSED : CALM;
  const tone: Tone = focused ? 'accent' : 'dim';
  const inner = box.width - 2;
  const border = (from: string, to: string, left: Line, right: Line): Line => {
    const rule = inner - 2 - lineWidth(left) - lineWidth(right);
    const line = { text: edge.h.repeat(Math.max(0, rule)), tone, width: Math.max(0, rule) };
    const middle = rule < 0 ? left : [...left, line, ...right];
    return [span(from + edge.h, tone), ...fitLine(middle, inner - 2), span(edge.h + to, tone)];
  };
  const title = [span(` ${content.title} `, focused ? 'accent' : 'strong')];
  const body: Line[] = [];
  for (let i = 0; i < box.height - 2; i++) body.push(fitLine(content.lines[i] ?? [], inner));
  return {
    head: border(edge.tl, edge.tr, title, spaced(content.right)),
    body,
    foot: border(edge.bl, edge.br, [], spaced(content.foot)),
    side: span(edge.v, tone),
  };
}

function spaced(line: Line): Line {
  const blank = span(' ');
  return line.length === 0 ? [] : [blank, ...line, blank];
}
