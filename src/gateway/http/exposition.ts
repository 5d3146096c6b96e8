/** One sample of a metric; the suffix is that of a histogram's series. */
interface Sample {
  suffix?: '_bucket' | '_sum' | '_count';
  labels?: Readonly<Record<string, string>>;
  value: number;
}

export interface Metric {
  name: string;
  help: string;
  type: 'counter' | 'gauge' | 'histogram';
  samples: readonly Sample[];
}

/** A count by bucket: the upper bounds and the sum in seconds, and one count more than there are bounds. */
export interface Buckets {
  bounds: readonly number[];
  counts: Iterable<number>;
  sum: number;
}

/** The type of {@link exposition}. */
export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * Prometheus' text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats). Written here, for the one
 * package that does it had its last release two years ago; see docs/decisions/0008-http-api.md.
 */
export function exposition(metrics: readonly Metric[]): string {
  return metrics.map(family).join('');
}

/** A metric without labels. */
export function single(type: 'counter' | 'gauge', name: string, help: string, value: number): Metric {
  return { name, help, type, samples: [{ value }] };
}

export function histogram(name: string, help: string, { bounds, counts, sum }: Buckets): Metric {
  const samples: Sample[] = [];
  let count = 0;
  let n = 0;
  for (const each of counts) {
    count += each;
    const bound = bounds[n];
    const le = bound === undefined ? '+Inf' : String(bound);
    samples.push({ suffix: '_bucket', labels: { le }, value: count });
    n += 1;
  }
  samples.push({ suffix: '_sum', value: sum }, { suffix: '_count', value: count });
  return { name, help, type: 'histogram', samples };
}

function family({ name, help, type, samples }: Metric): string {
  const text = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  const lines = samples.map(
    ({ suffix = '', labels, value }) => `${name}${suffix}${braced(labels)} ${value}\n`,
  );
  return `# HELP ${name} ${text}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function braced(labels: Readonly<Record<string, string>> = {}): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${escaped(value)}"`);
  return pairs.length > 0 ? `{${pairs.join(',')}}` : '';
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
