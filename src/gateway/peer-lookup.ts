import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';

/** Milliseconds in which connections are gathered for one look at whose they are. */
const GATHER = 100;

interface Wanted {
  peerPort: number;
  localPort: number;
  found(pid: number): void;
}

/**
 * Finds the local processes behind accepted connections. It is a walk through all of /proc, tens of
 * milliseconds on a busy machine: one walk for all that came together, on a thread that ends with it.
 */
export class PeerLookup {
  #wanted: Wanted[] = [];
  #timer: NodeJS.Timeout | null = null;
  #worker: Worker | null = null;

  /** `found` is called later, if the process is a local one that this user may see. */
  find(wanted: Wanted): void {
    this.#wanted.push(wanted);
    if (!this.#worker) this.#timer ??= setTimeout(() => this.#look(), GATHER).unref();
  }

  close(): void {
    if (this.#timer) clearTimeout(this.#timer);
    void this.#worker?.terminate();
  }

  #look(): void {
    this.#timer = null;
    const wanted = this.#wanted;
    this.#wanted = [];
    const worker = new Worker(new URL(`./peer-worker${extname(import.meta.filename)}`, import.meta.url), {
      workerData: wanted.map(({ peerPort, localPort }) => ({ peerPort, localPort })),
    });
    worker.unref();
    this.#worker = worker;
    worker.on('message', (pids: (number | null)[]) => {
      for (const [n, pid] of pids.entries()) if (pid !== null) wanted[n]?.found(pid);
    });
    // A pid is a courtesy: where it cannot be had, nothing else may suffer.
    worker.on('error', () => {});
    worker.on('exit', () => {
      this.#worker = null;
      if (this.#wanted.length > 0) this.#timer ??= setTimeout(() => this.#look(), GATHER).unref();
    });
  }
}
