import type { Rule } from './rulings.ts';

/** Rules about commands which, sent to the browser as a whole, would reach every client's pages. */

/** On a root it counts for the whole browser until that root ends: on each page it counts for that page alone. */
const ignoreCertificateErrors: Rule = (params, asking) => {
  if (!asking.onRoot) return null;
  asking.onEveryPage('Security.setIgnoreCertificateErrors', params);
  return { do: 'answer', result: {} };
};

export const BROWSER_RULES: Record<string, Rule> = {
  'Security.setIgnoreCertificateErrors': ignoreCertificateErrors,
};
