/** What a page knows of how it loaded; milliseconds since its navigation began, null: it has not come to that. */
export interface PageFigures {
  url: string;
  type: string;
  ttfb: number | null;
  domContentLoaded: number | null;
  load: number | null;
  fcp: number | null;
  lcp: number | null;
  /** What was painted then: its tag, and where its picture came from. */
  lcpElement: string;
  cls: number;
  longTasks: number;
  blocking: number;
  elements: number;
  depth: number;
  bytes: number;
}

/** Runs in the page. */
export function pageFigures(): PageFigures {
  const buffered = (type: string): PerformanceEntry[] => {
    const observer = new PerformanceObserver(() => {});
    try {
      // What was before is there at once; nothing is to be heard of what comes.
      observer.observe({ type, buffered: true });
      return observer.takeRecords();
    } catch {
      return [];
    } finally {
      observer.disconnect();
    }
  };
  const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  const reached = (time: number | undefined) => (time === undefined || time <= 0 ? null : Math.round(time));
  const lcp = buffered('largest-contentful-paint').at(-1) as
    | (PerformanceEntry & { element?: Element | null; url?: string })
    | undefined;
  const tasks = buffered('longtask');
  const deep = (node: Element): number => {
    let deepest = 0;
    const walker = document.createTreeWalker(node, NodeFilter.SHOW_ELEMENT);
    let level = 0;
    for (;;) {
      if (walker.firstChild()) level += 1;
      else {
        while (!walker.nextSibling()) {
          if (!walker.parentNode()) return deepest;
          level -= 1;
        }
      }
      deepest = Math.max(deepest, level);
    }
  };
  return {
    url: location.href,
    type: navigation?.type ?? '',
    ttfb: reached(navigation?.responseStart),
    domContentLoaded: reached(navigation?.domContentLoadedEventEnd),
    load: reached(navigation?.loadEventEnd),
    fcp: reached(performance.getEntriesByName('first-contentful-paint')[0]?.startTime),
    lcp: reached(lcp?.startTime),
    lcpElement: lcp ? [lcp.element?.localName ?? '', lcp.url ?? ''].filter(Boolean).join(' ') : '',
    cls: worst(buffered('layout-shift') as (PerformanceEntry & { value: number; hadRecentInput: boolean })[]),
    longTasks: tasks.length,
    blocking: Math.round(tasks.reduce((sum, { duration }) => sum + duration - 50, 0)),
    elements: document.getElementsByTagName('*').length,
    depth: document.documentElement ? deep(document.documentElement) : 0,
    bytes: document.documentElement?.outerHTML.length ?? 0,
  };

  /** Shifts count together that come within a second of each other, for 5 seconds. */
  function worst(shifts: { startTime: number; value: number; hadRecentInput: boolean }[]): number {
    let [from, last, sum, most] = [0, 0, 0, 0];
    for (const { startTime, value, hadRecentInput } of shifts) {
      if (hadRecentInput) continue;
      const together = sum > 0 && startTime - last < 1000 && startTime - from < 5000;
      if (!together) from = startTime;
      sum = together ? sum + value : value;
      last = startTime;
      most = Math.max(most, sum);
    }
    return most;
  }
}
