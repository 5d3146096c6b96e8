import { z } from 'zod';
import type { ElementHandle, Frame } from '../../browser/puppeteer.ts';
import { ready } from '../../browser/ready.ts';
import { ToolError } from '../../browser/tool-error.ts';
import { said } from '../said.ts';
import { ACTS, type PageContext, pageTool, type Tool, type ToolResult } from '../tool.ts';
import { INCLUDE_SNAPSHOT, UID, withElement, withSnapshot } from './act.ts';
import { fillIn } from './fill-in-page.ts';

const VALUE = z.string().describe('Text, the label of an option, "true" or "false" for what is checked.');

const fill = pageTool({
  name: 'fill',
  title: 'Fill',
  description:
    'Replaces what a field holds: a text field, an editable element, a select, a checkbox, a radio button, a date, number, colour or range.',
  input: z.object({ uid: UID, value: VALUE, includeSnapshot: INCLUDE_SNAPSHOT }),
  annotations: ACTS,
  run: (context, { uid, value, includeSnapshot = false }) =>
    filled(context, uid, { values: [value], onlySelect: false }, includeSnapshot),
});

const selectOption = pageTool({
  name: 'select_option',
  title: 'Select option',
  description: 'Selects options of a <select>, and no others, by label or value.',
  input: z.object({
    uid: UID,
    values: z
      .array(z.string())
      .min(1)
      .max(1000)
      .describe('Labels or values; several only where it takes them.'),
    includeSnapshot: INCLUDE_SNAPSHOT,
  }),
  annotations: ACTS,
  run: (context, { uid, values, includeSnapshot = false }) =>
    filled(context, uid, { values, onlySelect: true }, includeSnapshot),
});

const fillForm = pageTool({
  name: 'fill_form',
  title: 'Fill form',
  description: 'Fills in several fields, in order, as fill does; the answer says which failed.',
  input: z.object({
    elements: z
      .array(z.object({ uid: UID, value: VALUE }))
      .min(1)
      .max(200),
    includeSnapshot: INCLUDE_SNAPSHOT,
  }),
  annotations: ACTS,
  timeout: 60_000,
  run: async (context, { elements, includeSnapshot = false }) => {
    const failed: string[] = [];
    const { tab, page } = context;
    const frames: Frame[] = [];
    let tried = 0;
    const effects = await context.act(
      async (signal) => {
        for (const { uid, value } of elements) {
          signal.throwIfAborted();
          tried += 1;
          context.progress(tried, elements.length, tab.snapshots.describe(uid));
          try {
            await withElement(tab, uid, async (element) => {
              frames.push(element.frame);
              await fillOne({ tab, page, signal }, element, uid, { values: [value], onlySelect: false });
            });
          } catch (error) {
            if (!(error instanceof ToolError)) throw error;
            failed.push(error.text);
          }
        }
      },
      { frame: frames },
    );
    const done = tried - failed.length;
    const left = elements.length - tried;
    const text = said(
      `Filled in ${done} of ${elements.length} fields.${left > 0 ? ` ${left} were not tried.` : ''}`,
      effects,
    );
    if (failed.length > 0) {
      throw new ToolError(
        `${text}\nFailed:\n${failed.map((line) => `- ${line}`).join('\n')}\n`,
        'Repeat only what failed.',
      );
    }
    return withSnapshot(context, { text }, includeSnapshot, effects);
  },
});

interface Wanted {
  values: string[];
  onlySelect: boolean;
}

async function filled(
  context: PageContext,
  uid: string,
  wanted: Wanted,
  includeSnapshot: boolean,
): Promise<ToolResult> {
  const { tab, page } = context;
  const name = tab.snapshots.describe(uid);
  return withElement(tab, uid, async (element) => {
    let holds = '';
    const effects = await context.act(
      async (signal) => {
        holds = await fillOne({ tab, page, signal }, element, uid, wanted);
      },
      { frame: element.frame },
    );
    const done = wanted.onlySelect ? `Selected in ${name}.` : `Filled in ${name}.`;
    const text = holds === '' || effects.dialog ? done : `${done} ${holds}`;
    return withSnapshot(context, { text: said(text, effects) }, includeSnapshot, effects);
  });
}

/** Resolves with what is to be said of what the element holds then; empty: it is what was wanted. */
async function fillOne(
  { tab, page, signal }: Pick<PageContext, 'tab' | 'page' | 'signal'>,
  element: ElementHandle,
  uid: string,
  { values, onlySelect }: Wanted,
): Promise<string> {
  const what = `${uid} (${tab.snapshots.describe(uid)})`;
  const isOption = await element.evaluate((each) => each.localName === 'option');
  // An option of a closed select is nowhere on the page.
  if (!isOption) await ready(element, what, signal, { hit: false });
  const result = await element.evaluate(fillIn, values, onlySelect);
  switch (result.kind) {
    case 'done': {
      if (onlySelect || result.value === values[0]) return '';
      // What is in a password field nobody sees.
      if (result.hidden) return `It holds ${result.value.length} characters now, which are not those given.`;
      return `It holds ${JSON.stringify(result.value.slice(0, 200))} now.`;
    }
    case 'wrong':
      throw new ToolError(`The element ${what} ${result.why}.`, result.next);
    case 'click': {
      const { x, y } = await ready(element, what, signal);
      await page.mouse.click(x, y);
      return '';
    }
    default:
      return result satisfies never;
  }
}

export const fields: readonly Tool[] = [fill, selectOption, fillForm];
