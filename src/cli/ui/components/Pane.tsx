import { Box } from 'ink';
import type { Theme } from '../theme.ts';
import { strips } from '../view/strips.ts';
import type { PaneView } from '../view.ts';
import { Row } from './Row.tsx';
import { Rows } from './Rows.tsx';

/** A pane with its frame, exactly as high as the view has made it. */
export function Pane({ pane, theme }: { pane: PaneView; theme: Theme }) {
  const { head, body, foot, side } = pane.frame;
  const { rows, strips: columns } = strips(body);
  const edge = body.map(() => theme.paint([side])).join('\n');
  return (
    <Box flexDirection="column" flexShrink={0} height={body.length + 2}>
      <Row text={theme.paint(head)} />
      <Box>
        <Row text={edge} />
        <Box flexDirection="column" flexShrink={0}>
          <Rows lines={rows} theme={theme} />
          {columns.map(({ x, glyphs }) => (
            <Box key={x} position="absolute" left={x} top={0}>
              <Row text={glyphs.map((glyph) => (glyph ? theme.paint([glyph]) : '')).join('\n')} />
            </Box>
          ))}
        </Box>
        <Row text={edge} />
      </Box>
      <Row text={theme.paint(foot)} />
    </Box>
  );
}
