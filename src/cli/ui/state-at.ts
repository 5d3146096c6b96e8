import type { HubState } from './store.ts';

/** The hub as it was at that moment, as far as it is remembered; null: as it is. */
export function stateAt(state: HubState, moment: number | null): HubState {
  const then = moment === null ? null : state.history.at(moment);
  return then ? { ...state, processes: [...then.processes], clients: [...then.clients] } : state;
}
