import { z } from 'zod';
import type { ElementHandle } from '../../browser/puppeteer.ts';
import { ready } from '../../browser/ready.ts';
import { ToolError } from '../../browser/tool-error.ts';
import { said } from '../said.ts';
import { ACTS, type PageContext, pageTool, type Tool, type ToolResult } from '../tool.ts';

export const UID = z.string().describe('The uid of an element, from take_snapshot or find_elements.');

export const INCLUDE_SNAPSHOT = z
  .boolean()
  .optional()
  .describe('Answer with what has changed in the snapshot.');

const click = pageTool({
  name: 'click',
  title: 'Click',
  description: 'Clicks an element, and waits for what the click causes: a navigation, a dialog, a new page.',
  input: z.object({
    uid: UID,
    dblClick: z.boolean().optional().describe('A double click.'),
    button: z.enum(['left', 'right', 'middle']).optional(),
    includeSnapshot: INCLUDE_SNAPSHOT,
  }),
  annotations: ACTS,
  run: async (context, { uid, dblClick = false, button = 'left', includeSnapshot = false }) => {
    const name = context.tab.snapshots.describe(uid);
    return withElement(context, uid, async (element) => {
      await ready(element, `${uid} (${name})`, context.signal);
      const point = await element.clickablePoint();
      const effects = await context.act(() =>
        context.page.mouse.click(point.x, point.y, { button, count: dblClick ? 2 : 1 }),
      );
      return withSnapshot(
        context,
        { text: said(`Clicked ${name}.`, effects) },
        includeSnapshot && !effects.dialog,
      );
    });
  },
});

const handleDialog = pageTool({
  name: 'handle_dialog',
  title: 'Handle dialog',
  description: 'Answers the dialog (alert, confirm, prompt, beforeunload) that a page waits for.',
  input: z.object({
    action: z.enum(['accept', 'dismiss']),
    promptText: z.string().optional().describe('The answer to a prompt.'),
  }),
  annotations: ACTS,
  dialog: true,
  run: async (context, { action, promptText }) => {
    const { tab } = context;
    const { dialog } = tab;
    if (!dialog)
      throw new ToolError(`Page ${tab.id} has no dialog open.`, 'Go on with what you were about to do.');
    const effects = await context.act(async () => {
      tab.answered();
      await (action === 'accept' ? dialog.accept(promptText) : dialog.dismiss());
    });
    const what = `The ${dialog.type()} ${JSON.stringify(dialog.message().slice(0, 200))}`;
    return { text: said(`${what} was ${action === 'accept' ? 'accepted' : 'dismissed'}.`, effects) };
  },
});

/** Does something with an element, and lets go of it. */
export async function withElement(
  { tab }: PageContext,
  uid: string,
  work: (element: ElementHandle) => Promise<ToolResult>,
): Promise<ToolResult> {
  const element = await tab.element(uid);
  try {
    return await work(element);
  } finally {
    element.dispose().catch(() => {});
  }
}

/** The answer, with what has changed in the snapshot where that was asked for. */
export async function withSnapshot(
  { tab, page }: PageContext,
  result: ToolResult,
  wanted: boolean,
): Promise<ToolResult> {
  if (!wanted) return result;
  const { text } = await tab.snapshots.take(page, { verbose: false, diff: true, maxChars: 10_000 });
  return { ...result, text: `${result.text}\n${text}` };
}

export const act: readonly Tool[] = [click, handleDialog];
