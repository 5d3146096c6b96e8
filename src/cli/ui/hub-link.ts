import type { HubEvent, ProcessName, Snapshot, TrafficBatch } from '../../shared/events.ts';

/** What the screen needs of a hub; the control socket's client implements it. */
export interface HubLink {
  /** The hub as it was when this connection attached. */
  readonly snapshot: Snapshot;
  /** Every event from now on, in order; the answer ends the subscription. */
  subscribe(listener: (event: HubEvent) => void): () => void;
  /** The hub has stopped or the connection to it is lost: once, with the reason in words. */
  onClose(listener: (reason: string) => void): () => void;
  /** The latest rows that the gateway still holds, at most `rows` of each kind. */
  backfill(rows: number): Promise<TrafficBatch>;
  /** Ends these clients; resolves with the ids of those that were there to be ended. */
  kill(clients: string[]): Promise<string[]>;
  restart(name: ProcessName): Promise<void>;
}
