import type { FrameRow } from '../../shared/events.ts';
import { Latency } from './latency.ts';

/** Sessions per client whose last event is remembered for collapsing. */
const MAX_RUNS = 256;

/** What is counted of one client, or of all. */
export class Tally {
  requests = 0;
  failures = 0;
  bytesIn = 0;
  bytesOut = 0;
  /** Wall clock of the latest message either way; null before the first. */
  lastSeen: number | null = null;
  readonly latency: Latency;
  /** By session: the event's row that the next event of the same name is counted into. */
  readonly runs = new Map<string, FrameRow>();

  constructor(latency = new Latency()) {
    this.latency = latency;
  }

  run(session: string, row: FrameRow): void {
    if (this.runs.size >= MAX_RUNS) this.runs.clear();
    this.runs.set(session, row);
  }
}
