import { z } from 'zod';
import { Secrets } from '../../../../shared/secrets/secrets.ts';
import { contextIdOf, sessionOfFrame } from '../../browser/internals.ts';
import type { CDPSession, ElementHandle, Frame, Protocol } from '../../browser/puppeteer.ts';
import { deepValue, shownValue } from '../../browser/remote-values.ts';
import { ToolError } from '../../browser/tool-error.ts';
import { ENDED, running } from '../core/running.ts';
import { said } from '../said.ts';
import { ACTS, pageTool } from '../tool.ts';
import { consoleLine } from './console.ts';
import { Words } from './words.ts';

/** Characters of a result, and messages that the command has logged, that are said. */
const MAX_CHARS = 10_000;
const MESSAGES = 20;

export const consoleCommand = pageTool({
  name: 'console_command',
  title: 'Console command',
  description:
    'Runs an expression as in the console of the developer tools, in the page or the selected frame: await, $(css), $$(css), $x(xpath), getEventListeners(node), $_, and $0 for the uid given. Declarations with let and const stay.',
  input: z.object({
    command: z.string().describe('E.g. $$("a").length or getEventListeners($0)'),
    uid: z.string().optional().describe('The element that $0 is.'),
    max_chars: z
      .number()
      .int()
      .min(1)
      .max(1_000_000)
      .optional()
      .describe(`Of the result. Default: ${MAX_CHARS}.`),
  }),
  annotations: ACTS,
  run: async (context, { command, uid, max_chars = MAX_CHARS }) => {
    const { tab } = context;
    const element = uid === undefined ? null : await tab.element(uid);
    try {
      const frame = element?.frame ?? context.frame;
      const session = sessionOfFrame(frame);
      const before = tab.logs.console.next;
      let result = 'The command is running.';
      const effects = await context.act(
        async () => {
          if (element) await inspect(session, element);
          const ran = await running(context, frame, () => evaluate(session, frame, command, max_chars));
          result = ran ? ran.value : ENDED;
        },
        { frame },
      );
      const words = new Words(new Secrets());
      const logged = tab.logs.console.list(false).filter(({ id }) => id >= before);
      return {
        text: [
          said(result, effects),
          ...(logged.length > MESSAGES ? [`It logged ${logged.length} messages, the last of them:`] : []),
          ...logged.slice(-MESSAGES).map((each) => consoleLine(each, words)),
          ...words.note,
        ].join('\n'),
      };
    } finally {
      element?.dispose().catch(() => {});
    }
  },
});

/** Makes it `$0`. The console knows elements by ids that are given out only while somebody follows the document. */
async function inspect(session: CDPSession, element: ElementHandle): Promise<void> {
  const objectId = element.remoteObject().objectId ?? '';
  await session.send('DOM.enable');
  try {
    await session.send('DOM.getDocument', { depth: 0 });
    const { nodeId } = await session.send('DOM.requestNode', { objectId });
    await session.send('DOM.setInspectedNode', { nodeId });
  } finally {
    session.send('DOM.disable').catch(() => {});
  }
}

async function evaluate(session: CDPSession, frame: Frame, expression: string, max: number): Promise<string> {
  const contextId = contextIdOf(frame);
  const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
    expression,
    ...(contextId !== null && { contextId }),
    includeCommandLineAPI: true,
    replMode: true,
    awaitPromise: true,
    userGesture: true,
    generatePreview: true,
    objectGroup: GROUP,
  });
  try {
    if (exceptionDetails) {
      throw new ToolError(
        `The command threw: ${thrown(exceptionDetails)}`,
        'Mend it and call console_command again.',
      );
    }
    const { objectId, type } = result;
    const text =
      objectId === undefined || type === 'function'
        ? type === 'function'
          ? (result.description ?? shownValue(result))
          : shownValue(result)
        : await deepValue(session, objectId, max).catch(() => shownValue(result));
    return text.length > max ? `${text.slice(0, max)}… cut at ${max} of ${text.length} characters` : text;
  } finally {
    session.send('Runtime.releaseObjectGroup', { objectGroup: GROUP }).catch(() => {});
  }
}

/** What the commands leave in the page until they are answered. */
const GROUP = 'cdp-hub-command';

function thrown({ exception, text }: Protocol.Runtime.ExceptionDetails): string {
  const [first = text] = (exception?.description ?? (exception ? shownValue(exception) : text)).split(
    '\n    at ',
  );
  return first;
}
