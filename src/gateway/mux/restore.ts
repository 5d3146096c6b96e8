import type { JournalEntry } from '../../shared/isolation.ts';
import type { Targets } from '../isolation/targets.ts';
import type { Workspace } from '../isolation/workspace.ts';
import type { Control } from './control.ts';
import type { Worlds } from './world.ts';

/**
 * Gives a workspace back what another gateway made for it in the same browser: its contexts and its pages, those
 * that are still there.
 */
export function restoreWorld(
  workspace: Workspace,
  journal: Pick<JournalEntry, 'home' | 'contexts' | 'targets'>,
  hub: { control: Control; targets: Targets; worlds: Worlds },
): void {
  const { control, targets, worlds } = hub;
  if (workspace.isolation === 'none') return;
  worlds.restoring(workspace);
  // On the session that is told of all targets, and behind what it was told first.
  control.call('Target.getBrowserContexts', {}, (answer) => {
    const { browserContextIds = [] } = (answer.result ?? {}) as { browserContextIds?: string[] };
    const alive = journal.contexts.filter((contextId) => browserContextIds.includes(contextId));
    for (const contextId of alive) targets.adoptContext(contextId, workspace);
    const home = journal.home !== null && alive.includes(journal.home) ? journal.home : null;
    workspace.home = home;
    let pages = 0;
    for (const targetId of journal.targets) {
      if (targets.get(targetId) === undefined) continue;
      targets.give(targetId, workspace);
      pages += 1;
    }
    worlds.restored(workspace, workspace.isolation === 'context' ? home !== null : pages > 0);
  });
}
