import type { Clock } from '../shared/clock.ts';
import type { Refusal } from '../shared/refusal.ts';
import { type ClientRegistry, newClientId } from './clients.ts';
import { TOO_MANY_CLIENTS } from './contract/refusal.ts';
import { HttpCaller } from './http-caller.ts';
import type { Workspace } from './isolation/workspace.ts';
import type { Mux } from './mux/mux.ts';
import { CLOSE, type Close } from './protocol/errors.ts';
import { type Caller, DEFAULT_WORKSPACE, GRACE, type Workspaces } from './workspaces.ts';

export interface HttpCallersOptions {
  mux: Mux;
  registry: ClientRegistry;
  workspaces: Workspaces;
  clock: Clock;
}

/** The HTTP callers, one in each workspace that is called; null is the one that they share without a name. */
export class HttpCallers {
  readonly #options: HttpCallersOptions;
  readonly #byName = new Map<string, HttpCaller>();
  /** The ids of those that were paused when the gateway began to stop, by workspace: the next one holds them. */
  readonly #handedOn = new Map<string, string>();

  constructor(options: HttpCallersOptions) {
    this.#options = options;
  }

  /** The caller of that workspace, made on first use; a refusal where there may be no more clients. */
  get(workspace: Workspace): HttpCaller | Refusal {
    this.#options.workspaces.called(workspace);
    const known = this.#byName.get(workspace.name);
    if (known?.client.mux.workspace === workspace) return known;
    // Its workspace has ended, and another has its name.
    if (known) this.#end(workspace.name, known, 'its workspace has ended');
    if (this.#options.registry.full) return TOO_MANY_CLIENTS;
    return this.#make(workspace);
  }

  /** The caller of that workspace, where it has one. */
  of(workspace: Workspace): Caller | undefined {
    const caller = this.#byName.get(workspace.name);
    if (caller?.client.mux.workspace !== workspace) return undefined;
    return { idle: caller.idle && !caller.paused, end: (cause) => this.#end(workspace.name, caller, cause) };
  }

  /** The id of its caller where that is paused. */
  pausedIn({ name }: Workspace): string | null {
    const caller = this.#byName.get(name);
    return caller?.paused ? caller.identity.id : (this.#handedOn.get(name) ?? null);
  }

  /** There was a caller in it, paused, before this gateway: it is made anew, with its id, and is paused. */
  wasPaused(workspace: Workspace, id: string): void {
    if (!this.#byName.has(workspace.name)) this.#make(workspace, id);
  }

  /** Ends those that nobody has used for 30 minutes. */
  expire(): void {
    for (const [name, caller] of this.#byName) {
      if (caller.idleMs >= GRACE.call) this.#end(name, caller, 'it was idle for 30 minutes');
    }
  }

  #make(workspace: Workspace, pausedAs?: string): HttpCaller {
    const { mux, registry, workspaces, clock } = this.#options;
    const { name, isolation } = workspace;
    const identity = {
      id: pausedAs ?? (name === DEFAULT_WORKSPACE ? 'http' : newClientId('http')),
      kind: 'http' as const,
      name: name === DEFAULT_WORKSPACE ? 'http' : name,
      workspace: name,
      isolation,
    };
    const caller: HttpCaller = new HttpCaller(mux, workspace, {
      identity,
      clock,
      onEnd: (close) => this.#end(name, caller, 'Browser.close', close === CLOSE.closedByClient),
    });
    if (pausedAs !== undefined) caller.client.mux.pause.begin();
    this.#byName.set(name, caller);
    workspaces.joined(workspace);
    registry.add({
      identity,
      mux: caller.client.mux,
      peer: '',
      pid: null,
      since: clock.wall(),
      end: (close: Close) => {
        if (close === CLOSE.draining && caller.paused) this.#handedOn.set(name, identity.id);
        this.#end(name, caller, close.reason.replace(/^cdp-hub: /, ''));
      },
    });
    return caller;
  }

  #end(name: string, caller: HttpCaller, cause: string, closed = false): void {
    if (this.#byName.get(name) !== caller) return;
    this.#byName.delete(name);
    this.#options.registry.remove(caller.client.mux.identity.id);
    caller.end(cause);
    this.#options.workspaces.left(caller.client.mux.workspace, closed);
  }
}
