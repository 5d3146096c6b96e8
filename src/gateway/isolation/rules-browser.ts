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

export const BROWSER_RULES: Record<string, Rule> = {
  'ServiceWorker.stopAllWorkers': stopAllWorkers,
  'Security.setIgnoreCertificateErrors': ignoreCertificateErrors,
};
