/** One flattened session on the upstream connection and the client that owns it. */
export interface CdpSession<Owner> {
  readonly id: string;
  readonly owner: Owner;
  /** Null for a client's root. */
  readonly parent: CdpSession<Owner> | null;
  readonly targetId: string;
  /** `browser` for roots; else the type of the target: page, iframe, worker, tab … */
  readonly type: string;
  readonly children: Set<CdpSession<Owner>>;
}

/** The tree of all live sessions. Chrome lets any session be used by whoever knows its id: this table does not. */
export class SessionTable<Owner> {
  readonly #byId = new Map<string, CdpSession<Owner>>();

  get size(): number {
    return this.#byId.size;
  }

  get(id: string): CdpSession<Owner> | undefined {
    return this.#byId.get(id);
  }

  add(session: Omit<CdpSession<Owner>, 'children'>): CdpSession<Owner> {
    const entry = { ...session, children: new Set<CdpSession<Owner>>() };
    this.#byId.set(entry.id, entry);
    entry.parent?.children.add(entry);
    return entry;
  }

  /** Forgets a session and all its descendants, of which Chrome says nothing. Returns them, itself first. */
  remove(session: CdpSession<Owner>): Set<CdpSession<Owner>> {
    session.parent?.children.delete(session);
    const gone = new Set([session]);
    // A Set also yields what is added while it is walked.
    for (const each of gone) {
      this.#byId.delete(each.id);
      for (const child of each.children) gone.add(child);
    }
    return gone;
  }

  clear(): void {
    this.#byId.clear();
  }
}

/** The sessions below `root`, itself left out. */
export function* descendants<Owner>(root: CdpSession<Owner>): Generator<CdpSession<Owner>> {
  for (const child of root.children) {
    yield child;
    yield* descendants(child);
  }
}
