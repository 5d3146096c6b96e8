import type { Command } from './command.ts';
import { COMMANDS } from './commands.ts';

/** The commands that have every typed word in their title, name or group; those whose title begins so come first. */
export function paletteCommands(typed: string): readonly Command[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const found = COMMANDS.filter((command) => {
    const text = `${command.title} ${command.name} ${command.group}`.toLowerCase();
    return !command.hidden && words.every((word) => text.includes(word));
  });
  const first = words[0] ?? '';
  return found.toSorted((a, b) => rank(a, first) - rank(b, first));
}

function rank({ title, name }: Command, word: string): number {
  if (word === '') return 0;
  if (title.toLowerCase().startsWith(word)) return 0;
  return name.includes(word) ? 1 : 2;
}
