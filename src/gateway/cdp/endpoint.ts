import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Refusal } from '../../shared/refusal.ts';
import type { Located } from '../contract/identity.ts';
import type { ClientIdentity } from '../contract/observer.ts';
import { HUNG, noBrowser, refuseUpgrade, refuseUpgradeAs, TOO_MANY_CLIENTS } from '../contract/refusal.ts';
import { within } from '../contract/within.ts';
import type { Workspace } from '../isolation/workspace.ts';
import type { Mux } from '../mux/mux.ts';
import type { MuxClient, Sink } from '../mux/mux-client.ts';
import type { Face } from '../mux/top-sessions.ts';
import { browserGone, CLOSE, type Close } from '../protocol/errors.ts';
import type { ClientSocket } from '../socket/client-socket.ts';
import { Sockets } from '../socket/sockets.ts';

/** Largest message a client may send: above it ws closes with 1009 before anything reaches the browser. */
const MAX_FRAME = 32 * 1024 * 1024;

/** How long the browser may take to say whether there is such a target. */
const ANSWER = 10_000;

/** One accepted CDP socket, as the list of clients takes it in. */
export interface CdpPeer {
  identity: ClientIdentity;
  mux: MuxClient;
  request: IncomingMessage;
  end(close: Close): void;
}

export interface Guest {
  identity: ClientIdentity;
  workspace: Workspace;
}

export interface EndpointOptions {
  mux: Mux;
  /** The hub's own browser id: the only one that `/devtools/browser/` answers to. */
  browserId: string;
  /** True once there is a browser to talk to; false, after a while, where there is none. */
  ready(): Promise<boolean>;
  /** Why there is none. */
  reason(): string;
  /** True where there may be no more clients. */
  full(): boolean;
  guests: {
    /** Who that is, and the workspace it works in; a refusal where the workspace is there and another kind. */
    identify(request: IncomingMessage, located: Located, face: Face): Guest | Refusal;
    /** Who comes in by that path, which is a way in of its own to one page; null: it is none. */
    visitor(path: string): (Guest & { targetId: string }) | null;
  };
  joined(peer: CdpPeer): void;
  /** `closed`: by its own `Browser.close`. */
  left(id: string, workspace: Workspace, closed: boolean): void;
}

/** The CDP WebSockets: `/devtools/browser/<hub's id>`, `/devtools/page/<targetId>`, and the passes to single pages. */
export class Endpoint {
  readonly #options: EndpointOptions;
  readonly #sockets = new Sockets(MAX_FRAME);

  constructor(options: EndpointOptions) {
    this.#options = options;
  }

  /** Serves an upgrade whose Host and Origin have been checked. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, located: Located): Promise<void> {
    const visitor = this.#options.guests.visitor(located.path);
    const path = visitor ? `/devtools/page/${visitor.targetId}` : located.path;
    const [, kind, id = ''] = /^\/devtools\/(browser|page)\/([^/]+)$/.exec(path) ?? [];
    if (kind === undefined || (kind === 'browser' && id !== this.#options.browserId)) {
      refuseUpgrade(socket, 404, 'text/html', '');
      return;
    }
    if (this.#options.full()) {
      refuseUpgradeAs(socket, TOO_MANY_CLIENTS);
      return;
    }
    if (!(await this.#options.ready())) {
      refuseUpgradeAs(socket, noBrowser(this.#options.reason()));
      return;
    }
    const face: Face = kind === 'page' ? { kind, targetId: id } : { kind: 'browser' };
    const guest = visitor ?? this.#options.guests.identify(request, located, face);
    if ('status' in guest) {
      refuseUpgradeAs(socket, guest);
      return;
    }
    const exists = face.kind === 'browser' || (await this.#exists(guest.workspace, id));
    if (exists === null) {
      refuseUpgradeAs(socket, HUNG);
      return;
    }
    if (!exists) {
      refuseUpgrade(socket, 500, 'text/html', `No such target id: ${id}`);
      return;
    }
    // Somebody may have closed its workspace meanwhile.
    if (guest.workspace.ended !== 'no') socket.destroy();
    if (socket.destroyed) return;
    // Others may have come in while this one waited.
    if (this.#options.full()) {
      refuseUpgradeAs(socket, TOO_MANY_CLIENTS);
      return;
    }
    this.#sockets.accept(request, socket, head, (accepted) =>
      this.#serve(accepted, request, { ...guest, visits: visitor !== null }, face),
    );
  }

  /** Closes every socket as the hub stops; resolves when they are closed. */
  close(): Promise<void> {
    return this.#sockets.close();
  }

  /** Null where the browser does not say. What is another workspace's does not exist for this one. */
  async #exists(workspace: Workspace, targetId: string): Promise<boolean | null> {
    if (this.#options.mux.targets.get(targetId) === undefined) return false;
    // What it had with another gateway may still be looked for.
    const prepared = await within(
      ANSWER,
      this.#options.mux.prepare(workspace).then(() => true),
    );
    if (prepared === null) return null;
    if (!this.#options.mux.targets.visible(workspace, targetId)) return false;
    const answer = await within(ANSWER, this.#options.mux.call('Target.getTargetInfo', { targetId }));
    return answer && answer.error === undefined;
  }

  #serve(
    socket: ClientSocket,
    request: IncomingMessage,
    { identity, workspace, visits }: Guest & { visits: boolean },
    face: Face,
  ): void {
    let closed = false;
    const end = (close: Close) => void socket.close(close);
    const sink: Sink = {
      deliver: (message) => socket.deliver(message),
      close: (close) => {
        closed = close === CLOSE.closedByClient;
        end(close);
      },
      // Ended at once a paused one would come back as another, that nobody has paused.
      lost: (cause) => client.pause.over(() => end(browserGone(cause))),
    };
    const client = this.#options.mux.join({ identity, workspace, face, sink, visits });
    this.#options.joined({ identity, mux: client, request, end });
    this.#sockets.listen(socket, client, () => {
      client.leave();
      this.#options.left(identity.id, workspace, closed);
    });
    client.start();
  }
}
