import type { Clock } from '../../shared/clock.ts';
import type { TargetInfo } from '../isolation/target-info.ts';
import type { Targets } from '../isolation/targets.ts';
import type { CdpEvent } from '../protocol/envelope.ts';
import { ClientCommand } from './client-command.ts';
import type { CdpSession } from './sessions.ts';
import type { Wire } from './wire.ts';

/** How long the browser may take over what needs no renderer, milliseconds. */
const PATIENCE = 1000;

/** What only a renderer can answer. */
const RENDERERS =
  /^(?:Accessibility|CSS|Debugger|DOM|DOMDebugger|DOMSnapshot|HeapProfiler|Profiler|Runtime)\./;

/** What ends the whole browser on a tab that has no renderer (Chromium 156). */
const DEADLY = /^(?:Input\.synthesize\w+Gesture|Page\.printToPDF)$/;

/**
 * Tabs whose renderer has crashed. Chrome keeps what needs one until the tab is loaded anew, and then answers all of
 * it with an error; it is answered here as soon as that is certain. What the browser answers by itself, and what
 * brings the tab back, goes through.
 */
export class Crashes {
  readonly #wire: Wire;
  readonly #targets: Targets;
  readonly #clock: Clock;
  /** Crashed targets, as they were then: who attaches later is told nothing. */
  readonly #crashed = new Map<string, TargetInfo>();

  constructor(wire: Wire, targets: Targets, clock: Clock) {
    this.#wire = wire;
    this.#targets = targets;
    this.#clock = clock;
  }

  /** An event of the hub's own root. */
  heard({ method, params }: CdpEvent): void {
    const { targetId, targetInfo } = (params ?? {}) as { targetId?: string; targetInfo?: TargetInfo };
    if (method === 'Target.targetCrashed' && targetId !== undefined) {
      const info = this.#targets.get(targetId);
      if (info) this.#crashed.set(targetId, info);
    } else if (method === 'Target.targetDestroyed' && targetId !== undefined) {
      this.#crashed.delete(targetId);
    } else if (method === 'Target.targetInfoChanged' && targetInfo) this.#changed(targetInfo);
  }

  /** A client attached, perhaps long after the crash. Where that was through a tab, Chrome brings the page back. */
  attached(session: CdpSession): void {
    if (this.#crashed.has(session.targetId)) session.crashed = 'found';
  }

  /** Everything that the tab has not answered is answered with the cause. */
  began(session: CdpSession): void {
    session.crashed = 'told';
    this.#wire.failWhere((each) => each.session === session, 'the tab crashed');
  }

  over({ targetId }: CdpSession): void {
    this.#crashed.delete(targetId);
    for (const session of this.#wire.sessions.on(targetId)) session.crashed = null;
  }

  /** True where the browser must not be asked that now. */
  refuses(session: CdpSession, method: string): boolean {
    if (session.crashed === null) return false;
    return DEADLY.test(method) || (session.crashed === 'told' && RENDERERS.test(method));
  }

  /** To be called about once a second. */
  tick(): void {
    const before = this.#clock.now() - PATIENCE;
    this.#wire.failWhere(
      (each) =>
        each instanceof ClientCommand &&
        each.sent !== null &&
        each.sent < before &&
        each.session !== null &&
        each.session.crashed !== null,
      'the tab crashed',
    );
  }

  clear(): void {
    this.#crashed.clear();
  }

  /** Told at every navigation, and when somebody attaches or detaches, which brings no tab back. */
  #changed(now: TargetInfo): void {
    const then = this.#crashed.get(now.targetId);
    if (!then) return;
    // Not by its title: that is told when it comes to it.
    if (now.attached !== then.attached && now.url === then.url) {
      this.#crashed.set(now.targetId, now);
      return;
    }
    this.#crashed.delete(now.targetId);
    for (const session of this.#wire.sessions.on(now.targetId)) {
      if (session.crashed === 'found') session.crashed = null;
    }
  }
}
