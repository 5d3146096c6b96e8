import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Refusal } from '../shared/refusal.ts';
import type { CallEndpoint } from './call-endpoint.ts';
import type { Endpoint } from './cdp/endpoint.ts';
import type { Located } from './contract/identity.ts';
import { refuseUpgradeAs } from './contract/refusal.ts';

/** The paths of `/ws`, below a workspace or not. */
const CALLS = /^\/ws\/?$/;

/** The WebSocket endpoints, by their paths. */
export class Upgrades {
  readonly #locate: (request: IncomingMessage) => Located | Refusal;
  readonly #cdp: Endpoint;
  readonly #calls: CallEndpoint;

  /** `locate`: what the URL and the headers say, where to and as whom. */
  constructor(locate: (request: IncomingMessage) => Located | Refusal, cdp: Endpoint, calls: CallEndpoint) {
    this.#locate = locate;
    this.#cdp = cdp;
    this.#calls = calls;
  }

  /** Serves an upgrade whose Host and Origin have been checked. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const located = this.#locate(request);
    if ('status' in located) refuseUpgradeAs(socket, located);
    else if (CALLS.test(located.path)) this.#calls.upgrade(request, socket, head, located);
    else void this.#cdp.upgrade(request, socket, head, located);
  }

  /** Closes every socket as the hub stops; resolves when they are closed. */
  async close(): Promise<void> {
    await Promise.all([this.#cdp.close(), this.#calls.close()]);
  }
}
