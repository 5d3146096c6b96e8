import type { JournalEntry } from '../../shared/isolation.ts';
import type { TargetInfo } from '../isolation/target-info.ts';
import type { Targets } from '../isolation/targets.ts';
import type { Workspace } from '../isolation/workspace.ts';
import type { CdpEvent } from '../protocol/envelope.ts';
import type { Control } from './control.ts';
import { CdpSession, type SessionOwner } from './sessions.ts';
import { detachChild } from './top-sessions.ts';
import type { Wire } from './wire.ts';
import type { Worlds } from './world.ts';

interface Hub {
  wire: Wire;
  control: Control;
  targets: Targets;
  worlds: Worlds;
}

/**
 * Gives a workspace back what another gateway made for it in the same browser: its contexts and its pages, those
 * that are still there.
 */
export function restoreWorld(
  workspace: Workspace,
  journal: Pick<JournalEntry, 'home' | 'contexts' | 'targets'>,
  hub: Hub,
  restored: () => void,
): void {
  const { wire, control, targets, worlds } = hub;
  if (workspace.isolation === 'none') {
    restored();
    return;
  }
  worlds.restoring(workspace);
  // On the session that is told of all targets, and behind what it was told first.
  control.call('Target.getBrowserContexts', {}, (answer) => {
    const { browserContextIds = [] } = (answer.result ?? {}) as { browserContextIds?: string[] };
    const alive = journal.contexts.filter((contextId) => browserContextIds.includes(contextId));
    for (const contextId of alive) targets.adoptContext(contextId, workspace);
    const home = journal.home !== null && alive.includes(journal.home) ? journal.home : null;
    workspace.home = home;
    const pages = new Set(journal.targets.filter((targetId) => targets.get(targetId) !== undefined));
    for (const targetId of pages) targets.give(targetId, workspace);
    const found = workspace.isolation === 'context' ? home !== null : pages.size > 0;
    // It went while this was asked: what was found went too.
    const done = () => {
      worlds.restored(workspace, found && wire.connected);
      restored();
    };
    // What has ended is being closed: nobody will look at its tabs.
    if (workspace.ended === 'no') findTabs(pages, hub, done);
    else done();
  });
}

/**
 * Finds the tabs of pages that were there before the hub: nothing that is told of a tab names its page, and
 * clients that attach to tabs come to their pages by them alone.
 */
function findTabs(pages: ReadonlySet<string>, hub: Hub, done: () => void): void {
  const { wire, control, targets } = hub;
  const contexts = new Set([...pages].map((targetId) => targets.get(targetId)?.browserContextId));
  const tabs = targets.unpaired().filter(({ browserContextId }) => contexts.has(browserContextId));
  let left = tabs.length;
  if (left === 0) done();
  for (const { targetId } of tabs) {
    lookBelow(
      targetId,
      { wire, control },
      {
        page: (pageId) => targets.pair(targetId, pageId),
        done: () => {
          left -= 1;
          if (left === 0) done();
        },
      },
    );
  }
}

/** Attaches the hub to a tab for as long as it takes to be told of its page. */
function lookBelow(
  tabId: string,
  { wire, control }: Pick<Hub, 'wire' | 'control'>,
  found: { page(targetId: string): void; done(): void },
): void {
  const owner: SessionOwner = {
    event: (_session, event) => {
      const pageId = attachedPage(event);
      if (pageId !== null) found.page(pageId);
    },
    // Only roots are.
    rootDetached: () => {},
  };
  control.call('Target.attachToTarget', { targetId: tabId, flatten: true }, (attached) => {
    const { sessionId: id } = (attached.result ?? {}) as { sessionId?: string };
    if (id === undefined) {
      found.done();
      return;
    }
    const tab = new CdpSession({ id, owner, parent: control.session, targetId: tabId, type: 'tab' });
    wire.sessions.add(tab);
    const params = { autoAttach: true, waitForDebuggerOnStart: false, flatten: true };
    // The page that is there is attached before the answer comes.
    control.call(
      'Target.setAutoAttach',
      params,
      () => {
        found.done();
        if (!wire.sessions.has(tab)) return;
        detachChild(wire, tab);
        wire.endSession(tab, 'its page was found');
      },
      tab,
    );
  });
}

/** The page that a tab shows; pages that are being prerendered in it are told apart by their subtype. */
function attachedPage({ method, params }: CdpEvent): string | null {
  const { targetInfo } = (params ?? {}) as { targetInfo?: TargetInfo };
  const isPage = method === 'Target.attachedToTarget' && targetInfo?.type === 'page';
  return isPage && targetInfo.subtype === undefined ? targetInfo.targetId : null;
}
