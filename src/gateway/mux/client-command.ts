import type { ClientIdentity, Exchange } from '../contract/observer.ts';
import type { Answer, Command } from '../protocol/envelope.ts';
import type { CdpSession } from './sessions.ts';
import type { Flow } from './turnstile.ts';
import type { Waiting } from './wire.ts';

/** Who asked: where an answer is handed in. */
export interface Asker {
  readonly identity: ClientIdentity;
  readonly flow: Flow;
  settled(command: ClientCommand, answer: Answer, bytes: number, lost: boolean): void;
}

/** A client's command, from its arrival to its answer. It holds no params: those may be megabytes. */
export class ClientCommand implements Waiting, Exchange {
  readonly asker: Asker;
  readonly client: ClientIdentity;
  readonly flow: Flow;
  readonly id: number;
  readonly method: string;
  /** As the client wrote it. */
  readonly sessionId: string | undefined;
  readonly bytes: number;
  /** False for the hub's own housekeeping in a client's name, which nobody counts. */
  readonly observed: boolean;
  readonly arrived: number;
  /** The session that it was sent on. */
  session: CdpSession | null = null;
  /** The session that the client addressed, which for some commands is another. */
  addressed: CdpSession | null = null;
  target = '';
  sent: number | null = null;
  returned: number | null = null;
  note: unknown = undefined;
  /** Sees the answer first; it may put another in its place. Called once, whoever is still there. */
  answered: ((answer: Answer) => Answer) | null = null;
  /** Called right before it goes out to the browser. */
  onSending: (() => void) | null = null;
  /** Called when it has gone out to the browser: others that go before it wait with the client's. */
  onSent: (() => void) | null = null;
  /** Its client has gone: the answer matters to the hub alone. */
  abandoned = false;

  constructor(asker: Asker, command: Omit<Command, 'params'>, at: Arrival) {
    this.asker = asker;
    this.client = asker.identity;
    this.flow = asker.flow;
    this.id = command.id;
    this.method = command.method;
    this.sessionId = command.sessionId;
    this.bytes = at.bytes;
    this.observed = at.observed;
    this.arrived = at.now;
  }

  goesOut(at: number): void {
    this.sent = at;
    this.onSending?.();
  }

  wentOut(): void {
    this.onSent?.();
  }

  settle(answer: Answer, bytes: number, lost: boolean): void {
    const final = this.answered ? this.answered(answer) : answer;
    if (!this.abandoned) this.asker.settled(this, final, bytes, lost);
  }
}

export interface Arrival {
  now: number;
  bytes: number;
  observed: boolean;
}
