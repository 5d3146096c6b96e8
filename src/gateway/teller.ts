import type { Clock } from '../shared/clock.ts';
import type { ClientInfo, HubEvent, ProcessInfo } from '../shared/events.ts';
import type { ClientRecord } from './clients.ts';
import type { EventLog } from './traffic/event-log.ts';

export interface TellerOptions {
  log: EventLog;
  clock: Clock;
  info(record: ClientRecord): ClientInfo;
  /** The text without what is secret in it. */
  mask(text: string): string;
}

/** Writes what programs should hear of into the event log: what the gateway sees, and what the supervisor tells it. */
export class Teller {
  readonly #options: TellerOptions;
  /** The latest state of each process: samples of its usage are no news. */
  readonly #states = new Map<string, string>();

  constructor(options: TellerOptions) {
    this.#options = options;
  }

  client(record: ClientRecord, connected: boolean): void {
    const { log, clock, info } = this.#options;
    const client = { ...info(record), connected };
    log.add({ type: connected ? 'client.joined' : 'client.left', at: clock.wall(), client });
  }

  browser(connected: boolean, reason: string): void {
    const { log, clock, mask } = this.#options;
    log.add({ type: 'browser', at: clock.wall(), connected, reason: mask(reason) });
  }

  /** An event of the supervisor's. */
  hub(event: HubEvent): void {
    const { log, clock, mask } = this.#options;
    const at = clock.wall();
    if (event.type === 'process') {
      if (this.#isNews(event.process)) log.add({ type: 'process', at, process: event.process });
    } else if (event.type === 'log') log.add({ ...event, message: mask(event.message) });
    else if (event.type === 'question') log.add({ ...event, at });
    else if (event.type === 'answered') log.add({ ...event, at });
  }

  #isNews({ name, state, pid, finding, retryAt }: ProcessInfo): boolean {
    const now = JSON.stringify([state, pid, finding?.message, retryAt]);
    if (this.#states.get(name) === now) return false;
    this.#states.set(name, now);
    return true;
  }
}
