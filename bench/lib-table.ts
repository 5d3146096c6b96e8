import { cpus } from 'node:os';

/** One way to the browser, and what was measured on it, a figure for each round. */
export interface Way {
  name: string;
  url: string;
  samples: Map<string, number[]>;
}

export function record({ samples }: Way, name: string, value: number): void {
  samples.set(name, [...(samples.get(name) ?? []), value]);
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

const show = (value: number) => (value < 10 ? value.toFixed(2) : String(Math.round(value)));

/** The median of each side's rounds, and the median of the ratios of neighbouring rounds. */
export function print(title: string, direct: Way, hub: Way): void {
  const names = new Set([...direct.samples.keys(), ...hub.samples.keys()]);
  const rows = [...names].map((name) => {
    const ofDirect = direct.samples.get(name) ?? [];
    const ofHub = hub.samples.get(name) ?? [];
    const ratios = ofHub.flatMap((value, n) => (ofDirect[n] === undefined ? [] : [value / ofDirect[n]]));
    return {
      '': name,
      [direct.name]: ofDirect.length > 0 ? show(quantile(ofDirect, 0.5)) : '',
      [hub.name]: show(quantile(ofHub, 0.5)),
      ratio: ratios.length > 0 ? quantile(ratios, 0.5).toFixed(2) : '',
      'ratio, best to worst':
        ratios.length > 0 ? `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}` : '',
    };
  });
  console.log(`${title}; ${cpus().length} cores, Node ${process.version}`);
  console.table(rows);
}
