/** One sample line. */
export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

export interface Family {
  help: string;
  type: string;
  samples: Sample[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\\\\n]|\\\\["\\\\n])*)"';
const LINE = new RegExp(`^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (\\S+)$`);

/**
 * Reads the text format 0.0.4 and takes nothing less: each family has HELP, then TYPE, then its samples in one group; names
 * and labels are of the grammar, no series comes twice, and histograms have rising buckets up to +Inf, a sum and a count.
 */
export function parsePrometheus(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const families = new Map<string, Family>();
  const seen = new Set<string>();
  let help: { name: string; text: string } | null = null;
  let current: { name: string; family: Family } | null = null;
  for (const line of text.slice(0, -1).split('\n')) {
    const [, kind, name = '', rest = ''] = new RegExp(`^# (HELP|TYPE) (${NAME}) (.+)$`).exec(line) ?? [];
    if (kind === 'HELP') {
      if (families.has(name)) throw new Error(`${name} comes twice`);
      help = { name, text: rest };
    } else if (kind === 'TYPE') {
      if (help?.name !== name) throw new Error(`${name} has no HELP before its TYPE`);
      if (!/^(counter|gauge|histogram|summary|untyped)$/.test(rest)) throw new Error(`no type: ${line}`);
      current = { name, family: { help: help.text, type: rest, samples: [] } };
      families.set(name, current.family);
    } else {
      const sample = readSample(line);
      if (!current || !belongs(sample.name, current.name, current.family.type)) {
        throw new Error(`${line} is not of the family that it stands in`);
      }
      const series = line.slice(0, line.lastIndexOf(' '));
      if (seen.has(series)) throw new Error(`${series} comes twice`);
      seen.add(series);
      current.family.samples.push(sample);
    }
  }
  for (const [name, family] of families) check(name, family);
  return families;
}

function readSample(line: string): Sample {
  const match = LINE.exec(line);
  if (!match) throw new Error(`no sample: ${JSON.stringify(line)}`);
  const labels: Record<string, string> = {};
  for (const [, key = '', value = ''] of (match[2] ?? '').matchAll(new RegExp(LABEL, 'g'))) {
    labels[key] = value;
  }
  const written = match.at(-1) ?? '';
  const value = written === '+Inf' ? Number.POSITIVE_INFINITY : Number(written);
  if (Number.isNaN(value)) throw new Error(`no number: ${line}`);
  return { name: match[1] ?? '', labels, value };
}

function belongs(sample: string, family: string, type: string): boolean {
  if (type !== 'histogram') return sample === family;
  return ['_bucket', '_sum', '_count'].some((suffix) => sample === `${family}${suffix}`);
}

function check(name: string, { type, samples }: Family): void {
  if (samples.length === 0) throw new Error(`${name} has no samples`);
  if (type === 'counter' && !samples.every(({ value }) => value >= 0)) throw new Error(`${name} is below 0`);
  if (type !== 'histogram') return;
  const buckets = samples.filter((each) => each.name === `${name}_bucket`);
  const bounds = buckets.map(({ labels }) =>
    labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le),
  );
  const rising = (values: number[], strictly: boolean) =>
    values.every(
      (value, n) => n === 0 || (strictly ? value > (values[n - 1] ?? 0) : value >= (values[n - 1] ?? 0)),
    );
  const count = samples.find((each) => each.name === `${name}_count`)?.value;
  if (!rising(bounds, true) || bounds.at(-1) !== Number.POSITIVE_INFINITY)
    throw new Error(`${name}: its bounds`);
  if (
    !rising(
      buckets.map(({ value }) => value),
      false,
    )
  )
    throw new Error(`${name}: its buckets`);
  if (count !== buckets.at(-1)?.value) throw new Error(`${name}: its count`);
  if (!samples.some((each) => each.name === `${name}_sum`)) throw new Error(`${name} has no sum`);
}
