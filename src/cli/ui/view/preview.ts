import { span } from '../cells.ts';
import type { Box } from '../layout.ts';
import { halfBlocks } from '../picture.ts';
import type { Preview } from '../ui-state.ts';
import type { PaneContent } from './pane.ts';

/** The picture of a page in its pane, its address under it. */
export function previewContent({ name, shown, picture, why }: Preview, box: Box): PaneContent {
  const tab = shown?.tab == null ? '' : ` #${shown.tab}`;
  const content = { title: `Preview  ${name}${tab}`, right: [span(shown?.title ?? '', 'dim')], foot: [] };
  if (why !== null) return { ...content, lines: [[], [span(`  ${why}`, 'warn')]] };
  if (!picture) return { ...content, lines: [[], [span('  taking a picture…', 'dim')]] };
  const room = { columns: Math.max(1, box.width - 2), rows: Math.max(1, box.height - 2) };
  const rows = halfBlocks(picture, room);
  const left = span(' '.repeat(Math.floor((room.columns - (rows[0]?.width ?? 0)) / 2)));
  return { ...content, lines: rows.map((row) => [left, row]), foot: [span(shown?.url ?? '', 'dim')] };
}
