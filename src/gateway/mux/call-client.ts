import type { ClientIdentity } from '../contract/observer.ts';
import type { Workspace } from '../isolation/workspace.ts';
import type { Answer, CdpEvent, Outgoing } from '../protocol/envelope.ts';
import { type Close, hubError } from '../protocol/errors.ts';
import type { Mux } from './mux.ts';
import type { MuxClient, Sink } from './mux-client.ts';

/** One command of an in-process client. */
export interface Call {
  method: string;
  params?: object | undefined;
  /** Absent: the root. */
  sessionId?: string | undefined;
  /** Size of what asked for it, for the counts. */
  bytes?: number;
  /** The hub's own housekeeping, which is not counted as the client's. */
  quiet?: boolean;
  /** Sees the answer before anything that the browser says after it. */
  answered?: (answer: Answer) => void;
  /** Nobody waits any more: it is answered with an error where it has not gone on yet, and never does. */
  signal?: AbortSignal | undefined;
}

export interface CallClientEvents {
  event(event: CdpEvent): void;
  /** The mux ended it: `Browser.close`, or a set-up that failed. */
  closed(close: Close): void;
  /** The browser went: all sessions are void. The client stays and works again with the next browser. */
  lost(): void;
}

const WITHDRAWN = hubError('nobody waits for it any more; it was not sent');

/** A client without a socket: an ordinary client of the mux that asks by function call. */
export class CallClient implements Sink {
  readonly mux: MuxClient;
  readonly #events: CallClientEvents;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #last = 0;
  #ended: string | null = null;

  constructor(mux: Mux, identity: ClientIdentity, workspace: Workspace, events: CallClientEvents) {
    this.#events = events;
    this.mux = mux.join({ identity, workspace, face: { kind: 'browser' }, sink: this });
  }

  /** Resolves with the answer, errors included, exactly once, also when the client is ended meanwhile. */
  call(call: Call): Promise<Answer> {
    this.#last = this.#last >= 0x7fffffff ? 1 : this.#last + 1;
    const id = this.#last;
    const refusal = this.#ended !== null ? hubError(this.#ended) : call.signal?.aborted ? WITHDRAWN : null;
    if (refusal) {
      const answer = { id, error: refusal };
      call.answered?.(answer);
      return Promise.resolve(answer);
    }
    return new Promise((resolve) => {
      this.#waiting.set(id, (answer) => {
        call.answered?.(answer);
        resolve(answer);
      });
      this.mux.command(
        { id, method: call.method, params: call.params, sessionId: call.sessionId },
        call.bytes ?? 0,
        !call.quiet,
      );
      call.signal?.addEventListener('abort', () => this.mux.withdraw(id, WITHDRAWN), { once: true });
    });
  }

  /** Leaves the mux; what is in flight is answered with the cause. */
  end(cause: string): void {
    this.mux.leave();
    this.#ended ??= cause;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const [id, resolve] of waiting) resolve({ id, error: hubError(cause) });
  }

  deliver(message: Outgoing): void {
    if ('method' in message) {
      this.#events.event(message);
      return;
    }
    if (typeof message.id !== 'number') return;
    const resolve = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    resolve?.(message as Answer);
  }

  close(close: Close): void {
    this.end(close.reason.replace(/^cdp-hub: /, ''));
    this.#events.closed(close);
  }

  lost(): void {
    this.#events.lost();
  }
}
