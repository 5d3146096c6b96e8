import type { LiveValues } from '../../shared/filter/completions.ts';
import { isSeparator } from './rows.ts';
import type { HubState } from './store.ts';

/** Methods that are offered. */
const MAX_METHODS = 200;

/** What the fields of a filter may be, by the rows that are here, the latest first. */
export function liveValues({ frames, clients }: HubState): LiveValues {
  const methods = new Set<string>();
  const tabs = new Set<string>();
  for (let at = frames.length - 1; at >= 0 && methods.size < MAX_METHODS; at -= 1) {
    const row = frames.at(at)?.value;
    if (!row || isSeparator(row)) continue;
    methods.add(row.method);
    if (row.tab !== null) tabs.add(String(row.tab));
  }
  return {
    client: [...new Set(clients.map(({ name }) => name))],
    method: [...methods],
    domain: [...new Set([...methods].map((method) => method.split('.')[0] ?? ''))],
    tab: [...tabs],
  };
}
