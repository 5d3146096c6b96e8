/** `Target.TargetFilter`: the first entry that fits decides; no entry fits: left out. */
export type TargetFilter = readonly { type?: string; exclude?: boolean }[];

/** What Chrome takes where no filter is given (`Target.TargetFilter` in the protocol). */
const DEFAULT_FILTER: TargetFilter = [{ type: 'browser', exclude: true }, { type: 'tab', exclude: true }, {}];

/** What a session has asked for with `Target.setAutoAttach`. */
export interface AutoAttach {
  /** Targets start paused, until the session says `Runtime.runIfWaitingForDebugger`. */
  readonly wait: boolean;
  /** False: messages to and from what is attached are wrapped in text. */
  readonly flatten: boolean;
  readonly filter: TargetFilter;
}

/** Null where it is switched off. Reads what the client wrote: Chrome refuses what does not fit. */
export function readAutoAttach(params: object | undefined): AutoAttach | null {
  const { autoAttach, waitForDebuggerOnStart, flatten, filter } = (params ?? {}) as Record<string, unknown>;
  if (autoAttach !== true) return null;
  return {
    wait: waitForDebuggerOnStart === true,
    flatten: flatten === true,
    filter: Array.isArray(filter) ? filter.filter(isEntry) : DEFAULT_FILTER,
  };
}

function isEntry(entry: unknown): entry is TargetFilter[number] {
  return typeof entry === 'object' && entry !== null;
}

export function matches(filter: TargetFilter, type: string): boolean {
  const entry = filter.find((each) => each.type === undefined || each.type === type);
  return entry !== undefined && entry.exclude !== true;
}

/**
 * Whether this auto-attacher will let a new target of that type run itself: attached to it, or to the tab
 * around a page, whose session then attaches to the page.
 */
export function awaits(auto: AutoAttach | null, type: string): boolean {
  if (!auto?.wait) return false;
  return matches(auto.filter, type) || (type === 'page' && matches(auto.filter, 'tab'));
}
