import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { encode, type Outgoing } from '../protocol/envelope.ts';
import { CLOSE, type Close } from '../protocol/errors.ts';
import { batch } from './batch.ts';

const LIMITS = {
  /** Bytes that may lie unread before a client is let go. */
  unread: 32 * 1024 * 1024,
  /** Commands in flight above which a socket is not read, and their bytes: they may all be waiting here to be sent. */
  inFlight: 256,
  bytesInFlight: 32 * 1024 * 1024,
  /** How long a closing handshake may take. */
  closing: 5000,
} as const;

const MAX_MISSED = 2;

const TEXT = { binary: false } as const;

/** Where a {@link ClientSocket} hands in what it read. */
export interface Reader {
  receive(text: string, bytes: number): void;
  /** A binary frame came; absent: that ends the socket. */
  receiveBinary?(bytes: number): void;
  readonly inFlight: number;
  readonly bytesInFlight: number;
}

function isFull({ inFlight, bytesInFlight }: Reader): boolean {
  return inFlight >= LIMITS.inFlight || bytesInFlight >= LIMITS.bytesInFlight;
}

/**
 * A small message as it came is a piece of all that was read with it, which it keeps in memory for as long as it waits:
 * what may wait for long is copied.
 */
function apart(frame: Buffer | string): Buffer | string {
  const shared = typeof frame !== 'string' && frame.length * 4 < frame.buffer.byteLength;
  return shared ? Buffer.from(frame) : frame;
}

/** One client's WebSocket: what goes in and out of it is bounded, and it cannot slow anybody else. */
export class ClientSocket {
  readonly #socket: WebSocket;
  readonly #raw: Duplex;
  #reader: Reader | null = null;
  #largest = 0;
  #closing = false;
  #onEnd = () => {};
  /** Pings in a row that nothing has answered. */
  #missed = 0;

  /** `raw`: the connection below it. */
  constructor(socket: WebSocket, raw: Duplex) {
    this.#socket = socket;
    this.#raw = raw;
  }

  get closing(): boolean {
    return this.#closing;
  }

  /** From here on messages go to `reader`; `onEnd` is called as soon as it ends, from whichever side. */
  listen(reader: Reader, onEnd: () => void): void {
    this.#reader = reader;
    this.#onEnd = onEnd;
    this.#socket.on('message', (data: Buffer, isBinary) => {
      this.#missed = 0;
      if (this.#closing) return;
      if (!isBinary) reader.receive(data.toString(), data.length);
      else if (reader.receiveBinary) reader.receiveBinary(data.length);
      else void this.close(CLOSE.binary);
      if (isFull(reader)) this.#socket.pause();
    });
    this.#socket.on('ping', (data) => {
      this.#missed = 0;
      if (this.#closing) return;
      // Unread pongs pile up like anything else.
      if (this.#socket.bufferedAmount > LIMITS.unread + this.#largest) void this.close(CLOSE.slow);
      else this.#socket.pong(data);
    });
    this.#socket.on('pong', () => {
      this.#missed = 0;
    });
    // What ws refuses by itself (1007 invalid UTF-8, 1009 too large a message) ends here, before the close.
    this.#socket.on('error', () => {});
    this.#socket.on('close', onEnd);
  }

  deliver(message: Outgoing): void {
    if (!this.#closing) this.send(encode(message));
  }

  /** Sends one text frame; nobody may change its bytes. */
  send(text: Buffer | string): void {
    if (this.#closing) return;
    const unread = this.#socket.bufferedAmount;
    if (unread === 0) this.#largest = 0;
    // One answer may be larger than the limit by itself; what counts is what piles up behind it.
    if (unread > LIMITS.unread + this.#largest) {
      void this.close(CLOSE.slow);
      return;
    }
    const frame = unread > 0 ? apart(text) : text;
    if (frame.length > this.#largest) this.#largest = frame.length;
    batch(this.#raw);
    this.#socket.send(frame, TEXT);
    if (this.#socket.isPaused && this.#reader && !isFull(this.#reader)) this.#socket.resume();
  }

  /** What was delivered goes out first. A peer that does not read is cut off after 5 s. Resolves when closed. */
  close(close: Close): Promise<void> {
    if (!this.#closing) {
      this.#closing = true;
      this.#socket.resume();
      this.#socket.close(close.code, close.reason);
      const timer = setTimeout(() => this.#socket.terminate(), LIMITS.closing);
      this.#socket.once('close', () => clearTimeout(timer));
      this.#onEnd();
    }
    if (this.#socket.readyState === this.#socket.CLOSED) return Promise.resolve();
    return new Promise((resolve) => this.#socket.once('close', () => resolve()));
  }

  /**
   * Every 15 s: a peer that missed two pings is cut off. One whose socket we do not read cannot answer, nor is its end
   * heard: that it has gone shows in writing to it alone.
   */
  heartbeat(): void {
    if (!this.#socket.isPaused) {
      if (this.#missed >= MAX_MISSED) {
        this.#socket.terminate();
        return;
      }
      this.#missed += 1;
    }
    this.#socket.ping();
  }
}
