import { type ExchangeRow, type FrameRow, isToolCall, type TrafficBatch } from '../shared/events.ts';

/** 1: actions with their outcome; 2: every command with its outcome, and what pages say; 3: every message. */
export type TailLevel = 1 | 2 | 3;

/** A row as `tail` tells it. */
export type TailRow = ({ type: 'exchange' } & ExchangeRow) | ({ type: 'message' } & FrameRow);

/** What changes a page, the browser or what it stores, or looks at it on somebody's behalf. `*` stands for any text. */
const ACTIONS = [
  'Autofill.trigger',
  'Browser.close',
  'Browser.grantPermissions',
  'Browser.resetPermissions',
  'Browser.setPermission',
  'Browser.setWindowBounds',
  'DOM.focus',
  'DOM.removeNode',
  'DOM.set*',
  'Emulation.set*',
  'Emulation.clear*',
  'Extensions.*',
  'Fetch.enable',
  'Input.*',
  'Network.clear*',
  'Network.deleteCookies',
  'Network.emulate*',
  'Network.set*',
  'Page.bringToFront',
  'Page.captureScreenshot',
  'Page.captureSnapshot',
  'Page.close',
  'Page.crash',
  'Page.handleJavaScriptDialog',
  'Page.navigate',
  'Page.navigateToHistoryEntry',
  'Page.printToPDF',
  'Page.reload',
  'Page.startScreencast',
  'Page.stopLoading',
  'Runtime.callFunctionOn',
  'Runtime.evaluate',
  'ServiceWorker.unregister',
  'Storage.clear*',
  'Storage.set*',
  'Target.closeTarget',
  'Target.createBrowserContext',
  'Target.createTarget',
  'Target.disposeBrowserContext',
  'Tracing.start',
  'Tracing.end',
] as const;

/** What clients send by themselves, without anybody having asked for it. */
const PLUMBING = [
  'DOM.setNodeStackTracesEnabled',
  'Emulation.setFocusEmulationEnabled',
  'Emulation.setTouchEmulationEnabled',
  'Network.setAttachDebugStack',
] as const;

/** Events by which a page, or what becomes of it, speaks to people. */
const SPOKEN = [
  'Browser.downloadWillBegin',
  'Inspector.targetCrashed',
  'Log.entryAdded',
  'Page.frameNavigated',
  'Page.javascriptDialogOpening',
  'Runtime.consoleAPICalled',
  'Runtime.exceptionThrown',
] as const;

const isAction = matcher(ACTIONS);
const isPlumbing = matcher(PLUMBING);
const isSpoken = matcher(SPOKEN);

/**
 * What of a batch is told on that level, in the order in which it happened. Exchanges are told once, when they are
 * over.
 */
export function rowsOf({ frames, exchanges }: TrafficBatch, level: TailLevel): TailRow[] {
  if (level === 3) return frames.map((row) => ({ type: 'message', ...row }));
  const over = exchanges.filter(
    (row) => row.outcome !== 'open' && (level === 2 || isToolCall(row) || doesSomething(row)),
  );
  const told: TailRow[] = over.map((row) => ({ type: 'exchange', ...row }));
  if (level === 2) {
    for (const row of frames) {
      if (row.dir === 'event' && isSpoken(row.method)) told.push({ type: 'message', ...row });
    }
  }
  return told.sort((a, b) => endOf(a) - endOf(b));
}

/** Of agents the tools say it: their commands are left to the next level. */
function doesSomething({ kind, method }: ExchangeRow): boolean {
  return kind !== 'mcp' && isAction(method) && !isPlumbing(method);
}

/** When it was over, milliseconds since the epoch. */
function endOf(row: TailRow): number {
  return row.type === 'exchange' ? row.at + (row.ms ?? 0) : row.at;
}

function matcher(patterns: readonly string[]): (method: string) => boolean {
  const whole = new Set(patterns.filter((pattern) => !pattern.endsWith('*')));
  const beginnings = patterns
    .filter((pattern) => pattern.endsWith('*'))
    .map((pattern) => pattern.slice(0, -1));
  return (method) => whole.has(method) || beginnings.some((beginning) => method.startsWith(beginning));
}
