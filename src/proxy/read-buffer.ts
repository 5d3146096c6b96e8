import type { OnReadOpts } from 'node:net';
import type { Writable } from 'node:stream';

/** Most sockets carry small messages: one that fills its buffer gets a large one. Bytes. */
const SMALL = 4 * 1024;
const LARGE = 128 * 1024;
/** Buffers kept for the next reads; more are in use only while the other end does not take what it is given. */
const SPARE = 2;

/**
 * Memory that one socket reads into, over and over. A fresh buffer for every read, as streams have it, makes a
 * garbage collection every few megabytes, and that costs more than the copying through the kernel.
 *
 * Hazard: a buffer must not be read into again while a write of its bytes is under way.
 */
export class ReadBuffer {
  #current: Buffer = Buffer.allocUnsafeSlow(SMALL);
  #spare: Buffer[] = [];

  /** The `onread` option of a socket; `onBytes` gets bytes that are valid until it returns, and false pauses. */
  options(onBytes: (bytes: Buffer) => boolean): OnReadOpts {
    return {
      buffer: () => this.#current,
      callback: (length) => {
        const buffer = this.#current;
        const goOn = onBytes(buffer.subarray(0, length));
        if (length === SMALL && this.#current.length === SMALL) this.#current = Buffer.allocUnsafeSlow(LARGE);
        return goOn;
      },
    };
  }

  /** Inside `onBytes`: writes these bytes to `socket` and keeps them untouched until they are sent. */
  send(bytes: Buffer, socket: Writable): boolean {
    // It will have to wait: a large buffer is not given away for a few bytes, of which many could wait.
    if (socket.writableLength > 0 && bytes.length < LARGE / 2) return socket.write(Buffer.from(bytes));
    const buffer = this.#current;
    let sent = false;
    const more = socket.write(bytes, () => {
      if (!sent && buffer.length === LARGE && this.#spare.length < SPARE) this.#spare.push(buffer);
    });
    // Nothing waits in the socket: the system has taken all of it already, and the buffer is free.
    sent = socket.writableLength === 0;
    if (!sent) this.#current = this.#spare.pop() ?? Buffer.allocUnsafeSlow(buffer.length);
    return more;
  }
}
