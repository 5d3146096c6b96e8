import type { HubUrls } from '../../../shared/events.ts';
import { fitText, type Line, safeText, span, wrap } from '../cells.ts';
import type { CommandGroup } from '../command.ts';
import { COMMANDS } from '../commands.ts';
import { keyLabel } from '../keymap.ts';

const LEGEND: readonly (readonly [string, string])[] = [
  ['● ◐ ○ ✗', 'running · on its way or degraded · stopped or idle · failed'],
  ['→ ← ✗', 'command · answer or event (a dot for its time) · error'],
  ['×12', 'the same event twelve times in a row'],
  ['raw', 'a connection through the forwarder: unisolated, unseen inside'],
];

/** Columns before what a key does. */
const INDENT = 16;

/** All of the help, made from the table of commands, in a frame of `width` columns or without one; it scrolls. */
export function helpRows(urls: HubUrls | null, width: number): Line[] {
  const inner = width - 2;
  const rows: Line[] = [];
  let group: CommandGroup | null = null;
  for (const command of COMMANDS) {
    if (command.group !== group) {
      if (group) rows.push([]);
      rows.push([span(` ${command.group}`, 'accent')]);
      group = command.group;
    }
    const where = command.panes && command.panes.length < 3 ? ` [${command.panes.join(', ')}]` : '';
    rows.push(...entry(command.keys.map(keyLabel).join(' '), command.title + where, inner));
  }
  rows.push([], [span(' Signs', 'accent')]);
  for (const [sign, meaning] of LEGEND) rows.push(...entry(sign, meaning, inner));
  if (urls) {
    rows.push([], [span(' Addresses', 'accent')]);
    const { listen, ...own } = urls;
    for (const [name, url] of Object.entries(own)) rows.push(...address(name, safeText(url), inner));
    for (const { workspace, url } of listen) rows.push(...address(workspace, safeText(url), inner));
  }
  return rows;
}

/** What a key does, wrapped behind it; nothing is cut. */
function entry(key: string, text: string, width: number): Line[] {
  const lines = wrap(text, Math.max(10, width - INDENT - 1), Number.POSITIVE_INFINITY);
  return lines.map((line, i) => [
    span(`   ${fitText(i === 0 ? key : '', INDENT - 4)} `, 'key'),
    span(` ${line}`),
  ]);
}

/** Behind its name where it fits; else on a line of its own, and broken where even that is too short. */
function address(name: string, url: string, width: number): Line[] {
  const label = span(`   ${fitText(name, INDENT - 4)} `, 'dim');
  if (INDENT + 1 + url.length < width) return [[label, span(` ${url}`)]];
  const room = Math.max(10, width - 5);
  const parts = Array.from({ length: Math.ceil(url.length / room) }, (_, i) =>
    url.slice(i * room, (i + 1) * room),
  );
  return [[label], ...parts.map((part) => [span(`     ${part}`)])];
}
