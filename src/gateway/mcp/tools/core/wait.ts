import { z } from 'zod';
import { untilAborted } from '../../browser/lane.ts';
import type { CDPSession, Frame, Page } from '../../browser/puppeteer.ts';
import { answering, silent, silentLines } from '../../browser/silent.ts';
import { ToolError } from '../../browser/tool-error.ts';
import { dialogLine } from '../said.ts';
import { type PageContext, pageTool, READS, type Tool } from '../tool.ts';
import { untilTexts } from './texts-in-page.ts';

/** Milliseconds to wait where nobody asks for another time. */
const WAIT = 10_000;

const waitFor = pageTool({
  name: 'wait_for',
  title: 'Wait for text',
  description:
    'Waits until one of the texts is seen on the page, in any frame; or, with gone, until none of them is.',
  input: z.object({
    text: z.array(z.string().min(1)).min(1).max(100).describe('Upper and lower case are the same.'),
    gone: z.boolean().optional(),
    timeout: z.number().int().min(1).max(300_000).optional().describe(`Milliseconds. Default: ${WAIT}.`),
  }),
  annotations: READS,
  timeout: WAIT + 10_000,
  run: async (context, { text, gone = false, timeout = WAIT }) => {
    const { page } = context;
    const over = AbortSignal.timeout(timeout);
    const said = text.map((each) => JSON.stringify(each)).join(', ');
    try {
      if (!gone) {
        const found = await waiting(context, text, null, AbortSignal.any([context.signal, over]));
        return { text: `${JSON.stringify(text[found])} is there.` };
      }
      const quiet = await silent(page, context.signal);
      await waiting(context, text, quiet, AbortSignal.any([context.signal, over]));
      return { text: [`${said} is gone.`, ...silentLines(page, quiet)].join('\n') };
    } catch (error) {
      if (!over.aborted || error !== over.reason) throw error;
      const quiet = await silent(page, context.signal);
      const left = silentLines(page, quiet);
      // A frame may have ceased to answer while it was waited for.
      if (gone && left.length > 0 && (await isGoneFrom(answering(page, quiet), text))) {
        return { text: [`${said} is gone.`, ...left].join('\n') };
      }
      const what = gone
        ? `${said} is still there`
        : `${text.length > 1 ? 'None of ' : ''}${said} did not appear`;
      throw new ToolError(
        [`${what} after ${timeout / 1000} s.`, ...left].join(' '),
        'Call take_snapshot to see what the page shows.',
      );
    }
  },
});

/**
 * Resolves with the index of the text that is there, or, where the sessions of frames are given that are not asked,
 * with -1 once none is.
 */
async function waiting(
  { tab, page, signal: call }: PageContext,
  texts: string[],
  goneBut: ReadonlySet<CDPSession> | null,
  signal: AbortSignal,
): Promise<number> {
  const over = new AbortController();
  const until = AbortSignal.any([call, signal, over.signal]);
  const watch = new Frames(page, goneBut ?? new Set());
  const dialog = new Promise<never>((_, reject) => {
    const end = tab.onDialog(() => {
      const { dialog: open } = tab;
      if (open) reject(new ToolError('The page waits for an answer.', dialogLine(tab.id, open)));
    });
    until.addEventListener('abort', end);
  });
  dialog.catch(() => {});
  const closed = tab.gone.then(() => {
    throw new ToolError('The page was closed.', 'Call list_pages to see what is there.');
  });
  closed.catch(() => {});
  try {
    const work = goneBut ? everywhereGone(watch, texts, until) : anywhere(watch, texts, until);
    return await untilAborted(signal, Promise.race([work, dialog, closed]));
  } finally {
    over.abort();
    watch.end();
  }
}

/** Looks in each frame, and in each that comes or gets another document. */
function anywhere(frames: Frames, texts: string[], signal: AbortSignal): Promise<number> {
  return new Promise((resolve) => {
    const look = (frame: Frame) =>
      // A frame that goes, or navigates, is told of again.
      void inFrame(frame, texts, false, signal).then(resolve, () => {});
    for (const frame of frames.now) look(frame);
    frames.onDocument = look;
  });
}

/** Waits for each frame, until none of them has had anything to wait for. */
async function everywhereGone(frames: Frames, texts: string[], signal: AbortSignal): Promise<number> {
  for (let calm = false; !calm; ) {
    signal.throwIfAborted();
    const changed = frames.changed();
    const looks = frames.now.map((frame) => inFrame(frame, texts, true, signal));
    const [done] = await Promise.all([
      Promise.race([Promise.all(looks).then(() => true), changed.then(() => false)]),
      Promise.allSettled(looks),
    ]);
    calm = done && (await isGoneFrom(frames.now, texts));
  }
  return -1;
}

async function isGoneFrom(frames: readonly Frame[], texts: string[]): Promise<boolean> {
  return (await Promise.all(frames.map((frame) => isGone(frame, texts)))).every(Boolean);
}

function isGone(frame: Frame, texts: string[]): Promise<boolean> {
  return frame.evaluate(untilTexts, texts, true, true).then(
    ({ found }) => found === -1,
    () => false,
  );
}

/** Resolves when a frame shows one of the texts, or none of them; rejects where its document goes. */
async function inFrame(frame: Frame, texts: string[], gone: boolean, signal: AbortSignal): Promise<number> {
  const look = await frame.evaluateHandle(untilTexts, texts, gone, false);
  const stop = () => void look.evaluate(({ stop: end }) => end()).catch(() => {});
  signal.addEventListener('abort', stop);
  try {
    if (signal.aborted) stop();
    return await look.evaluate(({ done }) => done);
  } finally {
    signal.removeEventListener('abort', stop);
    look.dispose().catch(() => {});
  }
}

/** The frames of a page, and what becomes of them. */
class Frames {
  onDocument = (_: Frame) => {};
  readonly #page: Page;
  readonly #but: ReadonlySet<CDPSession>;
  readonly #hear = (frame: Frame) => {
    this.onDocument(frame);
    for (const hear of this.#waiting.splice(0)) hear();
  };
  #waiting: (() => void)[] = [];

  /** `but`: the sessions of frames that do not answer. */
  constructor(page: Page, but: ReadonlySet<CDPSession>) {
    this.#page = page;
    this.#but = but;
    for (const event of EVENTS) page.on(event, this.#hear);
  }

  get now(): Frame[] {
    return answering(this.#page, this.#but);
  }

  /** Resolves when one comes, goes, or has another document. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  end(): void {
    for (const event of EVENTS) this.#page.off(event, this.#hear);
  }
}

const EVENTS = ['frameattached', 'framenavigated', 'framedetached'] as const;

export const waits: readonly Tool[] = [waitFor];
