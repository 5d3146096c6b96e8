import type { TargetInfo } from '../isolation/target-info.ts';
import type { Control } from './control.ts';
import type { CdpSession, SessionTable } from './sessions.ts';
import { detachChild } from './top-sessions.ts';
import type { Wire } from './wire.ts';

/**
 * Sessions on shared workers that somebody made by `Target.attachToTarget`. When such a worker ends Chromium says
 * nothing and keeps the session, and at the next `Target.setAutoAttach` on a root it ends itself
 * (content/browser/devtools/shared_worker_devtools_agent_host.cc, `CHECK(worker_host_)`; seen in 156). Detached in time
 * it does no harm.
 */
export class WorkerSessions {
  readonly #wire: Wire;
  readonly #control: Control;
  readonly #sessions = new Set<CdpSession>();

  constructor(wire: Wire, control: Control) {
    this.#wire = wire;
    this.#control = control;
  }

  made(session: CdpSession): void {
    if (session.type === 'shared_worker') this.#sessions.add(session);
  }

  /** Detaches those whose worker has ended, then calls `then`: at once where there are none. */
  reap(then: () => void): void {
    const { sessions }: { sessions: SessionTable } = this.#wire;
    for (const session of this.#sessions) if (!sessions.has(session)) this.#sessions.delete(session);
    if (this.#sessions.size === 0) {
      then();
      return;
    }
    const filter = [{ type: 'shared_worker' }, { exclude: true }];
    this.#control.call('Target.getTargets', { filter }, (answer) => {
      const { targetInfos } = (answer.result ?? {}) as { targetInfos?: TargetInfo[] };
      const alive = targetInfos && new Set(targetInfos.map(({ targetId }) => targetId));
      for (const session of this.#sessions) {
        if (!alive || alive.has(session.targetId)) continue;
        this.#sessions.delete(session);
        if (sessions.has(session)) detachChild(this.#wire, session);
      }
      then();
    });
  }

  clear(): void {
    this.#sessions.clear();
  }
}
