import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';

/** A connection whose local peer is asked for. */
export interface Asked {
  ports: { peerPort: number; localPort: number };
  /** False once nobody wants to know any more. */
  wanted: () => boolean;
  found: (pid: number | null) => void;
}

/** Connections that come and go within this time never cost a look, milliseconds. */
const SETTLE_MS = 100;

/**
 * Finds the processes behind local connections. One look reads all of /proc, which takes 10 ms and more, so
 * it is done on a thread of its own, for many connections at a time and one look after the other: whose bytes
 * pass at that moment must not notice.
 */
export class PeerLookup {
  #asked: Asked[] = [];
  #looking: Asked[] = [];
  #timer: NodeJS.Timeout | undefined;
  #worker: Worker | null = null;

  ask(asked: Asked): void {
    this.#asked.push(asked);
    this.#arm();
  }

  #arm(): void {
    if (this.#timer || this.#looking.length > 0 || this.#asked.length === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#look();
    }, SETTLE_MS);
  }

  #look(): void {
    this.#looking = this.#asked.filter((asked) => asked.wanted());
    this.#asked = [];
    if (this.#looking.length > 0) this.#thread().postMessage(this.#looking.map((asked) => asked.ports));
  }

  #thread(): Worker {
    if (this.#worker) return this.#worker;
    // `.ts` in a checkout, `.js` as built.
    const worker = new Worker(new URL(`./peer-worker${extname(import.meta.filename)}`, import.meta.url));
    worker.on('message', (pids: (number | null)[]) => this.#answer(pids));
    // Without the thread connections work as before; their pids stay unknown.
    worker.on('error', () => {
      this.#worker = null;
      this.#answer([]);
    });
    worker.unref();
    this.#worker = worker;
    return worker;
  }

  #answer(pids: readonly (number | null)[]): void {
    const looked = this.#looking;
    this.#looking = [];
    for (const [index, asked] of looked.entries()) if (asked.wanted()) asked.found(pids[index] ?? null);
    this.#arm();
  }
}
