import type { Bodies, HubEvent, TrafficBatch } from '../shared/events.ts';
import type { BodyWish, FromGateway, ToGateway, Watch } from '../shared/ipc.ts';
import type { Part } from './part.ts';

/** Events that the gateway passes on to programs. */
const PASSED: readonly HubEvent['type'][] = ['process', 'log', 'question', 'answered'];

/** Rows for those whose watch fits. */
export type TellTraffic = (batch: TrafficBatch, isFor: (watch: Watch) => boolean) => void;

/**
 * What the gateway has recorded, for those who look: it is kept told of what is watched, and those who want the same
 * share one watch there.
 */
export class Traffic {
  readonly #gateway: Pick<Part<FromGateway, ToGateway>, 'send' | 'ask'>;
  readonly #tell: TellTraffic;
  readonly #watches = new Map<string, { number: number; watch: Watch }>();
  #last = 0;

  constructor(gateway: Pick<Part<FromGateway, ToGateway>, 'send' | 'ask'>, tell: TellTraffic) {
    this.#gateway = gateway;
    this.#tell = tell;
  }

  /** The newest rows of the gateway's ring. */
  async backfill(rows: number, filter: string): Promise<TrafficBatch> {
    const reply = await this.#gateway.ask((id) => ({ type: 'backfill', id, rows, filter }));
    if (reply.type !== 'backfilled') throw new TypeError(`the gateway answered ${reply.type}`);
    return reply.batch;
  }

  /** The messages of one row. */
  async body(wish: BodyWish): Promise<Bodies> {
    const reply = await this.#gateway.ask((id) => ({ type: 'body', id, ...wish }));
    if (reply.type !== 'body') throw new TypeError(`the gateway answered ${reply.type}`);
    return reply.bodies;
  }

  /** What programs that listen at the gateway should hear of as well. */
  pass(event: HubEvent): void {
    if (PASSED.includes(event.type)) this.#gateway.send({ type: 'event', event });
  }

  /** What is wanted by everybody, all of it: traffic flows only while somebody looks, and only what is looked at. */
  watch(wanted: readonly Watch[]): void {
    const keys = new Set(wanted.map(keyOf));
    for (const watch of wanted) this.#add(watch);
    for (const [key, { number }] of this.#watches) {
      if (keys.has(key)) continue;
      this.#watches.delete(key);
      this.#gateway.send({ type: 'unwatch', watch: number });
    }
  }

  /** A new gateway knows nothing yet of who watches. */
  again(): void {
    for (const { number, watch } of this.#watches.values()) {
      this.#gateway.send({ type: 'watch', watch: number, ...watch });
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
    this.#gateway.send({ type: 'watch', watch: this.#last, ...watch });
  }
}

function keyOf({ filter, bodies }: Watch): string {
  return `${bodies} ${filter}`;
}
