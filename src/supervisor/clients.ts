import { HubError, type HubErrorCode } from '../shared/errors.ts';
import type { ClientInfo } from '../shared/events.ts';
import type {
  FromForwarder,
  FromGateway,
  PageAct,
  PageShown,
  PageWish,
  ToForwarder,
  ToGateway,
} from '../shared/ipc.ts';
import type { Part } from './part.ts';

/** The ids that something was done to, and those asked for that nobody has. */
interface Acted {
  done: string[];
  unknown: string[];
}

/** The clients of the gateway and the raw connections of the forwarder, as each told last, and what is done to them. */
export class Clients {
  readonly #gateway: Pick<Part<FromGateway, ToGateway>, 'ask'>;
  readonly #forwarder: Pick<Part<FromForwarder, ToForwarder>, 'ask'> | null;
  readonly #changed: (clients: ClientInfo[]) => void;
  readonly #told: Record<'gateway' | 'forwarder', ClientInfo[]> = { gateway: [], forwarder: [] };

  constructor(
    gateway: Pick<Part<FromGateway, ToGateway>, 'ask'>,
    forwarder: Pick<Part<FromForwarder, ToForwarder>, 'ask'> | null,
    changed: (clients: ClientInfo[]) => void,
  ) {
    this.#gateway = gateway;
    this.#forwarder = forwarder;
    this.#changed = changed;
  }

  get all(): ClientInfo[] {
    return [...this.#told.gateway, ...this.#told.forwarder];
  }

  /** The gateway or the forwarder told of its clients, or went with them. */
  told(by: 'gateway' | 'forwarder', clients: ClientInfo[]): void {
    this.#told[by] = clients;
    this.#changed(this.all);
  }

  /** Ends these. Throws CHILD_FAILED or TIMEOUT where who has them does not answer. */
  async kill(ids: readonly string[]): Promise<Acted> {
    const { raw, others } = this.#split(ids);
    const replies = await Promise.all([
      others.length > 0 ? this.#gateway.ask((id) => ({ type: 'kill', id, clients: others })) : null,
      raw.length > 0 ? this.#forwarder?.ask((id) => ({ type: 'kill', id, clients: raw })) : null,
    ]);
    return acted(
      ids,
      replies.flatMap((reply) => (reply?.type === 'killed' ? reply.clients : [])),
    );
  }

  /**
   * `on`: holds what these send; else lets it go on. Throws as {@link kill} does, and CONTROL, with nothing done, where
   * one of them is raw.
   */
  async pause(ids: readonly string[], on: boolean): Promise<Acted> {
    const { raw, others } = this.#split(ids);
    if (raw.length > 0) throw notHeld(raw);
    const reply = await this.#gateway.ask((id) => ({ type: 'pause', id, on, clients: others }));
    return acted(ids, reply.type === 'paused' ? reply.clients : []);
  }

  /** Shows a page of a client to the person. Throws CONTROL where it cannot be, NOT_FOUND where there is none. */
  async page(act: PageAct, wish: PageWish): Promise<PageShown> {
    if (this.#split([wish.client]).raw.length > 0) throw notSeen(wish.client);
    const reply = await this.#gateway.ask((id) => ({ type: 'page', id, act, ...wish }));
    if (reply.type !== 'page') throw new TypeError(`the gateway answered ${reply.type}`);
    if ('result' in reply.answer) return reply.answer.result;
    const { code, message, hint } = reply.answer.error;
    // Both ends are of one version and one package.
    throw new HubError(code as HubErrorCode, message, hint);
  }

  /** Those of the forwarder, and all others: of a client that is new the gateway knows before it is told here. */
  #split(ids: readonly string[]): { raw: string[]; others: string[] } {
    const isRaw = (id: string) => this.#told.forwarder.some((client) => client.id === id);
    return { raw: ids.filter(isRaw), others: ids.filter((id) => !isRaw(id)) };
  }
}

function acted(asked: readonly string[], done: string[]): Acted {
  return { done, unknown: asked.filter((id) => !done.includes(id)) };
}

function notHeld(ids: string[]): HubError {
  const which = ids.length === 1 ? 'is a raw connection' : 'are raw connections';
  return new HubError(
    'CONTROL',
    `${ids.join(', ')} ${which} of the forwarder, which passes bytes on unread: nothing can be held`,
    `End ${ids.length === 1 ? 'it' : 'them'} instead: cdp-hub kill ${ids.join(' ')}`,
  );
}

function notSeen(id: string): HubError {
  return new HubError(
    'CONTROL',
    `${id} is a raw connection of the forwarder, which passes bytes on unread: its pages are not known`,
    'Connect that program to the gateway instead, to see what it does.',
  );
}
