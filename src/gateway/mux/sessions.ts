import type { AutoAttach } from '../isolation/auto-attach.ts';
import type { CdpEvent } from '../protocol/envelope.ts';

/** Whose a session is: a client, or the hub itself. */
export interface SessionOwner {
  event(session: CdpSession, event: CdpEvent, bytes: number): void;
  /** The browser ended a root session itself. */
  rootDetached(root: CdpSession): void;
}

/** One flattened session on the upstream connection, and what has to be known of it. */
export class CdpSession {
  readonly id: string;
  readonly owner: SessionOwner;
  /** Null for a client's root. */
  readonly parent: CdpSession | null;
  readonly targetId: string;
  /** `browser` for roots; else the type of the target: page, iframe, worker, tab … */
  readonly type: string;
  readonly children = new Set<CdpSession>();
  /** Its client was never told of it: Chrome attached it to a target of somebody else. */
  hidden = false;
  /** Its client speaks to it in messages wrapped in text: it was attached without `flatten`. */
  wrapped = false;
  /** Its target was paused at its start, and this session has not let it run. */
  waiting = false;
  /** A JavaScript dialog is open. */
  dialog = false;
  /** Its tab has no renderer: the browser told it so, or its tab was found like that. */
  crashed: 'told' | 'found' | null = null;
  autoAttach: AutoAttach | null = null;
  /** It has asked to be told of all targets. */
  discovers = false;
  /** The targets that it was told of: their end is told by id alone. */
  readonly shown = new Set<string>();

  constructor(of: Pick<CdpSession, 'id' | 'owner' | 'parent' | 'targetId' | 'type'>) {
    this.id = of.id;
    this.owner = of.owner;
    this.parent = of.parent;
    this.targetId = of.targetId;
    this.type = of.type;
  }

  get isRoot(): boolean {
    return this.type === 'browser';
  }
}

/** The tree of all live sessions. Chrome lets any session be used by whoever knows its id: this table does not. */
export class SessionTable {
  readonly #byId = new Map<string, CdpSession>();

  get size(): number {
    return this.#byId.size;
  }

  get(id: string): CdpSession | undefined {
    return this.#byId.get(id);
  }

  /** False once it has ended. */
  has(session: CdpSession): boolean {
    return this.#byId.get(session.id) === session;
  }

  /** All sessions of a target. */
  *on(targetId: string): Generator<CdpSession> {
    for (const session of this.#byId.values()) if (session.targetId === targetId) yield session;
  }

  /** True where another client knows of a session on the same target: it may be about to act there. */
  shared({ targetId, owner }: CdpSession): boolean {
    for (const each of this.on(targetId)) if (each.owner !== owner && !each.hidden) return true;
    return false;
  }

  add(session: CdpSession): CdpSession {
    this.#byId.set(session.id, session);
    session.parent?.children.add(session);
    return session;
  }

  /** Forgets a session and all its descendants, of which Chrome says nothing. Returns them, itself first. */
  remove(session: CdpSession): Set<CdpSession> {
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

/** The sessions below `root`, itself left out, each before those below it. A client may nest them without limit. */
export function* descendants(root: CdpSession): Generator<CdpSession> {
  const levels = [root.children.values()];
  for (let level = levels.at(-1); level; level = levels.at(-1)) {
    const { value: session, done } = level.next();
    if (done) {
      levels.pop();
      continue;
    }
    yield session;
    levels.push(session.children.values());
  }
}
