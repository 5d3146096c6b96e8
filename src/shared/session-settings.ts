import { HubError } from './errors.ts';
import type { Setting } from './isolation-settings.ts';

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const DEFAULT = 30 * UNITS.m;

/**
 * `--session-idle`: a whole number with s, m, h or d behind it, or 0: never. In milliseconds; what is not given is half an
 * hour. Throws USAGE.
 */
export function sessionIdle(setting: Setting | null): number {
  if (setting === null) return DEFAULT;
  const [, number, unit] = /^(\d{1,5})(s|m|h|d)$/.exec(setting.value) ?? [];
  if (setting.value === '0') return 0;
  if (number !== undefined && Number(number) > 0) return Number(number) * UNITS[unit as keyof typeof UNITS];
  throw new HubError(
    'USAGE',
    `${setting.from} is no time`,
    'Say after how long an unused MCP session ends, e.g. --session-idle 90s, 45m, 8h or 2d; 0 is never.',
  );
}

/** As it is said on the command line. */
export function idleText(ms: number): string {
  const unit = (['d', 'h', 'm'] as const).find((each) => ms % UNITS[each] === 0) ?? 's';
  return ms === 0 ? '0' : `${ms / UNITS[unit]}${unit}`;
}
