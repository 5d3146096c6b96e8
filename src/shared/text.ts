import { stripVTControlCharacters } from 'node:util';

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this removes
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Text that a page or a client controls, made safe for one row of a terminal or one line of a log: escape
 * sequences go, every other control character and bidirectional override becomes a visible `·`.
 */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text).replace(CONTROL, '·');
}

/** A duration in milliseconds as people read it: `940ms`, `12s`, `3m`, `2h05`, `3d`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))}ms`;
  const s = Math.floor(ms / 1000);
  if (s < 60) return `${s}s`;
  const m = Math.floor(s / 60);
  if (m < 60) return `${m}m`;
  const h = Math.floor(m / 60);
  if (h < 48) return `${h}h${String(m % 60).padStart(2, '0')}`;
  return `${Math.floor(h / 24)}d`;
}

/** A number of bytes as people read it, at most five characters: `131`, `1.4k`, `31k`, `2.0M`. */
export function bytes(n: number): string {
  if (n < 1000) return String(n);
  for (const [unit, size] of [
    ['k', 1e3],
    ['M', 1e6],
    ['G', 1e9],
  ] as const) {
    const value = n / size;
    if (value < 9.95) return `${value.toFixed(1)}${unit}`;
    if (value < 999.5) return `${Math.round(value)}${unit}`;
  }
  return `${Math.round(n / 1e12)}T`;
}
