import type { ClientIdentity, Exchange, ExchangeEnd, Observer } from '../contract/observer.ts';
import {
  type Answer,
  type CdpEvent,
  type Command,
  type MalformedAnswer,
  type Outgoing,
  readdress,
  textOf,
  withoutSession,
} from '../protocol/envelope.ts';
import type { ClientCommand } from './client-command.ts';
import type { CdpSession } from './sessions.ts';
import { wrap } from './wrapping.ts';

/** Takes what a client is told. */
export interface Receiver {
  deliver(message: Outgoing): void;
}

/** What has to be known of a command whose answer goes out. */
export type Answered = Pick<ClientCommand, 'id' | 'sessionId' | 'observed' | 'addressed'> & Exchange;

/** What goes out to one client, in the form in which each of its sessions hears it, and who watches is told of it. */
export class Delivery {
  readonly #identity: ClientIdentity;
  readonly #receiver: Receiver;
  readonly #observer: Observer;
  /** Where messages without a sessionId go. */
  readonly #main: () => CdpSession | null;

  constructor(
    identity: ClientIdentity,
    receiver: Receiver,
    observer: Observer,
    main: () => CdpSession | null,
  ) {
    this.#identity = identity;
    this.#receiver = receiver;
    this.#observer = observer;
    this.#main = main;
  }

  /** A command came in; `text`: as it came, where it came as one. */
  opened(entry: ClientCommand, command: Command | undefined, text: string | undefined): void {
    const { bodyLimit } = this.#observer;
    const body = bodyLimit > 0 ? (text ?? JSON.stringify(command)).slice(0, bodyLimit) : null;
    this.#observer.opened(entry, command?.params, body);
  }

  malformed(entry: ClientCommand, text: string, told: MalformedAnswer): void {
    this.opened(entry, undefined, text);
    this.#receiver.deliver(told);
    this.#observer.closed(entry, 'error', { error: told.error, bytes: 0, body: this.#body(told) });
  }

  answer(entry: Answered, answer: Answer, bytes: number, lost: boolean): void {
    const known = answer.sessionId === undefined ? undefined : entry.sessionId;
    const told = readdress(answer, entry.id, known);
    // Before it goes: whoever gets it may write it anew in its place.
    const body = this.#body(told);
    this.send(told, entry.addressed);
    if (!entry.observed) return;
    const end: ExchangeEnd = lost ? 'lost' : answer.error ? 'error' : 'ok';
    this.#observer.closed(entry, end, { error: answer.error ?? null, bytes, body });
  }

  /** Nobody waits for its answer any more. */
  abandoned(entry: ClientCommand): void {
    if (!entry.observed) return;
    const error = { code: null, message: 'the client left' };
    this.#observer.closed(entry, 'left', { error, bytes: 0, body: null });
  }

  event(session: CdpSession, event: CdpEvent, bytes: number): void {
    const top = session === this.#main();
    const told = top ? withoutSession(event) : event;
    const body = this.#body(told);
    if (top) this.#receiver.deliver(told);
    else this.send(told, session);
    this.#observer.event(this.#identity, {
      method: event.method,
      target: session.isRoot ? '' : session.targetId,
      sessionId: top ? '' : session.id,
      bytes,
      body,
    });
  }

  /** As its session hears it: plain, or wrapped in an event of the session above. */
  send(message: Outgoing, session: CdpSession | null): void {
    if (!session?.wrapped || !session.parent) {
      this.#receiver.deliver(message);
      return;
    }
    const { parent } = session;
    const event = wrap(session, message);
    if (parent === this.#main()) this.#receiver.deliver(event);
    else this.send({ ...event, sessionId: parent.id }, parent);
  }

  /** Null where nobody wants to see it. */
  #body(told: Outgoing): string | null {
    const { bodyLimit } = this.#observer;
    return bodyLimit > 0 ? textOf(told, bodyLimit) : null;
  }
}
