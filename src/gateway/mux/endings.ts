import type { Targets } from '../isolation/targets.ts';
import type { Workspace } from '../isolation/workspace.ts';
import type { Control } from './control.ts';

/** Workspaces that have ended: what they had is closed, again and again until it is gone. */
export class Endings {
  readonly #control: Control;
  readonly #targets: Targets;
  readonly #ending = new Set<Workspace>();

  constructor(control: Control, targets: Targets) {
    this.#control = control;
    this.#targets = targets;
  }

  /** True while something of one is still there. */
  get any(): boolean {
    for (const workspace of this.#ending) if (this.#hasAnything(workspace)) return true;
    return false;
  }

  /** Ends it: what it has is closed, or becomes the person's at the browser. */
  begin(workspace: Workspace): void {
    if (workspace.ended !== 'no') return;
    if (workspace.keeps) {
      this.#closeUnused(workspace);
      this.#targets.release(workspace);
      workspace.ended = 'kept';
      return;
    }
    workspace.ended = 'closed';
    this.#ending.add(workspace);
    this.#close(workspace);
  }

  /** To be called about once a second: what resists is closed again. */
  tick(): void {
    for (const workspace of this.#ending) {
      if (this.#hasAnything(workspace)) this.#close(workspace);
      else this.#ending.delete(workspace);
    }
  }

  clear(): void {
    this.#ending.clear();
  }

  #hasAnything(workspace: Workspace): boolean {
    return workspace.contexts.size > 0 || this.#targets.pagesOf(workspace).length > 0;
  }

  /** The first tab that the hub made is nothing to keep where nobody went anywhere in it. */
  #closeUnused({ firstTab }: Workspace): void {
    if (firstTab === null || this.#targets.get(firstTab)?.url !== 'about:blank') return;
    this.#control.call('Target.closeTarget', { targetId: firstTab }, () => {});
  }

  /**
   * Pages before contexts: disposing a context whose page has both a dialog and a beforeunload handler open
   * never ends by itself.
   */
  #close(workspace: Workspace): void {
    for (const { targetId } of this.#targets.pagesOf(workspace)) {
      this.#control.call('Target.closeTarget', { targetId }, ({ error }) => {
        // A page that another took the place of goes without a word.
        if (error?.code === -32602) this.#targets.gone(targetId);
      });
    }
    for (const browserContextId of [...workspace.contexts]) {
      this.#control.call('Target.disposeBrowserContext', { browserContextId }, ({ error }) => {
        const gone = !error || error.message.startsWith('Failed to find');
        if (gone) this.#targets.removeContext(browserContextId);
      });
    }
  }
}
