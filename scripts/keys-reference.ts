import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command, CommandGroup } from '../src/cli/ui/command.ts';
import { COMMANDS } from '../src/cli/ui/commands.ts';
import { keyLabel } from '../src/cli/ui/keymap.ts';
import { LEGEND } from '../src/cli/ui/view/help.ts';

/** Writes docs/keys.md from the screen's table of commands: `npm run docs`. */

export const KEYS_REFERENCE = join(import.meta.dirname, '../docs/keys.md');

const HEAD = `# Keys of the screen

<!-- Made by \`npm run docs\` from src/cli/ui/commands.ts: edit the commands, not this. -->

What \`cdp-hub up\` and \`cdp-hub attach\` show in a terminal is driven by these keys. \`?\` shows them on the screen, where \`/\`
finds one; \`:\` finds a command by words of its title and does it. A key without a pane works in all of them.`;

const REST = `What is copied goes to the terminal (OSC 52), to the desktop where there is one, and to \`copied.txt\` in the state folder;
what is exported to \`exports\` there, a line of JSON for each row. Secrets are masked in all of it, but for what is copied out of the
open detail of a row.`;

/** The whole page, as Markdown. */
export function keysReference(): string {
  const groups = Map.groupBy(COMMANDS, ({ group }) => group);
  const sections = [...groups].map(([group, commands]) => section(group, commands));
  const signs = LEGEND.map(([sign, meaning]) => `| ${sign} | ${meaning} |`);
  const legend = ['## Signs', ['| sign | |', '|---|---|', ...signs].join('\n')].join('\n\n');
  return `${[HEAD, ...sections, REST, legend].join('\n\n')}\n`;
}

function section(group: CommandGroup, commands: readonly Command[]): string {
  const rows = commands.map(({ keys, title, panes = [] }) => {
    const pressed = keys.map((key) => `\`${keyLabel(key)}\``).join(' ');
    return `| ${pressed} | ${title.replaceAll('|', '\\|')} | ${panes.join(', ')} |`;
  });
  return [`## ${group}`, ['| key | | panes |', '|---|---|---|', ...rows].join('\n')].join('\n\n');
}

if (import.meta.main) writeFileSync(KEYS_REFERENCE, keysReference());
