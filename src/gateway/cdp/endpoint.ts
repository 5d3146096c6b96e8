import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Refusal } from '../../shared/refusal.ts';
import type { Located } from '../contract/identity.ts';
import type { ClientIdentity } from '../contract/observer.ts';
import { HUNG, noBrowser, refuseUpgrade, refuseUpgradeAs, TOO_MANY_CLIENTS } from '../contract/refusal.ts';
import { REQUEST_ID, requestIdOf } from '../contract/request-id.ts';
import { within } from '../contract/within.ts';
import type { Workspace } from '../isolation/workspace.ts';
import type { Mux } from '../mux/mux.ts';
import type { MuxClient } from '../mux/mux-client.ts';
import type { Face } from '../mux/top-sessions.ts';
import { browserGone, CLOSE, type Close } from '../protocol/errors.ts';
import { ClientSocket } from './transport.ts';

/** Largest message a client may send: above it ws closes with 1009 before anything reaches the browser. */
const MAX_FRAME = 32 * 1024 * 1024;

const HEARTBEAT = 15_000;

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
    /** What the URL and the headers say: where to, and as whom. */
    locate(request: IncomingMessage): Located | Refusal;
    /** Who that is, and the workspace it works in; a refusal where the workspace is there and another kind. */
    identify(request: IncomingMessage, located: Located, face: Face): Guest | Refusal;
  };
  joined(peer: CdpPeer): void;
  /** `closed`: by its own `Browser.close`. */
  left(id: string, workspace: Workspace, closed: boolean): void;
}

/** The CDP WebSockets: `/devtools/browser/<hub's id>` and `/devtools/page/<targetId>`. */
export class Endpoint {
  readonly #options: EndpointOptions;
  readonly #server = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_FRAME,
    clientTracking: false,
    // Answered by ClientSocket, which looks at what lies unread first.
    autoPong: false,
  });
  readonly #sockets = new Set<ClientSocket>();
  readonly #heartbeat: NodeJS.Timeout;

  constructor(options: EndpointOptions) {
    this.#options = options;
    this.#server.on('headers', (headers, { socket }) =>
      headers.push(`${REQUEST_ID}: ${requestIdOf(socket)}`),
    );
    this.#heartbeat = setInterval(() => {
      for (const socket of this.#sockets) socket.heartbeat();
    }, HEARTBEAT);
    this.#heartbeat.unref();
  }

  /** Serves an upgrade whose Host and Origin have been checked. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const located = this.#options.guests.locate(request);
    if ('status' in located) {
      refuseUpgradeAs(socket, located);
      return;
    }
    const [, kind, id = ''] = /^\/devtools\/(browser|page)\/([^/]+)$/.exec(located.path) ?? [];
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
    const guest = this.#options.guests.identify(request, located, face);
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
    this.#server.handleUpgrade(request, socket, head, (ws) => this.#accept(ws, request, guest, face));
  }

  /** Closes every socket as the hub stops; resolves when they are closed, cut off after 5 s where need be. */
  async close(): Promise<void> {
    clearInterval(this.#heartbeat);
    await Promise.all([...this.#sockets].map((socket) => socket.close(CLOSE.draining)));
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

  #accept(ws: WebSocket, request: IncomingMessage, { identity, workspace }: Guest, face: Face): void {
    const socket = new ClientSocket(ws, request.socket);
    let closed = false;
    // Off the list at once: the closing handshake may take its time.
    const left = () => {
      // Told once more when the handshake is over.
      if (!this.#sockets.delete(socket)) return;
      client.leave();
      this.#options.left(identity.id, workspace, closed);
    };
    const end = (close: Close) => void socket.close(close);
    const client = this.#options.mux.join(identity, workspace, face, {
      deliver: (message) => socket.deliver(message),
      close: (close) => {
        closed = close === CLOSE.closedByClient;
        end(close);
      },
      // Ended at once a paused one would come back as another, that nobody has paused.
      lost: (cause) => client.pause.over(() => end(browserGone(cause))),
    });
    this.#sockets.add(socket);
    this.#options.joined({ identity, mux: client, request, end });
    socket.listen(client, left);
    client.start();
  }
}
