import { z } from 'zod';
import { ready } from '../../browser/ready.ts';
import { ToolError } from '../../browser/tool-error.ts';
import { said } from '../said.ts';
import { ACTS, type PageContext, pageTool, type Tool } from '../tool.ts';
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
    filled(context, uid, [value], false, includeSnapshot),
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
    filled(context, uid, values, true, includeSnapshot),
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
    let tried = 0;
    const effects = await context.act(async (signal) => {
      for (const { uid, value } of elements) {
        signal.throwIfAborted();
        tried += 1;
        context.progress(tried, elements.length, context.tab.snapshots.describe(uid));
        try {
          await fillOne(context, signal, uid, { values: [value] });
        } catch (error) {
          if (!(error instanceof ToolError)) throw error;
          failed.push(error.text);
        }
      }
    });
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

async function filled(
  context: PageContext,
  uid: string,
  values: string[],
  onlySelect: boolean,
  includeSnapshot: boolean,
) {
  const name = context.tab.snapshots.describe(uid);
  let value = '';
  const effects = await context.act(async (signal) => {
    value = await fillOne(context, signal, uid, { values, onlySelect });
  });
  const differs = !onlySelect && effects.dialog === null && value !== values[0];
  const text = `${onlySelect ? `Selected in ${name}.` : `Filled in ${name}.`}${differs ? ` It holds ${JSON.stringify(value.slice(0, 200))} now.` : ''}`;
  return withSnapshot(context, { text: said(text, effects) }, includeSnapshot, effects);
}

/** Resolves with what the element holds then. */
async function fillOne(
  { tab, page }: PageContext,
  signal: AbortSignal,
  uid: string,
  { values, onlySelect = false }: { values: string[]; onlySelect?: boolean },
): Promise<string> {
  const what = `${uid} (${tab.snapshots.describe(uid)})`;
  return withElement(tab, uid, async (element) => {
    const isOption = await element.evaluate((each) => each.localName === 'option');
    // An option of a closed select is nowhere on the page.
    if (!isOption) await ready(element, what, signal, { hit: false });
    const result = await element.evaluate(fillIn, values, onlySelect);
    switch (result.kind) {
      case 'done':
        return result.value;
      case 'wrong':
        throw new ToolError(`The element ${what} ${result.why}.`, result.next);
      case 'click': {
        const { x, y } = await ready(element, what, signal);
        await page.mouse.click(x, y);
        return values[0] ?? '';
      }
      default:
        return result satisfies never;
    }
  });
}

export const fields: readonly Tool[] = [fill, selectOption, fillForm];
