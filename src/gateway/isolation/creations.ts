import type { Entry, TargetOwner } from './target-entry.ts';
import type { Workspace } from './workspace.ts';

/** A `createTarget` into the default context that has gone out and is not answered yet. */
export interface Creation {
  readonly workspace: Workspace;
  /** When it went out, by the clock of whoever asks. */
  readonly since: number;
}

/**
 * The targets whose owner is not known yet. `targetCreated` comes before the answer that says who asked for the
 * page: so a page that turns up while creations are in flight may be any of theirs, or a person's, until they are
 * answered.
 */
export class Creations {
  readonly #now: () => number;
  readonly #inFlight = new Set<Creation>();
  /** Asked for and answered, but not announced: Chrome announces first, other browsers might not. */
  readonly #expected = new Map<string, Workspace>();
  /** Those that wait, and the creations of which one may have made them. */
  readonly #undecided = new Map<Entry, ReadonlySet<Creation>>();

  constructor(now: () => number) {
    this.#now = now;
  }

  get undecided(): Iterable<Entry> {
    return this.#undecided.keys();
  }

  begin(workspace: Workspace): Creation {
    const creation = { workspace, since: this.#now() };
    this.#inFlight.add(creation);
    return creation;
  }

  end(creation: Creation): void {
    this.#inFlight.delete(creation);
  }

  /** The answer named a target that nobody has announced. */
  expect(targetId: string, workspace: Workspace): void {
    this.#expected.set(targetId, workspace);
  }

  /** Whose a page is that was just announced, as far as answers tell. */
  ownerOfNew({ info }: Entry): TargetOwner {
    const expected = this.#expected.get(info.targetId);
    this.#expected.delete(info.targetId);
    if (expected) return expected;
    return info.type === 'page' && this.#inFlight.size > 0 ? undefined : null;
  }

  wait(entry: Entry): void {
    this.#undecided.set(entry, new Set(this.#inFlight));
  }

  /** True while one of those that may have made it is unanswered. */
  mayBeSomebodys(entry: Entry): boolean {
    for (const creation of this.#undecided.get(entry) ?? []) if (this.#inFlight.has(creation)) return true;
    return false;
  }

  decided(entry: Entry): void {
    this.#undecided.delete(entry);
  }

  /** Nobody waits any more for those that went out until then. */
  giveUp(until: number): void {
    for (const creation of this.#inFlight) if (creation.since <= until) this.#inFlight.delete(creation);
  }

  clear(): void {
    this.#inFlight.clear();
    this.#expected.clear();
    this.#undecided.clear();
  }
}
