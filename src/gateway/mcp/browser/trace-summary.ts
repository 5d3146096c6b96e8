/** An event as traces have it, as far as is looked at: times in microseconds. */
interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  ts: number;
  dur?: number;
  args?: {
    name?: string;
    frame?: string;
    data?: {
      isOutermostMainFrame?: boolean;
      is_main_frame?: boolean;
      documentLoaderURL?: string;
      weighted_score_delta?: number;
      had_recent_input?: boolean;
      encodedDataLength?: number;
    };
  };
}

/** What the main thread was busy with. */
export type Work = 'scripting' | 'rendering' | 'painting' | 'loading' | 'other';

/** As the developer tools sort them. */
const WORK: Readonly<Record<string, Work>> = {
  EvaluateScript: 'scripting',
  'v8.compile': 'scripting',
  'v8.compileModule': 'scripting',
  'v8.evaluateModule': 'scripting',
  FunctionCall: 'scripting',
  EventDispatch: 'scripting',
  TimerFire: 'scripting',
  FireAnimationFrame: 'scripting',
  FireIdleCallback: 'scripting',
  RunMicrotasks: 'scripting',
  XHRReadyStateChange: 'scripting',
  XHRLoad: 'scripting',
  MinorGC: 'scripting',
  MajorGC: 'scripting',
  'BlinkGC.AtomicPhase': 'scripting',
  UpdateLayoutTree: 'rendering',
  RecalculateStyles: 'rendering',
  ScheduleStyleRecalculation: 'rendering',
  Layout: 'rendering',
  HitTest: 'rendering',
  PrePaint: 'rendering',
  Layerize: 'rendering',
  UpdateLayerTree: 'rendering',
  IntersectionObserverController: 'rendering',
  Paint: 'painting',
  PaintImage: 'painting',
  Commit: 'painting',
  CompositeLayers: 'painting',
  'Decode Image': 'painting',
  ParseHTML: 'loading',
  ParseAuthorStyleSheet: 'loading',
  ResourceReceiveResponse: 'loading',
  ResourceReceivedData: 'loading',
};

/** The task that everything else on a thread is done in. */
const TASK = 'RunTask';

/** Others that are looked at; beyond them no line is parsed. */
const MARKS = [
  'navigationStart',
  'firstContentfulPaint',
  'largestContentfulPaint::Candidate',
  'largestContentfulPaint::Invalidate',
  'LayoutShift',
  'ResourceFinish',
  'thread_name',
] as const;

/** The arguments come before it, and may have names of their own. */
const NAME = /"name":"([^"\\]+)","ph":"/;

const LOOKED_AT = new Set([TASK, ...MARKS, ...Object.keys(WORK)]);

/** A task longer than this keeps people waiting, microseconds. */
const LONG = 50_000;

/** Spans that are kept at most. */
const MAX_SPANS = 200_000;

const NO_SHIFTS = { from: Number.NEGATIVE_INFINITY, last: Number.NEGATIVE_INFINITY, sum: 0 };

/** The main figures of a trace, read as it comes: a trace is too large to be parsed in one go beside other work. */
export class TraceSummary {
  /** Of the last navigation of the page in the trace; milliseconds after its start, null where there is none. */
  fcp: number | null = null;
  lcp: number | null = null;
  cls = 0;
  longTasks = 0;
  /** Milliseconds of the longest task. */
  longest = 0;
  /** Milliseconds beyond 50 of all long tasks. */
  blocking = 0;
  /** Bytes over the network, of all frames. */
  transferred = 0;
  requests = 0;
  events = 0;
  #shifts = NO_SHIFTS;
  #rest = '';
  #navigated = 0;
  #frame = '';
  readonly #mainThreads = new Set<string>();
  readonly #spans = new Map<string, { ts: number; dur: number; name: string }[]>();
  #count = 0;

