import { inContext, mayName } from './rules-contexts.ts';
import type { Asking, Rule } from './rulings.ts';

/**
 * Rules about what the browser keeps once for its default context, for all clients that work there: they ask the
 * hub, which does what fits them all. In a context of its own a client asks the browser.
 */

/** True where the command is about the default context, and the client may name that. */
function meansDefault({ browserContextId }: Record<string, unknown>, asking: Asking): boolean {
  if (typeof browserContextId !== 'string') return asking.workspace.home === null;
  return mayName(browserContextId, asking) && !asking.workspace.contexts.has(browserContextId);
}

const perform = (method: string, params: Record<string, unknown>, asking: Asking) => {
  const { browserContextId: _, ...rest } = params;
  return { do: 'perform' as const, by: asking.inDefault(method, rest) };
};

const shared =
  (method: string): Rule =>
  (params, asking) =>
    meansDefault(params, asking) ? perform(method, params, asking) : inContext(params, asking);

/** Without isolation a client may name every context there is. */
const sharedOpenly =
  (method: string): Rule =>
  (params, asking) => {
    const { browserContextId } = params;
    const elsewhere = typeof browserContextId === 'string' && browserContextId !== asking.defaultContext;
    return elsewhere ? null : perform(method, params, asking);
  };

/** It is about the context of the page that it comes on. */
const ofPage: Rule = (params, asking) => {
  // Chrome knows no such method there.
  if (asking.onRoot) return null;
  const contextId = asking.targets.get(asking.targetId)?.browserContextId;
  const elsewhere =
    contextId !== undefined &&
    (asking.defaultContext === null
      ? asking.targets.hasContext(contextId)
      : contextId !== asking.defaultContext);
  return elsewhere ? null : perform('Page.setDownloadBehavior', params, asking);
};

const METHODS = [
  'Browser.setDownloadBehavior',
  'Browser.cancelDownload',
  'Browser.grantPermissions',
  'Browser.resetPermissions',
  'Browser.setPermission',
];

export const SHARED_RULES: Record<string, Rule> = {
  ...Object.fromEntries(METHODS.map((method) => [method, shared(method)])),
  'Page.setDownloadBehavior': ofPage,
};

export const OPEN_SHARED_RULES: Record<string, Rule> = {
  ...Object.fromEntries(METHODS.map((method) => [method, sharedOpenly(method)])),
  'Page.setDownloadBehavior': ofPage,
};
