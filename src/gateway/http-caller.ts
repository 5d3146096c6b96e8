import type { Clock } from '../shared/clock.ts';
import type { ClientIdentity } from './contract/observer.ts';
import type { WorkspaceCall } from './contract/workspace-call.ts';
import type { Workspace } from './isolation/workspace.ts';
import { CallClient } from './mux/call-client.ts';
import type { Mux } from './mux/mux.ts';
import { OwnSessions, sessionOf } from './own-sessions.ts';
import { type Answer, type CdpEvent, withoutSession } from './protocol/envelope.ts';
import { type Close, hubError } from './protocol/errors.ts';

/** Calls of one caller that may be unanswered at a time: some, e.g. a wait for what never comes, stay so for ever. */
const MAX_IN_FLIGHT = 256;

const TOO_MANY_CALLS = hubError(`${MAX_IN_FLIGHT} calls of this caller are in flight; wait for some of them`);

const TOO_LATE = hubError('nobody waits for it any more; it was not sent');

interface Tab {
  targetId: string;
  sessionId: string;
}

/** What a caller hears: of its tab and its browser as it is, of a target that its calls name with that `targetId`. */
export interface CallerEvent extends CdpEvent {
  targetId?: string;
}

/** What the callers of one workspace have in common: one tab, which only one of them at a time looks for or makes. */
interface Shared {
  turn: Promise<unknown>;
  /** The tab that was closed or crashed last: there may still be signs of it. */
  gone: string | null;
}

const SHARED = new WeakMap<Workspace, Shared>();

function sharedOf(workspace: Workspace): Shared {
  const known = SHARED.get(workspace);
  if (known) return known;
  const made: Shared = { turn: Promise.resolve(), gone: null };
  SHARED.set(workspace, made);
  return made;
}

export interface HttpCallerOptions {
  identity: ClientIdentity;
  clock: Clock;
  onEnd(close: Close): void;
  /** Absent: nobody listens. */
  onEvent?(event: CallerEvent): void;
}

/**
 * Who makes calls: a client of the mux, and the tab that its page commands go to, the first of its workspace. It
 * outlives the browser: a lost, closed or crashed tab is replaced at the next call.
 */
export class HttpCaller {
  readonly client: CallClient;
  readonly #mux: Mux;
  readonly #workspace: Workspace;
  readonly #clock: Clock;
  readonly #shared: Shared;
  readonly #listens: boolean;
  readonly #hear: (event: CallerEvent) => void;
  readonly #sessions: OwnSessions;
  #tab: Tab | null = null;
  /** The tab that it had; null: it has that still, or never had one. */
  #lostTab: string | null = null;
  /** Calls go out in the order in which they came: each waits until the one before is on its way. */
  #turn: Promise<unknown> = Promise.resolve();
  #lastUsed: number;
  #inFlight = 0;
  #ended = false;

  constructor(mux: Mux, workspace: Workspace, options: HttpCallerOptions) {
    this.#mux = mux;
    this.#workspace = workspace;
    this.#clock = options.clock;
    this.#shared = sharedOf(workspace);
    this.#lastUsed = options.clock.now();
    this.#listens = options.onEvent !== undefined;
    this.#hear = (event) => options.onEvent?.(event);
    this.#sessions = new OwnSessions(this.#hear);
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

  /** Another call would be refused. */
  get full(): boolean {
    return this.#inFlight >= MAX_IN_FLIGHT;
  }

  /** Sends the call when its turn comes and resolves with its answer, errors included. */
  async execute(call: WorkspaceCall): Promise<Answer> {
    // It is no use: else one whose calls are never answered would stay for as long as it is tried.
    if (this.full) return { id: 0, error: TOO_MANY_CALLS };
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
    this.#ended = true;
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
    const first = await this.#found(signal);
    if (typeof first !== 'string') return { error: first };
    const attached = await this.#attach(first, signal);
    // It may have gone in the meantime.
    if (attached.id !== undefined && this.#sessions.targetOf(attached.id) === first) {
      this.#tab = { targetId: first, sessionId: attached.id };
      this.#replaced(first);
    }
    return attached;
  }

  /** The first page, made where there is none; two callers that look at once find the same. */
  #found(signal: AbortSignal | undefined): Promise<string | Answer> {
    const found = this.#shared.turn.then(() => this.#firstPage() ?? this.#makeTab(signal));
    this.#shared.turn = found.catch(() => {});
    return found;
  }

