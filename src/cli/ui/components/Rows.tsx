import type { Line } from '../cells.ts';
import type { Theme } from '../theme.ts';
import { Row } from './Row.tsx';

/** Rows below each other. A row is known by its place: what stands there changes, the row stays. */
export function Rows({ lines, theme }: { lines: readonly Line[]; theme: Theme }) {
  return lines.map((line, place) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the place on the screen is the row's identity
    <Row key={place} text={theme.paint(line)} />
  ));
}
