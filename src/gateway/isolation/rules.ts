import type { Isolation } from '../../shared/isolation.ts';
import { BROWSER_RULES } from './rules-browser.ts';
import { CONTEXT_RULES, OPEN_RULES } from './rules-contexts.ts';
import { OPEN_SHARED_RULES, SHARED_RULES } from './rules-shared.ts';
import { TARGET_RULES } from './rules-targets.ts';
import type { Rule } from './rulings.ts';

const ISOLATED = new Map(
  Object.entries({ ...TARGET_RULES, ...CONTEXT_RULES, ...SHARED_RULES, ...BROWSER_RULES }),
);

const OPEN = new Map(Object.entries({ ...OPEN_RULES, ...OPEN_SHARED_RULES, ...BROWSER_RULES }));

/** The rule of a method on any session, root, page, frame or worker; undefined: it goes on as it is. */
export function ruleOf(isolation: Isolation, method: string): Rule | undefined {
  return (isolation === 'none' ? OPEN : ISOLATED).get(method);
}

/** Commands by which a client can see or change what is in its world. */
const WORLDLY =
  /^(?:Target\.(?!attachToBrowserTarget$)|Storage\.|Browser\.(?!get(?:Version|BrowserCommandLine|Histograms?)$))/;

/** True where the world of the workspace must be there first: its context and its first tab. */
export function needsWorld(method: string): boolean {
  return WORLDLY.test(method);
}
