import { z } from 'zod';
import type { ElementHandle, Frame } from '../../browser/puppeteer.ts';
import { ToolError } from '../../browser/tool-error.ts';
import { said } from '../said.ts';
import { ACTS, pageTool, type Tool } from '../tool.ts';
import { ENDED, running } from './running.ts';

/** Characters of a script's result that are said. */
const MAX_CHARS = 50_000;

const evaluateScript = pageTool({
  name: 'evaluate_script',
  title: 'Evaluate script',
  description:
    'Runs a JavaScript function in the page, or in the selected frame, and answers with what it returns, as JSON.',
  input: z.object({
    function: z.string().describe('The function, e.g. () => document.title or async (el) => el.innerText'),
    args: z.array(z.string()).optional().describe('uids of elements that the function gets as arguments.'),
  }),
  annotations: ACTS,
  run: async (context, { function: source, args = [] }) => {
    const handles: ElementHandle[] = [];
    try {
      for (const uid of args) handles.push(await context.tab.element(uid));
      const frame = handles[0]?.frame ?? context.frame;
      let json: unknown;
      let ended = false;
      const effects = await context.act(
        async () => {
          const ran = await running(context, frame, () => run(frame, source, handles));
          if (ran) json = ran.value;
          else ended = true;
        },
        { frame },
      );
      if (effects.gone) return { text: said('The script ended with its page.', effects) };
      if (ended) return { text: said(ENDED, effects) };
      if (effects.dialog) return { text: said('The script is running.', effects) };
      if (typeof json !== 'string' || json.length <= MAX_CHARS) return { text: said(shown(json), effects) };
      const whole = { name: 'result.json', mimeType: 'application/json', data: json };
      return { text: said(shown(json), effects), whole };
    } catch (error) {
      throw scriptError(error);
    } finally {
      for (const handle of handles) handle.dispose().catch(() => {});
    }
  },
});

/** Takes what CDP would not return by value: dates, and what has a `toJSON`. */
const AS_JSON = "JSON.stringify(result, (_, each) => typeof each === 'bigint' ? each + 'n' : each)";

/** Resolves with the result as JSON; undefined where there is none. One message to the page and one back. */
function run(frame: Frame, source: string, handles: readonly ElementHandle[]): Promise<unknown> {
  const body = (given: string) =>
    `const given = (\n${source}\n); const result = await (typeof given === 'function' ? given(${given}) : given); return ${AS_JSON};`;
  // As a text: a page's Content-Security-Policy is for what the page makes of texts, not for what the browser is asked.
  if (handles.length === 0) return frame.evaluate(`(async () => { ${body('')} })()`);
  const text = `async (...elements) => { ${body('...elements')} }`;
  const call = Object.assign(async (..._: Element[]): Promise<unknown> => undefined, {
    toString: () => text,
  });
  return frame.evaluate(call, ...handles);
}

function shown(json: unknown): string {
  if (typeof json !== 'string') return 'undefined';
  return json.length <= MAX_CHARS
    ? json
    : `${json.slice(0, MAX_CHARS)}… cut at ${MAX_CHARS} of ${json.length} characters`;
}

function scriptError(error: unknown): unknown {
  return error instanceof Error && !(error instanceof ToolError)
    ? new ToolError(`The script failed: ${error.message}`, 'Mend it and call evaluate_script again.', error)
    : error;
}

export const script: readonly Tool[] = [evaluateScript];
