import { EXIT, HubError } from '../../shared/errors.ts';
import type { TrafficBatch } from '../../shared/events.ts';
import { parseFilter } from '../../shared/filter/filter.ts';
import { connectToHub } from '../connect.ts';
import { rowsOf, type TailLevel, type TailRow } from '../tail-levels.ts';
import { tailLine } from '../tail-lines.ts';

export interface TailWish {
  level: TailLevel;
  /** In the language of docs/filter.md; empty: everything. */
  filter: string;
  /** How many rows of what was before. */
  rows: number;
  follow: boolean;
  json: boolean;
}

/**
 * `cdp-hub tail`: traffic as lines or NDJSON, chosen where it is recorded. Exit code 1 when the hub goes away, 130 on
 * Ctrl-C, 0 when nobody reads any more. Bodies are never told.
 */
export async function tail(wish: TailWish): Promise<number> {
  const parsed = parseFilter(wish.filter);
  if (!parsed.ok) {
    const { message, at, hint } = parsed.error;
    throw new HubError('USAGE', `--filter: ${message}\n${wish.filter}\n${' '.repeat(at)}^`, hint);
  }
  await using hub = await connectToHub();
  const { filter, level, rows, follow } = wish;
  const print = printer(wish);
  const early: TrafficBatch[] = [];
  let told: ((batch: TrafficBatch) => void) | null = (batch) => early.push(batch);
  let seen: Seen | null = null;
  if (follow) {
    const watch = { filter, bodies: false };
    await hub.attach({ owner: false, traffic: true, watch, flags: [] });
    hub.subscribe((event) => {
      if (event.type === 'traffic') told?.(event.batch);
      // Another gateway counts from the beginning.
      else if (
        event.type === 'process' &&
        event.process.name === 'gateway' &&
        event.process.state !== 'ready'
      ) {
        seen = null;
      }
    });
  }
  const before = rows === 0 ? null : await hub.request('backfill', { rows: 5000, filter });
  const past = before ? rowsOf(before, level).slice(-rows) : [];
  for (const row of past) print.row(row);
  if (!follow) return EXIT.ok;
  seen = before && highest(before);
  told = (batch) => {
    for (const row of rowsOf(seen ? fresh(batch, seen) : batch, level)) print.row(row);
    if (batch.skipped) print.skipped(batch.skipped);
  };
  for (const batch of early) told(batch);
  const end = await Promise.race([hub.closed.then(() => 'gone' as const), interrupted(), print.unread]);
  told = null;
  if (end === 'gone') throw new HubError('CONTROL', 'the hub has gone away', 'Start it again: cdp-hub up');
  return end === 'interrupted' ? EXIT.interrupted : EXIT.ok;
}

interface Seen {
  frame: number;
  /** Exchanges that were told already, by `seq`: those that were open come again. */
  exchanges: ReadonlySet<number>;
}

function highest({ frames, exchanges }: TrafficBatch): Seen {
  return {
    frame: frames.at(-1)?.seq ?? 0,
    exchanges: new Set(exchanges.filter(({ outcome }) => outcome !== 'open').map(({ seq }) => seq)),
  };
}

/** Without what the backfill had. */
function fresh(batch: TrafficBatch, seen: Seen): TrafficBatch {
  return {
    ...batch,
    frames: batch.frames.filter(({ seq }) => seq > seen.frame),
    exchanges: batch.exchanges.filter(({ seq }) => !seen.exchanges.has(seq)),
  };
}

function interrupted(): Promise<'interrupted'> {
  return new Promise((resolve) => process.once('SIGINT', () => resolve('interrupted')));
}

function printer({ json }: TailWish) {
  const { promise: unread, resolve } = Promise.withResolvers<'unread'>();
  // `cdp-hub tail | head` ends like this.
  process.stdout.on('error', () => resolve('unread'));
  const write = (line: string) => void process.stdout.write(`${line}\n`);
  return {
    unread,
    row: (row: TailRow) => write(json ? JSON.stringify(row) : tailLine(row)),
    skipped: (rows: number) =>
      write(json ? JSON.stringify({ type: 'skipped', rows }) : `… ${rows} rows were too many to tell`),
  };
}
