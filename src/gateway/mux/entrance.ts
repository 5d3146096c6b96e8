import type { Workspace } from '../isolation/workspace.ts';
import type { Answer, Command } from '../protocol/envelope.ts';
import { type CdpError, CLOSE, type Close, hubError, sessionNotFound } from '../protocol/errors.ts';
import type { ClientCommand } from './client-command.ts';
import type { MuxContext } from './mux-context.ts';
import type { CdpSession, SessionOwner } from './sessions.ts';
import { type Face, openTopSessions } from './top-sessions.ts';

interface Queued {
  entry: ClientCommand;
  command: Command;
}

/** The client whose entrance it is. */
export interface Entering extends SessionOwner {
  readonly workspace: Workspace;
  readonly face: Face;
  /** Its root is there; of a page client, the page follows. */
  rooted(root: CdpSession): void;
  /** Messages without a sessionId go there from here on. */
  opened(main: CdpSession): void;
  /** Its turn has come. */
  take(entry: ClientCommand, command: Command): void;
  end(close: Close): void;
}

/**
 * Where a client's commands wait, in order, until its root session is there, while its workspace's world is being
 * made, and while it is paused.
 */
export class Entrance {
  readonly #client: Entering;
  readonly #context: MuxContext;
  #state: 'idle' | 'attaching' | 'preparing' | 'open' | 'left' = 'idle';
  #queue: Queued[] = [];
  #paused = false;
  /** Counts the times that its root was asked for: a browser may go in between. */
  #attempt = 0;

  constructor(client: Entering, context: MuxContext) {
    this.#client = client;
    this.#context = context;
  }

  get left(): boolean {
    return this.#state === 'left';
  }

  /** True where commands go straight through. */
  get open(): boolean {
    return this.#state === 'open' && !this.#paused;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Makes the root session ahead of the first message. */
  start(): void {
    if (this.#state === 'idle') this.#attach();
  }

  wait(entry: ClientCommand, command: Command): void {
    this.#queue.push({ entry, command });
    // There may be no root for it any more: that is found out when it goes on.
    if (!this.#paused) this.start();
  }

  pause(): void {
    this.#paused = true;
  }

  /** What waited goes on, in order. */
  resume(): void {
    this.#paused = false;
    if (this.#state === 'open') this.#drain();
    else if (this.#queue.length > 0) this.start();
  }

  /** Answers a command with this error if it still waits here. */
  withdraw(id: number, error: CdpError): void {
    const at = this.#queue.findIndex(({ entry }) => entry.id === id);
    const [queued] = at === -1 ? [] : this.#queue.splice(at, 1);
    queued?.entry.settle({ id: 0, error }, 0, true);
  }

  /** Nothing goes on before the world is there: what comes meanwhile queues behind this command. */
  prepare(entry: ClientCommand, command: Command): void {
    this.#state = 'preparing';
    this.#queue.unshift({ entry, command });
    this.#context.worlds.make(this.#client.workspace, (error) => {
      if (this.#state !== 'preparing') return;
      if (error) this.#fail(error);
      this.#drain();
    });
  }

  /** The browser is gone: what waits is answered with the cause, and a next one is entered anew. */
  lost(cause: string): void {
    this.#state = 'idle';
    this.#fail(hubError(cause.replace(/^cdp-hub: /, '')));
  }

  /** The client has left. Returns what still waited. */
  leave(): ClientCommand[] {
    this.#state = 'left';
    return this.#queue.splice(0).map(({ entry }) => entry);
  }

  #attach(): void {
    this.#state = 'attaching';
    this.#attempt += 1;
    const attempt = this.#attempt;
    const wanted = () => this.#state === 'attaching' && this.#attempt === attempt;
    this.#context.control.onceReady(() => {
      if (wanted()) this.#openSessions(wanted);
    });
  }

  #openSessions(wanted: () => boolean): void {
    openTopSessions(this.#context.wire, this.#client, this.#client.face, {
      wanted,
      rooted: (root) => this.#client.rooted(root),
      ready: (main) => {
        this.#client.opened(main);
        this.#drain();
      },
      failed: (answer) => this.#failed(answer),
    });
  }

  /** Takes up what has queued, until something else has to be waited for. */
  #drain(): void {
    this.#state = 'open';
    if (this.#paused) return;
    const queue = this.#queue.splice(0);
    for (let next = queue.shift(); next; next = queue.shift()) {
      this.#client.take(next.entry, next.command);
      if (this.open) continue;
      // Preparing: the rest comes behind. Left: nobody hears it.
      if (this.left)
        for (const { entry } of queue) entry.settle({ id: 0, error: sessionNotFound() }, 0, true);
      else this.#queue.push(...queue);
      return;
    }
  }

  #failed(answer: Answer): void {
    const cause = answer.error?.message ?? 'the browser gave no session';
    this.#fail(hubError(cause.replace(/^cdp-hub: /, '')));
    if (this.#context.wire.connected) this.#client.end(CLOSE.setupFailed);
    else this.#state = 'idle';
  }

  #fail(error: CdpError): void {
    for (const { entry } of this.#queue.splice(0)) entry.settle({ id: 0, error }, 0, true);
  }
}
