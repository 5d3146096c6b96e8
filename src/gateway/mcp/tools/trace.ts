import { z } from 'zod';
import { bytes } from '../../../shared/text.ts';
import { ToolError } from '../browser/tool-error.ts';
import { CATEGORIES } from '../browser/trace.ts';
import type { TraceSummary } from '../browser/trace-summary.ts';
import { effectLines } from './said.ts';
import { type PageContext, pageTool, SETS, sessionTool, type Tool } from './tool.ts';

/** Milliseconds that a trace may take to be fetched. */
const STOP = 120_000;

const startTrace = pageTool({
  name: 'start_trace',
  title: 'Start trace',
  description:
    'Begins a performance trace of the page. A browser records one at a time, whoever asks; stop_trace ends it.',
  input: z.object({
    reload: z.boolean().optional().describe('Load the page anew once it records, to see how it loads.'),
    categories: z
      .array(z.string())
      .optional()
      .describe('Of the events to record. Default: those of the Performance panel.'),
  }),
  annotations: SETS,
  run: async (context, { reload = false, categories = CATEGORIES }) => {
    const { browser, tab, page, signal } = context;
    await browser.tracer.start(tab, page, categories, signal).catch((error: unknown) => {
      throw refusal(error, context);
    });
    const lines = [`Page ${tab.id} is being traced. Call stop_trace when what is to be seen has happened.`];
    if (reload) {
      const effects = await context.act(() => page.reload({ waitUntil: 'load' }));
      lines.push(effects.dialog ? 'It is about to be loaded anew.' : `It was loaded anew: ${page.url()}`);
      lines.push(...effectLines({ ...effects, navigated: null }));
    }
    return { text: lines.join('\n') };
  },
});

function refusal(error: unknown, { hub }: PageContext): unknown {
  const message = error instanceof Error ? error.message : '';
  if (!message.includes('already been started')) return error;
  const others = hub
    .clients()
    .filter(({ you }) => !you)
    .map(({ name }) => name);
  const who =
    others.length === 0
      ? 'Somebody outside the hub'
      : `One of ${[...new Set(others)].join(', ')}, or somebody outside the hub,`;
  return new ToolError(
    `The browser is being traced already, and records one trace at a time: ${message}`,
    `${who} has to stop first. Call start_trace again later; hub_status shows who uses the browser.`,
    error,
  );
}

const stopTrace = sessionTool({
  name: 'stop_trace',
  title: 'Stop trace',
  description:
    'Ends the trace: the main figures, and the whole as an artifact for the Performance panel or Perfetto.',
  input: z.object({}),
  annotations: SETS,
  timeout: STOP,
  run: async ({ browser, artifacts, signal, progress }) => {
    const { tab, file, summary, seconds, full } = await browser.tracer.stop(artifacts, signal, (chars) =>
      progress(chars, undefined, `${bytes(chars)}B of the trace have come`),
    );
    return {
      text: [
        `The trace of page ${tab.id} (${tab.url}), ${seconds.toFixed(1)} s, is the artifact ${file.name}, ${bytes(file.size)}B.`,
        ...(full ? ['The buffer was full: the end is missing.'] : []),
        ...figures(summary),
      ].join('\n'),
      links: [file],
    };
  },
});

function figures(summary: TraceSummary): string[] {
  const { scripting, rendering, painting, loading, other } = summary.work();
  const { fcp, lcp, cls, longTasks, longest, blocking, requests, transferred, events } = summary;
  const ms = (value: number) => `${Math.round(value)} ms`;
  return [
    fcp === null && lcp === null
      ? 'It has no navigation of the page: start_trace with reload shows how it loads.'
      : `FCP ${fcp === null ? 'none' : ms(fcp)}, LCP ${lcp === null ? 'none' : ms(lcp)}.`,
    `CLS ${cls.toFixed(3)}.`,
    longTasks === 0
      ? 'Long tasks: none.'
      : `Long tasks: ${longTasks}, the longest ${ms(longest)}, ${ms(blocking)} beyond 50 ms each.`,
    `Main thread: scripting ${ms(scripting)}, rendering ${ms(rendering)}, painting ${ms(painting)}, loading ${ms(loading)}, other ${ms(other)}.`,
    `Transferred: ${bytes(transferred)}B in ${requests} requests. Events: ${events}.`,
  ];
}

export const trace: readonly Tool[] = [startTrace, stopTrace];
