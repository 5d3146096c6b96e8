import type { LogEntry } from '../../../shared/earlier-log.ts';
import type { Tone } from '../cells.ts';
import { fitLine, type Line, span, wrap } from '../cells.ts';
import { COMMANDS } from '../commands.ts';
import { keyLabel } from '../keymap.ts';
import type { Box } from '../layout.ts';
import { paletteCommands } from '../palette.ts';
import type { HubState, NoticeLevel } from '../store.ts';
import { SELECTED } from '../theme.ts';
import type { PaletteDialog, ReadingDialog } from '../ui-state.ts';
import { clockTime } from '../words.ts';
import { helpRows } from './help.ts';
import { type Frame, framed } from './pane.ts';
import { barred } from './table.ts';

/** All rows of what is read, in a frame of `width` columns or without one. */
export function readingRows({ kind, of, find }: ReadingDialog, state: HubState, width: number): Line[] {
  const wanted = find.text.trim().toLowerCase();
  const has = (text: string): boolean => text.toLowerCase().includes(wanted);
  const rows =
    kind === 'help'
      ? helpRows(state.urls, width, has)
      : logRows(
          state,
          width,
          (entry) => (of === null || entry.source === of) && has(`${entry.source} ${entry.text}`),
        );
  if (rows.length > 0) return rows;
  return [[], [span(wanted === '' ? '  nothing happened yet' : '  nothing has that text in it', 'dim')]];
}

function titleOf({ kind, of }: ReadingDialog, { version, home }: HubState): string {
  if (kind === 'help') return `Help · cdp-hub ${version}`;
  return of === null ? `Log · all of it: ${home}/logs` : `Log of the ${of}`;
}

export function readingFrame(dialog: ReadingDialog, state: HubState, box: Box): Frame {
  const all = readingRows(dialog, state, box.width);
  const left = all.length - dialog.top - (box.height - 2);
  const content = {
    title: `${titleOf(dialog, state)}${dialog.find.text === '' ? '' : `  / ${dialog.find.text}`}`,
    right: [],
    lines: all.slice(dialog.top),
    foot: left > 0 ? [span(`▼ ${left} more`, 'dim')] : [],
  };
  return framed(content, box, true);
}

const LEVELS: Record<NoticeLevel, Tone> = { info: 'plain', warn: 'warn', error: 'bad' };

/** What the hub said and what was done here, the latest first. */
function logRows({ log }: HubState, width: number, has: (entry: LogEntry) => boolean): Line[] {
  const rows: Line[] = [];
  for (const entry of log.toReversed()) {
    if (!has(entry)) continue;
    const { at, level, source, text } = entry;
    const lines = wrap(text, Math.max(20, width - 23), 20);
    for (const [i, line] of lines.entries()) {
      const lead = i === 0 ? ` ${clockTime(at)} ${source.padEnd(9)} ` : ' '.repeat(20);
      rows.push([span(lead, 'dim'), span(line, LEVELS[level])]);
    }
  }
  return rows;
}

/** The commands that are found, with their keys; the picked one stays in sight. */
export function paletteFrame({ edit, picked }: PaletteDialog, box: Box): Frame {
  const found = paletteCommands(edit.text);
  const height = Math.max(1, box.height - 2);
  const top = Math.max(0, Math.min(picked - Math.floor(height / 2), found.length - height));
  const lines = found.slice(top, top + height).map((command, i): Line => {
    const selected = top + i === picked;
    const where = command.panes ? ` [${command.panes.join(', ')}]` : '';
    const line = [
      span(selected ? SELECTED : ' ', 'accent'),
      span(` ${command.keys.map(keyLabel).join(' ')}`.padEnd(12), 'key'),
      span(` ${command.title}`),
      span(where, 'dim'),
    ];
    return selected ? barred(fitLine(line, box.width - 2)) : line;
  });
  const content = {
    title: 'Commands',
    right: [span(`${found.length} of ${COMMANDS.filter(({ hidden }) => !hidden).length}`, 'dim')],
    lines: lines.length > 0 ? lines : [[], [span('  no command has that in its name', 'dim')]],
    foot: [],
  };
  return framed(content, box, true);
}
