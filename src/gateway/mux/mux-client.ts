import type { ClientIdentity, Exchange } from '../contract/observer.ts';
import type { Workspace } from '../isolation/workspace.ts';
import { type Answer, type CdpEvent, type Command, isMalformed, readCommand } from '../protocol/envelope.ts';
import { type CdpError, CLOSE, type Close } from '../protocol/errors.ts';
import { ClientCommand } from './client-command.ts';
import { ClientView, type Viewer } from './client-view.ts';
import { CommandRoute, type RoutedClient } from './command-route.ts';
import { type Answered, Delivery, type Receiver } from './delivery.ts';
import { type Entering, Entrance } from './entrance.ts';
import type { MuxContext, Participant } from './mux-context.ts';
import { PageSettings } from './page-settings.ts';
import { Pause } from './pause.ts';
import { type CdpSession, descendants } from './sessions.ts';
import { detach, type Face } from './top-sessions.ts';
import { Flow } from './turnstile.ts';
import { unblock } from './unblock.ts';

/** The client's end: what the mux tells it. */
export interface Sink extends Receiver {
  /** The mux has ended this client. */
  close(close: Close): void;
  /** The browser is gone. Everything in flight has been answered; sessions are void; the client may stay. */
  lost(cause: string): void;
}

/**
 * One client of the mux: its root session, the sessions below it, and its commands in flight.
 */
export class MuxClient implements Viewer, RoutedClient, Entering, Participant {
  readonly identity: ClientIdentity;
  readonly workspace: Workspace;
  readonly face: Face;
  readonly flow = new Flow();
  readonly pause: Pause;
  /** It only looks on in somebody's workspace, which goes without it. */
  readonly visits: boolean;
  /** The target of its latest command to one; empty before. */
  lastTarget = '';
  readonly #context: MuxContext;
  readonly #sink: Sink;
  readonly #delivery: Delivery;
  readonly #view: ClientView;
  readonly #route: CommandRoute;
  readonly #entrance: Entrance;
  #root: CdpSession | null = null;
  /** Where messages without a sessionId go: the root, or the page of a page client. */
  #main: CdpSession | null = null;
  /** Its root, and the roots that it made below. */
  readonly #roots = new Set<CdpSession>();
  readonly #settings: PageSettings;
  #inFlight = 0;
  #bytesInFlight = 0;

