import { z } from 'zod';
import { bytes } from '../../../../shared/text.ts';
import { sessionOf } from '../../browser/internals.ts';
import { untilAborted } from '../../browser/lane.ts';
import { pageTool, READS } from '../tool.ts';
import { type PageFigures, pageFigures } from './page-figures.ts';

export const performanceMetrics = pageTool({
  name: 'performance_metrics',
  title: 'Performance metrics',
  description:
    'How the page loaded (TTFB, FCP, LCP, CLS, long tasks) and what it costs (memory, nodes, listeners, time in scripts and layout).',
  input: z.object({}),
  annotations: READS,
  run: async ({ page, signal }) => {
    const [figures, { metrics }] = await untilAborted(
      signal,
      Promise.all([page.evaluate(pageFigures), sessionOf(page).send('Performance.getMetrics')]),
    );
    const counted = new Map(metrics.map(({ name, value }) => [name, value]));
    return { text: [...loadLines(figures), ...costLines(counted)].join('\n') };
  },
});

/** How it loaded. */
export function loadLines(figures: PageFigures): string[] {
  const { url, type, ttfb, domContentLoaded, load, fcp, lcp, lcpElement, cls, longTasks, blocking } = figures;
  const ms = (value: number | null) => (value === null ? 'not yet' : `${value} ms`);
  return [
    `${url}${type === '' ? '' : ` (${type})`}`,
    `TTFB ${ms(ttfb)}, DOMContentLoaded ${ms(domContentLoaded)}, load ${ms(load)}`,
    `FCP ${ms(fcp)}, LCP ${ms(lcp)}${lcpElement === '' ? '' : ` (${lcpElement})`}, CLS ${cls.toFixed(3)}`,
    `Long tasks: ${longTasks}${longTasks === 0 ? '' : `, ${blocking} ms beyond 50 ms each`}`,
  ];
}

function costLines(counted: ReadonlyMap<string, number>): string[] {
  const number = (name: string) => counted.get(name) ?? 0;
  const ms = (name: string) => `${Math.round(number(name) * 1000)} ms`;
  return [
    `Memory of scripts: ${bytes(number('JSHeapUsedSize'))}B of ${bytes(number('JSHeapTotalSize'))}B`,
    `Nodes ${number('Nodes')}, listeners ${number('JSEventListeners')}, documents ${number('Documents')}, frames ${number('Frames')}`,
    `Time in scripts ${ms('ScriptDuration')}, layout ${ms('LayoutDuration')} (${number('LayoutCount')} times), styles ${ms('RecalcStyleDuration')} (${number('RecalcStyleCount')} times), all tasks ${ms('TaskDuration')}`,
  ];
}
