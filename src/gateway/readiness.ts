import type { Upstream } from './cdp/upstream.ts';
import { within } from './contract/within.ts';
import type { Mux } from './mux/mux.ts';

const WAIT = {
  /** For a browser that is on its way back. */
  browser: 2000,
  /** For the person at the browser to allow the connection: less than clients wait, so that they hear the reason. */
  approval: 25_000,
} as const;

/** Whether there is a browser to talk to, for those who come in and can wait a little. */
export class Readiness {
  readonly #mux: Mux;
  readonly #upstream: Upstream;

  constructor(mux: Mux, upstream: Upstream) {
    this.#mux = mux;
    this.#upstream = upstream;
  }

  /** Why there is none. */
  get reason(): string {
    return this.#upstream.reason;
  }

  /**
   * True once there is one; false, after a while, where there is none. `patience`: milliseconds for one to be started,
   * which is no matter where a person has to allow the connection.
   */
  async ready(patience = 0): Promise<boolean> {
    if (this.#mux.ready && this.#upstream.connected) return true;
    const approval = this.#upstream.endpoint?.http === false;
    const connected = await this.#upstream.ready(approval ? WAIT.approval : WAIT.browser);
    if (!connected && (approval || patience === 0 || !(await this.#upstream.within(patience)))) return false;
    await within(WAIT.browser, this.#mux.known());
    // It may have gone meanwhile: who comes in then would never be told that it went.
    return this.#upstream.connected;
  }
}
