import type { Artifact, Artifacts } from './artifacts.ts';
import { sessionOf } from './internals.ts';
import { untilAborted } from './lane.ts';
import type { CDPSession, Page } from './puppeteer.ts';
import type { Tab } from './tab.ts';
import { ToolError } from './tool-error.ts';
import { TraceSummary } from './trace-summary.ts';

/** What of the browser is recorded where nobody says otherwise: as its developer tools do. */
export const CATEGORIES = [
  'devtools.timeline',
  'disabled-by-default-devtools.timeline',
  'disabled-by-default-devtools.timeline.frame',
  'disabled-by-default-devtools.timeline.stack',
  'disabled-by-default-v8.cpu_profiler',
  'blink.user_timing',
  'blink.console',
  'latencyInfo',
  'loading',
  'v8.execute',
] as const;

/** Kilobytes that the browser records before it stops; characters of it that are looked at in one go. */
const BUFFER_KB = 200 * 1024;
const CHUNK = 256 * 1024;

interface Running {
  tab: Tab;
  session: CDPSession;
  /** Milliseconds, on the gateway's clock. */
  since: number;
  /** The browser has ended it by itself, e.g. as its page went. */
  gone: boolean;
}

/** The trace that one session records; a browser records one at a time, whoever asks. */
export class Tracer {
  #running: Running | null = null;

  /** Its page, while it is recorded. */
  get tab(): Tab | null {
    return this.#current()?.tab ?? null;
  }

  /** Resolves once it records. It is of the processes of this page, and of what of the browser serves them all. */
  async start(tab: Tab, page: Page, categories: readonly string[], signal: AbortSignal): Promise<void> {
    const before = this.#current();
    if (before) {
      throw new ToolError(
        `Page ${before.tab.id} of this session is being traced already.`,
        'Call stop_trace first.',
      );
    }
    const session = sessionOf(page);
    const excludedCategories = categories.filter((name) => name.startsWith('-')).map((name) => name.slice(1));
    const includedCategories = categories.filter((name) => !name.startsWith('-'));
    const started = session.send('Tracing.start', {
      transferMode: 'ReturnAsStream',
      traceConfig: {
        excludedCategories: ['*', ...excludedCategories],
        includedCategories,
        traceBufferSizeInKb: BUFFER_KB,
      },
    });
    const running: Running = { tab, session, since: Date.now(), gone: false };
    this.#running = running;
    try {
      await untilAborted(signal, started);
    } catch (error) {
      if (this.#running === running) this.#running = null;
      // Begun too late to be waited for: nobody would ever end it.
      started.then(() => session.send('Tracing.end')).catch(() => {});
      throw error;
    }
  }

  /**
   * Ends it and keeps it as an artifact, in the form that the browser's developer tools open. `told`: characters that
   * came so far.
   */
  async stop(
    artifacts: Artifacts,
    signal: AbortSignal,
    told: (chars: number) => void,
  ): Promise<{ tab: Tab; file: Artifact; summary: TraceSummary; seconds: number; full: boolean }> {
    const running = this.#current();
    if (!running) throw new ToolError('No trace is being recorded.', 'Call start_trace first.');
    const { session, tab, since } = running;
    const seconds = (Date.now() - since) / 1000;
    const complete = new Promise<{ stream?: string; dataLossOccurred: boolean }>((resolve) => {
      session.once('Tracing.tracingComplete', resolve);
    });
    // Whatever comes of it, it is over.
    this.#running = null;
    await untilAborted(signal, session.send('Tracing.end'));
    const { stream, dataLossOccurred } = await untilAborted(signal, complete);
    if (stream === undefined) throw new ToolError('The browser gave no trace.', 'Call start_trace again.');
    try {
      const { file, summary } = await keep(session, stream, artifacts, signal, told);
      return { tab, file, summary, seconds, full: dataLossOccurred };
    } finally {
      session.send('IO.close', { handle: stream }).catch(() => {});
    }
  }

  /** Null as well where its page has gone: the browser ends it then. */
  #current(): Running | null {
    if (this.#running?.session.detached) this.#running = null;
    return this.#running;
  }
}

async function keep(
  session: CDPSession,
  handle: string,
  artifacts: Artifacts,
  signal: AbortSignal,
  told: (chars: number) => void,
): Promise<{ file: Artifact; summary: TraceSummary }> {
  const writing = await artifacts.create('trace.json', 'application/json');
  const summary = new TraceSummary();
  let chars = 0;
  try {
    for (let eof = false; !eof; ) {
      const read = await untilAborted(signal, session.send('IO.read', { handle, size: CHUNK }));
      const bytes = read.base64Encoded ? Buffer.from(read.data, 'base64') : Buffer.from(read.data);
      await writing.write(bytes);
      summary.add(read.base64Encoded ? bytes.toString() : read.data);
      chars += read.data.length;
      told(chars);
      eof = read.eof;
    }
    return { file: await writing.finish(), summary };
  } catch (error) {
    await writing.abort();
    throw error;
  }
}
