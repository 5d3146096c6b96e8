import type { ClientInfo } from '../../shared/events.ts';
import { duration } from '../../shared/text.ts';

/** A client as people tell it from the others; forwarder connections have no name but their peer. */
export function clientTitle(client: ClientInfo): string {
  return client.kind === 'raw' && client.peer !== '' ? `raw ${client.peer}` : client.name;
}

/** How long, in at most four characters: `12s`, `3m`, `2h05`, `31h`, `5d`. */
export function age(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  if (ms < 1000) return '0s';
  return hours >= 10 && hours < 48 ? `${hours}h` : duration(ms);
}

/** `12,345`: grouped by hand, as the locale must not decide about widths. */
export function grouped(n: number): string {
  return String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Milliseconds in at most five characters, no unit: `0.4`, `12`, `1240`; from 100 s on `120s`. */
export function millis(ms: number): string {
  if (ms >= 99_999.5) return `${Math.round(ms / 1000)}s`;
  return ms < 9.95 && !Number.isInteger(ms) ? ms.toFixed(1) : String(Math.round(ms));
}

/** Milliseconds with their unit, at most six characters: `0.4ms`, `640ms`, `1.8s`, `4m10s`. */
export function elapsed(ms: number): string {
  if (ms < 999.5) return `${millis(ms)}ms`;
  if (ms < 99_950) return `${(ms / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, '0')}s`;
  return `${Math.floor(seconds / 3600)}h${String(Math.floor((seconds % 3600) / 60)).padStart(2, '0')}`;
}

/** Local time of day: `12:04:31`. */
export function clockTime(at: number): string {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((n) => String(n).padStart(2, '0'))
    .join(':');
}

/** Offsets from UTC change at quarters of an hour at most. */
const QUARTER_MS = 900_000;

/**
 * Formats local times as `12:04:31.118`. A `Date` for each of fifty rows took a third of an idle frame's time
 * (measured): here the system's time zone is asked once a quarter of an hour. Make one per frame: zones change.
 */
export function preciseTimes(): (at: number) => string {
  const offsets = new Map<number, number>();
  return (at) => {
    const quarter = Math.floor(at / QUARTER_MS);
    const offset = offsets.get(quarter) ?? new Date(at).getTimezoneOffset();
    offsets.set(quarter, offset);
    const local = Math.floor(at) - offset * 60_000;
    const two = (unit: number, of: number): string => String(Math.floor(local / unit) % of).padStart(2, '0');
    const rest = String(local % 1000).padStart(3, '0');
    return `${two(3_600_000, 24)}:${two(60_000, 60)}:${two(1000, 60)}.${rest}`;
  };
}

const BARS = '▁▂▃▄▅▆▇█';

/**
 * The latest `columns` samples as bars from 0 to the highest of them (10 at least, so that little stays low);
 * padded on the left while there are fewer.
 */
export function sparkline(samples: readonly number[], columns: number): string {
  const shown = samples.slice(-columns);
  const top = Math.max(10, ...shown);
  const bars = shown.map((n) => BARS[Math.round((Math.max(0, n) / top) * 7)] ?? '▁').join('');
  return bars.padStart(columns, '▁');
}

/** `http://127.0.0.1:9223/` → `:9223`; anything without a port → ``. */
export function portOf(url: string): string {
  const port = /:(\d+)\/?$/.exec(url)?.[1];
  return port ? `:${port}` : '';
}

/** Where something passed, as a short mark: the tab's number, else the first six of a DevTools target id, anything else as it is. */
export function targetMark({ tab, target }: { tab: number | null; target: string }): string {
  if (tab !== null) return `#${tab}`;
  return /^[0-9A-F]{32}$/i.test(target) ? target.slice(0, 6) : target;
}
