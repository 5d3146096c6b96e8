import type { Clock } from '../shared/clock.ts';
import { type ClientRegistry, newClientId } from './clients.ts';
import type { Mux } from './mux/mux.ts';
import type { Close } from './protocol/errors.ts';
import { Workspace } from './workspace.ts';

/** An HTTP caller's workspace outlives its calls by this. */
const IDLE = 30 * 60_000;

/** The client that all callers without a name share. */
const DEFAULT = { id: 'http', name: 'http', workspace: 'default' } as const;

/** The workspaces of HTTP callers by name; null is the one that they share without a name. */
export class Workspaces {
  readonly #byName = new Map<string, Workspace>();
  readonly #mux: Mux;
  readonly #registry: ClientRegistry;
  readonly #clock: Clock;

  constructor(mux: Mux, registry: ClientRegistry, clock: Clock) {
    this.#mux = mux;
    this.#registry = registry;
    this.#clock = clock;
  }

  /** The workspace of that name, made on first use; null where there may be no more clients. */
  get(name: string | null): Workspace | null {
    const workspace = name ?? DEFAULT.workspace;
    const known = this.#byName.get(workspace);
    if (known) return known;
    if (this.#registry.full) return null;
    return this.#make(workspace);
  }

  /** Ends those that nobody has used for 30 minutes. */
  expire(): void {
    for (const [name, workspace] of this.#byName) {
      if (workspace.idleMs >= IDLE) this.#end(name, workspace, 'it was idle for 30 minutes');
    }
  }

  #make(name: string): Workspace {
    const identity =
      name === DEFAULT.workspace
        ? { ...DEFAULT, kind: 'http' as const }
        : { id: newClientId('http'), kind: 'http' as const, name, workspace: name };
    const workspace: Workspace = new Workspace(this.#mux, identity, {
      clock: this.#clock,
      onEnd: () => this.#end(name, workspace, 'Browser.close'),
    });
    this.#byName.set(name, workspace);
    this.#registry.add({
      identity,
      mux: workspace.client.mux,
      peer: '',
      pid: null,
      since: this.#clock.wall(),
      end: (close: Close) => this.#end(name, workspace, close.reason.replace(/^cdp-hub: /, '')),
    });
    return workspace;
  }

  #end(name: string, workspace: Workspace, cause: string): void {
    if (this.#byName.get(name) !== workspace) return;
    this.#byName.delete(name);
    this.#registry.remove(workspace.client.mux.identity.id);
    workspace.end(cause);
  }
}
