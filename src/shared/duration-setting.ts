import { HubError } from './errors.ts';

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** Longest that a timer of Node can wait. */
const MAX_MS = 2 ** 31 - 1;

/** `90s`, `5m`, `2h` in milliseconds; null for `0`, which is never, and where nothing was given. Throws USAGE. */
export function durationSetting(flag: string, given: string | undefined): number | null {
  if (given === undefined || given === '0') return null;
  const [, digits, unit] = /^(\d{1,10})(ms|s|m|h|d)$/.exec(given) ?? [];
  const ms = Number(digits) * UNIT_MS[(unit ?? 's') as keyof typeof UNIT_MS];
  if (ms > 0 && ms <= MAX_MS) return ms;
  throw new HubError(
    'USAGE',
    `${flag} ${given} is no duration of up to 24 days`,
    `Say a number and its unit, e.g. ${flag} 90s, ${flag} 5m, ${flag} 2h; ${flag} 0 is never.`,
  );
}
