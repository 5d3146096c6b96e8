import type { z } from 'zod';
import { withDialog, withEffects } from './browser/effects.ts';
import { documentEnded } from './browser/internals.ts';
import { untilAborted } from './browser/lane.ts';
import type { SessionBrowser } from './browser/session-browser.ts';
import type { Tab } from './browser/tab.ts';
import { ToolError } from './browser/tool-error.ts';
import { Downloaded } from './downloaded.ts';
import { dialogLine, otherDialogLines } from './tools/said.ts';
import type { PageContext, Tool, ToolContext, ToolResult } from './tools/tool.ts';

/** How long a call may take where nothing else is said, milliseconds. */
const TIME = 30_000;

/** What a call may take beyond the time that it gives what it waits for, milliseconds. */
const MORE = 10_000;

/** Members and elements that the arguments of a call may have: beyond that they are an attack on who parses them. */
const MAX_ELEMENTS = 10_000;

/** One call of a tool: its arguments checked, in its page's turn, within its time. Rejects with a {@link ToolError}. */
export async function callTool(
  tool: Tool,
  given: Record<string, unknown>,
  context: ToolContext,
): Promise<ToolResult> {
  const args = checked(tool, given);
  const limit = typeof args.timeout === 'number' ? args.timeout + MORE : (tool.timeout ?? TIME);
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(new Error('the time of the call is over')), limit);
  const inTime = { ...context, signal: AbortSignal.any([context.signal, over.signal]) };
  let tab: Tab | null = null;
  const downloaded = new Downloaded(context.browser, () => tab);
  try {
    if (tool.of === 'session') return await untilAborted(inTime.signal, runAlone(tool, inTime, args));
    const pageId = typeof args.pageId === 'number' ? args.pageId : undefined;
    tab = await context.browser.tab(pageId, inTime.signal);
    if (pageId === undefined) refuseDisplaced(tool, tab, context.browser);
    return await onPage(tool, tab, inTime, args, downloaded);
  } catch (error) {
    if (over.signal.aborted && error === over.signal.reason) {
      throw tooLong(tool, limit, context.browser, tab);
    }
    return await downloaded.insteadOf(toolError(tool, error), inTime.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** What was meant for a page that has gone is not done on another one before the model knows. */
function refuseDisplaced(tool: Tool, tab: Tab, { displacedId }: SessionBrowser): void {
  if (displacedId === null || tool.annotations.readOnlyHint) return;
  throw new ToolError(
    `${tool.name} was not done: it names no page, and may have been meant for page ${displacedId}.`,
    `Repeat it if you mean page ${tab.id}.`,
  );
}

function runAlone(tool: Tool, context: ToolContext, args: Record<string, unknown>): Promise<ToolResult> {
  // A session's tool is told of no page: what it is given beyond that it does not look at.
  return tool.run(context as PageContext, args);
}

function onPage(
  tool: Tool,
  tab: Tab,
  context: ToolContext,
  args: Record<string, unknown>,
  downloaded: Downloaded,
): Promise<ToolResult> {
  const work = async () => {
    const { signal, browser } = context;
    if (tool.of !== 'dialog' && tab.dialog) throw blocked(tool, tab);
    const early = tool.of === 'dialog' && tab.dialog && !tab.attached;
    const page = early ? null : await tab.page(signal);
    if (tool.of !== 'dialog' && tab.dialog) throw blocked(tool, tab);
    const looked = () => page && context.files.look(tab, page);
    await looked();
    const result = await tool.run(
      {
        ...context,
        tab,
        get page() {
          if (page) return page;
          throw blocked(tool, tab);
        },
        // Looked up when it is used: not every tool minds that it has gone.
        get frame() {
          return tab.frame(this.page);
        },
        act: async (act, options) => {
          const effects = page
            ? await withEffects(browser, tab, page, signal, act, options)
            : await withDialog(tab, signal, act);
          downloaded.heard(effects.downloads);
          return effects;
        },
      },
      args,
    );
    await looked();
    return downloaded.addTo(result, signal);
  };
  if (tool.of === 'dialog') return untilAborted(context.signal, work());
  return tab.lane.run(context.signal, work);
}

function checked(tool: Tool, given: Record<string, unknown>): Record<string, unknown> {
  if (countElements(given, MAX_ELEMENTS) > MAX_ELEMENTS) {
    throw new ToolError(`The arguments have over ${MAX_ELEMENTS} elements.`, 'Send less at once.');
  }
  const unknown = Object.keys(given).filter((key) => !Object.hasOwn(tool.input.shape, key));
  const parsed = tool.input.safeParse(given);
  if (parsed.success && unknown.length === 0) return parsed.data;
  const issues = parsed.success ? [] : parsed.error.issues.map(issueLine);
  const said = [...unknown.map((key) => `${key}: there is no such argument`), ...issues];
  const taken = Object.keys(tool.input.shape).join(', ') || 'none';
  throw new ToolError(
    `The arguments of ${tool.name} are wrong: ${said.join('; ')}.`,
    `It takes: ${taken}. Mend them and call it again.`,
  );
}

function issueLine({ path, message }: z.core.$ZodIssue): string {
  return `${path.join('.') || 'arguments'}: ${message}`;
}

/** The members and elements of a value at every depth, counted no further than `max` and one. */
function countElements(value: unknown, max: number): number {
  let count = 0;
  const left: unknown[] = [value];
  while (left.length > 0 && count <= max) {
    const each = left.pop();
    if (typeof each !== 'object' || each === null) continue;
    const inner: unknown[] = Object.values(each);
    count += inner.length;
    left.push(...inner.slice(0, max + 1));
  }
  return count;
}

function blocked(tool: Tool, tab: Tab): ToolError {
  const said = tab.dialog ? dialogLine(tab.id, tab.dialog) : '';
  return new ToolError(`${tool.name} cannot work on page ${tab.id} now.`, said);
}

function tooLong(tool: Tool, limit: number, browser: SessionBrowser, tab: Tab | null): ToolError {
  const seconds = Math.round(limit / 100) / 10;
  if (browser.seat.paused) {
    return new ToolError(
      `${tool.name} timed out after ${seconds} s: this session is paused by the person who runs the hub.`,
      'Ask them to resume it (cdp-hub resume), then call again.',
    );
  }
  const { absent } = browser.seat;
  if (absent) {
    return new ToolError(
      `${tool.name} timed out after ${seconds} s: there is no browser to work with: ${absent}.`,
      'Once that is so, repeat the call; hub_status tells more.',
    );
  }
  const where = tab ? ` on page ${tab.id}` : '';
  // Pages of one site share a process: a dialog in one has all of them wait.
  const dialogs = tab?.dialog ? dialogLine(tab.id, tab.dialog) : otherDialogLines(browser, tab);
  if (dialogs !== '') return new ToolError(`${tool.name} timed out after ${seconds} s${where}.`, dialogs);
  return new ToolError(
    `${tool.name} timed out after ${seconds} s${where}: the page did not answer in that time.`,
    tab
      ? 'A script of the page may run without end. Other pages work: call new_page, or close_page to be rid of this one.'
      : 'Call hub_status to see whether the browser answers.',
  );
}

/** Whatever was thrown, in words for a model. */
function toolError(tool: Tool, error: unknown): unknown {
  if (error instanceof ToolError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (/Target closed|Session closed|detached Frame|Connection closed|has been closed/i.test(message)) {
    return new ToolError(
      `${tool.name} did not end: the page was closed, or the browser went, while it was at work.`,
      'Call list_pages to see what is there now.',
      error,
    );
  }
  if (documentEnded(error)) {
    return new ToolError(
      `${tool.name} did not end: the page navigated while it was at work.`,
      'Call take_snapshot to see where it is, and repeat the call if it is still wanted.',
      error,
    );
  }
  return new ToolError(
    `${tool.name} failed: ${message}`,
    'Call take_snapshot to see the state of the page.',
    error,
  );
}
