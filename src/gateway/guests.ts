import type { IncomingMessage } from 'node:http';
import type { ClientKind } from '../shared/events.ts';
import type { ListenSpec } from '../shared/isolation.ts';
import type { Refusal } from '../shared/refusal.ts';
import type { Guest } from './cdp/endpoint.ts';
import { clientName, newClientId } from './clients.ts';
import { callerOf, type Located, locate } from './contract/identity.ts';
import { answered } from './contract/within.ts';
import type { Workspace } from './isolation/workspace.ts';
import type { Mux } from './mux/mux.ts';
import type { Face } from './mux/top-sessions.ts';
import type { Passes } from './passes.ts';
import { DEFAULT_WORKSPACE, type Workspaces } from './workspaces.ts';

export interface GuestsOptions {
  mux: Mux;
  workspaces: Workspaces;
  /** The further port that a request came in by; null: the main one. */
  portOf(request: IncomingMessage): ListenSpec | null;
  passes: Passes;
}

/** Who somebody is that comes in, and the workspace that this makes theirs. */
export class Guests {
  readonly #options: GuestsOptions;

  constructor(options: GuestsOptions) {
    this.#options = options;
  }

  locate(request: IncomingMessage): Located | Refusal {
    return locate(request.url ?? '/', request.headers, this.#options.portOf(request));
  }

  /** The workspace that a request over HTTP means; without a name, the one that all such share. */
  open({ identity }: Located): Workspace | Refusal {
    const { workspaces } = this.#options;
    const workspace = workspaces.named(identity.workspace ?? DEFAULT_WORKSPACE, identity);
    if (!('status' in workspace)) workspaces.called(workspace);
    return workspace;
  }

  /** The same, with its world there. Throws where that cannot be made. */
  async prepared(located: Located): Promise<Workspace | Refusal> {
    const workspace = this.open(located);
    if ('status' in workspace) return workspace;
    const failed = await answered(this.#options.mux.prepare(workspace).then((message) => ({ message })));
    if (failed.message !== null) throw new Error(failed.message);
    return workspace;
  }

  /** A bare browser socket is a workspace of its own; a bare page socket belongs to what discovery shows. */
  identify(request: IncomingMessage, { identity }: Located, face: Face): Guest | Refusal {
    const { workspaces } = this.#options;
    const id = newClientId('cdp');
    const name = identity.workspace ?? (face.kind === 'page' ? DEFAULT_WORKSPACE : null);
    const workspace = name === null ? workspaces.anonymous(id, identity) : workspaces.named(name, identity);
    if ('status' in workspace) return workspace;
    const called = clientName(identity.client, request.headers['user-agent']);
    return guest(workspace, id, 'cdp', called);
  }

  /** Who comes in by a pass: the person, who looks on in the workspace of somebody else. */
  visitor(path: string): (Guest & { targetId: string }) | null {
    const passage = this.#options.passes.passage(path);
    if (!passage) return null;
    const { workspace, targetId } = passage;
    return { ...guest(workspace, newClientId('cdp'), 'cdp', 'DevTools'), targetId };
  }

  /** The workspace of a call over HTTP; without a name, the one that all such share. */
  openCall({ identity, ...located }: Located): Workspace | Refusal {
    const caller = callerOf(identity);
    return 'status' in caller ? caller : this.open({ ...located, identity: caller });
  }

  /** A socket that calls are made on; without a name it is a workspace of its own, as a bare browser socket is. */
  caller(request: IncomingMessage, { identity: given }: Located): Guest | Refusal {
    const { workspaces } = this.#options;
    const identity = callerOf(given);
    if ('status' in identity) return identity;
    const id = newClientId('ws');
    const name = identity.workspace;
    const workspace = name === null ? workspaces.anonymous(id, identity) : workspaces.named(name, identity);
    if ('status' in workspace) return workspace;
    const called = clientName(identity.client ?? name, request.headers['user-agent'], 'ws');
    return guest(workspace, id, 'http', called);
  }
}

function guest(workspace: Workspace, id: string, kind: ClientKind, name: string): Guest {
  const { name: of, isolation } = workspace;
  return { workspace, identity: { id, kind, name, workspace: of, isolation } };
}
