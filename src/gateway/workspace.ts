import type { Clock } from '../shared/clock.ts';
import type { ClientIdentity } from './contract/observer.ts';
import type { WorkspaceCall } from './contract/workspace-call.ts';
import { CallClient } from './mux/call-client.ts';
import type { Mux } from './mux/mux.ts';
import type { Answer, CdpEvent } from './protocol/envelope.ts';

interface Tab {
  targetId: string;
  sessionId: string;
}

/**
 * What one HTTP caller owns: a client of the mux, and a tab made when it is first needed. It outlives the
 * browser: a lost, closed or crashed tab is replaced at the next call.
 */
export class Workspace {
  readonly client: CallClient;
  readonly #mux: Mux;
  readonly #clock: Clock;
  /** Sessions by the target that they are attached to, the own tab's included. */
  readonly #attached = new Map<string, string>();
  #tab: Tab | null = null;
  /** Calls go out in the order in which they came: each waits until the one before is on its way. */
  #turn: Promise<unknown> = Promise.resolve();
  #lastUsed: number;
  #ended = false;

  constructor(mux: Mux, identity: ClientIdentity, options: { clock: Clock; onEnd(): void }) {
    this.#mux = mux;
    this.#clock = options.clock;
    this.#lastUsed = options.clock.now();
    this.client = new CallClient(mux, identity, {
      event: (event) => this.#event(event),
      closed: () => options.onEnd(),
      lost: () => this.#forget(),
    });
  }

  /** Milliseconds since the last call was answered; 0 while one is in flight. */
  get idleMs(): number {
    return this.client.mux.inFlight > 0 ? 0 : this.#clock.now() - this.#lastUsed;
  }

  /** Sends the call when its turn comes and resolves with its answer, errors included. */
  async execute(call: WorkspaceCall): Promise<Answer> {
    try {
      return await this.#inTurn(call);
    } finally {
      this.#lastUsed = this.#clock.now();
    }
  }

  async #inTurn(call: WorkspaceCall): Promise<Answer> {
    const turn = this.#turn.then(() => this.#send(call));
    this.#turn = turn.catch(() => {});
    // An object, lest awaiting the turn also await the answer.
    return (await turn).answer;
  }

  /** Closes its tab and leaves; calls in flight are answered with the cause. */
  end(cause: string): void {
    this.#ended = true;
    const tab = this.#tab;
    this.client.end(cause);
    if (tab) this.#close(tab.targetId);
  }

  async #send(call: WorkspaceCall): Promise<{ answer: Promise<Answer> }> {
    const session = await this.#session(call.on);
    if (session.error) return { answer: Promise.resolve(session.error) };
    const { method, params, bytes } = call;
    return { answer: this.client.call({ method, params, sessionId: session.id, bytes }) };
  }

  async #session(on: WorkspaceCall['on']): Promise<{ id?: string | undefined; error?: Answer }> {
    switch (on.kind) {
      case 'browser':
        return {};
      case 'session':
        return { id: on.id };
      case 'target':
        return this.#attach(on.id);
      case 'tab':
        return this.#tab ? { id: this.#tab.sessionId } : this.#makeTab();
      default:
        return on satisfies never;
    }
  }

  /**
   * A window of its own in the background: it takes no focus, and pictures and clicks never hang behind
   * another tab. Made on the hub's own connection, so that the answer comes even when this client is ended
   * meanwhile, and the tab is not left behind.
   */
  async #makeTab(): Promise<{ id?: string; error?: Answer }> {
    const made = await this.#mux.call('Target.createTarget', {
      url: 'about:blank',
      newWindow: true,
      background: true,
    });
    const { targetId } = (made.result ?? {}) as { targetId?: string };
    if (targetId === undefined) return { error: made };
    const attached = await this.#attach(targetId);
    if (attached.id === undefined || this.#ended) this.#close(targetId);
    else this.#tab = { targetId, sessionId: attached.id };
    return attached;
  }

  async #attach(targetId: string): Promise<{ id?: string; error?: Answer }> {
    const known = this.#attached.get(targetId);
    if (known !== undefined) return { id: known };
    const answer = await this.client.call({
      method: 'Target.attachToTarget',
      params: { targetId, flatten: true },
      quiet: true,
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
      if (crashed) this.#close(crashed.targetId);
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
