import type { Control } from './control.ts';
import { CdpSession } from './sessions.ts';
import type { Wire } from './wire.ts';

interface FrameTree {
  frame: { id: string };
  childFrames?: FrameTree[];
}

/**
 * Finds the page that a frame without a target of its own is in: one of the page's own process. Chrome tells of
 * such frames only to who asks the page itself.
 */
export class FrameFinder {
  readonly #wire: Wire;
  readonly #control: Control;

  constructor(wire: Wire, control: Control) {
    this.#wire = wire;
    this.#control = control;
  }

  /** Asks all of these targets; `done` gets null where none has it. Returns what ends the search unanswered. */
  find(frameId: string, targetIds: readonly string[], done: (targetId: string | null) => void): () => void {
    const sessions = new Set<CdpSession>();
    let open = targetIds.length;
    let ended = false;
    const end = (targetId: string | null) => {
      if (ended) return;
      ended = true;
      for (const session of sessions) this.#release(session);
      done(targetId);
    };
    for (const targetId of targetIds) {
      this.#ask(
        targetId,
        (session) => {
          sessions.add(session);
          return !ended;
        },
        (tree) => {
          open -= 1;
          if (tree && holds(tree, frameId)) end(targetId);
          else if (open === 0) end(null);
        },
      );
    }
    if (open === 0) end(null);
    return () => end(null);
  }

  /** Calls `tell` once, with null where the target does not answer. `attached` says whether to go on. */
  #ask(
    targetId: string,
    attached: (session: CdpSession) => boolean,
    tell: (tree: FrameTree | null) => void,
  ): void {
    const control = this.#control;
    control.call('Target.attachToTarget', { targetId, flatten: true }, ({ result }) => {
      const { sessionId: id } = (result ?? {}) as { sessionId?: string };
      if (id === undefined || !control.session) {
        tell(null);
        return;
      }
      const session = this.#wire.sessions.add(
        new CdpSession({ id, owner: control, parent: control.session, targetId, type: 'page' }),
      );
      if (!attached(session)) {
        this.#release(session);
        return;
      }
      const take = ({ result: found }: { result?: object }) => {
        this.#release(session);
        tell((found as { frameTree?: FrameTree } | undefined)?.frameTree ?? null);
      };
      control.call('Page.getFrameTree', {}, take, session);
    });
  }

  /** What it has not answered is answered with an error. */
  #release(session: CdpSession): void {
    if (!this.#wire.sessions.has(session)) return;
    this.#wire.endSession(session, 'it is not needed any more');
    this.#control.call('Target.detachFromTarget', { sessionId: session.id }, () => {});
  }
}

function holds({ frame, childFrames = [] }: FrameTree, frameId: string): boolean {
  return frame.id === frameId || childFrames.some((child) => holds(child, frameId));
}
