import { connect, type Socket } from 'node:net';
import { messageOf } from '../shared/errors.ts';
import type { ClientInfo } from '../shared/events.ts';
import type { Refusal } from '../shared/refusal.ts';
import { oneLine } from '../shared/text.ts';
import type { Target } from './host-policy.ts';
import { type Effect, HttpRelay } from './http-relay.ts';
import { ReadBuffer } from './read-buffer.ts';

/** A dead peer that sends nothing is found out after this silence plus the system's probes, milliseconds. */
export const KEEP_ALIVE_MS = 15_000;
/** How long a client may take to read a last answer before its socket is destroyed, milliseconds. */
const LINGER_MS = 2_000;
/** A connection of which one direction has ended and the other says nothing for so long is over, milliseconds. */
const HALF_CLOSED_MS = 60_000;

export interface ConnectionOptions {
  id: string;
  target: Target | null;
  allowedHosts: readonly string[];
  /** How long a request head may take, milliseconds. */
  headMs: number;
  /** Milliseconds since the epoch. */
  wall: () => number;
  /** Its name, or that it began, became known. */
  onChange: () => void;
  /** Both sockets are closed. */
  onClose: () => void;
}

/** One client's socket and its way to the browser: followed as HTTP as long as it is, then two pipes. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #client: Socket;
  readonly #target: Socket | null;
  readonly #relay: HttpRelay;
  readonly #buffer = new ReadBuffer();
  readonly #since: number;
  readonly #peer: string;
  /** Ports of the client's socket: who the peer is can be asked by them. */
  readonly ports: { peerPort: number; localPort: number } | null;
  readonly peerAddress: string;
  #open: number;
  #connected = false;
  #raw = false;
  #draining = false;
  #name = 'raw';
  #headTimer: NodeJS.Timeout | undefined;
  #timedHead = 0;
  #lingerTimer: NodeJS.Timeout | undefined;
  #lastSeen: number;
  readonly #resetting = new Set<Socket>();
  #seenBytes = 0;
  pid: number | null = null;

  constructor(client: Socket, options: ConnectionOptions) {
    const { target, allowedHosts, wall } = options;
    this.#options = options;
    this.#client = client;
    this.#since = wall();
    this.#lastSeen = this.#since;
    // On a listener for both families IPv4 peers come as ::ffff:a.b.c.d.
    this.peerAddress = (client.remoteAddress ?? '').replace(/^::ffff:/, '');
    this.#peer = `${this.peerAddress.includes(':') ? `[${this.peerAddress}]` : this.peerAddress}:${client.remotePort ?? 0}`;
    this.ports =
      client.remotePort !== undefined && client.localPort !== undefined
        ? { peerPort: client.remotePort, localPort: client.localPort }
        : null;
    this.#relay = new HttpRelay({ target, allowedHosts });
    this.#target = target
      ? connect({
          host: target.host,
          port: target.port,
          allowHalfOpen: true,
          noDelay: true,
          keepAlive: true,
          keepAliveInitialDelay: KEEP_ALIVE_MS,
          onread: this.#buffer.options((bytes) => this.#onTargetData(bytes)),
        })
      : null;
    this.#open = this.#target ? 2 : 1;
    this.#listen();
    if (!this.#target) this.#apply(this.#relay.targetLost(NO_TARGET));
  }

  /** What the screens are told of it. */
  info(): ClientInfo {
    const bytes = this.#client.bytesRead + this.#client.bytesWritten;
    if (bytes !== this.#seenBytes) this.#lastSeen = this.#options.wall();
    this.#seenBytes = bytes;
    return {
      id: this.#options.id,
      kind: 'raw',
      name: this.#name,
      workspace: '',
      isolation: null,
      peer: this.#peer,
      pid: this.pid,
      since: this.#since,
      lastSeen: this.#lastSeen,
      connected: true,
      requests: this.#relay.requests,
      failures: this.#relay.failures,
      inFlight: 0,
      tabs: 0,
      paused: false,
      bytesIn: this.#client.bytesRead,
      bytesOut: this.#client.bytesWritten,
      p50: null,
      p95: null,
      p99: null,
    };
  }

  /** Grows with everything that passes. */
  get activity(): number {
    return this.#client.bytesRead + this.#client.bytesWritten;
  }

  /** Ends it at once, in both directions. */
  destroy(): void {
    this.#destroy(this.#client);
    this.#destroy(this.#target);
  }

  /** From now on it ends as soon as nothing is on its way. */
  drain(): void {
    this.#draining = true;
    this.#endIfDrained();
  }

  #listen(): void {
    const client = this.#client;
    const target = this.#target;
    client.on('data', this.#onClientData);
    client.on('end', () => {
      if (!this.#raw) this.#apply(this.#relay.clientEnded());
      this.#armHalfClosed();
    });
    client.on('drain', this.#flow);
    client.on('error', () => this.#reset(target));
    client.on('close', () => this.#closed(target));
    if (!target) return;
    target.on('connect', () => {
      this.#connected = true;
    });
    // Its bytes come through the read buffer; flowing, it tells its end.
    target.resume();
    target.on('end', () => {
      if (this.#raw) client.end();
      else this.#apply(this.#relay.targetEnded());
      this.#armHalfClosed();
    });
    target.on('drain', this.#flow);
    target.on('error', (error) => this.#targetFailed(error));
    // While it is HTTP the relay has said what the client gets; then the client's socket is on its own.
    target.on('close', () => this.#closed(this.#raw ? client : null));
  }

  readonly #onClientData = (chunk: Buffer): void => this.#apply(this.#relay.fromClient(chunk));

  /** The browser's way is the one with the bulk (pictures, traces, snapshots): see {@link ReadBuffer}. */
  #onTargetData(bytes: Buffer): boolean {
    if (this.#raw) return this.#buffer.send(bytes, this.#client);
    // The relay keeps what it is given.
    this.#apply(this.#relay.fromTarget(Buffer.from(bytes)));
    return this.#raw || !this.#client.writableNeedDrain;
  }

  #apply(effects: readonly Effect[]): void {
    for (const effect of effects) this.#do(effect);
    if (this.#raw) return;
    this.#flow();
    this.#timeHead();
    this.#noteName();
    this.#endIfDrained();
  }

  #do(effect: Effect): void {
    switch (effect.kind) {
      case 'to-target':
        this.#target?.write(effect.bytes);
        break;
      case 'to-client':
        this.#client.write(effect.bytes);
        break;
      case 'raw':
        this.#pipe();
        break;
      case 'end-target':
        this.#target?.end();
        break;
      case 'close':
        this.#destroy(this.#target);
        this.#linger();
        break;
      case 'reset':
        this.#reset(this.#client);
        this.#reset(this.#target);
        break;
    }
  }

  /** From here on bytes pass as they come; the way to the target is a plain `pipe`, FIN and pauses included. */
  #pipe(): void {
    const client = this.#client;
    const target = this.#target;
    this.#noteName();
    this.#raw = true;
    clearTimeout(this.#headTimer);
    if (!target) return;
    target.off('drain', this.#flow);
    client.off('data', this.#onClientData);
    client.pipe(target);
    if (target.readableEnded) client.end();
    else if (!client.writableNeedDrain) target.resume();
  }

  /** Nobody is read faster than the other end takes it. */
  readonly #flow = (): void => {
    const target = this.#target;
    if (this.#client.writableNeedDrain) target?.pause();
    else target?.resume();
    if (this.#raw) return;
    if (target?.writableNeedDrain || this.#relay.holding) this.#client.pause();
    else this.#client.resume();
  };

  #timeHead(): void {
    const head = this.#relay.partialHead;
    if (head === this.#timedHead) return;
    this.#timedHead = head;
    clearTimeout(this.#headTimer);
    if (head === 0) return;
    this.#headTimer = setTimeout(() => this.#apply(this.#relay.headTimedOut()), this.#options.headMs);
  }

  #noteName(): void {
    if (this.#name !== 'raw' || this.#relay.requests === 0) return;
    const product = /^[^\s/;,()]+/.exec(oneLine(this.#relay.userAgent))?.[0];
    if (!product) return;
    this.#name = product.slice(0, 40);
    this.#options.onChange();
  }

  /** A last answer must not be lost to a reset: what the client still sends is read and dropped meanwhile. */
  #linger(): void {
    this.#client.end();
    this.#client.resume();
    this.#lingerTimer ??= setTimeout(() => this.#destroy(this.#client), LINGER_MS);
  }

  #armHalfClosed(): void {
    for (const socket of [this.#client, this.#target]) {
      socket?.setTimeout(HALF_CLOSED_MS, () => this.destroy());
    }
  }

  #endIfDrained(): void {
    if (this.#draining && !this.#raw && this.#relay.idle) this.destroy();
  }

  #targetFailed(error: Error): void {
    if (this.#raw) this.#reset(this.#client);
    else
      this.#apply(
        this.#relay.targetLost(this.#connected ? BROKE_OFF : unreachable(this.#options.target, error)),
      );
  }

  /**
   * A reset is passed on as one: an answer that was cut must not look complete. Hazard: Node's resetAndDestroy is
   * `end` first and reset then, and the reset fails while a shutdown is under way, which leaves the descriptor
   * open for ever. So it is only for sockets that nobody has ended, and nobody destroys them afterwards.
   */
  #reset(socket: Socket | null): void {
    if (!socket || this.#resetting.has(socket)) return;
    if (socket.connecting || socket.destroyed || socket.writableEnded || socket.writableLength > 0) {
      socket.destroy();
    } else {
      this.#resetting.add(socket);
      socket.resetAndDestroy();
    }
  }

  #destroy(socket: Socket | null): void {
    if (socket && !this.#resetting.has(socket)) socket.destroy();
  }

  /** Either both directions were passed on, or the other end has nobody left to speak to. */
  #closed(other: Socket | null): void {
    if (other && !other.writableEnded) this.#destroy(other);
    this.#open--;
    if (this.#open > 0) return;
    clearTimeout(this.#headTimer);
    clearTimeout(this.#lingerTimer);
    this.#options.onClose();
  }
}

const NO_TARGET: Refusal = {
  status: 503,
  error: 'NO_BROWSER',
  message: 'there is no browser behind this forwarder at the moment: it is starting or restarting',
  hint: 'Try again in a few seconds; `cdp-hub status` shows how far it is.',
};

const BROKE_OFF: Refusal = {
  status: 502,
  error: 'BROWSER_UNREACHABLE',
  message: 'the browser broke the connection off without an answer',
  hint: 'It may be restarting: try again, and see `cdp-hub status`.',
};

function unreachable(target: Target | null, error: Error): Refusal {
  return {
    status: 503,
    error: 'BROWSER_UNREACHABLE',
    message: `the browser at ${target?.host}:${target?.port} does not take connections: ${messageOf(error)}`,
    hint: 'It may be restarting: try again, and see `cdp-hub status`.',
  };
}
