import { judge } from '../isolation/policy.ts';
import { needsWorld, ruleOf } from '../isolation/rules.ts';
import type { Asking, Outcome, Ruling } from '../isolation/rulings.ts';
import type { Answer, Command } from '../protocol/envelope.ts';
import { type CdpError, CLOSE, type Close, hubError, sessionNotFound } from '../protocol/errors.ts';
import type { ClientCommand } from './client-command.ts';
import type { ClientView } from './client-view.ts';
import { isPress } from './desk.ts';
import type { Downloader } from './downloads.ts';
import type { MuxContext } from './mux-context.ts';
import type { CdpSession } from './sessions.ts';
import { addressee, MAX_WRAPS, undetachable, wraps } from './wrapping.ts';

/** What a route needs of the client whose commands it takes. */
export interface RoutedClient extends Downloader {
  readonly root: CdpSession | null;
  readonly roots: ReadonlySet<CdpSession>;
  readonly left: boolean;
  ownsBrowserTarget(targetId: string): boolean;
  onEveryPage(method: string, params: object): void;
  /** Calls `go` when what holds on every page holds on this one. */
  whenSet(session: CdpSession, go: () => void): void;
  /** A command that was wrapped in another, for one of its sessions. */
  inner(session: CdpSession, text: string): void;
  /** Has the workspace's world made, and the command routed again when it is there. */
  prepare(entry: ClientCommand, command: Command): void;
  /** It has left: nobody waits for this command any more. */
  abandon(entry: ClientCommand): void;
  end(close: Close): void;
}

/** Chrome tells each root of every target: Playwright makes one for each of its browser sessions. */
const MAX_ROOTS = 32;

/** What becomes of a client's command: sent on, as it is or rewritten, answered here, or refused. */
export class CommandRoute {
  readonly #client: RoutedClient;
  readonly #context: MuxContext;
  readonly #view: ClientView;

  constructor(client: RoutedClient, context: MuxContext, view: ClientView) {
    this.#client = client;
    this.#context = context;
    this.#view = view;
  }

  route(entry: ClientCommand, command: Command): void {
    const { session } = entry;
    if (!session) {
      entry.settle({ id: 0, error: sessionNotFound() }, 0, false);
      return;
    }
    const verdict = judge(command.method, session.isRoot);
    if (verdict.do !== 'forward') this.#follow(verdict, entry, command);
    else if (this.#client.workspace.world !== 'made' && needsWorld(command.method)) {
      this.#client.prepare(entry, command);
    } else this.#follow(this.#rule(session, command), entry, command);
  }

  #rule(session: CdpSession, { method, params }: Command): Ruling {
    const special = method.startsWith('Target.') ? this.#ofSessions(session, method, params) : null;
    if (special) return special;
    const rule = ruleOf(this.#client.workspace.isolation, method);
    return rule?.((params ?? {}) as Record<string, unknown>, this.#asking(session)) ?? { do: 'forward' };
  }

  /** What is decided by the client's sessions and not by whose the target is. */
  #ofSessions(session: CdpSession, method: string, params: object | undefined): Ruling | null {
    const refuse = (because: string): Ruling => ({
      do: 'refuse',
      error: hubError(`${method} is refused: ${because}`),
    });
    switch (method) {
      case 'Target.sendMessageToTarget':
        return this.#unwrap(session, params);
      case 'Target.detachFromTarget': {
        const error = undetachable(session, params);
        return error && { do: 'refuse', error };
      }
      case 'Target.attachToBrowserTarget':
        return this.#client.roots.size < MAX_ROOTS
          ? null
          : refuse(`this client has ${MAX_ROOTS} roots already`);
      case 'Target.attachToTarget':
      case 'Target.setAutoAttach':
        return wraps(session) < MAX_WRAPS ? null : refuse(`sessions are wrapped ${MAX_WRAPS} deep`);
      default:
        return null;
    }
  }

