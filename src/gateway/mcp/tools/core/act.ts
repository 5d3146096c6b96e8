import { z } from 'zod';
import type { Effects } from '../../browser/effects.ts';
import type { ElementHandle } from '../../browser/puppeteer.ts';
import { ready } from '../../browser/ready.ts';
import type { Tab } from '../../browser/tab.ts';
import { ToolError } from '../../browser/tool-error.ts';
import { otherDialogLines, said } from '../said.ts';
import { ACTS, type PageContext, pageTool, type Tool, type ToolResult } from '../tool.ts';
import { fillIn } from './fill-in-page.ts';

export const UID = z.string().describe('The uid of an element, from take_snapshot or find_elements.');

export const INCLUDE_SNAPSHOT = z
  .boolean()
  .optional()
  .describe('Answer with what has changed in the snapshot.');

/** How many moves the mouse makes from one element to another. */
const STEPS = 10;

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
    const { tab, page, signal } = context;
    const name = tab.snapshots.describe(uid);
    return withElement(tab, uid, async (element) => {
      const chosen = await element.evaluate(inClosedSelect);
      const point = chosen ? null : await ready(element, `${uid} (${name})`, signal);
      const effects = await context.act(
        () =>
          point
            ? page.mouse.click(point.x, point.y, { button, count: dblClick ? 2 : 1 })
            : choose(element, name),
        { frame: element.frame },
      );
      const done = `${dblClick ? 'Double-clicked' : 'Clicked'} ${name}.`;
      return withSnapshot(context, { text: said(done, effects) }, includeSnapshot, effects);
    });
  },
});

const hover = pageTool({
  name: 'hover',
  title: 'Hover',
  description: 'Moves the mouse over an element.',
  input: z.object({ uid: UID, includeSnapshot: INCLUDE_SNAPSHOT }),
  annotations: { ...ACTS, destructiveHint: false },
  run: async (context, { uid, includeSnapshot = false }) => {
    const { tab, page, signal } = context;
    const name = tab.snapshots.describe(uid);
    return withElement(tab, uid, async (element) => {
      const { x, y } = await ready(element, `${uid} (${name})`, signal, { enabled: false });
      const effects = await context.act(() => page.mouse.move(x, y), { frame: element.frame });
      return withSnapshot(
        context,
        { text: said(`The mouse is over ${name}.`, effects) },
        includeSnapshot,
        effects,
      );
    });
  },
});

const drag = pageTool({
  name: 'drag',
  title: 'Drag',
  description: 'Drags an element onto another one.',
  input: z.object({ from_uid: UID, to_uid: UID, includeSnapshot: INCLUDE_SNAPSHOT }),
  annotations: ACTS,
  run: async (context, { from_uid, to_uid, includeSnapshot = false }) => {
    const { tab, page } = context;
    const [from, to] = [tab.snapshots.describe(from_uid), tab.snapshots.describe(to_uid)];
    return withElement(tab, from_uid, (source) =>
      withElement(tab, to_uid, async (target) => {
        // Both in view, where the window has room for them.
        await ready(target, `${to_uid} (${to})`, context.signal, { enabled: false, hit: false });
        const start = await ready(source, `${from_uid} (${from})`, context.signal);
        const effects = await context.act(
          async (signal) => {
            await page.mouse.move(start.x, start.y);
            signal.throwIfAborted();
            await page.mouse.down();
            try {
              // The first moves say that it is a drag; what it shows for a target may be there only from then on.
              await page.mouse.move(start.x + 6, start.y + 6, { steps: 2 });
              signal.throwIfAborted();
              const end = await ready(target, `${to_uid} (${to})`, signal, { enabled: false, hit: false });
              await page.mouse.move(end.x, end.y, { steps: STEPS });
              signal.throwIfAborted();
              await page.mouse.move(end.x, end.y);
            } finally {
              await page.mouse.up();
            }
          },
          { frame: target.frame },
        );
        return withSnapshot(
          context,
          { text: said(`Dragged ${from} onto ${to}.`, effects) },
          includeSnapshot,
          effects,
        );
      }),
    );
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
    if (!dialog) {
      const others = otherDialogLines(context.browser, tab);
      throw new ToolError(
        `Page ${tab.id} has no dialog open.`,
        others || 'Go on with what you were about to do.',
      );
    }
    tab.setDialog(null);
    const navigates = dialog.type() === 'beforeunload' && action === 'accept';
    const effects = await context.act(
      () => (action === 'accept' ? dialog.accept(promptText) : dialog.dismiss()),
      { navigates },
    );
    const what = `The ${dialog.type()} ${JSON.stringify(dialog.message().slice(0, 200))}`;
    return { text: said(`${what} was ${action === 'accept' ? 'accepted' : 'dismissed'}.`, effects) };
  },
});

/** Runs in the page: it is an option that shows only in a list which the browser draws over the page. */
function inClosedSelect(element: Element): boolean {
  const select = element.closest('select');
  return element.localName === 'option' && select !== null && !select.multiple && select.size <= 1;
}

async function choose(option: ElementHandle, name: string): Promise<void> {
  const result = await option.evaluate(fillIn, [], true);
  if (result.kind === 'wrong') throw new ToolError(`The select of ${name} ${result.why}.`, result.next);
}

/** Does something with an element, and lets go of it. */
export async function withElement<T>(
  tab: Tab,
  uid: string,
  work: (element: ElementHandle) => Promise<T>,
): Promise<T> {
  const element = await tab.element(uid);
  try {
    return await work(element);
  } finally {
    element.dispose().catch(() => {});
  }
}

/** The answer, with what has changed in the snapshot where that was asked for and the page can say. */
export async function withSnapshot(
  { tab, page, signal }: PageContext,
  result: ToolResult,
  wanted: boolean,
  { dialog, gone }: Effects,
): Promise<ToolResult> {
  if (!wanted || dialog || gone) return result;
  const options = { verbose: false, diff: true, maxChars: 10_000 };
  const { text, cut } = await tab.snapshots.take(page, options, signal);
  return {
    ...result,
    text: `${result.text}\n${text}${cut ? '\n… cut: call take_snapshot for all of it.' : ''}`,
  };
}

export const act: readonly Tool[] = [click, hover, drag, handleDialog];
