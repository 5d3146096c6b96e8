import { useSyncExternalStore } from 'react';
import type { HubStore } from '../store.ts';

/** Renders again whenever the store says so: at most ten times a second, and at once after a key. */
export function useVersion(store: HubStore): number {
  return useSyncExternalStore(
    (listener) => store.subscribe(listener),
    () => store.version,
  );
}
