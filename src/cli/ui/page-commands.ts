import type { Command } from './command.ts';
import type { Focus } from './layout.ts';

const WITH_PAGES: readonly Focus[] = ['clients', 'requests', 'traffic', 'detail'];

/** What is done to the page of a client. A part of the table of commands. */
export const PAGE_COMMANDS: readonly Command[] = [
  {
    name: 'page.front',
    title: 'bring the tab of the selected row, or the client’s latest page, to the front of the browser',
    group: 'Act',
    keys: ['W'],
    panes: WITH_PAGES,
    run: (context) => context.pages.front(),
  },
  {
    name: 'page.inspect',
    title: 'open that page in DevTools',
    group: 'Act',
    keys: ['w'],
    panes: WITH_PAGES,
    run: (context) => void context.pages.inspect(),
  },
  {
    name: 'page.preview',
    title: 'a picture of that page, in place of the detail, taken anew every 2 s',
    group: 'Act',
    keys: ['v'],
    panes: WITH_PAGES,
    run: (context) => context.preview.toggle(),
  },
];
