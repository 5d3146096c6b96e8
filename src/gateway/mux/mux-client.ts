import type { Clock } from '../../shared/clock.ts';
import type { ClientIdentity, Exchange, ExchangeEnd, Observer } from '../contract/observer.ts';
import { type Owns, shownTarget, type TargetInfo } from '../isolation/ownership.ts';
import type { Judge } from '../isolation/policy.ts';
import {
  type Answer,
  type CdpEvent,
  type Command,
  isMalformed,
  type Outgoing,
  readCommand,
  readdress,
  withoutSession,
} from '../protocol/envelope.ts';
import { CLOSE, type Close, hubError, sessionNotFound } from '../protocol/errors.ts';
import { ClientCommand } from './client-command.ts';
import { type CdpSession, descendants } from './sessions.ts';
import { detach, type Face, openTopSessions } from './top-sessions.ts';
import type { Wire } from './wire.ts';

type Session = CdpSession<MuxClient>;

/** The client's end: what the mux tells it. */
export interface Sink {
  deliver(message: Outgoing): void;
  /** The mux has ended this client. */
  close(close: Close): void;
  /** The browser is gone. Everything in flight has been answered; sessions are void; the client may stay. */
  lost(cause: string): void;
}

/** What the clients of one mux share. */
export interface MuxContext {
  readonly wire: Wire<MuxClient>;
  readonly clock: Clock;
  readonly observer: Observer;
  readonly judge: Judge;
  readonly owns: Owns;
  onLeave(client: MuxClient): void;
}

type Entry = ClientCommand<MuxClient>;

interface Queued {
  entry: Entry;
  command: Command;
}

/**
 * One client of the mux: its root session, the sessions below it, and its commands in flight. Messages that
 * come before the root is there wait in order.
 */
export class MuxClient {
  readonly identity: ClientIdentity;
  readonly face: Face;
  readonly #context: MuxContext;
  readonly #sink: Sink;
  #state: 'idle' | 'attaching' | 'ready' | 'left' = 'idle';
  #root: Session | null = null;
  /** Where messages without a sessionId go: the root, or the page of a page client. */
  #main: Session | null = null;
  #queue: Queued[] = [];
  #inFlight = 0;

  constructor(context: MuxContext, identity: ClientIdentity, face: Face, sink: Sink) {
    this.#context = context;
    this.identity = identity;
    this.face = face;
    this.#sink = sink;
  }

