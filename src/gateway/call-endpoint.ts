import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '../shared/clock.ts';
import type { Refusal } from '../shared/refusal.ts';
import { CallSocket } from './call-socket.ts';
import type { CdpPeer, Guest } from './cdp/endpoint.ts';
import type { Located } from './contract/identity.ts';
import { MAX_BODY, noBrowser, refuseUpgradeAs, TOO_MANY_CLIENTS } from './contract/refusal.ts';
import { HttpCaller } from './http-caller.ts';
import type { Workspace } from './isolation/workspace.ts';
import type { Mux } from './mux/mux.ts';
import { CLOSE, type Close } from './protocol/errors.ts';
import type { ClientSocket } from './socket/client-socket.ts';
import { Sockets } from './socket/sockets.ts';

export interface CallEndpointOptions {
  mux: Mux;
  clock: Clock;
  /** True once there is a browser to talk to; false, after a while, where there is none. */
  ready(): Promise<boolean>;
  /** Why there is none. */
  reason(): string;
  /** True where there may be no more clients. */
  full(): boolean;
  /** Who calls, and the workspace it works in; a refusal where the workspace is there and another kind. */
  identify(request: IncomingMessage, located: Located): Guest | Refusal;
  /** Its workspace was used. */
  called(workspace: Workspace): void;
  joined(peer: CdpPeer): void;
  /** `closed`: by its own `Browser.close`. */
  left(id: string, workspace: Workspace, closed: boolean): void;
}

/** `WS /ws`: what `POST /execute` does, many times over one connection, and the events of the caller's tab. */
export class CallEndpoint {
  readonly #options: CallEndpointOptions;
  readonly #sockets = new Sockets(MAX_BODY);

  constructor(options: CallEndpointOptions) {
    this.#options = options;
  }

  /** Serves an upgrade whose Host and Origin have been checked. No browser is needed: calls say that there is none. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, located: Located): void {
    if (this.#options.full()) {
      refuseUpgradeAs(socket, TOO_MANY_CLIENTS);
      return;
    }
    const guest = this.#options.identify(request, located);
    if ('status' in guest) {
      refuseUpgradeAs(socket, guest);
      return;
    }
    this.#sockets.accept(request, socket, head, (accepted) => this.#serve(accepted, request, guest));
  }

  /** Closes every socket as the hub stops; resolves when they are closed. */
  close(): Promise<void> {
    return this.#sockets.close();
  }

  #serve(socket: ClientSocket, request: IncomingMessage, { identity, workspace }: Guest): void {
    const { mux, clock, called, joined, left } = this.#options;
    const end = (close: Close) => void socket.close(close);
    let closed = false;
    const caller: HttpCaller = new HttpCaller(mux, workspace, {
      identity,
      clock,
      onEvent: (event) => calls.hear(event),
      onEnd: (close) => {
        closed = close === CLOSE.closedByClient;
        // After the answers that this settled: they are written when their promises are.
        setImmediate(end, close);
      },
    });
    const calls = new CallSocket({
      socket,
      caller,
      ready: () => (mux.ready ? null : this.#ready()),
      called: () => called(workspace),
    });
    joined({ identity, mux: caller.client.mux, request, end });
    this.#sockets.listen(socket, calls, () => {
      calls.end();
      caller.end('the socket has gone');
      left(identity.id, workspace, closed);
    });
  }

  async #ready(): Promise<Refusal | null> {
    return (await this.#options.ready()) ? null : noBrowser(this.#options.reason());
  }
}
