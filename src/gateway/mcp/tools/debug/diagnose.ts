import { z } from 'zod';
import { Secrets } from '../../../../shared/secrets/secrets.ts';
import { untilAborted } from '../../browser/lane.ts';
import type { NetworkEntry } from '../../browser/network-entry.ts';
import { dialogLine } from '../said.ts';
import { type PageContext, pageTool, READS } from '../tool.ts';
import { consoleLine } from './console.ts';
import { type PageFigures, pageFigures } from './page-figures.ts';
import { loadLines } from './performance.ts';
import { requestLine, timeOf } from './request-words.ts';
import { Words } from './words.ts';

/** Entries of a list that are said here: the tool of each shows them all. */
const MANY = 10;
/** Milliseconds from which a request is slow. */
const SLOW = 1000;
/** Elements, and levels of them, from which a document is large, as Lighthouse has it. */
const LARGE = { elements: 1400, depth: 32 } as const;
/** Milliseconds that a page may take to tell of itself: one that does not is stuck, which is said. */
const ANSWER = 5000;

export const diagnosePage = pageTool({
  name: 'diagnose_page',
  title: 'Diagnose page',
  description:
    'What is wrong with the page, in one answer: errors of the console, failed, slow and insecure requests, dialogs, frames, how it loaded, the size of its document.',
  input: z.object({}),
  annotations: READS,
  dialog: true,
  run: async (context) => {
    const { tab, page } = context;
    const words = new Words(new Secrets());
    const messages = tab.logs.console.list(false);
    const requests = tab.logs.network.list(false);
    const errors = messages.filter(({ type }) => type === 'error' || type === 'assert');
    const failed = requests.filter((entry) => entry.failed !== '' || entry.status >= 400);
    const slow = requests.filter((entry) => (timeOf(entry) ?? 0) >= SLOW && !entry.socket);
    const pending = requests.filter(({ ended, socket }) => ended === null && !socket);
    const insecure = requests.filter((entry) => entry.mixed !== '' || isPlainOn(page.url(), entry));
    const figures = await figuresOf(context);
    const frames = page.frames().filter((frame) => frame !== page.mainFrame());
    const lines = [
      ...(tab.dialog ? [dialogLine(tab.id, tab.dialog)] : []),
      ...(typeof figures === 'string'
        ? [page.url(), figures]
        : [...loadLines(figures), documentLine(figures)]),
      ...some('Errors of the console', errors, (each) => consoleLine(each, words), 'list_console_messages'),
      ...some('Failed requests', failed, requestLine, 'list_network_requests'),
      ...some(`Requests over ${SLOW} ms`, slow, requestLine, 'list_network_requests'),
      ...some('Requests under way', pending, requestLine, 'list_network_requests'),
      ...some(
        'Requests that are not encrypted on a page that is',
        insecure,
        requestLine,
        'list_network_requests',
      ),
      ...some(
        'Frames',
        frames,
        (frame) => `${frame.url() || 'about:blank'}${frame.name() ? ` (${frame.name()})` : ''}`,
        'take_snapshot',
      ),
      `Beyond these: ${messages.length - errors.length} other messages, ${requests.length} requests in all.`,
      ...words.note,
    ];
    return { text: lines.join('\n') };
  },
});

/** In words where the page can't be asked. */
async function figuresOf({ tab, page, signal }: PageContext): Promise<PageFigures | string> {
  if (tab.dialog) return 'Nothing can be asked of the page while its dialog is open.';
  const soon = AbortSignal.any([signal, AbortSignal.timeout(ANSWER)]);
  try {
    return await untilAborted(soon, page.evaluate(pageFigures));
  } catch (error) {
    signal.throwIfAborted();
    if (soon.aborted) {
      return `The page does not answer: for ${ANSWER / 1000} s now, a script of it may run without end. Call close_page to be rid of it.`;
    }
    return `The page could not be asked: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function documentLine({ elements, depth, bytes }: PageFigures): string {
  const large = elements > LARGE.elements || depth > LARGE.depth;
  return `Document: ${elements} elements, ${depth} deep, ${bytes} characters${large ? ', which is large' : ''}`;
}

function some<T>(title: string, entries: readonly T[], line: (entry: T) => string, tool: string): string[] {
  if (entries.length === 0) return [`${title}: none`];
  const more = entries.length - MANY;
  return [
    `${title}: ${entries.length}`,
    ...entries.slice(0, MANY).map((entry) => `- ${line(entry)}`),
    ...(more > 0 ? [`- and ${more} more: ${tool} shows them`] : []),
  ];
}

function isPlainOn(page: string, { url }: NetworkEntry): boolean {
  return page.startsWith('https:') && /^(http|ws):/.test(url);
}
