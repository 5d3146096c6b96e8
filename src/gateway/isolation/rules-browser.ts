import { hubError } from '../protocol/errors.ts';
import type { Rule } from './rulings.ts';

/** Rules about commands which, sent to the browser as a whole, would reach every client's pages. */

/** On a root it counts for the whole browser until that root ends: on each page it counts for that page alone. */
const ignoreCertificateErrors: Rule = (params, asking) => {
  if (!asking.onRoot) return null;
  asking.onEveryPage('Security.setIgnoreCertificateErrors', params);
  return { do: 'answer', result: {} };
};

const refuseOnRoot =
  (because: string) =>
  (method: string): Rule =>
  (_params, { onRoot }) =>
    onRoot ? { do: 'refuse', error: hubError(`${method} is refused here: ${because}`) } : null;

const pausesEverybody = refuseOnRoot(
  'sent to the browser it would pause the requests of every client; send it on the sessions of your pages',
);

const movesThePerson = refuseOnRoot('it would act in the window of the person at the browser');

export const BROWSER_RULES: Record<string, Rule> = {
  'Security.setIgnoreCertificateErrors': ignoreCertificateErrors,
  'Fetch.enable': pausesEverybody('Fetch.enable'),
  'Browser.executeBrowserCommand': movesThePerson('Browser.executeBrowserCommand'),
};
