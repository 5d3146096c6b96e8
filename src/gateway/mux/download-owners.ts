import type { Clock } from '../../shared/clock.ts';
import type { Targets } from '../isolation/targets.ts';
import type { Workspace } from '../isolation/workspace.ts';
import type { Control } from './control.ts';
import type { FrameFinder } from './frame-finder.ts';

/** Whose page started a download; null: nobody's, or nobody knows. */
export interface DownloadOwner {
  workspace: Workspace | null;
  /** Its page is in the browser's default context. */
  inDefault: boolean;
}

/** How long a download waits to be told whose it is, milliseconds. */
const MAX_WAIT = 2000;

/** How many downloads are remembered. */
const MAX_KNOWN = 1000;

interface Entry {
  owner: DownloadOwner | undefined;
  /** The target that it is of, once that is known. */
  targetId: string | null;
  since: number;
  waiting: ((owner: DownloadOwner) => void)[];
  /** Ends a search for its frame. */
  cancel: () => void;
}

/** Downloads by their ids, and whose they are. Chrome tells it with a frame, and to everybody. */
export class DownloadOwners {
  readonly #clock: Clock;
  readonly #targets: Targets;
  readonly #control: Control;
  readonly #finder: FrameFinder;
  readonly #entries = new Map<string, Entry>();

  constructor(of: { clock: Clock; targets: Targets; control: Control; finder: FrameFinder }) {
    this.#clock = of.clock;
    this.#targets = of.targets;
    this.#control = of.control;
    this.#finder = of.finder;
  }

  /** Undefined for one that it never heard of, or does not know yet. */
  get(guid: string): DownloadOwner | undefined {
    return this.#entries.get(guid)?.owner;
  }

  /** A download began in this frame; where that is no target, it is looked for in those of `among`. */
  begin(guid: string, frameId: string, among: () => ReadonlySet<Workspace>): void {
    if (this.#entries.has(guid)) return;
    const entry = this.#add(guid);
    if (this.#targets.get(frameId)) {
      entry.targetId = frameId;
      this.#judge(entry);
      return;
    }
    entry.cancel = this.#finder.find(frameId, this.#targetsOf(among()), (targetId) => {
      // A session of the page may have told it meanwhile.
      if (entry.owner || entry.targetId !== null) return;
      entry.targetId = targetId;
      if (targetId === null) this.#decide(entry, NOBODY);
      else this.#judge(entry);
    });
  }

  /** A page's own session told of it. */
  learn(guid: string, targetId: string): void {
    const entry = this.#entries.get(guid) ?? this.#add(guid);
    if (entry.targetId !== null) return;
    entry.targetId = targetId;
    this.#judge(entry);
    entry.cancel();
  }

  /** In the order of the calls, as soon as it is known whose it is; never for one that did not begin. */
  when(guid: string, then: (owner: DownloadOwner) => void): void {
    const entry = this.#entries.get(guid);
    if (entry?.owner) then(entry.owner);
    else entry?.waiting.push(then);
  }

  /** The owners of some targets have become known. */
  drive(): void {
    for (const entry of this.#entries.values()) {
      if (!entry.owner && entry.targetId !== null) this.#judge(entry);
    }
  }

  /** Those that have waited for {@link MAX_WAIT} are nobody's. */
  expire(): void {
    const due = this.#clock.now() - MAX_WAIT;
    for (const entry of this.#entries.values()) {
      if (entry.owner || entry.since > due) continue;
      this.#decide(entry, NOBODY);
      entry.cancel();
    }
  }

  clear(): void {
    this.#entries.clear();
  }

  #add(guid: string): Entry {
    const entry: Entry = {
      owner: undefined,
      targetId: null,
      since: this.#clock.now(),
      waiting: [],
      cancel: () => {},
    };
    this.#entries.set(guid, entry);
    if (this.#entries.size > MAX_KNOWN) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    return entry;
  }

  #judge(entry: Entry): void {
    const targetId = entry.targetId ?? '';
    const workspace = this.#targets.ownerOf(targetId);
    if (workspace === undefined) return;
    const contextId = this.#targets.get(targetId)?.browserContextId ?? '';
    const { defaultContext } = this.#control;
    const inDefault =
      defaultContext === null ? !this.#targets.hasContext(contextId) : contextId === defaultContext;
    this.#decide(entry, { workspace, inDefault });
  }

  #decide(entry: Entry, owner: DownloadOwner): void {
    entry.owner = owner;
    for (const then of entry.waiting.splice(0)) then(owner);
  }

  /** Frames of a process of their own are asked too: others of the same process may be in them. */
  #targetsOf(workspaces: ReadonlySet<Workspace>): string[] {
    return [...this.#targets.all()].flatMap(({ targetId, type }) => {
      const owner = this.#targets.ownerOf(targetId);
      return (type === 'page' || type === 'iframe') && owner && workspaces.has(owner) ? [targetId] : [];
    });
  }
}

const NOBODY: DownloadOwner = { workspace: null, inDefault: true };
