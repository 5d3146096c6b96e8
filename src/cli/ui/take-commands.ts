import type { Command } from './command.ts';
import type { Focus } from './layout.ts';

const WITH_ROWS: readonly Focus[] = ['requests', 'traffic'];

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
  {
    name: 'screen.stream',
    title: 'rows as lines in the terminal’s own scrollback, to be selected there; any key comes back',
    group: 'Take',
    keys: ['s'],
    run: (context) => context.stream(),
  },
  {
    name: 'export.rows',
    title: 'export the rows of requests and traffic that are shown, with their messages, secrets masked',
    group: 'Take',
    keys: ['E'],
    run: (context) => void context.export.run(),
  },
  {
    name: 'mark.toggle',
    title: 'mark the selected row, or take its mark away',
    group: 'Take',
    keys: ['m'],
    panes: WITH_ROWS,
    run: (context) => context.marks.toggle(),
  },
  {
    name: 'mark.next',
    title: 'next marked row',
    group: 'Take',
    keys: ["'"],
    panes: WITH_ROWS,
    run: (context) => context.marks.next(),
  },
  {
    name: 'mark.only',
    title: 'only the marked rows, or all of them again',
    group: 'Take',
    keys: ['*'],
    run: (context) => context.marks.toggleOnly(),
  },
];
