import type { Creation } from './creations.ts';
import { openPage } from './rules-browser.ts';
import { getAllTargets, mapResult } from './rules-targets.ts';
import { type Asking, type Rule, type Ruling, refuse } from './rulings.ts';
import type { Workspace } from './workspace.ts';

/**
 * Rules about browser contexts: a workspace has its home, where everything happens that names no context, and
 * the contexts that its clients made.
 */

/** True where the client may name this context. */
export function mayName(contextId: string, { workspace, defaultContext, targets }: Asking): boolean {
  if (workspace.contexts.has(contextId)) return true;
  if (workspace.home !== null) return false;
  // A browser that does not say which is its default context: any that is nobody's.
  return defaultContext === null ? !targets.hasContext(contextId) : contextId === defaultContext;
}

/**
 * Commands that act on a context, whatever session they come on: on a page's session they would act on the
 * browser's default context, so they go to the client's root.
 */
export const inContext: Rule = (params, asking) => {
  const { browserContextId } = params;
  if (typeof browserContextId !== 'string') return atHome(params, asking);
  if (mayName(browserContextId, asking)) return asking.onRoot ? null : { do: 'forward', on: 'root' };
  return refuse(-32602, `Failed to find browser context for id ${browserContextId}`);
};

function atHome(params: object, { workspace, onRoot }: Asking): Ruling | null {
  if (workspace.home !== null) {
    return { do: 'forward', on: 'root', params: { ...params, browserContextId: workspace.home } };
  }
  return onRoot ? null : { do: 'forward', on: 'root' };
}

/**
 * A page gets a window of its own, in the background: behind another it would not paint, and in front it would take
 * the focus of the person at the browser.
 */
const createTarget: Rule = (params, asking) => {
  const { browserContextId } = params;
  const { workspace } = asking;
  const refusal = openPage(params, asking);
  if (refusal) return refusal;
  // It ends with the session that it was made on, and shows up nowhere else.
  const apart = params.hidden === true ? {} : { newWindow: true, background: true, focus: false };
  if (typeof browserContextId === 'string' && !mayName(browserContextId, asking)) {
    return refuse(-32000, `Failed to find browser context with id ${browserContextId}`);
  }
  const contextId = typeof browserContextId === 'string' ? browserContextId : workspace.home;
  const own = contextId !== null && workspace.contexts.has(contextId);
  const wish = { ...params, ...apart, ...(own && { browserContextId: contextId }) };
  if (params.hidden === true) return { do: 'forward', on: 'root', params: wish };
  return own ? { do: 'forward', on: 'hub', params: wish } : createInDefault(wish, asking);
};

/** Without isolation a page is made as asked; who asked is remembered where the context does not tell. */
const createTargetOpenly: Rule = (params, asking) => {
  const { browserContextId, hidden } = params;
  const elsewhere = typeof browserContextId === 'string' && browserContextId !== asking.defaultContext;
  return elsewhere || hidden === true ? null : createInDefault(params, asking);
};

function createInDefault(params: object, { workspace, targets }: Asking): Ruling {
  let creation: Creation | null = null;
  return {
    do: 'forward',
    on: 'hub',
    params,
    // Not before: while it is out, others are not told of new pages that may be its.
    sending: () => {
      creation = targets.creating(workspace);
    },
    answered: (answer) => {
      const { targetId } = (answer.result ?? {}) as { targetId?: unknown };
      if (creation) targets.created(creation, typeof targetId === 'string' ? targetId : null);
      return answer;
    },
  };
}

/**
 * Made on the hub's own session, whose answer comes even when the client has gone meanwhile. What an anonymous
 * client made goes with it, and with the hub.
 */
const createBrowserContext: Rule = (params, { workspace, targets, onRoot }) => {
  // From a page's session Chrome refuses it.
  if (!onRoot) return null;
  return {
    do: 'forward',
    on: 'hub',
    params: workspace.named || workspace.keeps ? params : { ...params, disposeOnDetach: true },
    answered: (answer) => {
      const { browserContextId } = (answer.result ?? {}) as { browserContextId?: unknown };
      if (typeof browserContextId === 'string') targets.addContext(browserContextId, workspace);
      return answer;
    },
  };
};

const disposeBrowserContext: Rule = ({ browserContextId }, asking) => {
  const { workspace, targets, defaultContext, onRoot } = asking;
  // From a page's session Chrome refuses it, whatever the context.
  if (!onRoot || typeof browserContextId !== 'string') return null;
  const isDefault = browserContextId === (workspace.home ?? defaultContext);
  if (isDefault) return refuse(-32000, 'Cannot dispose default browser context.');
  if (!workspace.contexts.has(browserContextId)) {
    return refuse(-32000, `Failed to find context with id ${browserContextId}`);
  }
  return {
    do: 'forward',
    answered: (answer) => {
      if (answer.error === undefined) targets.removeContext(browserContextId);
      return answer;
    },
  };
};

const getBrowserContexts: Rule = (_params, { workspace }) => ({
  do: 'forward',
  answered: (answer) =>
    mapResult(answer, (result) => ({
      ...result,
      browserContextIds: madeByClients(workspace),
      ...(workspace.home !== null && { defaultBrowserContextId: workspace.home }),
    })),
});

function madeByClients(workspace: Workspace): string[] {
  return [...workspace.contexts].filter((contextId) => contextId !== workspace.home);
}

/** What a client without isolation is subject to, for the others' sake. */
export const OPEN_RULES: Record<string, Rule> = {
  'Target.createTarget': createTargetOpenly,
  'Target.getTargets': getAllTargets,
};

export const CONTEXT_RULES: Record<string, Rule> = {
  'Target.createTarget': createTarget,
  'Target.createBrowserContext': createBrowserContext,
  'Target.disposeBrowserContext': disposeBrowserContext,
  'Target.getBrowserContexts': getBrowserContexts,
  'Storage.getCookies': inContext,
  'Storage.setCookies': inContext,
  'Storage.clearCookies': inContext,
};