  #asking(session: CdpSession): Asking {
    const { workspace } = this.#client;
    const { targets, control, desk } = this.#context;
    return {
      workspace,
      targets,
      onRoot: session.isRoot,
      targetId: session.targetId,
      defaultContext: control.defaultContext,
      // A page that neither opened another nor was opened has its window to itself.
      isInFront: (targetId) => control.headful && (desk.covers(targetId) || targets.isAlone(targetId)),
      ownsBrowserTarget: (targetId) => this.#client.ownsBrowserTarget(targetId),
      onEveryPage: (method, params) => this.#client.onEveryPage(method, params),
      inDefault: (method, params) => (done) =>
        this.#context.shared.perform({ client: this.#client, session }, { method, params }, done),
    };
  }

  #follow(ruling: Ruling, entry: ClientCommand, command: Command): void {
    const settle = (outcome: Outcome) =>
      entry.settle({ id: 0, ...outcome, ...(entry.session && { sessionId: entry.session.id }) }, 0, false);
    switch (ruling.do) {
      case 'forward':
        this.#forward(ruling, entry, command);
        return;
      case 'refuse':
        settle({ error: ruling.error });
        return;
      case 'answer':
        settle({ result: ruling.result });
        return;
      case 'perform':
        ruling.by((outcome) => {
          if (this.#client.left) this.#client.abandon(entry);
          else settle(outcome);
        });
        return;
      case 'leave':
        settle({ result: {} });
        this.#client.end(CLOSE.closedByClient);
        return;
      default:
        ruling satisfies never;
    }
  }

  #forward(ruling: Extract<Ruling, { do: 'forward' }>, entry: ClientCommand, command: Command): void {
    const { wire, control, holds, workers } = this.#context;
    const { session } = entry;
    if (!session) return;
    const params = ruling.params ?? command.params;
    entry.answered = ruling.answered ?? null;
    entry.onSending = ruling.sending ?? null;
    if (ruling.on === 'root' && !session.isRoot) entry.session = this.#client.root;
    else if (ruling.on === 'hub') entry.session = control.session;
    if (entry.session && this.#context.crashes.refuses(entry.session, command.method)) {
      entry.settle(crashed(entry.session, command.method), 0, false);
      return;
    }
    const submit = (sent: object | undefined) => wire.submit(entry, sent);
    switch (command.method) {
      case 'Runtime.runIfWaitingForDebugger':
        if (this.#view.mustWait(session)) {
          holds.hold(session.targetId, session.id, () => submit(params));
          return;
        }
        // Not before the command itself and what its client sent ahead of it: its scripts for the start of the page.
        entry.onSent = () => this.#view.ran(session);
        submit(params);
        return;
      case 'Target.setAutoAttach':
        entry.answered = this.#view.autoAttaching(session, params);
        workers.reap(() => {
          if (wire.sessions.has(session)) submit(this.#flat(params));
          else entry.settle({ id: 0, error: this.#gone() }, 0, true);
        });
        return;
      case 'Target.setDiscoverTargets':
        this.#view.discovering(session, params);
        submit(params);
        return;
      case 'Target.attachToTarget':
        entry.answered = (answer) => this.#attached(answer, params);
        submit(this.#flat(params));
        return;
      case 'Browser.setDownloadBehavior':
        this.#context.ownDownloads.said(this.#client, params);
        submit(
          this.#context.shared.downloads.elsewhere(this.#client, session, entry.session ?? session, params),
        );
        return;
      case 'Page.navigate':
        this.#client.whenSet(session, () => this.#late(entry, session, () => submit(params)));
        return;
      case 'Browser.setWindowBounds':
      case 'Browser.setContentsSize':
        this.#resizing(entry, params);
        submit(params);
        return;
      default:
        if (this.#context.desk.minds(command.method)) this.#atTheDesk(entry, params, submit);
        else submit(params);
    }
  }

  /** Input and pictures in a browser with windows. */
  #atTheDesk(
    entry: ClientCommand,
    params: object | undefined,
    submit: (sent: object | undefined) => void,
  ): void {
    const { desk, clock } = this.#context;
    const { session, method } = entry;
    if (!session) return;
    const press = isPress(method, params);
    if (press) {
      entry.answered = (answer) => {
        if (entry.sent !== null) desk.pressed(session.targetId, clock.now() - entry.sent);
        return answer;
      };
    }
    desk.pass(session, { method, press }, () => this.#late(entry, session, () => submit(params)));
  }

  /** What had to wait goes on, if there still is somebody to go on for. */
  #late(entry: ClientCommand, session: CdpSession, submit: () => void): void {
    if (this.#client.left) this.#client.abandon(entry);
    else if (this.#context.wire.sessions.has(session)) submit();
    else entry.settle({ id: 0, error: this.#gone() }, 0, true);
  }

  /** Why a session that was there is not there any more. */
  #gone(): CdpError {
    const { wire } = this.#context;
    return wire.connected ? sessionNotFound() : hubError(wire.cause);
  }

  #resizing(entry: ClientCommand, params: object | undefined): void {
    const { windowId } = (params ?? {}) as { windowId?: unknown };
    entry.answered = (answer) => {
      if (typeof windowId === 'number') this.#context.desk.resized(windowId);
      return answer;
    };
  }

  /** Messages are wrapped here and not by Chrome, which would take commands in them past every rule. */
  #flat(params: object | undefined): object {
    return { ...params, flatten: true };
  }

  #attached(answer: Answer, params: object | undefined): Answer {
    const { sessionId } = (answer.result ?? {}) as { sessionId?: string };
    const session = sessionId === undefined ? undefined : this.#context.wire.sessions.get(sessionId);
    if (session) this.#context.workers.made(session);
    if (session) {
      session.wrapped = (params as { flatten?: unknown } | undefined)?.flatten !== true;
    }
    return answer;
  }

  /** A command in a command: the outer one is answered first, as Chrome does. */
  #unwrap(session: CdpSession, params: object | undefined): Ruling {
    const to = addressee(session, params);
    if ('code' in to) return { do: 'refuse', error: to };
    const { message } = params as { message?: unknown };
    return {
      do: 'perform',
      by: (done) => {
        done({ result: {} });
        this.#client.inner(to, typeof message === 'string' ? message : '');
      },
    };
  }
}

function crashed({ id }: CdpSession, method: string): Answer {
  return {
    id: 0,
    error: hubError(`the tab crashed; ${method} was not sent: reload it first`),
    sessionId: id,
  };
}
