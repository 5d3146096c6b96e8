import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { ClientInfo } from '../shared/events.ts';
import { PeerLookup } from '../shared/peer-lookup.ts';
import { oneLine } from '../shared/text.ts';
import type { ClientIdentity } from './contract/observer.ts';
import type { MuxClient } from './mux/mux-client.ts';
import { CLOSE, type Close } from './protocol/errors.ts';
import type { Recorder } from './traffic/recorder.ts';

/** How many clients there may be at once. */
export const MAX_CLIENTS = 1024;

const NAME_LENGTH = 64;

/** One client as the hub lists it. */
export interface ClientRecord {
  readonly identity: ClientIdentity;
  readonly mux: MuxClient;
  /** Address and port of the other end; empty for in-process clients. */
  readonly peer: string;
  pid: number | null;
  readonly since: number;
  /** Ends it, with the reason it is told. */
  end(close: Close): void;
}

/** Told of each change of the list; `changed`: something that is known of a client. */
export type OnChange = (what: 'joined' | 'left' | 'changed', record: ClientRecord) => void;

/** Everybody who is connected or not yet expired. */
export class ClientRegistry {
  readonly #records = new Map<string, ClientRecord>();
  readonly #recorder: Recorder;
  readonly #onChange: OnChange;
  readonly #peers = new PeerLookup();

  constructor(recorder: Recorder, onChange: OnChange) {
    this.#recorder = recorder;
    this.#onChange = onChange;
  }

  get size(): number {
    return this.#records.size;
  }

  get full(): boolean {
    return this.#records.size >= MAX_CLIENTS;
  }

  ids(): string[] {
    return [...this.#records.keys()];
  }

  all(): ClientRecord[] {
    return [...this.#records.values()];
  }

  get(id: string): ClientRecord | undefined {
    return this.#records.get(id);
  }

  add(record: ClientRecord): void {
    this.#records.set(record.identity.id, record);
    this.#onChange('joined', record);
  }

  /** The same for somebody who came by a socket, whose process is looked up. */
  connected(peer: Pick<ClientRecord, 'identity' | 'mux' | 'since' | 'end'>, socket: Partial<Socket>): void {
    const { remoteAddress = '', remotePort = 0, localPort = 0 } = socket;
    const record = { ...peer, peer: `${remoteAddress}:${remotePort}`, pid: null };
    this.add(record);
    this.#findPid(record, remotePort, localPort);
  }

  remove(id: string): void {
    const record = this.#records.get(id);
    if (!record) return;
    this.#records.delete(id);
    // Its counts are told with it.
    this.#onChange('left', record);
    this.#recorder.forget(id);
  }

  /** Ends these clients; returns the ids of those that there were. */
  kill(ids: readonly string[]): string[] {
    return this.#each(ids, (record) => record.end(CLOSE.killed));
  }

  /** Holds what these clients send until {@link resume}; returns the ids of those that there are. */
  pause(ids: readonly string[]): string[] {
    return this.#each(ids, ({ mux }) => mux.pause.begin());
  }

  resume(ids: readonly string[]): string[] {
    return this.#each(ids, ({ mux }) => mux.pause.end());
  }

  #each(ids: readonly string[], act: (record: ClientRecord) => void): string[] {
    const records = [...new Set(ids)].flatMap((id) => this.#records.get(id) ?? []);
    for (const record of records) act(record);
    for (const record of records) this.#onChange('changed', record);
    return records.map(({ identity }) => identity.id);
  }

  /** Looks up the local peer's process; found a little later, or not at all. */
  #findPid(record: ClientRecord, peerPort: number, localPort: number): void {
    this.#peers.ask({
      ports: { peerPort, localPort },
      wanted: () => this.#records.has(record.identity.id),
      found: (pid) => {
        record.pid = pid;
        this.#onChange('changed', record);
      },
    });
  }

  close(): void {
    this.#peers.close();
  }

  /** A client as `/stats` shows it: its percentiles split into gateway and browser time. */
  status(record: ClientRecord) {
    const { latency, requests, failures } = this.#recorder.tally(record.identity.id);
    return {
      ...record.identity,
      since: record.since,
      requests,
      failures,
      inFlight: record.mux.inFlight,
      tabs: record.mux.tabs,
      paused: record.mux.pause.on,
      p50: latency.split(0.5),
      p95: latency.split(0.95),
      p99: latency.split(0.99),
    };
  }

  info(record: ClientRecord): ClientInfo {
    const tally = this.#recorder.tally(record.identity.id);
    const [p50 = null, p95 = null, p99 = null] = tally.latency.totals([0.5, 0.95, 0.99]);
    return {
      ...record.identity,
      peer: record.peer,
      pid: record.pid,
      since: record.since,
      lastSeen: tally.lastSeen ?? record.since,
      connected: true,
      requests: tally.requests,
      failures: tally.failures,
      inFlight: record.mux.inFlight,
      tabs: record.mux.tabs,
      paused: record.mux.pause.on,
      bytesIn: tally.bytesIn,
      bytesOut: tally.bytesOut,
      p50,
      p95,
      p99,
    };
  }
}

/** `cdp-` and 128 random bits: an id can be named by whoever was shown it, and guessed by nobody. */
export function newClientId(kind: string): string {
  return `${kind}-${randomBytes(16).toString('hex')}`;
}

/** What a client calls itself, safe to show: what it said, else the first word of its User-Agent, else `none`. */
export function clientName(given: string | null, userAgent: string | undefined, none = 'cdp'): string {
  const name = given || userAgent?.split(/[\s/]/, 1)[0] || none;
  return oneLine(name).slice(0, NAME_LENGTH);
}
