import type { TrafficBatch } from '../shared/events.ts';
import type { ToGateway, Watch } from '../shared/ipc.ts';

/** Keeps the gateway told of what is watched: those who want the same share one watch there. */
export class Watches {
  readonly #send: (message: ToGateway) => void;
  readonly #tell: (batch: TrafficBatch, isFor: (watch: Watch) => boolean) => void;
  readonly #watches = new Map<string, { number: number; watch: Watch }>();
  #last = 0;

  constructor(
    send: (message: ToGateway) => void,
    tell: (batch: TrafficBatch, isFor: (watch: Watch) => boolean) => void,
  ) {
    this.#send = send;
    this.#tell = tell;
  }

  /** What is wanted by everybody, all of it. */
  set(wanted: readonly Watch[]): void {
    const keys = new Set(wanted.map(keyOf));
    for (const watch of wanted) this.#add(watch);
    for (const [key, { number }] of this.#watches) {
      if (keys.has(key)) continue;
      this.#watches.delete(key);
      this.#send({ type: 'unwatch', watch: number });
    }
  }

  /** A new gateway knows nothing yet of who watches. */
  again(): void {
    for (const { number, watch } of this.#watches.values()) {
      this.#send({ type: 'watch', watch: number, ...watch });
    }
  }

  told(number: number, batch: TrafficBatch): void {
    for (const [key, watch] of this.#watches) {
      if (watch.number === number) this.#tell(batch, (each) => keyOf(each) === key);
    }
  }

  #add(watch: Watch): void {
    const key = keyOf(watch);
    if (this.#watches.has(key)) return;
    this.#last += 1;
    this.#watches.set(key, { number: this.#last, watch });
    this.#send({ type: 'watch', watch: this.#last, ...watch });
  }
}

function keyOf({ filter, bodies }: Watch): string {
  return `${bodies} ${filter}`;
}
