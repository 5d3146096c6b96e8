import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { ControlRequest, type ControlResults, lineReader } from '../shared/control.ts';
import { HubError } from '../shared/errors.ts';
import type { HubEvent, TrafficBatch } from '../shared/events.ts';
import type { Watch } from '../shared/ipc.ts';

/** A screen or a command that is connected to the control socket. */
export interface Peer {
  owner: boolean;
  /** What it is told of the traffic; null: nothing. */
  watch: Watch | null;
}

/** Unread bytes at which a screen is taken for hung and let go; it can come back and ask for a backfill. */
const QUEUE_MAX = 16 * 1024 * 1024;

export interface ControlHandlers {
  handle(request: ControlRequest, peer: Peer): Promise<ControlResults[ControlRequest['op']]>;
  /** A peer came, went, or changed what it wants to see. `lostOwner`: its lease ended without `detach`. */
  onPeers(peers: Peer[], lostOwner: boolean): void;
}

/** The control socket (src/shared/control.ts), mode 0600 in a folder of mode 0700. */
export class ControlServer {
  readonly #path: string;
  readonly #handlers: ControlHandlers;
  readonly #server: Server;
  readonly #peers = new Map<Socket, Peer>();

  constructor(path: string, handlers: ControlHandlers) {
    this.#path = path;
    this.#handlers = handlers;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** The caller holds the hub's lock, so a socket file that is there belongs to nobody. */
  async listen(): Promise<void> {
    if (process.platform !== 'win32') rmSync(this.#path, { force: true });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // Later ones mean a connection that could not be accepted; those that are stay.
    this.#server.on('error', reject);
    const mask = process.umask(0o177);
    this.#server.listen(this.#path, resolve);
    process.umask(mask);
    await promise;
  }

  get peers(): Peer[] {
    return [...this.#peers.values()];
  }

  push(event: HubEvent): void {
    this.#push(event, () => true);
  }

  /** Traffic goes to those who asked for that alone. */
  pushTraffic(batch: TrafficBatch, watches: (watch: Watch) => boolean): void {
    this.#push({ type: 'traffic', batch }, ({ watch }) => watch !== null && watches(watch));
  }

  #push(event: HubEvent, isFor: (peer: Peer) => boolean): void {
    if (this.#peers.size === 0) return;
    const line = `${JSON.stringify({ event })}\n`;
    for (const [socket, peer] of this.#peers) {
      if (!isFor(peer)) continue;
      if (socket.writableLength > QUEUE_MAX) socket.destroy();
      else socket.write(line);
    }
  }

  /** Ends every connection once what was pushed has been sent. */
  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    const cut = setTimeout(() => {
      for (const socket of this.#peers.keys()) socket.destroy();
    }, 500);
    for (const socket of this.#peers.keys()) socket.end();
    await promise;
    clearTimeout(cut);
  }

  #accept(socket: Socket): void {
    const peer: Peer = { owner: false, watch: null };
    this.#peers.set(socket, peer);
    socket.setEncoding('utf8');
    const read = lineReader((value) => void this.#answer(socket, peer, value));
    socket.on('data', (chunk: string) => {
      try {
        read(chunk);
      } catch {
        socket.destroy();
      }
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#peers.delete(socket);
      this.#handlers.onPeers(this.peers, peer.owner);
    });
  }

  async #answer(socket: Socket, peer: Peer, value: unknown): Promise<void> {
    const parsed = ControlRequest.safeParse(value);
    if (!parsed.success) {
      socket.destroy();
      return;
    }
    const { id, op } = parsed.data;
    try {
      const result = await this.#handlers.handle(parsed.data, peer);
      send(socket, { id, ok: true, result });
    } catch (thrown) {
      send(socket, { id, ok: false, error: HubError.from(thrown).toData() });
    }
    if (op === 'attach' || op === 'detach' || op === 'watch') this.#handlers.onPeers(this.peers, false);
  }
}

function send(socket: Socket, message: object): void {
  if (!socket.destroyed) socket.write(`${JSON.stringify(message)}\n`);
}