  /** Commands accepted and not yet answered. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** The pages that it is attached to. */
  get tabs(): number {
    const pages = new Set<string>();
    if (this.#root) {
      for (const session of descendants(this.#root)) if (session.type === 'page') pages.add(session.targetId);
    }
    return pages.size;
  }

  /** Makes the root session ahead of the first message. */
  start(): void {
    if (this.#state === 'idle') this.#attach();
  }

  /** A message as it came. It is answered exactly once, whatever it is. */
  receive(text: string, bytes: number): void {
    if (this.#state === 'left') return;
    const read = readCommand(text);
    if (!isMalformed(read)) {
      this.command(read, bytes, true);
      return;
    }
    const entry = this.#entry({ id: 0, method: '(malformed)', sessionId: undefined }, bytes, true);
    this.#context.observer.opened(entry);
    this.#sink.deliver(read);
    this.#context.observer.closed(entry, 'error', read.error.message, 0);
  }

  /** A command of an in-process client; `observed` is false for the hub's own housekeeping in its name. */
  command(command: Command, bytes: number, observed: boolean): void {
    if (this.#state === 'left') return;
    const entry = this.#entry(command, bytes, observed);
    this.#inFlight += 1;
    this.#address(entry);
    if (observed) this.#context.observer.opened(entry);
    if (this.#state === 'ready') {
      this.#route(entry, command);
      return;
    }
    this.#queue.push({ entry, command });
    this.start();
  }

  /** The client is gone: its root is detached, which ends all that hangs from it, and its ids are dropped. */
  leave(): void {
    if (this.#state === 'left') return;
    this.#state = 'left';
    const { wire } = this.#context;
    const queue = this.#queue.splice(0);
    for (const { entry } of queue) this.#abandon(entry);
    for (const waiting of wire.drop((each) => each instanceof ClientCommand && each.asker === this)) {
      this.#abandon(waiting as Entry);
    }
    if (this.#root) {
      wire.endSession(this.#root, 'the client left');
      detach(wire, this.#root.id);
    }
    this.#root = null;
    this.#main = null;
    this.#context.onLeave(this);
  }

  /** An event on one of its sessions. */
  event(session: Session, event: CdpEvent, bytes: number): void {
    const shown = shownTarget(event);
    if (event.method === 'Target.attachedToTarget') this.#adopt(session, event);
    if (shown === null || this.#context.owns(this.identity, shown)) this.#deliverEvent(session, event, bytes);
    // After the event, as the client expects it: it drops what waits on that session by itself.
    if (event.method === 'Target.detachedFromTarget') this.#disown(event);
    else if (event.method === 'Inspector.targetCrashed') {
      this.#context.wire.failSession(session, 'the tab crashed');
    }
  }

  /** The browser is gone, and what was in flight has been answered. */
  lost(cause: string): void {
    if (this.#state === 'left') return;
    this.#state = 'idle';
    this.#root = null;
    this.#main = null;
    this.#failQueue(cause);
    this.#sink.lost(cause);
  }

  /** The browser ended the root session itself. */
  rootDetached(root: Session): void {
    this.#context.wire.endSession(root, 'the browser ended the session');
    this.#root = null;
    this.#end(CLOSE.setupFailed);
  }

  /** Answers one of its commands; called by {@link ClientCommand} alone. */
  settled(
    entry: Pick<Entry, 'id' | 'sessionId' | 'observed'> & Exchange,
    answer: Answer,
    bytes: number,
    lost: boolean,
  ): void {
    this.#inFlight -= 1;
    if (entry.sent !== null && !lost) entry.returned = this.#context.clock.now();
    const known = answer.sessionId === undefined ? undefined : entry.sessionId;
    this.#sink.deliver(readdress(answer, entry.id, known));
    if (!entry.observed) return;
    const end: ExchangeEnd = lost ? 'lost' : answer.error ? 'error' : 'ok';
    this.#context.observer.closed(entry, end, answer.error?.message ?? null, bytes);
  }

  #entry(command: Omit<Command, 'params'>, bytes: number, observed: boolean): Entry {
    return new ClientCommand(this, command, { now: this.#context.clock.now(), bytes, observed });
  }

  /** A command that nobody waits for any more. */
  #abandon(entry: Entry): void {
    this.#inFlight -= 1;
    if (entry.observed) this.#context.observer.closed(entry, 'left', 'the client left', 0);
  }

  /** Finds the session that a command is for; before the root is there, only a page client's target is known. */
  #address(entry: Entry): void {
    if (this.#state !== 'ready') {
      if (this.face.kind === 'page' && entry.sessionId === undefined) entry.target = this.face.targetId;
      return;
    }
    const session = entry.sessionId === undefined ? this.#main : this.#ownSession(entry.sessionId);
    if (!session) return;
    entry.session = session;
    if (session.type !== 'browser') entry.target = session.targetId;
  }

  #route(entry: Entry, command: Command): void {
    const { session } = entry;
    if (!session) {
      entry.settle({ id: 0, error: sessionNotFound() }, 0, false);
      return;
    }
    const verdict = this.#context.judge(command.method, command.params);
    switch (verdict.do) {
      case 'forward':
        entry.sent = this.#context.clock.now();
        this.#context.wire.submit(entry, verdict.params ?? command.params);
        return;
      case 'refuse':
        entry.settle({ id: 0, error: verdict.error, sessionId: session.id }, 0, false);
        return;
      case 'leave':
        entry.settle({ id: 0, result: {}, sessionId: session.id }, 0, false);
        this.#end(CLOSE.closedByClient);
        return;
      default:
        verdict satisfies never;
    }
  }

  /** The top sessions are not addressable: the client was never told their ids. */
  #ownSession(id: string): Session | undefined {
    const session = this.#context.wire.sessions.get(id);
    return session?.owner === this && session !== this.#root && session !== this.#main ? session : undefined;
  }

  #attach(): void {
    this.#state = 'attaching';
    openTopSessions(this.#context.wire, this, this.face, {
      wanted: () => this.#state === 'attaching',
      rooted: (root) => {
        this.#root = root;
      },
      ready: (main) => this.#ready(main),
      failed: (answer) => this.#setupFailed(answer),
    });
  }

  #ready(main: Session): void {
    this.#main = main;
    this.#state = 'ready';
    // What comes in while this runs is behind the queue: nothing here waits.
    for (const { entry, command } of this.#queue.splice(0)) {
      if (this.#state !== 'ready') {
        entry.settle({ id: 0, error: sessionNotFound() }, 0, true);
        continue;
      }
      this.#address(entry);
      this.#route(entry, command);
    }
  }

  #setupFailed(answer: Answer): void {
    this.#failQueue(answer.error?.message ?? 'the browser gave no session');
    if (this.#context.wire.connected) this.#end(CLOSE.setupFailed);
    else this.#state = 'idle';
  }

  #failQueue(cause: string): void {
    const error = hubError(cause.replace(/^cdp-hub: /, ''));
    for (const { entry } of this.#queue.splice(0)) entry.settle({ id: 0, error }, 0, true);
  }

  #adopt(parent: Session, event: CdpEvent): void {
    const params = event.params as { sessionId?: string; targetInfo?: TargetInfo } | undefined;
    if (params?.sessionId === undefined) return;
    this.#context.wire.sessions.add({
      id: params.sessionId,
      owner: this,
      parent,
      targetId: params.targetInfo?.targetId ?? '',
      type: params.targetInfo?.type ?? '',
    });
  }

  #disown(event: CdpEvent): void {
    const id = (event.params as { sessionId?: string } | undefined)?.sessionId;
    const session = id === undefined ? undefined : this.#context.wire.sessions.get(id);
    if (session?.owner !== this) return;
    if (session !== this.#main) {
      this.#context.wire.endSession(session, 'its target was closed or detached');
      return;
    }
    this.#sink.deliver({ method: 'Inspector.detached', params: { reason: 'target_closed' } });
    this.#context.wire.endSession(session, 'the target was closed');
    this.#end(CLOSE.targetClosed);
  }

  #deliverEvent(session: Session, event: CdpEvent, bytes: number): void {
    if (session === this.#main) this.#sink.deliver(withoutSession(event));
    else if (session === this.#root) return;
    else this.#sink.deliver(event);
    const target = session.type === 'browser' ? '' : session.targetId;
    this.#context.observer.event(this.identity, target, event.method, bytes);
  }

  #end(close: Close): void {
    this.leave();
    this.#sink.close(close);
  }
}
