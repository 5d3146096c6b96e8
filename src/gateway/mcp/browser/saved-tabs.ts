/** What is kept of the tabs of a session across a restart of the gateway, so that their ids name the same pages. */
export interface SavedTabs {
  /** `emulated`: what was emulated on it, in words; empty: nothing. */
  pages: { pageId: number; targetId: string; emulated: string }[];
  selected: number | null;
  /** What took the pages that it had, where the model has not been told yet. */
  lost: 'browser' | 'session' | null;
  /** The number of the latest snapshot. */
  snapshots: number;
}

/** Of a session in the place of one that is no more. */
export const RENEWED_TABS: SavedTabs = { pages: [], selected: null, lost: 'session', snapshots: 0 };

/** What the model is told of it. */
export const LOST = {
  browser:
    'The browser was restarted: the pages from before are gone, and a new one was opened. Navigate again, and take new snapshots.',
  session:
    'This session is a new one: the hub no longer had the one before (the hub was restarted, or the session had expired or was ended). Page numbers, uids and what was selected from before are void: call list_pages to see what there is.',
} as const;

/** The browser let go of it with the connection of the gateway before. */
export function noLonger({ pageId, emulated }: SavedTabs['pages'][number]): string {
  return `The hub was restarted: page ${pageId} is no longer emulated (was: ${emulated}). Call emulate again.`;
}
