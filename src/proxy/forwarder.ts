import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { allowList } from '../shared/allow-list.ts';
import type { Clock } from '../shared/clock.ts';
import { HubError } from '../shared/errors.ts';
import type { ClientInfo } from '../shared/events.ts';
import { isLoopback } from '../shared/hosts.ts';
import type { ForwarderConfig } from '../shared/ipc.ts';
import { PeerLookup } from '../shared/peer-lookup.ts';
import { ClientReports } from './client-reports.ts';
import { Connection, KEEP_ALIVE_MS } from './connection.ts';
import { pointsAtItself, type Target } from './host-policy.ts';

/** Connections at once (reliability.md §5), where the descriptors suffice for both sockets of each. */
const MAX_CONNECTIONS = 1024;
/** Descriptors that the process needs besides. */
const SPARE_DESCRIPTORS = 64;
/** How long a request head may take, milliseconds. */
const HEAD_MS = 10_000;

export interface ForwarderOptions {
  clock: Clock;
  /** The connections that are open now. */
  onClients: (clients: ClientInfo[]) => void;
  /** A peer that is not on the allow-list was turned away; `total` since the start. */
  onRefused: (address: string, total: number) => void;
  headMs?: number;
}

/** Listens, asks the bind policy, and owns every connection until it is closed. */
export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #connections = new Map<string, Connection>();
  readonly #peers = new PeerLookup();
  readonly #reports: ClientReports;
  #server: Server | null = null;
  #bound: Target | null = null;
  #target: Target | null = null;
  #refused = 0;
  #onEmpty: (() => void) | null = null;

  constructor(options: ForwarderOptions) {
    this.#options = options;
    this.#reports = new ClientReports(
      () => options.onClients([...this.#connections.values()].map((connection) => connection.info())),
      () => this.#activity(),
      () => options.clock.now(),
    );
  }

  /**
   * Binds, in place of an earlier listener; connections that are open stay. Rejects with BIND_REFUSED where the
   * address is not for everybody and no allow-list is given, else with the system's error (EADDRINUSE, …).
   */
  async listen(config: ForwarderConfig): Promise<Target> {
    refuseOpenBind(config);
    await this.#stopListening();
    const allowed = allowList(config.allow);
    const server = createServer({
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
    });
    server.maxConnections = maxConnections();
    server.on('connection', (socket) => this.#accept(socket, allowed, config.allowedHosts));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once('error', reject);
    server.listen({ host: config.host, port: config.port }, resolve);
    await promise;
    server.off('error', reject);
    // Too few descriptors to accept: those that are open live on, and the next accept is tried.
    server.on('error', () => {});
    this.#server = server;
    const { address, port } = server.address() as AddressInfo;
    this.#bound = { host: address, port };
    return { host: config.host, port };
  }

  /** Where new connections go; null while there is no browser. Those that are open end by themselves. */
  setTarget(target: Target | null): void {
    this.#target = target;
  }

  /** Closes the connections with these ids; returns those that there were. */
  kill(ids: readonly string[]): string[] {
    const known = ids.filter((id) => this.#connections.has(id));
    for (const id of known) this.#connections.get(id)?.destroy();
    return known;
  }

  /** Stops accepting; resolves when every connection has finished, which after `ms` milliseconds they must. */
  async drain(ms: number): Promise<void> {
    void this.#stopListening();
    for (const connection of this.#connections.values()) connection.drain();
    if (this.#connections.size > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#onEmpty = resolve;
      const timer = setTimeout(() => {
        for (const connection of this.#connections.values()) connection.destroy();
      }, ms);
      await promise;
      clearTimeout(timer);
    }
    this.#reports.stop();
    this.#peers.close();
  }

  #accept(socket: Socket, allowed: (address: string) => boolean, allowedHosts: readonly string[]): void {
    const address = socket.remoteAddress;
    if (address === undefined) {
      // Gone again before it was accepted.
      socket.destroy();
      return;
    }
    if (!allowed(address)) {
      socket.destroy();
      this.#refused++;
      this.#options.onRefused(address, this.#refused);
      return;
    }
    const id = `raw-${randomBytes(16).toString('hex')}`;
    const connection = new Connection(socket, {
      id,
      target: this.#reachable(),
      allowedHosts,
      headMs: this.#options.headMs ?? HEAD_MS,
      wall: () => this.#options.clock.wall(),
      onChange: () => this.#reports.changed(),
      onClose: () => this.#closed(id),
    });
    this.#connections.set(id, connection);
    this.#reports.changed();
    this.#askPid(id, connection);
  }

  #reachable(): Target | null {
    return this.#target && this.#bound && pointsAtItself(this.#target, this.#bound) ? null : this.#target;
  }

  #askPid(id: string, connection: Connection): void {
    if (!connection.ports || !isLoopback(connection.peerAddress)) return;
    this.#peers.ask({
      ports: connection.ports,
      wanted: () => this.#connections.has(id),
      found: (pid) => {
        connection.pid = pid;
        this.#reports.changed();
      },
    });
  }

  #closed(id: string): void {
    this.#connections.delete(id);
    this.#reports.changed();
    if (this.#connections.size === 0) this.#onEmpty?.();
  }

  #activity(): number {
    let sum = 0;
    for (const connection of this.#connections.values()) sum += connection.activity;
    return sum;
  }

  /** Stops accepting at once; the connections that are open stay. */
  async #stopListening(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    this.#bound = null;
    if (!server) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    // `close` calls back when the last connection is gone; the port itself is free in this same turn.
    server.close();
    setImmediate(resolve);
    await promise;
  }
}

/** The configuration refuses this as well; whoever starts this process by other means must not get past it. */
function refuseOpenBind({ host, allow }: ForwarderConfig): void {
  if (isLoopback(host) || allow.length > 0) return;
  throw new HubError(
    'BIND_REFUSED',
    `the forwarder would listen on ${host} for everybody: its connections are raw and unisolated`,
    `Name who may connect, e.g. --proxy-host ${host} --proxy-allow 172.16.0.0/12`,
  );
}

/** Below the limit of open files, so that the last descriptors are not taken by connections that can do nothing. */
function maxConnections(): number {
  const limit = openFilesLimit();
  return Math.max(1, Math.min(MAX_CONNECTIONS, Math.floor((limit - SPARE_DESCRIPTORS) / 2)));
}

/** proc_pid_limits(5); elsewhere no limit is known. */
function openFilesLimit(): number {
  if (process.platform !== 'linux') return Number.POSITIVE_INFINITY;
  try {
    const [, limit] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return limit === undefined ? Number.POSITIVE_INFINITY : Number(limit);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
