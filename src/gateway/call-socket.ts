import { messageOf } from '../shared/errors.ts';
import type { Refusal } from '../shared/refusal.ts';
import { paused } from './contract/refusal.ts';
import { within } from './contract/within.ts';
import { type CallerId, type CallRequest, lateWords, type Misread, readCall } from './http/command.ts';
import type { CallerEvent, HttpCaller } from './http-caller.ts';
import { type Answer, type CdpEvent, encodeAnswer } from './protocol/envelope.ts';
import { type CdpError, CODE, hubError } from './protocol/errors.ts';
import type { Reader } from './socket/client-socket.ts';

export interface CallSocketOptions {
  socket: { send(text: Buffer | string): void; deliver(event: CdpEvent): void };
  /** Who calls on it. */
  caller: Pick<HttpCaller, 'execute' | 'full' | 'identity' | 'paused'>;
  /** At once where there is a browser; else a refusal where there is none to be had in time. */
  ready(): null | Promise<Refusal | null>;
  /** A call came in. */
  called(): void;
}

interface Waiting {
  request: CallRequest;
  /** Aborted where nobody waits for it any more: it is not sent. */
  givenUp: AbortController;
  settle(answer: Answer): void;
}

/**
 * What comes in and goes out on one socket of `/ws`: calls, each answered exactly once, and what its caller hears.
 * Calls wait here, in order, while there is no browser or the caller has as many in flight as it may.
 */
export class CallSocket implements Reader {
  readonly #options: CallSocketOptions;
  #waiting: Waiting[] = [];
  #admitting = false;
  #inFlight = 0;
  #bytesInFlight = 0;
  #lastId = 0;

  constructor(options: CallSocketOptions) {
    this.#options = options;
  }

  /** Calls that came in and are not answered. */
  get inFlight(): number {
    return this.#inFlight;
  }

  get bytesInFlight(): number {
    return this.#bytesInFlight;
  }

  /** Of these, those that were not sent on yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  receive(text: string, bytes: number): void {
    const read = readCall(text, bytes, 'the message');
    if ('misread' in read) {
      this.#refuse(read.id, misreadError(read));
      return;
    }
    this.#options.called();
    this.#inFlight += 1;
    this.#bytesInFlight += bytes;
    void this.#serve(read);
  }

  receiveBinary(): void {
    const message = 'cdp-hub: a binary frame is not taken; send the JSON as text';
    this.#refuse(undefined, { code: CODE.parse, message });
  }

  /** What its caller hears. */
  hear(event: CallerEvent): void {
    this.#options.socket.deliver(event);
  }

  /** The socket has gone: what waits here is let go. What was sent on, the end of the caller settles. */
  end(): void {
    for (const { settle } of this.#waiting.splice(0))
      settle({ id: 0, error: hubError('the socket has gone') });
  }

  async #serve(request: CallRequest): Promise<void> {
    const { call, timeoutMs } = request;
    const { promise, resolve } = Promise.withResolvers<Answer>();
    const givenUp = new AbortController();
    const waiting = { request, givenUp, settle: resolve };
    this.#waiting.push(waiting);
    void this.#admit();
    const answer = await within(timeoutMs, promise);
    if (answer === null) {
      givenUp.abort();
      // Nothing may ever make room, and others come.
      this.#waiting = this.#waiting.filter((each) => each !== waiting);
    }
    this.#inFlight -= 1;
    this.#bytesInFlight -= call.bytes;
    this.#answer(request.id, answer ?? { id: 0, error: this.#late(request) });
  }

  /** Sends on what may be, in the order in which it came. */
  async #admit(): Promise<void> {
    if (this.#admitting) return;
    this.#admitting = true;
    while (this.#waiting.length > 0 && !this.#options.caller.full) {
      const awaited = this.#options.ready();
      const refusal = awaited && (await awaited);
      if (refusal) this.#refuseAll(refusal);
      else this.#sendOn();
    }
    this.#admitting = false;
  }

  #sendOn(): void {
    const next = this.#waiting.shift();
    if (next) void this.#execute(next);
  }

  async #execute({ request, givenUp, settle }: Waiting): Promise<void> {
    try {
      settle(await this.#options.caller.execute({ ...request.call, signal: givenUp.signal }));
    } catch (error) {
      settle({ id: 0, error: hubError(messageOf(error)) });
    }
    // Also where it came too late: another may go now.
    if (this.#waiting.length > 0) void this.#admit();
  }

  #refuseAll({ message, hint }: Refusal): void {
    const error = hubError(`${message}; ${hint}`);
    for (const { settle } of this.#waiting.splice(0)) settle({ id: 0, error });
  }

  #late({ call, timeoutMs }: CallRequest): CdpError {
    const { caller } = this.#options;
    const { message, hint } = caller.paused
      ? paused(call.method, timeoutMs, caller.identity)
      : lateWords(call.method, timeoutMs);
    return hubError(`${message}; ${hint}`);
  }

  #answer(given: CallerId | undefined, answer: Answer): void {
    this.#options.socket.send(encodeAnswer(answer, given ?? this.#nextId()));
  }

  /** An answer without an id where the message had none that could be read. */
  #refuse(id: CallerId | undefined, error: CdpError): void {
    this.#options.socket.send(JSON.stringify(id === undefined ? { error } : { id, error }));
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }
}

function misreadError({ misread, message, hint }: Misread): CdpError {
  const text = `cdp-hub: ${message}. ${hint}`;
  switch (misread) {
    case 'json':
      return { code: CODE.parse, message: text };
    case 'shape':
      return { code: CODE.invalid, message: text };
    case 'refused':
      return { code: CODE.server, message: text };
    default:
      return misread satisfies never;
  }
}
