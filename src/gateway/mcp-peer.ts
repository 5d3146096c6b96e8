import type { ClientIdentity } from './contract/observer.ts';
import type { Pipe } from './contract/seat.ts';
import type { Workspace } from './isolation/workspace.ts';
import type { Mux } from './mux/mux.ts';
import type { MuxClient, Sink } from './mux/mux-client.ts';
import { encode, type Outgoing } from './protocol/envelope.ts';
import type { Close } from './protocol/errors.ts';

/**
 * A CDP client inside the gateway: an ordinary client of the mux that is spoken to in texts, as over a socket. It
 * outlives the browser; its pipe does not.
 */
export class McpPeer implements Sink {
  readonly mux: MuxClient;
  readonly #onEnd: (close: Close) => void;
  #pipe: Pipe | null = null;

  /** `onEnd`: the mux has ended it. */
  constructor(mux: Mux, identity: ClientIdentity, workspace: Workspace, onEnd: (close: Close) => void) {
    this.#onEnd = onEnd;
    this.mux = mux.join({ identity, workspace, face: { kind: 'browser' }, sink: this });
  }

  open(): Pipe {
    this.#cut();
    const pipe: Pipe = {
      send: (text) => {
        if (this.#pipe === pipe) this.mux.receive(text, Buffer.byteLength(text));
        // It was cut before it had anybody who could be told, and waits for an answer now.
        else setImmediate(() => pipe.onclose?.());
      },
      close: () => {
        if (this.#pipe === pipe) this.#cut();
      },
    };
    this.#pipe = pipe;
    return pipe;
  }

  /** Leaves the mux. */
  end(): void {
    this.mux.leave();
    this.#cut();
  }

  deliver(message: Outgoing): void {
    const pipe = this.#pipe;
    if (!pipe) return;
    // Now: its bytes may be written anew for the next who gets them.
    const text = String(encode(message));
    // One after the other, each when all that the one before it has set off is done: Puppeteer takes what is told of
    // frames a little later than what is told of targets, and would have them in the wrong order.
    setImmediate(() => {
      if (this.#pipe === pipe) pipe.onmessage?.(text);
    });
  }

  close(close: Close): void {
    this.#cut();
    this.#onEnd(close);
  }

  lost(): void {
    this.#cut();
  }

  /** The answers that are on their way come first. */
  #cut(): void {
    const pipe = this.#pipe;
    if (!pipe) return;
    setImmediate(() => {
      if (this.#pipe === pipe) this.#pipe = null;
      pipe.onclose?.();
    });
  }
}
