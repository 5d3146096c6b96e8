import type { ClientIdentity, Exchange } from '../contract/observer.ts';
import type { Answer, Command } from '../protocol/envelope.ts';
import type { CdpSession } from './sessions.ts';
import type { Waiting } from './wire.ts';

/** Who asked: where an answer is handed in. */
export interface Asker {
  readonly identity: ClientIdentity;
  settled(command: ClientCommand<Asker>, answer: Answer, bytes: number, lost: boolean): void;
}

/** A client's command, from its arrival to its answer. It holds no params: those may be megabytes. */
export class ClientCommand<Owner extends Asker> implements Waiting<Owner>, Exchange {
  readonly asker: Asker;
  readonly client: ClientIdentity;
  readonly id: number;
  readonly method: string;
  /** As the client wrote it. */
  readonly sessionId: string | undefined;
  readonly bytes: number;
  /** False for the hub's own housekeeping in a client's name, which nobody counts. */
  readonly observed: boolean;
  readonly arrived: number;
  session: CdpSession<Owner> | null = null;
  target = '';
  sent: number | null = null;
  returned: number | null = null;
  note: unknown = undefined;

  constructor(asker: Asker, command: Omit<Command, 'params'>, at: Arrival) {
    this.asker = asker;
    this.client = asker.identity;
    this.id = command.id;
    this.method = command.method;
    this.sessionId = command.sessionId;
    this.bytes = at.bytes;
    this.observed = at.observed;
    this.arrived = at.now;
  }

  settle(answer: Answer, bytes: number, lost: boolean): void {
    this.asker.settled(this as unknown as ClientCommand<Asker>, answer, bytes, lost);
  }
}

export interface Arrival {
  now: number;
  bytes: number;
  observed: boolean;
}
