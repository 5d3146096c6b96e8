import { z } from 'zod';
import { Secrets } from '../../../../shared/secrets/secrets.ts';
import type { ConsoleEntry, ConsoleLog } from '../../browser/console-log.ts';
import { deepValue } from '../../browser/remote-values.ts';
import { ToolError } from '../../browser/tool-error.ts';
import { type PageContext, pageTool, READS, type Tool } from '../tool.ts';
import { PAGING, pagedLines } from './paging.ts';
import { Words } from './words.ts';

const TYPES = [
  'log',
  'debug',
  'info',
  'error',
  'warn',
  'dir',
  'dirxml',
  'table',
  'trace',
  'clear',
  'startGroup',
  'startGroupCollapsed',
  'endGroup',
  'assert',
  'profile',
  'profileEnd',
  'count',
  'timeEnd',
  'verbose',
] as const;

/** Characters of a message in a list, and of one argument on its own. */
const LINE = 400;
const ARGUMENT = 10_000;

const listConsoleMessages = pageTool({
  name: 'list_console_messages',
  title: 'List console messages',
  description:
    'Console messages of the page, its frames and workers since the last navigation, uncaught exceptions and the log of the browser included.',
  input: z.object({
    types: z.array(z.enum(TYPES)).optional().describe('Only these. Exceptions are of type error.'),
    includePreservedMessages: z.boolean().optional().describe('Also those of the last 3 navigations.'),
    ...PAGING,
  }),
  annotations: READS,
  dialog: true,
  run: async ({ tab }, { types = [], includePreservedMessages = false, ...paging }) => {
    const all = tab.logs.console.list(includePreservedMessages);
    const wanted = types.length === 0 ? all : all.filter(({ type }) => types.some((each) => each === type));
    if (wanted.length === 0) return { text: nothing(tab.logs.console, all.length, includePreservedMessages) };
    const words = new Words(new Secrets());
    const lines = pagedLines(wanted, paging, (each) => consoleLine(each, words));
    if (tab.logs.console.forgotten > 0) lines.push(`${tab.logs.console.forgotten} older ones were not kept.`);
    return { text: [...lines, ...words.note].join('\n') };
  },
});

function nothing(log: ConsoleLog, others: number, preserved: boolean): string {
  if (others > 0) return `There are none of these types, and ${others} of others.`;
  const earlier = preserved ? 0 : log.list(true).length;
  return `The console is empty.${earlier > 0 ? ` includePreservedMessages shows ${earlier} of earlier navigations.` : ''}`;
}

/** A message on one line. */
export function consoleLine({ id, type, text, at, count, source }: ConsoleEntry, words: Words): string {
  const said = words.message(text);
  const line = said.length > LINE ? `${said.slice(0, LINE)}…` : said;
  const more = [count > 1 ? `${count} times` : '', source === 'log' ? 'browser' : '', words.text(at)].filter(
    Boolean,
  );
  return `msgid=${id} [${type}] ${line.replaceAll('\n', '⏎ ')}${more.length > 0 ? ` (${more.join(', ')})` : ''}`;
}

const getConsoleMessage = pageTool({
  name: 'get_console_message',
  title: 'Get console message',
  description: 'One console message as a whole: its text, its arguments as JSON, and its stack.',
  input: z.object({
    msgid: z.number().int().describe('As list_console_messages shows it.'),
  }),
  annotations: READS,
  dialog: true,
  run: async (context, { msgid }) => {
    const entry = context.tab.logs.console.get(msgid);
    if (!entry) {
      throw new ToolError(
        `There is no console message ${msgid} of page ${context.tab.id}.`,
        'Call list_console_messages to see what there is.',
      );
    }
    const { type, source, count } = entry;
    const words = new Words(new Secrets());
    const [text, at] = [words.message(entry.text), words.text(entry.at)];
    const stack = entry.stack.map((line) => `  ${words.text(line)}`);
    const given = (await argumentsOf(context, entry)).map((each) => words.message(each));
    return {
      text: [
        `msgid=${msgid} [${type}] ${text}`,
        ...(source === 'exception' ? ['It is an uncaught exception.'] : []),
        ...(source === 'log' ? ['It is of the log of the browser, not of a script.'] : []),
        ...(at === '' ? [] : [`At ${at}`]),
        ...(count > 1 ? [`It came ${count} times in a row.`] : []),
        ...(given.length > 0 ? ['Arguments:', ...given.map((each, index) => `${index}: ${each}`)] : []),
        ...(stack.length > 0 ? ['Stack:', ...stack] : []),
        ...words.note,
      ].join('\n'),
    };
  },
});

/** As deep as they are read well; as they were told where the page can't be asked any more, or not now. */
function argumentsOf(
  { tab }: PageContext,
  { arguments: given, session, source }: ConsoleEntry,
): Promise<string[]> {
  if (source === 'exception') return Promise.resolve([]);
  return Promise.all(
    given.map(async ({ text, objectId }) => {
      if (objectId === undefined || tab.dialog) return text;
      const whole = await deepValue(session, objectId, ARGUMENT).catch(() => null);
      return whole ?? `${text} (no longer there to be looked into)`;
    }),
  );
}

export const consoleTools: readonly Tool[] = [listConsoleMessages, getConsoleMessage];
