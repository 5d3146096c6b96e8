import { Box } from 'ink';
import { render } from 'ink-testing-library';
import { expect, it } from 'vitest';
import { span } from '../../src/cli/ui/cells.ts';
import { Row } from '../../src/cli/ui/components/Row.tsx';
import { Rows } from '../../src/cli/ui/components/Rows.tsx';
import { createTheme } from '../../src/cli/ui/theme.ts';

const theme = createTheme({ NO_COLOR: '1' });
const line = (text: string) => [span(text)];

it('Row never wraps: what is too wide is cut, wide glyphs whole', () => {
  const { lastFrame } = render(
    <Box width={7}>
      <Row text="日本語日本語" />
    </Box>,
  );
  expect(lastFrame()).toBe('日本語…');
});

it('Rows shows one row a line, and what changes takes its place', () => {
  const screen = render(<Rows lines={[line('one'), line('two')]} theme={theme} />);
  expect(screen.lastFrame()).toBe('one\ntwo');
  screen.rerender(<Rows lines={[line('two'), line('three'), line('four')]} theme={theme} />);
  expect(screen.lastFrame()).toBe('two\nthree\nfour');
  screen.rerender(<Rows lines={[line('last')]} theme={theme} />);
  expect(screen.lastFrame()).toBe('last');
});
