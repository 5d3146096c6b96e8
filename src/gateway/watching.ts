import type { Clock } from '../shared/clock.ts';
import type { Bodies, HubEvent, TrafficBatch } from '../shared/events.ts';
import type { BodyWish, FromGateway, Watch } from '../shared/ipc.ts';
import { type ClientRecord, ClientRegistry } from './clients.ts';
import { EventStreams } from './http/events.ts';
import { Reporter } from './reporter.ts';
import { Teller } from './teller.ts';
import { EventLog } from './traffic/event-log.ts';
import { matching, wanted } from './traffic/matching.ts';
import { Recorder } from './traffic/recorder.ts';
import type { Row } from './traffic/watchers.ts';

export interface WatchingOptions {
  clock: Clock;
  /** The address of a target; empty where it is not known. */
  urlOf(targetId: string): string;
  /** The number of the tab that a target is in; null where it is in none. */
  tabOf(targetId: string): number | null;
  /** There is a connection to the browser. */
  connected(): boolean;
  /** A client came or went, or something else is known of one. */
  changed(client: ClientRecord): void;
  /** To the supervisor. */
  tell(message: FromGateway): void;
}

/** What passes and who is there, as it is recorded, and everybody who looks at it: screens, streams, the supervisor. */
export class Watching {
  readonly recorder: Recorder;
  readonly registry: ClientRegistry;
  readonly streams: EventStreams;
  /** What happens to the hub. */
  readonly log = new EventLog();
  readonly #reporter: Reporter;
  readonly #teller: Teller;
  readonly #textOf = (row: Row) => this.recorder.text(row);

  constructor({ clock, urlOf, tabOf, connected, changed, tell }: WatchingOptions) {
    const recorder = new Recorder(clock, { urlOf, tabOf });
    this.recorder = recorder;
    this.registry = new ClientRegistry(recorder, (what, record) => {
      if (what !== 'changed') this.#teller.client(record, what === 'joined');
      this.#reporter.clientsChanged();
      changed(record);
    });
    const { log } = this;
    this.#teller = new Teller({
      log,
      clock,
      info: (record) => this.registry.info(record),
      mask: (text) => recorder.masked(text),
    });
    this.#reporter = new Reporter({ recorder, registry: this.registry, connected, tell });
    this.streams = new EventStreams({
      events: log,
      traffic: {
        latest: () => recorder.latest,
        since: (frame, filter) => recorder.since(frame, wanted(filter, this.#textOf).matches),
        observe: (filter, take) => this.#reporter.observe({ ...wanted(filter, this.#textOf), take }),
      },
    });
  }

  /** Traffic batches of that number flow until {@link unwatch}. */
  watch(watch: number, { filter, bodies }: Watch): void {
    const rows = matching(filter, this.#textOf);
    this.#reporter.watch(watch, { ...rows, bodies: bodies || rows.bodies });
  }

  unwatch(watch: number): void {
    this.#reporter.unwatch(watch);
  }

  backfill(rows: number, filter: string): TrafficBatch {
    return this.recorder.backfill(rows, matching(filter, this.#textOf).matches);
  }

  body({ of, seq, open }: BodyWish): Bodies {
    return this.recorder.body(of, seq, open);
  }

  /** An event of the supervisor's, for the programs that listen here. */
  hear(event: HubEvent): void {
    this.#teller.hub(event);
  }

  /** The connection to the browser came or went. */
  browser(connected: boolean, reason: string): void {
    this.#teller.browser(connected, reason);
  }

  close(): void {
    this.streams.end('the gateway is stopping');
    this.#reporter.close();
    this.registry.close();
  }
}
