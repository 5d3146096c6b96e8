import type { Clock } from '../../shared/clock.ts';
import type { CdpEvent } from '../protocol/envelope.ts';
import type { Control } from './control.ts';
import { CdpSession, type SessionOwner } from './sessions.ts';
import type { Wire } from './wire.ts';

/** After the last picture the page is kept drawing for so long, in milliseconds: the next one often follows. */
const AWAKE = 2000;

/** As small as it can be: only that frames are asked for matters. */
const SCREENCAST = { format: 'jpeg', quality: 10, maxWidth: 16, maxHeight: 16 };

/**
 * Keeps pages drawing that are behind another tab. There a picture, a touch or a gesture waits for a frame that may
 * never come, unless somebody watches: so the hub does, on a session of its own.
 */
export class Waking implements SessionOwner {
  readonly #wire: Wire;
  readonly #control: Control;
  readonly #clock: Clock;
  readonly #awake = new Map<string, { session: CdpSession | null; until: number; waiting: (() => void)[] }>();

  constructor(wire: Wire, control: Control, clock: Clock) {
    this.#wire = wire;
    this.#control = control;
    this.#clock = clock;
  }

  /** Calls `then` when the page draws, or cannot be made to. */
  wake(targetId: string, then: () => void): void {
    const until = this.#clock.now() + AWAKE;
    const page = this.#awake.get(targetId);
    const ended = page?.session && !this.#wire.sessions.has(page.session);
    if (!page || ended) {
      this.#awake.set(targetId, { session: null, until, waiting: [then] });
      this.#start(targetId);
      return;
    }
    page.until = until;
    if (page.session) then();
    else page.waiting.push(then);
  }

  /** True while commands wait for this page to draw: what comes behind them must not overtake. */
  isStarting(targetId: string): boolean {
    return this.#awake.get(targetId)?.session === null;
  }

  /** To be called about once a second. */
  tick(): void {
    for (const [targetId, { session, until }] of this.#awake) {
      if (session && until < this.#clock.now()) this.#stop(targetId, session);
    }
  }

  clear(): void {
    this.#awake.clear();
  }

  rootDetached(): void {}

  event(session: CdpSession, { method, params }: CdpEvent): void {
    if (method !== 'Page.screencastFrame') return;
    const { sessionId } = params as { sessionId: number };
    this.#control.call('Page.screencastFrameAck', { sessionId }, () => {}, session);
  }

  #start(targetId: string): void {
    this.#control.call('Target.attachToTarget', { targetId, flatten: true }, ({ result }) => {
      const { sessionId: id } = (result ?? {}) as { sessionId?: string };
      const page = this.#awake.get(targetId);
      const parent = this.#control.session;
      if (page && parent && id !== undefined) {
        page.session = this.#wire.sessions.add(
          new CdpSession({ id, owner: this, parent, targetId, type: 'page' }),
        );
        // In the same order on the same connection: it draws before what follows is looked at.
        this.#control.call('Page.startScreencast', SCREENCAST, () => {}, page.session);
      } else this.#awake.delete(targetId);
      for (const then of page?.waiting.splice(0) ?? []) then();
    });
  }

  #stop(targetId: string, session: CdpSession): void {
    this.#awake.delete(targetId);
    if (!this.#wire.sessions.has(session)) return;
    this.#wire.endSession(session, 'it is not needed any more');
    this.#control.call('Target.detachFromTarget', { sessionId: session.id }, () => {});
  }
}
