import type { Command } from './command.ts';

/** What one takes away from the screen: rows, messages, files. A part of the table of commands. */
export const TAKE_COMMANDS: readonly Command[] = [
  {
    name: 'copy.json',
    title: 'copy as JSON: the message of the selected row, secrets masked; in the detail as it passed',
    group: 'Take',
    keys: ['y'],
    hint: 'copy',
    run: (context) => context.copy.json(),
  },
  {
    name: 'copy.as',
    title:
      'copy as: JSON, a line for the protocol monitor of DevTools, curl, wscat; a client’s id or address',
    group: 'Take',
    keys: ['Y'],
    run: (context) => context.copy.as(),
  },
];
