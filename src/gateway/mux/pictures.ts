import { within } from '../contract/within.ts';
import type { CdpEvent } from '../protocol/envelope.ts';
import type { Control } from './control.ts';
import { CdpSession, type SessionOwner } from './sessions.ts';
import type { Wire } from './wire.ts';

/** What a terminal can show, in pixels; the browser keeps the page's proportions. */
const SCREENCAST = { format: 'png', maxWidth: 160, maxHeight: 100 };

/**
 * Small pictures of pages, each taken on a session of the hub's own: the first frame of a screencast.
 *
 * Not `Page.captureScreenshot`: to scale, it sets the page's device metrics for a moment, and takes away those that a
 * client has set.
 */
export class Pictures implements SessionOwner {
  readonly #wire: Wire;
  readonly #control: Control;
  readonly #waiting = new Map<CdpSession, (picture: string | null) => void>();

  constructor(wire: Wire, control: Control) {
    this.#wire = wire;
    this.#control = control;
  }

  /** The page as base64 of a PNG; null where it draws nothing within `ms`, or goes. */
  async take(targetId: string, ms: number): Promise<string | null> {
    const session = await within(ms, this.#attach(targetId));
    if (!session) return null;
    const frame = new Promise<string | null>((resolve) => this.#waiting.set(session, resolve));
    this.#control.call(
      'Page.startScreencast',
      SCREENCAST,
      ({ error }) => error && this.#done(session),
      session,
    );
    const picture = await within(ms, frame);
    this.#done(session);
    return picture;
  }

  rootDetached(): void {}

  event(session: CdpSession, { method, params }: CdpEvent): void {
    if (method !== 'Page.screencastFrame') return;
    const { data } = params as { data: string };
    this.#waiting.get(session)?.(data);
  }

  #attach(targetId: string): Promise<CdpSession | null> {
    return new Promise((resolve) => {
      this.#control.call('Target.attachToTarget', { targetId, flatten: true }, ({ result }) => {
        const { sessionId: id } = (result ?? {}) as { sessionId?: string };
        const parent = this.#control.session;
        if (id === undefined || !parent) resolve(null);
        else
          resolve(
            this.#wire.sessions.add(new CdpSession({ id, owner: this, parent, targetId, type: 'page' })),
          );
      });
    });
  }

  #done(session: CdpSession): void {
    this.#waiting.get(session)?.(null);
    this.#waiting.delete(session);
    if (!this.#wire.sessions.has(session)) return;
    this.#wire.endSession(session, 'it is not needed any more');
    this.#control.call('Target.detachFromTarget', { sessionId: session.id }, () => {});
  }
}
