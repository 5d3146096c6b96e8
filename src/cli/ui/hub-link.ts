import type { Bodies, HubEvent, ProcessName, Snapshot, TrafficBatch } from '../../shared/events.ts';
import type { BodyWish, PageAct, PageShown, PageWish, Watch } from '../../shared/ipc.ts';
import type { Moment } from './history.ts';

/** What the screen needs of a hub; the control socket's client implements it. */
export interface HubLink {
  /** The hub as it was when this connection attached. */
  readonly snapshot: Snapshot;
  /** The name of the file that stands in for a hub: nothing comes any more, and nothing can be done. */
  readonly capture?: string;
  /** What there was before, where that is known. */
  readonly past?: readonly Moment[];
  /** Every event from now on, in order; the answer ends the subscription. */
  subscribe(listener: (event: HubEvent) => void): () => void;
  /** The hub has stopped or the connection to it is lost: once, with the reason in words. */
  onClose(listener: (reason: string) => void): () => void;
  /** What of the traffic is told from now on. */
  watch(watch: Watch): Promise<void>;
  /** The latest rows that the gateway still holds, at most `rows` of each kind, of those that the filter chooses. */
  backfill(rows: number, filter: string): Promise<TrafficBatch>;
  /** The messages of one row, as far as they are kept. */
  body(wish: BodyWish): Promise<Bodies>;
  /** What these clients send is held from now on; resolves with the ids of those that were there. */
  pause(clients: string[]): Promise<string[]>;
  resume(clients: string[]): Promise<string[]>;
  /** Ends these clients; resolves with the ids of those that were there to be ended. */
  kill(clients: string[]): Promise<string[]>;
  /** Brings a page of a client to the front, opens it in DevTools, or takes a picture of it. */
  page(act: PageAct, wish: PageWish): Promise<PageShown>;
  restart(name: ProcessName): Promise<void>;
}