  /** The next part of it. */
  add(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line);
  }

  /** Milliseconds that the main threads of the page spent on each kind of work, what is in it not counted twice. */
  work(): Record<Work, number> {
    this.#line(this.#rest);
    this.#rest = '';
    const sums: Record<Work, number> = { scripting: 0, rendering: 0, painting: 0, loading: 0, other: 0 };
    for (const [thread, spans] of this.#spans) {
      if (this.#mainThreads.has(thread)) this.#sum(spans, sums);
    }
    return sums;
  }

  #line(line: string): void {
    // Each event is a line of its own.
    const start = line.indexOf('{"');
    const name = NAME.exec(line)?.[1];
    if (start < 0 || name === undefined) return;
    this.events += 1;
    if (!LOOKED_AT.has(name)) return;
    const event = eventOf(line);
    if (event) this.#take(event);
  }

  #take(event: TraceEvent): void {
    const { name, ts, pid, tid, ph, dur, args } = event;
    const thread = `${pid}:${tid}`;
    const ms = (ts - this.#navigated) / 1000;
    switch (name) {
      case 'thread_name':
        if (args?.name === 'CrRendererMain') this.#mainThreads.add(thread);
        return;
      case 'navigationStart':
        if (args?.data?.isOutermostMainFrame === true && args.data.documentLoaderURL) this.#navigate(event);
        return;
      case 'firstContentfulPaint':
        if (args?.frame === this.#frame) this.fcp = ms;
        return;
      case 'largestContentfulPaint::Candidate':
        if (args?.frame === this.#frame) this.lcp = ms;
        return;
      case 'largestContentfulPaint::Invalidate':
        if (args?.frame === this.#frame) this.lcp = null;
        return;
      case 'LayoutShift':
        if (args?.data?.is_main_frame !== false && args?.data?.had_recent_input !== true) {
          this.#shift(ts, args?.data?.weighted_score_delta ?? 0);
        }
        return;
      case 'ResourceFinish':
        this.requests += 1;
        this.transferred += args?.data?.encodedDataLength ?? 0;
        return;
      default:
        if (ph === 'X' && dur !== undefined) this.#span(thread, { ts, dur, name });
    }
  }

  #navigate({ ts, args }: TraceEvent): void {
    if (ts < this.#navigated) return;
    this.#navigated = ts;
    this.#frame = args?.frame ?? '';
    this.fcp = null;
    this.lcp = null;
    this.cls = 0;
    this.#shifts = NO_SHIFTS;
  }

  /** Shifts count together that come within a second of each other, for 5 seconds; the worst such while is told. */
  #shift(ts: number, score: number): void {
    const { from, last, sum } = this.#shifts;
    const together = ts - last < 1_000_000 && ts - from < 5_000_000;
    this.#shifts = together ? { from, last: ts, sum: sum + score } : { from: ts, last: ts, sum: score };
    this.cls = Math.max(this.cls, this.#shifts.sum);
  }

  #span(thread: string, span: { ts: number; dur: number; name: string }): void {
    if (this.#count >= MAX_SPANS) return;
    this.#count += 1;
    const spans = this.#spans.get(thread);
    if (spans) spans.push(span);
    else this.#spans.set(thread, [span]);
  }

  /** Of nested spans each has what is not in one inside it; what has no kind of its own has that of what it is in. */
  #sum(spans: { ts: number; dur: number; name: string }[], sums: Record<Work, number>): void {
    spans.sort((a, b) => a.ts - b.ts || b.dur - a.dur);
    const open: { end: number; work: Work }[] = [];
    for (const { ts, dur, name } of spans) {
      while (open.length > 0 && (open.at(-1)?.end ?? 0) <= ts) open.pop();
      const around = open.at(-1);
      const work = WORK[name] ?? around?.work ?? 'other';
      if (around) sums[around.work] -= dur / 1000;
      sums[work] += dur / 1000;
      open.push({ end: ts + dur, work });
      if (name === TASK && !around) this.#task(dur);
    }
  }

  #task(dur: number): void {
    if (dur <= LONG) return;
    this.longTasks += 1;
    this.longest = Math.max(this.longest, dur / 1000);
    this.blocking += (dur - LONG) / 1000;
  }
}

function eventOf(line: string): TraceEvent | null {
  const from = line.startsWith('{"traceEvents":[') ? '{"traceEvents":['.length : 0;
  const to = line.lastIndexOf('}') + 1;
  for (const text of [line.slice(from, to), line.slice(from).replace(/,$/, '')]) {
    try {
      return JSON.parse(text) as TraceEvent;
    } catch {
      // The last one has the end of the whole behind it.
    }
  }
  return null;
}
