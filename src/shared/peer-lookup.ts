import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';

/** A connection whose local peer is asked for. */
interface Asked {
  ports: { peerPort: number; localPort: number };
  /** False once nobody wants to know any more. */
  wanted: () => boolean;
  found: (pid: number) => void;
}

/** The system's table of sockets is not read in one piece and may miss one: so many looks, then it is unknown. */
const MAX_LOOKS = 3;

interface Question {
  asked: Asked;
  looks: number;
}

/** Connections that come and go within this time never cost a look, milliseconds. */
const SETTLE_MS = 100;
/** Unused for so long the thread goes, and its 20 MB with it, milliseconds. */
const IDLE_MS = 10_000;
/** A look leaves much garbage behind and keeps nothing: a small young generation collects it early. */
const LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 128 };

/**
 * Finds the processes behind local connections. One look reads all of /proc, which takes 10 ms and more, so
 * it is done on a thread of its own, for many connections at a time and one look after the other: whose bytes
 * pass at that moment must not notice.
 */
export class PeerLookup {
  #waiting: Question[] = [];
  #looking: Question[] = [];
  #timer: NodeJS.Timeout | undefined;
  #worker: Worker | null = null;
  #idle: NodeJS.Timeout | undefined;
  #closed = false;

  /** `found` is called a little later, if the process is a local one that this user may see. */
  ask(asked: Asked): void {
    if (this.#closed) return;
    this.#waiting.push({ asked, looks: 0 });
    this.#arm();
  }

  /** Nothing is found any more. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#idle);
    void this.#worker?.terminate();
  }

  #arm(): void {
    if (this.#timer || this.#looking.length > 0 || this.#waiting.length === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#look();
    }, SETTLE_MS).unref();
  }

  #look(): void {
    this.#looking = this.#waiting.filter(({ asked }) => asked.wanted());
    this.#waiting = [];
    if (this.#looking.length > 0) this.#thread().postMessage(this.#looking.map(({ asked }) => asked.ports));
  }

  #thread(): Worker {
    clearTimeout(this.#idle);
    if (this.#worker) return this.#worker;
    // `.ts` in a checkout, `.js` as built.
    const worker = new Worker(new URL(`./peer-worker${extname(import.meta.filename)}`, import.meta.url), {
      resourceLimits: LIMITS,
    });
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
    if (this.#closed) return;
    const looked = this.#looking;
    this.#looking = [];
    for (const [index, question] of looked.entries()) {
      const pid = pids[index];
      if (typeof pid === 'number' && question.asked.wanted()) question.asked.found(pid);
      else if (typeof pid !== 'number' && ++question.looks < MAX_LOOKS) this.#waiting.push(question);
    }
    this.#arm();
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#dismiss(), IDLE_MS).unref();
  }

  #dismiss(): void {
    if (this.#looking.length > 0) return;
    void this.#worker?.terminate();
    this.#worker = null;
  }
}