  constructor(
    context: MuxContext,
    of: { identity: ClientIdentity; workspace: Workspace; face: Face; sink: Sink; visits: boolean },
  ) {
    this.#context = context;
    this.identity = of.identity;
    this.workspace = of.workspace;
    this.face = of.face;
    this.visits = of.visits;
    this.#sink = of.sink;
    this.#delivery = new Delivery(this.identity, of.sink, context.observer, () => this.#main);
    this.#settings = new PageSettings(context.wire, context.stalls);
    this.#entrance = new Entrance(this, context);
    this.pause = new Pause(this.#entrance, context.wire, this.flow);
    this.#view = new ClientView(this, context);
    this.#route = new CommandRoute(this, context, this.#view);
  }

  /** Commands accepted and not yet answered. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** The bytes of those commands. */
  get bytesInFlight(): number {
    return this.#bytesInFlight;
  }

  /** The pages that it is attached to. */
  get tabs(): number {
    const pages = new Set<string>();
    for (const session of this.#sessions()) if (session.type === 'page') pages.add(session.targetId);
    return pages.size;
  }

  get root(): CdpSession | null {
    return this.#root;
  }

  get left(): boolean {
    return this.#entrance.left;
  }

  get roots(): ReadonlySet<CdpSession> {
    return this.#roots;
  }

  /** Makes the root session ahead of the first message. */
  start(): void {
    this.#entrance.start();
  }

  /** A message as it came. It is answered exactly once, whatever it is. */
  receive(text: string, bytes: number): void {
    if (this.left) return;
    const read = readCommand(text);
    if (!isMalformed(read)) {
      this.command(read, bytes, true, text);
      return;
    }
    this.#delivery.malformed(
      this.#entry({ id: 0, method: '(malformed)', sessionId: undefined }, bytes, true),
      text,
      read,
    );
  }

  /**
   * A command of an in-process client; `observed` is false for the hub's own housekeeping in its name. `text`: as it
   * came, where it came as one.
   */
  command(command: Command, bytes: number, observed: boolean, text?: string): void {
    if (this.left) return;
    const entry = this.#entry(command, bytes, observed);
    this.#took(entry);
    this.#address(entry);
    if (observed) this.#delivery.opened(entry, command, text);
    if (this.#entrance.open) {
      try {
        this.#route.route(entry, command);
      } catch (error) {
        this.#broken(error);
      }
      return;
    }
    this.#entrance.wait(entry, command);
  }

  /** Answers one of its commands with this error if it still waits here, to go on or to go out: it never does. */
  withdraw(id: number, error: CdpError): void {
    this.#entrance.withdraw(id, error);
    const isIt = (each: ClientCommand) => each.asker === this && each.id === id && each.sent === null;
    const held = this.#context.wire.drop((each) => each instanceof ClientCommand && isIt(each));
    for (const each of held) each.settle({ id: 0, error }, 0, true);
  }

  /** The client is gone: its root is detached, which ends all that hangs from it, and its ids are dropped. */
  leave(): void {
    if (this.left) return;
    for (const entry of this.#entrance.leave()) this.abandon(entry);
    const { wire, control } = this.#context;
    for (const held of wire.leave(this.flow)) this.abandon(held as ClientCommand);
    const mine = wire.drop((each) => {
      if (!(each instanceof ClientCommand) || each.asker !== this || each.abandoned) return false;
      if (each.session !== control.session) return true;
      // What it makes must be known, to be cleared away.
      each.abandoned = true;
      this.abandon(each);
      return false;
    });
    for (const waiting of mine) this.abandon(waiting as ClientCommand);
    if (this.workspace.isolation !== 'none') unblock(wire, this.#sessions());
    this.#context.onLeave(this);
    if (this.#root) {
      wire.endSession(this.#root, 'the client left');
      detach(wire, this.#root.id);
    }
    this.#context.ownDownloads.left(this);
    this.#root = null;
    this.#main = null;
    this.#roots.clear();
  }

  /** Ended by the mux, and told so. */
  end(close: Close): void {
    this.leave();
    this.#sink.close(close);
  }

  /** A command that nobody waits for any more. */
  abandon(entry: ClientCommand): void {
    this.#done(entry);
    this.#delivery.abandoned(entry);
  }

  event(session: CdpSession, event: CdpEvent, bytes: number): void {
    try {
      this.#view.event(session, event, bytes);
    } catch (error) {
      this.#broken(error);
    }
  }

  /** A mistake of the hub's in what concerns this client must end nobody else. */
  #broken(error: unknown): void {
    const { name, stack = '' } = error instanceof Error ? error : new Error(String(error));
    this.#context.warn(`a client was ended by a mistake of the hub's, please report it: ${name} ${stack}`);
    this.end(CLOSE.broken);
  }

  appeared(targetId: string): void {
    for (const root of this.#roots) this.#view.appeared(root, targetId);
  }

  /** Its sessions end first: Playwright takes an error on a session that lives on for a navigation. */
  losing(): void {
    for (const { id: sessionId, targetId, parent, isRoot } of [...this.#sessions()].reverse()) {
      if (!parent || isRoot) continue;
      const params = { sessionId, targetId };
      const event = { method: 'Target.detachedFromTarget', params, sessionId: parent.id };
      this.deliver(parent, event, 0);
    }
  }

  /** The browser is gone, and what was in flight has been answered. */
  lost(cause: string): void {
    if (this.left) return;
    this.#root = null;
    this.#main = null;
    this.#roots.clear();
    this.#settings.clear();
    this.#entrance.lost(cause);
    this.#sink.lost(cause);
  }

  rootDetached(root: CdpSession): void {
    this.#context.wire.endSession(root, 'the browser ended the session');
    this.#root = null;
    this.end(CLOSE.setupFailed);
  }

  /** Answers one of its commands; called by {@link ClientCommand} alone. */
  settled(entry: Answered, answer: Answer, bytes: number, lost: boolean): void {
    this.#done(entry);
    if (entry.sent !== null && !lost) entry.returned = this.#context.clock.now();
    this.#delivery.answer(entry, answer, bytes, lost);
  }

  ownsBrowserTarget(targetId: string): boolean {
    for (const root of this.#roots) if (root.targetId === targetId) return true;
    return false;
  }

  /** Has the command run on each of its page sessions, now and from now on. */
  onEveryPage(method: string, params: object): void {
    this.#settings.set(method, params, this.#sessions());
  }

  whenSet(session: CdpSession, go: () => void): void {
    this.#settings.whenSet(session, go);
  }

  inner(session: CdpSession, text: string): void {
    const read = readCommand(text);
    if (isMalformed(read)) {
      this.#delivery.send(read, session);
      return;
    }
    const entry = this.#entry({ ...read, sessionId: undefined }, text.length, true);
    this.#took(entry);
    this.#addressTo(entry, session);
    this.#delivery.opened(entry, read, text);
    this.#route.route(entry, read);
  }

  adopted(session: CdpSession): void {
    if (session.isRoot) this.#roots.add(session);
    this.#settings.apply(session);
  }

  ending(session: CdpSession): void {
    this.#roots.delete(session);
    if (session !== this.#main) return;
    this.#sink.deliver({ method: 'Inspector.detached', params: { reason: 'target_closed' } });
  }

  ended(session: CdpSession): void {
    // Chrome says nothing of the roots below one that ended.
    for (const root of this.#roots) if (!this.#context.wire.sessions.has(root)) this.#roots.delete(root);
    if (session === this.#main) this.end(CLOSE.targetClosed);
  }

  deliver(session: CdpSession, event: CdpEvent, bytes: number): void {
    const top = session === this.#main;
    if (top || session !== this.#root) this.#delivery.event(session, event, bytes);
  }

  *#sessions(): Generator<CdpSession> {
    if (!this.#root) return;
    for (const session of descendants(this.#root)) if (!session.hidden) yield session;
  }

  #entry(command: Omit<Command, 'params'>, bytes: number, observed: boolean): ClientCommand {
    return new ClientCommand(this, command, { now: this.#context.clock.now(), bytes, observed });
  }

  #took({ bytes }: Exchange): void {
    this.#inFlight += 1;
    this.#bytesInFlight += bytes;
  }

  #done({ bytes }: Exchange): void {
    this.#inFlight -= 1;
    this.#bytesInFlight -= bytes;
  }

  /** Finds the session that a command is for; before the root is there, only a page client's target is known. */
  #address(entry: ClientCommand): void {
    if (!this.#main) {
      if (this.face.kind === 'page' && entry.sessionId === undefined) entry.target = this.face.targetId;
      return;
    }
    this.#addressTo(entry, entry.sessionId === undefined ? this.#main : this.#ownSession(entry.sessionId));
  }

  #addressTo(entry: ClientCommand, session: CdpSession | undefined): void {
    if (!session) return;
    entry.session = session;
    entry.addressed = session;
    if (session.isRoot) return;
    entry.target = session.targetId;
    this.lastTarget = session.targetId;
  }

  /** The top sessions are not addressable: the client was never told their ids. */
  #ownSession(id: string): CdpSession | undefined {
    const session = this.#context.wire.sessions.get(id);
    if (session?.owner !== this || session === this.#root || session === this.#main) return undefined;
    return session.hidden || session.wrapped ? undefined : session;
  }

  prepare(entry: ClientCommand, command: Command): void {
    this.#entrance.prepare(entry, command);
  }

  rooted(root: CdpSession): void {
    this.#root = root;
    this.#roots.add(root);
    this.#feelFocused();
  }

  opened(main: CdpSession): void {
    this.#main = main;
  }

  take(entry: ClientCommand, command: Command): void {
    if (entry.addressed === null) this.#address(entry);
    try {
      this.#route.route(entry, command);
    } catch (error) {
      this.#broken(error);
    }
  }

  /**
   * In a window behind another a page has no focus, headless too: it would hear no focus events, unlike in a browser
   * of its own.
   */
  #feelFocused(): void {
    if (this.workspace.isolation === 'none') return;
    this.#settings.set('Emulation.setFocusEmulationEnabled', { enabled: true }, []);
  }
}
