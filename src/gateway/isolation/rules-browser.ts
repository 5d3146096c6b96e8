import { refusedBrowserPage } from '../contract/url-policy.ts';
import { hubError } from '../protocol/errors.ts';
import type { Rule } from './rulings.ts';

/** Rules about commands which, sent to the browser as a whole, would reach every client's pages. */

/** On a root it counts for the whole browser until that root ends: on each page it counts for that page alone. */
const ignoreCertificateErrors: Rule = (params, asking) => {
  if (!asking.onRoot) return null;
  asking.onEveryPage('Security.setIgnoreCertificateErrors', params);
  return { do: 'answer', result: {} };
};

/** The workers of the default context are those of every client there, and of the person at the browser. */
const stopAllWorkers: Rule = (_params, { workspace }) =>
  workspace.isolation !== 'tabs'
    ? null
    : {
        do: 'refuse',
        error: hubError(
          'ServiceWorker.stopAllWorkers is refused: the workers of this profile are those of every client; stop yours with ServiceWorker.stopWorker, or use isolation=context',
        ),
      };

/** Pages of the browser's own that reach further than their tab are not opened. */
export const openPage: Rule = ({ url }, { workspace }) => {
  const page = typeof url === 'string' && workspace.isolation !== 'none' ? refusedBrowserPage(url) : null;
  return page === null
    ? null
    : {
        do: 'refuse',
        error: hubError(
          `${page} is refused in an isolated workspace: it acts on the tabs and the profile of everybody; use isolation=none`,
        ),
      };
};

export const BROWSER_RULES: Record<string, Rule> = {
  'ServiceWorker.stopAllWorkers': stopAllWorkers,
  'Page.navigate': openPage,
  'Security.setIgnoreCertificateErrors': ignoreCertificateErrors,
};
