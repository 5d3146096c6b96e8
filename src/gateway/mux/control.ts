import type { TargetInfo } from '../isolation/target-info.ts';
import type { Targets } from '../isolation/targets.ts';
import type { Answer, CdpEvent } from '../protocol/envelope.ts';
import { type CdpError, hubError } from '../protocol/errors.ts';
import type { CdpSession, SessionOwner } from './sessions.ts';
import { openTopSessions } from './top-sessions.ts';
import type { Wire } from './wire.ts';

export interface ControlHooks {
  event(event: CdpEvent): void;
  /** The session is there; what was done on the one before it may be undone. */
  opened(): void;
  /** It is known what there is in the browser. */
  told(): void;
}

/**
 * The hub's own root session: it is told of every target there is, and whatever must outlive the client that
 * asked for it is done on it.
 */
export class Control implements SessionOwner {
  readonly #wire: Wire;
  readonly #targets: Targets;
  readonly #hooks: ControlHooks;
  #session: CdpSession | null = null;
  /** What was asked for while the session was being made. */
  #queue: { send: () => void; fail: (error: CdpError) => void }[] = [];
  #defaultContext: string | null = null;
  #headful = false;
  #ready = false;
  #waiting: (() => void)[] = [];

  constructor(wire: Wire, targets: Targets, hooks: ControlHooks) {
    this.#wire = wire;
    this.#targets = targets;
    this.#hooks = hooks;
  }

  /** Null until it is there. */
  get session(): CdpSession | null {
    return this.#session;
  }

  get ready(): boolean {
    return this.#ready;
  }

  /** Null where the browser does not say, or has not yet. */
  get defaultContext(): string | null {
    return this.#defaultContext;
  }

  /** True where the browser has windows that a person sees. */
  get headful(): boolean {
    return this.#headful;
  }

  /**
   * Calls `then` when the hub knows what there is: before that nobody's targets could be told apart. At once where
   * there is no connection, which `then` finds out for itself.
   */
  onceReady(then: () => void): void {
    if (this.#ready || !this.#wire.connected) then();
    else this.#waiting.push(then);
  }

  /** To be called first on a new connection: it must hear of targets before any client does. */
  open(): void {
    this.#session = null;
    this.#ready = false;
    this.#defaultContext = null;
    openTopSessions(
      this.#wire,
      this,
      { kind: 'browser' },
      {
        wanted: () => this.#wire.connected,
        rooted: () => {},
        ready: (root) => this.#opened(root),
        // Who waits would be told the same.
        failed: () => this.#failed(),
      },
    );
  }

  /** A command of the hub's own. `done` gets the answer, errors included. `session`: one below this root. */
  call(method: string, params: object, done: (answer: Answer) => void, session?: CdpSession): void {
    if (!this.#wire.connected) {
      done({ id: 0, error: hubError(this.#wire.cause) });
      return;
    }
    const send = () => this.#wire.inject(method, params, session ?? this.#session, done);
    if (this.#session) send();
    else this.#queue.push({ send, fail: (error) => done({ id: 0, error }) });
  }

  /** A command on the bare connection, which hears no events of what it asks for. */
  callBare(method: string, params: object): void {
    this.#wire.inject(method, params, null, () => {});
  }

  /** The connection went: what was queued finds that out for itself. */
  lost(): void {
    this.#session = null;
    this.#ready = false;
    for (const then of this.#waiting.splice(0)) then();
    for (const { send } of this.#queue.splice(0)) send();
  }

  event(_session: CdpSession, event: CdpEvent): void {
    const { targetInfo, targetId } = (event.params ?? {}) as { targetInfo?: TargetInfo; targetId?: string };
    switch (event.method) {
      case 'Target.targetCreated':
      case 'Target.targetInfoChanged':
        if (targetInfo) this.#targets.see(targetInfo);
        break;
      case 'Target.detachedFromTarget':
        this.#detached(event);
        break;
      case 'Target.targetDestroyed':
        if (targetId !== undefined) this.#targets.gone(targetId);
        break;
    }
    this.#hooks.event(event);
  }

  rootDetached(root: CdpSession): void {
    this.#wire.endSession(root, 'the browser ended the session');
    this.open();
  }

  #opened(root: CdpSession): void {
    this.#session = root;
    this.call('Target.setDiscoverTargets', { discover: true, filter: [{}] }, (answer) => {
      if (answer.error === undefined) this.#targets.complete();
    });
    this.call('Target.getBrowserContexts', {}, (answer) => {
      const { defaultBrowserContextId } = (answer.result ?? {}) as { defaultBrowserContextId?: unknown };
      if (typeof defaultBrowserContextId === 'string') this.#defaultContext = defaultBrowserContextId;
    });
    this.call('Browser.getVersion', {}, (answer) => {
      const { userAgent } = (answer.result ?? {}) as { userAgent?: unknown };
      this.#headful = typeof userAgent === 'string' && !userAgent.includes('Headless');
      this.#told();
    });
    this.#hooks.opened();
    for (const { send } of this.#queue.splice(0)) send();
  }

  /** The browser gives the hub no session: nothing that waits for it will be answered. */
  #failed(): void {
    const error = hubError('the browser refused the hub a session');
    for (const { fail } of this.#queue.splice(0)) fail(error);
    this.#told();
  }

  /** Of the hub's own sessions on targets one has ended. */
  #detached({ params }: CdpEvent): void {
    const { sessionId = '' } = (params ?? {}) as { sessionId?: string };
    const session = this.#wire.sessions.get(sessionId);
    if (session && session.parent === this.#session) this.#wire.endSession(session, 'its target was closed');
  }

  #told(): void {
    this.#ready = true;
    this.#hooks.told();
    for (const then of this.#waiting.splice(0)) then();
  }
}
