import type { HubUrls } from '../../../shared/events.ts';
import { fitText, type Line, span } from '../cells.ts';
import { COMMANDS, type CommandGroup } from '../commands.ts';
import { keyLabel } from '../keymap.ts';

const LEGEND: readonly (readonly [string, string])[] = [
  ['● ◐ ○ ✗', 'running · on its way or degraded · stopped or idle · failed'],
  ['→ ← ✗', 'command · answer or event (a dot for its time) · error'],
  ['×12', 'the same event twelve times in a row'],
  ['raw', 'a connection through the forwarder: unisolated, unseen inside'],
];

/** All of the help, made from the table of commands; it scrolls where it does not fit. */
export function helpRows(urls: HubUrls | null): Line[] {
  const rows: Line[] = [];
  let group: CommandGroup | null = null;
  for (const command of COMMANDS) {
    if (command.group !== group) {
      if (group) rows.push([]);
      rows.push([span(` ${command.group}`, 'accent')]);
      group = command.group;
    }
    const where = command.panes && command.panes.length < 3 ? `  [${command.panes.join(', ')}]` : '';
    rows.push([
      span(`   ${fitText(command.keys.map(keyLabel).join(' '), 12)}`, 'key'),
      span(` ${command.title}`),
      span(where, 'dim'),
    ]);
  }
  rows.push([], [span(' Signs', 'accent')]);
  for (const [sign, meaning] of LEGEND)
    rows.push([span(`   ${fitText(sign, 12)}`, 'key'), span(` ${meaning}`)]);
  if (urls) {
    rows.push([], [span(' Addresses', 'accent')]);
    for (const [name, url] of Object.entries(urls))
      rows.push([span(`   ${fitText(name, 12)}`, 'dim'), span(` ${url}`)]);
  }
  return rows;
}
