import { durationSetting } from './duration-setting.ts';
import type { Setting } from './isolation-settings.ts';
import { duration } from './text.ts';

const DEFAULT = 30 * 60_000;

/** `--session-idle`, in milliseconds; 0: never. What is not given is half an hour. Throws USAGE. */
export function sessionIdle(setting: Setting | null): number {
  if (setting === null) return DEFAULT;
  const [name = setting.from] = setting.from.split(/[ =]/, 1);
  return durationSetting(name, setting.value) ?? 0;
}

export function idleText(ms: number): string {
  return ms === 0 ? '0' : duration(ms);
}
