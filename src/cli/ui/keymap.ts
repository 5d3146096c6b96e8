import { applies, type Command } from './command.ts';
import type { Focus } from './layout.ts';

/** What Ink's `useInput` says about a key; only what is needed of it. */
export interface KeyFlags {
  readonly upArrow?: boolean;
  readonly downArrow?: boolean;
  readonly pageUp?: boolean;
  readonly pageDown?: boolean;
  readonly home?: boolean;
  readonly end?: boolean;
  readonly leftArrow?: boolean;
  readonly rightArrow?: boolean;
  readonly backspace?: boolean;
  readonly delete?: boolean;
  readonly return?: boolean;
  readonly escape?: boolean;
  readonly tab?: boolean;
  readonly ctrl?: boolean;
  readonly shift?: boolean;
  readonly meta?: boolean;
  readonly eventType?: 'press' | 'repeat' | 'release' | undefined;
}

const FLAGGED: readonly (readonly [keyof KeyFlags, string])[] = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['pageUp', 'pgup'],
  ['pageDown', 'pgdn'],
  ['home', 'home'],
  ['end', 'end'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['backspace', 'backspace'],
  ['delete', 'delete'],
  ['return', 'enter'],
  ['escape', 'esc'],
];

/**
 * The keys of one input event by name: `j`, `G`, `space`, `ctrl-d`, `shift-tab`. A held or fast key arrives as
 * one string ("jjj", "\x04\x04"), so there may be several; what has no name here is dropped.
 */
export function keyNames(input: string, key: KeyFlags): string[] {
  if (key.eventType === 'release') return [];
  if (key.tab) return [key.shift ? 'shift-tab' : 'tab'];
  for (const [flag, name] of FLAGGED) if (key[flag]) return [name];
  if (key.meta) return [];
  if (key.ctrl) return input.length === 1 ? [`ctrl-${input}`] : [];
  return [...input].flatMap(nameOf);
}

function nameOf(character: string): string[] {
  if (character === ' ') return ['space'];
  if (character === '\t') return ['tab'];
  if (character === '\r' || character === '\n') return ['enter'];
  const code = character.charCodeAt(0);
  // Control characters in the midst of others: Ctrl-A is 1, Ctrl-Z is 26.
  if (code >= 1 && code <= 26) return [`ctrl-${String.fromCharCode(code + 96)}`];
  return code < 32 || code === 127 ? [] : [character];
}

const SHOWN: Record<string, string> = {
  up: '↑',
  down: '↓',
  left: '←',
  right: '→',
  pgup: 'PgUp',
  pgdn: 'PgDn',
  home: 'Home',
  end: 'End',
  esc: 'Esc',
  enter: 'Enter',
  tab: 'Tab',
  'shift-tab': 'Shift-Tab',
  space: 'Space',
};

/** A key's name as people write it: `^D`, `PgUp`, `Space`. */
export function keyLabel(name: string): string {
  return SHOWN[name] ?? name.replace(/^ctrl-(.)$/, (_, letter: string) => `^${letter.toUpperCase()}`);
}

/** Which command a key gives; a command bound to the focused pane goes before one that is bound everywhere. */
export interface Keymap {
  find(key: string, focus: Focus): Command | null;
  /** The panes in which a key does something that it does not do here. */
  elsewhere(key: string, focus: Focus): readonly Focus[];
}

/** Throws where two commands claim one key in one pane: a bug of the table. */
export function createKeymap(commands: readonly Command[], panes: readonly Focus[]): Keymap {
  const byPane = new Map(panes.map((pane) => [pane, bindings(commands, pane)]));
  return {
    find: (key, focus) => byPane.get(focus)?.get(key) ?? null,
    elsewhere: (key, focus) => panes.filter((pane) => pane !== focus && byPane.get(pane)?.has(key)),
  };
}

function bindings(commands: readonly Command[], pane: Focus): Map<string, Command> {
  const bound = new Map<string, Command>();
  for (const command of commands.filter((each) => applies(each, pane))) {
    for (const key of command.keys) {
      const other = bound.get(key);
      if (other) throw new Error(`key ${key} is bound to ${other.name} and ${command.name}`);
      bound.set(key, command);
    }
  }
  return bound;
}
