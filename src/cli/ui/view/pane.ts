import { fitLine, type Line, lineWidth, type Span, span } from '../cells.ts';
import type { Box } from '../layout.ts';
import type { Tone } from '../theme.ts';

const FOCUSED = { tl: '┏', tr: '┓', bl: '┗', br: '┛', h: '━', v: '┃' };
const CALM = { tl: '╭', tr: '╮', bl: '╰', br: '╯', h: '─', v: '│' };

/** What goes into a frame; `right` stands at the end of the upper border, `foot` at the end of the lower one. */
export interface PaneContent {
  readonly title: string;
  readonly right: Line;
  readonly lines: readonly Line[];
  readonly foot: Line;
}

/** The pane as exactly `box.height` rows of `box.width` columns; its frame is heavy where the keys go. */
export function framed(content: PaneContent, box: Box, focused: boolean): Line[] {
  const edge = focused ? FOCUSED : CALM;
  const tone: Tone = focused ? 'accent' : 'dim';
  const inner = box.width - 2;
  const border = (from: string, to: string, left: Line, right: Line): Line => {
    const rule = inner - 2 - lineWidth(left) - lineWidth(right);
    const middle = rule < 0 ? left : [...left, span(edge.h.repeat(rule), tone), ...right];
    return [span(from + edge.h, tone), ...fitLine(middle, inner - 2), span(edge.h + to, tone)];
  };
  const side = span(edge.v, tone);
  const title = [span(` ${content.title} `, focused ? 'accent' : 'strong')];
  const rows = [border(edge.tl, edge.tr, title, spaced(content.right))];
  for (let i = 0; i < box.height - 2; i++) {
    rows.push([side, ...fitLine(content.lines[i] ?? [], inner), side]);
  }
  rows.push(border(edge.bl, edge.br, [], spaced(content.foot)));
  return rows.slice(0, box.height);
}

function spaced(line: Line): Line {
  const blank: Span = span(' ');
  return line.length === 0 ? [] : [blank, ...line, blank];
}
