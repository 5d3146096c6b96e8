import { z } from 'zod';
import type { Frame } from '../../browser/puppeteer.ts';
import { answering, refuseSilent, silent, silentLines } from '../../browser/silent.ts';
import { ToolError } from '../../browser/tool-error.ts';
import { pageTool, READS, SETS, type Tool } from '../tool.ts';
import { withElement } from './act.ts';

/** Characters of a text that are said where nobody asks for another number. */
const MAX_CHARS = 20_000;

const selectFrame = pageTool({
  name: 'select_frame',
  title: 'Select frame',
  description:
    'Selects the frame that evaluate_script, get_text, find_elements and scroll work in. uids work in every frame.',
  input: z.object({ uid: z.string().describe('The uid of an iframe, or main.') }),
  annotations: SETS,
  run: async ({ tab, page }, { uid }) => {
    if (uid === 'main') {
      tab.select(null);
      return { text: `The main frame is selected: ${page.url()}` };
    }
    return withElement(tab, uid, async (element) => {
      const frame = await element.contentFrame();
      if (!frame) {
        throw new ToolError(
          `The element ${uid} (${tab.snapshots.describe(uid)}) is no frame.`,
          'Call take_snapshot and use the uid of an Iframe.',
        );
      }
      tab.select(frame);
      return { text: `The frame is selected: ${frame.url()}` };
    });
  },
});

const getText = pageTool({
  name: 'get_text',
  title: 'Get text',
  description: 'The text that is seen on the page, in the selected frame, or in an element.',
  input: z.object({
    uid: z.string().optional().describe('Without it, the page with its frames, or the selected frame.'),
    max_chars: z.number().int().min(1).max(1_000_000).optional().describe(`Default: ${MAX_CHARS}.`),
  }),
  annotations: READS,
  run: async ({ tab, page, frame, signal }, { uid, max_chars = MAX_CHARS }) => {
    if (uid !== undefined) {
      const text = await withElement(tab, uid, (element) => element.evaluate(textOf));
      return { text: cut(text, max_chars) };
    }
    const quiet = await silent(page, signal);
    refuseSilent(frame, quiet);
    if (frame !== page.mainFrame()) return { text: cut(await textIn(frame), max_chars) };
    const parts = await Promise.all(
      answering(page, quiet).map(async (each) => {
        // A frame may go while it is read.
        const text = await textIn(each).catch(() => '');
        return each === frame || text.trim() === '' ? text : `[frame ${each.url()}]\n${text}`;
      }),
    );
    const text = cut(parts.filter((part) => part !== '').join('\n\n'), max_chars);
    return { text: [text, ...silentLines(page, quiet)].join('\n') };
  },
});

function textIn(frame: Frame): Promise<string> {
  return frame.evaluate(() => document.body?.innerText ?? document.documentElement?.textContent ?? '');
}

/** Runs in the page. What nobody sees on it, a password, is as long as it is. */
function textOf(element: Element): string {
  if (element instanceof HTMLInputElement && element.type === 'password')
    return '•'.repeat(element.value.length);
  if (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement) return element.value;
  if (element instanceof HTMLSelectElement)
    return [...element.selectedOptions].map(({ text }) => text).join('\n');
  return (element as HTMLElement).innerText ?? element.textContent ?? '';
}

function cut(text: string, max: number): string {
  if (text === '') return 'There is no text.';
  if (text.length <= max) return text;
  return `${text.slice(0, max)}\n… cut at ${max} of ${text.length} characters. Call get_text with a larger max_chars, or with the uid of a part.`;
}

export const texts: readonly Tool[] = [selectFrame, getText];
