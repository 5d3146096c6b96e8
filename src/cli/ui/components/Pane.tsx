import { Box } from 'ink';
import type { Theme } from '../theme.ts';
import type { PaneView } from '../view.ts';
import { Rows } from './Rows.tsx';

/** A pane with its frame, which the view has drawn: exactly as high as its rows. */
export function Pane({ pane, theme }: { pane: PaneView; theme: Theme }) {
  return (
    <Box flexDirection="column" flexShrink={0} height={pane.rows.length}>
      <Rows lines={pane.rows} theme={theme} />
    </Box>
  );
}
