import { Box, useApp, useInput, usePaste } from 'ink';
import { useEffect } from 'react';
import type { Clock } from '../../shared/clock.ts';
import { Pane } from './components/Pane.tsx';
import { Rows } from './components/Rows.tsx';
import type { Controller } from './controller.ts';
import { useVersion } from './hooks/use-version.ts';
import type { Theme } from './theme.ts';
import { view } from './view.ts';

export interface AppProps {
  readonly controller: Controller;
  readonly theme: Theme;
  readonly clock: Clock;
  /** Gets Ink's way of handing the terminal over, once it is there. */
  readonly onTerminal: (suspendTerminal: (run: () => Promise<void>) => Promise<void>) => void;
}

/** The screen: the view's rows, laid out; keys go to the controller. */
export function App({ controller, theme, clock, onTerminal }: AppProps) {
  const { store, size } = controller;
  const { suspendTerminal } = useApp();
  useVersion(store);
  useInput((input, key) => controller.input(input, key));
  // Pasted text would be taken for keys otherwise: an "x" and a "y" in it kill a client.
  usePaste((text) => controller.paste(text));
  useEffect(() => onTerminal((run) => suspendTerminal(run)), [onTerminal, suspendTerminal]);
  const { top, bands, bottom } = view(store.state, controller.ui, { size, now: clock.wall() });
  return (
    <Box flexDirection="column" width={size.columns} height={size.rows}>
      <Rows lines={top} theme={theme} />
      {bands.map((columns) => (
        <Box key={columns[0]?.[0]?.id} flexShrink={0}>
          {columns.map((panes) => (
            <Box key={panes[0]?.id} flexDirection="column" flexShrink={0}>
              {panes.map((pane) => (
                <Pane key={pane.id} pane={pane} theme={theme} />
              ))}
            </Box>
          ))}
        </Box>
      ))}
      <Rows lines={bottom} theme={theme} />
    </Box>
  );
}
