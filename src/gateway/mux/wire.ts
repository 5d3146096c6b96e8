import { type Answer, type Command, writeCommand } from '../protocol/envelope.ts';
import { hubError, sessionNotFound } from '../protocol/errors.ts';
import { IdMap } from './id-map.ts';
import { type CdpSession, SessionTable } from './sessions.ts';
import { type Flow, Turnstile, type TurnstileOptions } from './turnstile.ts';

/**
 * As many digits as an id can have: a client's own takes its place in an answer without the rest being moved. The
 * numbers after 2^31 - 1, from 1 on, make no difference but that.
 */
const FIRST_ID = 1_000_000_000;

/** What waits for an answer of the browser. It is settled exactly once, unless it is dropped. */
export interface Waiting {
  readonly method: string;
  /** Null for the bare connection. */
  readonly session: CdpSession | null;
  /** Whose turn it has to wait for; absent: it is the hub's own. */
  readonly flow?: Flow;
  /** Called right before it goes out to the browser, which may be later than it was submitted; `at` is monotonic. */
  goesOut?(at: number): void;
  /** Called when it has gone out. */
  wentOut?(): void;
  /** `lost`: the browser never answered, and `answer` is the hub's error that says why. */
  settle(answer: Answer, bytes: number, lost: boolean): void;
}

/**
 * The one connection as the clients share it: the ids in flight and the sessions alive on it. It has no
 * socket: `open` is given what sends a text.
 */
export class Wire {
  readonly sessions = new SessionTable();
  readonly #ids = new IdMap<Waiting>(FIRST_ID);
  readonly #rootTargets = new Map<string, string>();
  #send: ((text: string) => void) | null = null;
  #cause = 'no browser is connected yet';
  readonly #turnstile: Turnstile;

  constructor(options: Pick<TurnstileOptions, 'clock' | 'later'>) {
    this.#turnstile = new Turnstile({
      ...options,
      send: (text) => this.#send?.(text),
      awaited: (id) => this.#ids.has(id),
    });
  }

  get connected(): boolean {
    return this.#send !== null;
  }

  /** Why nothing can be sent; only meaningful while not connected. */
  get cause(): string {
    return this.#cause;
  }

  /** Commands sent and not yet answered. */
  get inFlight(): number {
    return this.#ids.size;
  }

  open(send: (text: string) => void): void {
    this.#send = send;
  }

  /** Sends a command; with no connection it is settled at once with the reason. */
  submit(waiting: Waiting, params: object | undefined): void {
    if (!this.#send) {
      waiting.settle(lostAnswer(this.#cause, waiting), 0, true);
      return;
    }
    const command: Omit<Command, 'id'> = {
      method: waiting.method,
      params,
      sessionId: waiting.session?.id,
    };
    const id = this.#ids.add(waiting);
    const text = writeCommand(id, command);
    if (waiting.flow) this.#turnstile.pass(waiting.flow, { id, text, of: waiting });
    else this.#send(text);
  }

  /** A command of the hub's own. `done` is called synchronously with the answer, errors included. */
  inject(method: string, params: object, session: CdpSession | null, done: (answer: Answer) => void): void {
    this.submit({ method, session, settle: done }, params);
  }

  /** An answer came. One that nobody waits for belonged to a client that has left. */
  settle(answer: Answer, bytes: number): void {
    const waiting = this.#ids.take(answer.id);
    this.#turnstile.done(answer.id);
    waiting?.settle(answer, bytes, false);
  }

  /** A root session came up: its `browser` target, which is told ahead of the answer. */
  noteRoot(sessionId: string, targetId: string): void {
    this.#rootTargets.set(sessionId, targetId);
  }

  /** The `browser` target of a root session that was just made; empty where the browser did not say. */
  takeRoot(sessionId: string): string {
    const targetId = this.#rootTargets.get(sessionId) ?? '';
    this.#rootTargets.delete(sessionId);
    return targetId;
  }

  /** Takes out what matches, unsettled: nobody is there any more to be told. */
  drop(matches: (waiting: Waiting) => boolean): Waiting[] {
    return this.#ids.takeWhere(matches);
  }

  /** What a client has not sent yet stays here until {@link release}. */
  hold(flow: Flow): void {
    this.#turnstile.hold(flow);
  }

  release(flow: Flow): void {
    this.#turnstile.release(flow);
  }

  /** A client is about to leave: what it still wanted to send goes out. Returns what was held, taken out unsettled. */
  leave(flow: Flow): Waiting[] {
    return this.#turnstile.leave(flow).flatMap((id) => this.#ids.take(id) ?? []);
  }

  /** To be called about once a second. */
  tick(): void {
    this.#turnstile.retire();
  }

  /** Forgets a session with its descendants and settles what waits on them: Chrome never would. */
  endSession(session: CdpSession, cause: string): void {
    const gone = this.sessions.remove(session);
    for (const waiting of this.#ids.takeWhere((each) => each.session !== null && gone.has(each.session))) {
      const error = sessionNotFound(`${cause} before ${waiting.method} was answered`);
      waiting.settle(addressed({ id: 0, error }, waiting), 0, true);
    }
  }

  /** Settles what will not be answered though its session lives on. */
  failWhere(matches: (waiting: Waiting) => boolean, cause: string): void {
    for (const waiting of this.#ids.takeWhere(matches)) {
      waiting.settle(lostAnswer(cause, waiting), 0, true);
    }
  }

  /** The connection is gone, and with it every session and every answer. */
  lost(cause: string): void {
    this.#send = null;
    this.#cause = cause;
    this.sessions.clear();
    this.#rootTargets.clear();
    this.#turnstile.clear();
    for (const waiting of this.#ids.takeWhere(() => true)) {
      waiting.settle(lostAnswer(cause, waiting), 0, true);
    }
  }
}

function lostAnswer(cause: string, waiting: Waiting): Answer {
  return addressed({ id: 0, error: hubError(`${cause}; ${waiting.method} was not answered`) }, waiting);
}

function addressed(answer: Answer, waiting: Waiting): Answer {
  if (waiting.session) answer.sessionId = waiting.session.id;
  return answer;
}
