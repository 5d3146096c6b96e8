import type { Clock } from '../../shared/clock.ts';
import type { ClientIdentity, Observer } from '../contract/observer.ts';
import { type Owns, ownsEverything } from '../isolation/ownership.ts';
import { type Judge, judge } from '../isolation/policy.ts';
import { type Answer, type CdpEvent, isAnswer, readMessage } from '../protocol/envelope.ts';
import { MuxClient, type MuxContext, type Sink } from './mux-client.ts';
import type { Face } from './top-sessions.ts';
import { Wire } from './wire.ts';

export interface MuxOptions {
  clock: Clock;
  observer: Observer;
  judge?: Judge;
  owns?: Owns;
}

/**
 * Many clients over one connection to the browser. Frames in, frames out: it has no socket and no timer.
 *
 * Every client gets a root session of its own (`Target.attachToBrowserTarget` on the bare connection), so
 * the browser itself keeps their discovery, auto-attach and events apart. Ids are rewritten to the hub's
 * own, every sessionId is checked against the client's own sessions, and what the browser will never answer
 * is answered here.
 */
export class Mux {
  readonly #clients = new Set<MuxClient>();
  readonly #wire = new Wire<MuxClient>();
  readonly #context: MuxContext;

  constructor(options: MuxOptions) {
    this.#context = {
      wire: this.#wire,
      clock: options.clock,
      observer: options.observer,
      judge: options.judge ?? judge,
      owns: options.owns ?? ownsEverything,
      onLeave: (client) => void this.#clients.delete(client),
    };
  }

  get connected(): boolean {
    return this.#wire.connected;
  }

  /** What is held right now: for tests of leaks, and for the state of the gateway. */
  get held(): { clients: number; sessions: number; inFlight: number } {
    return {
      clients: this.#clients.size,
      sessions: this.#wire.sessions.size,
      inFlight: this.#wire.inFlight,
    };
  }

  /** A connection to the browser is there; `send` takes one text frame. */
  open(send: (text: string) => void): void {
    this.#wire.open(send);
  }

  /**
   * A text frame of the browser, and its size in bytes. Throws a SyntaxError on what is no JSON: whoever is
   * there, it is no browser, and the connection should end.
   */
  receive(text: string, bytes: number): void {
    const message = readMessage(text);
    if (isAnswer(message)) this.#wire.settle(message, bytes);
    else if (message.sessionId === undefined) this.#bareEvent(message);
    else {
      const session = this.#wire.sessions.get(message.sessionId);
      // None: it was on its way when its client left.
      session?.owner.event(session, message, bytes);
    }
  }

  /**
   * The connection is gone. Everything in flight is answered with the cause, then every client is told. While
   * there is none, it says what later commands are answered with.
   */
  lost(cause: string): void {
    const was = this.#wire.connected;
    this.#wire.lost(cause);
    if (!was) return;
    for (const client of [...this.#clients]) client.lost(cause);
  }

  join(identity: ClientIdentity, face: Face, sink: Sink): MuxClient {
    const client = new MuxClient(this.#context, identity, face, sink);
    this.#clients.add(client);
    return client;
  }

  /** A command of the hub's own on the bare connection. Resolves with the answer, errors included. */
  call(method: string, params: object = {}): Promise<Answer> {
    return new Promise((resolve) => this.#wire.inject(method, params, null, resolve));
  }

  /** The bare connection only sees the roots come and go. */
  #bareEvent(event: CdpEvent): void {
    if (event.method !== 'Target.detachedFromTarget') return;
    const id = (event.params as { sessionId?: string } | undefined)?.sessionId;
    const root = id === undefined ? undefined : this.#wire.sessions.get(id);
    root?.owner.rootDetached(root);
  }
}
