import type { Clock } from '../shared/clock.ts';
import type { ClientIdentity } from './contract/observer.ts';
import type { WorkspaceCall } from './contract/workspace-call.ts';
import type { Workspace } from './isolation/workspace.ts';
import { CallClient } from './mux/call-client.ts';
import type { Mux } from './mux/mux.ts';
import type { Answer, CdpEvent } from './protocol/envelope.ts';
import { type Close, hubError } from './protocol/errors.ts';

/** Calls of one caller that may be unanswered at a time: some, e.g. a wait for what never comes, stay so for ever. */
const MAX_IN_FLIGHT = 256;

const TOO_MANY_CALLS = hubError(`${MAX_IN_FLIGHT} calls of this caller are in flight; wait for some of them`);

const TOO_LATE = hubError('nobody waits for it any more; it was not sent');

interface Tab {
  targetId: string;
  sessionId: string;
}

/**
 * One HTTP caller: a client of the mux, and the tab that its page commands go to, the first of its workspace. It
 * outlives the browser: a lost, closed or crashed tab is replaced at the next call.
 */
export class HttpCaller {
  readonly client: CallClient;
  readonly #mux: Mux;
  readonly #workspace: Workspace;
  readonly #clock: Clock;
  /** Sessions by the target that they are attached to, the own tab's included. */
  readonly #attached = new Map<string, string>();
  #tab: Tab | null = null;
  /** Calls go out in the order in which they came: each waits until the one before is on its way. */
  #turn: Promise<unknown> = Promise.resolve();
  #lastUsed: number;
  #inFlight = 0;
  /** Its renderer is gone: it is being closed. */
  #crashed: string | null = null;

  constructor(
    mux: Mux,
    workspace: Workspace,
    options: { identity: ClientIdentity; clock: Clock; onEnd(close: Close): void },
  ) {
    this.#mux = mux;
    this.#workspace = workspace;
    this.#clock = options.clock;
    this.#lastUsed = options.clock.now();
    this.client = new CallClient(mux, options.identity, workspace, {
      event: (event) => this.#event(event),
      closed: (close) => options.onEnd(close),
      lost: () => this.#forget(),
    });
  }

  /** Milliseconds since the last call came in, which may be unanswered: none is waited for as long as callers stay. */
  get idleMs(): number {
    // One that is paused cannot be used: its time begins anew when it is resumed.
    if (this.paused) this.#lastUsed = this.#clock.now();
    return this.#clock.now() - this.#lastUsed;
  }

  get identity(): ClientIdentity {
    return this.client.mux.identity;
  }

  get paused(): boolean {
    return this.client.mux.pause.on;
  }

  /** Nothing is in flight, the hub's own commands for it included. */
  get idle(): boolean {
    return this.#inFlight === 0 && this.client.mux.inFlight === 0;
  }

  /** Sends the call when its turn comes and resolves with its answer, errors included. */
  async execute(call: WorkspaceCall): Promise<Answer> {
    // It is no use: else one whose calls are never answered would stay for as long as it is tried.
    if (this.#inFlight >= MAX_IN_FLIGHT) return { id: 0, error: TOO_MANY_CALLS };
    this.#lastUsed = this.#clock.now();
    this.#inFlight += 1;
    try {
      return await this.#inTurn(call);
    } finally {
      this.#inFlight -= 1;
    }
  }

  async #inTurn(call: WorkspaceCall): Promise<Answer> {
    const turn = this.#turn.then(() => this.#send(call));
    this.#turn = turn.catch(() => {});
    // An object, lest awaiting the turn also await the answer.
    return (await turn).answer;
  }

  /** Leaves; calls in flight are answered with the cause. */
  end(cause: string): void {
    const tab = this.#tab;
    this.client.end(cause);
    // Elsewhere the workspace closes what it has when it ends.
    if (tab && this.#workspace.isolation === 'none') this.#close(tab.targetId);
  }

  async #send(call: WorkspaceCall): Promise<{ answer: Promise<Answer> }> {
    if (call.signal?.aborted) return { answer: Promise.resolve({ id: 0, error: TOO_LATE }) };
    const session = await this.#session(call);
    if (session.error) return { answer: Promise.resolve(session.error) };
    const { method, params, bytes, signal } = call;
    return { answer: this.client.call({ method, params, sessionId: session.id, bytes, signal }) };
  }

  async #session({ on, signal }: WorkspaceCall): Promise<{ id?: string | undefined; error?: Answer }> {
    switch (on.kind) {
      case 'browser':
        return {};
      case 'session':
        return { id: on.id };
      case 'target':
        return this.#attach(on.id, signal);
      case 'tab':
        return this.#tab ? { id: this.#tab.sessionId } : this.#openTab(signal);
      default:
        return on satisfies never;
    }
  }

  async #openTab(signal: AbortSignal | undefined): Promise<{ id?: string; error?: Answer }> {
    const failed = await this.#mux.prepare(this.#workspace);
    if (failed !== null) return { error: { id: 0, error: hubError(failed.replace(/^cdp-hub: /, '')) } };
    const first = this.#firstPage() ?? (await this.#makeTab(signal));
    if (typeof first !== 'string') return { error: first };
    const attached = await this.#attach(first, signal);
    if (attached.id !== undefined) this.#tab = { targetId: first, sessionId: attached.id };
    return attached;
  }

  /** Where everything is everybody's, the first page is somebody else's. */
  #firstPage(): string | undefined {
    if (this.#workspace.isolation === 'none') return undefined;
    return this.#mux.targets.pagesOf(this.#workspace).find(({ targetId }) => targetId !== this.#crashed)
      ?.targetId;
  }

  /**
   * A window of its own in the background: it takes no focus, and pictures and clicks never hang behind
   * another tab.
   */
  async #makeTab(signal: AbortSignal | undefined): Promise<string | Answer> {
    const made = await this.client.call({
      method: 'Target.createTarget',
      params: { url: 'about:blank', newWindow: true, background: true },
      quiet: true,
      signal,
    });
    const { targetId } = (made.result ?? {}) as { targetId?: string };
    return targetId ?? made;
  }

  async #attach(targetId: string, signal: AbortSignal | undefined): Promise<{ id?: string; error?: Answer }> {
    const known = this.#attached.get(targetId);
    if (known !== undefined) return { id: known };
    const answer = await this.client.call({
      method: 'Target.attachToTarget',
      params: { targetId, flatten: true },
      quiet: true,
      signal,
    });
    const { sessionId } = (answer.result ?? {}) as { sessionId?: string };
    if (sessionId === undefined) return { error: answer };
    this.#attached.set(targetId, sessionId);
    return { id: sessionId };
  }

  #event(event: CdpEvent): void {
    if (event.method === 'Target.detachedFromTarget') {
      this.#detached((event.params as { sessionId?: string } | undefined)?.sessionId);
    } else if (event.method === 'Inspector.targetCrashed' && event.sessionId === this.#tab?.sessionId) {
      const crashed = this.#tab;
      this.#tab = null;
      if (!crashed) return;
      this.#crashed = crashed.targetId;
      this.#close(crashed.targetId);
    }
  }

  #detached(sessionId: string | undefined): void {
    if (this.#tab?.sessionId === sessionId) this.#tab = null;
    for (const [targetId, id] of this.#attached) if (id === sessionId) this.#attached.delete(targetId);
  }

  #forget(): void {
    this.#tab = null;
    this.#attached.clear();
  }

  #close(targetId: string): void {
    void this.#mux.call('Target.closeTarget', { targetId });
  }
}
