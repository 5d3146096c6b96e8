import type { HubUrls } from '../../../shared/events.ts';
import { fitText, type Line, safeText, span, wrap } from '../cells.ts';
import { COMMANDS } from '../commands.ts';
import { keyLabel } from '../keymap.ts';

export const LEGEND: readonly (readonly [string, string])[] = [
  ['● ◐ ○ ✗', 'running · on its way or degraded · stopped or idle · failed'],
  ['▸ ◆ ◈', 'selected · marked · both'],
  ['→ ← ✗', 'command · answer or event (a dot for its time) · error'],
  ['×12', 'the same event twelve times in a row'],
  ['raw', 'a connection through the forwarder: unisolated, unseen inside'],
];

/** Columns before what a key does. */
const INDENT = 16;

/**
 * The help, made from the table of commands, in a frame of `width` columns or without one: the entries whose text the
 * reader wants, under the titles of their groups. It scrolls.
 */
export function helpRows(urls: HubUrls | null, width: number, wanted: (text: string) => boolean): Line[] {
  const inner = width - 2;
  const rows: Line[] = [];
  const section = (title: string, entries: readonly HelpEntry[]): void => {
    const shown = entries.filter(({ text }) => wanted(`${title} ${text}`));
    if (shown.length === 0) return;
    if (rows.length > 0) rows.push([]);
    rows.push([span(` ${title}`, 'accent')], ...shown.flatMap(({ lines }) => lines()));
  };
  for (const [group, commands] of Map.groupBy(COMMANDS, (command) => command.group)) {
    section(
      group,
      commands.map((command) => {
        const keys = command.keys.map(keyLabel).join(' ');
        const where = command.panes && command.panes.length < 3 ? ` [${command.panes.join(', ')}]` : '';
        const lines = () => entry(keys, command.title + where, inner);
        return { text: `${keys} ${command.name} ${command.title}${where}`, lines };
      }),
    );
  }
  section(
    'Signs',
    LEGEND.map(([sign, text]) => ({ text: `${sign} ${text}`, lines: () => entry(sign, text, inner) })),
  );
  const { listen = [], ...own } = urls ?? {};
  const places = [...Object.entries(own), ...listen.map(({ workspace, url }) => [workspace, url] as const)];
  section(
    'Addresses',
    places.map(([name, url]) => ({
      text: `${name} ${url}`,
      lines: () => address(name, safeText(url), inner),
    })),
  );
  return rows;
}

interface HelpEntry {
  /** What is looked through for what the reader wants. */
  readonly text: string;
  readonly lines: () => Line[];
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