  /** Where everything is everybody's, the first page is somebody else's. */
  #firstPage(): string | undefined {
    if (this.#workspace.isolation === 'none') return undefined;
    return this.#mux.targets.pagesOf(this.#workspace).find(({ targetId }) => targetId !== this.#shared.gone)
      ?.targetId;
  }

  /**
   * A window of its own in the background: it takes no focus, and pictures and clicks never hang behind
   * another tab.
   */
  async #makeTab(signal: AbortSignal | undefined): Promise<string | Answer> {
    const params = { url: 'about:blank', newWindow: true, background: true };
    const made =
      this.#workspace.isolation === 'none'
        ? await this.#makeOpenly(params)
        : await this.client.call({ method: 'Target.createTarget', params, quiet: true, signal });
    const { targetId } = (made.result ?? {}) as { targetId?: string };
    return targetId ?? made;
  }

  /** No workspace closes it: it must be known, and be closed, though its caller left in the meantime. */
  async #makeOpenly(params: object): Promise<Answer> {
    const creation = this.#mux.targets.creating(this.#workspace);
    const made = await this.#mux.call('Target.createTarget', params);
    const { targetId } = (made.result ?? {}) as { targetId?: string };
    this.#mux.targets.created(creation, targetId ?? null);
    if (targetId !== undefined && this.#ended) this.#close(targetId);
    return made;
  }

  async #attach(targetId: string, signal: AbortSignal | undefined): Promise<{ id?: string; error?: Answer }> {
    const known = this.#sessions.on(targetId);
    if (known !== undefined) return { id: known };
    this.#sessions.attaching(targetId);
    let id: string | undefined;
    const answer = await this.client.call({
      method: 'Target.attachToTarget',
      params: { targetId, flatten: true },
      quiet: true,
      signal,
      answered: (given) => {
        id = this.#sessions.attached(targetId, given);
      },
    });
    return id === undefined ? { error: answer } : { id };
  }

  #event(event: CdpEvent): void {
    const onRoot = event.sessionId === undefined;
    switch (event.method) {
      case 'Target.attachedToTarget':
        if (onRoot && this.#sessions.holds(event)) return;
        break;
      case 'Target.detachedFromTarget':
        if (sessionOf(event) === this.#tab?.sessionId) this.#gone('closed');
        if (this.#sessions.ended(event)) return;
        break;
      case 'Inspector.targetCrashed':
        if (event.sessionId !== this.#tab?.sessionId || !this.#tab) break;
        this.#crashed(this.#tab.targetId);
        return;
    }
    if (this.#listens) this.#pass(event);
  }

  /** As the caller addresses what it comes from: its tab and the browser by nothing, others by what it named. */
  #pass(event: CdpEvent): void {
    const { sessionId } = event;
    const targetId = sessionId === undefined ? undefined : this.#sessions.targetOf(sessionId);
    if (targetId === undefined) this.#hear(event);
    else if (targetId === this.#tab?.targetId) this.#hear(withoutSession(event));
    else this.#hear({ method: event.method, params: event.params, targetId });
  }

  #crashed(targetId: string): void {
    this.#gone('crashed');
    this.#close(targetId);
  }

  #gone(reason: 'closed' | 'crashed'): void {
    const targetId = this.#tab?.targetId ?? null;
    this.#tab = null;
    if (targetId === null) return;
    this.#lostTab = targetId;
    this.#shared.gone = targetId;
    this.#hear({ method: 'cdp-hub.tabGone', params: { targetId, reason } });
  }

  #replaced(targetId: string): void {
    if (this.#lostTab === null) return;
    this.#hear({ method: 'cdp-hub.tabReplaced', params: { targetId, previous: this.#lostTab } });
    this.#lostTab = null;
  }

  #forget(): void {
    this.#gone('closed');
    this.#sessions.clear();
  }

  #close(targetId: string): void {
    void this.#mux.call('Target.closeTarget', { targetId });
  }
}
