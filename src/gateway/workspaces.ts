import type { Clock } from '../shared/clock.ts';
import type { Isolation, Journal, JournalEntry } from '../shared/isolation.ts';
import type { Refusal } from '../shared/refusal.ts';
import type { Identity } from './contract/identity.ts';
import { TOO_MANY_WORKSPACES } from './contract/refusal.ts';
import { Workspace } from './isolation/workspace.ts';
import type { Mux } from './mux/mux.ts';

/** How long a named workspace outlives what used it, milliseconds: a CDP connection, and a call over HTTP. */
export const GRACE = { connection: 30_000, call: 30 * 60_000 } as const;

/** The workspace that bare HTTP discovery, bare page sockets and nameless calls share. */
export const DEFAULT_WORKSPACE = 'default';

/** How many there may be besides the default one; each may have a page of 20 to 50 MB. */
const MAX_NAMED = 256;

/** What calls a workspace over HTTP: its client, also while nothing is in flight. */
export interface Caller {
  readonly idle: boolean;
  end(cause: string): void;
}

export interface WorkspacesOptions {
  mux: Mux;
  clock: Clock;
  /** What a client gets that asks for none. */
  isolation: Isolation;
  keepTabs: boolean;
  caller(workspace: Workspace): Caller | undefined;
  /** The id of its caller where that is paused. */
  paused(workspace: Workspace): string | null;
  /** Its caller was paused under that id when the gateway before this one told of it last. */
  wasPaused(workspace: Workspace, id: string): void;
  /** A workspace came or went. */
  changed(): void;
}

interface Named {
  workspace: Workspace;
  clients: number;
  /** When it was last mentioned, called, or had a client come or go. */
  used: number;
  /** When it ends, unless a client is there or it is used again. */
  until: number;
}

/** Every workspace there is: made at the first mention of its name, ended some time after its last use. */
export class Workspaces {
  readonly #options: WorkspacesOptions;
  readonly #named = new Map<string, Named>();
  readonly #anonymous = new Set<Workspace>();
  /** What an earlier gateway told of those of which it is not known yet what is still there. */
  readonly #restoring = new Map<Workspace, JournalEntry>();

  constructor(options: WorkspacesOptions) {
    this.#options = options;
  }

  /** The workspace of that name, made where there is none; a refusal where it is there and another kind. */
  named(name: string, identity: Pick<Identity, 'isolation' | 'seed'>): Workspace | Refusal {
    const conflict = this.#conflict(name, identity);
    if (conflict) return conflict;
    const known = this.#named.get(name);
    if (known) {
      this.#use(known, GRACE.connection);
      return known.workspace;
    }
    if (name !== DEFAULT_WORKSPACE && !this.#makeRoom()) return TOO_MANY_WORKSPACES;
    const workspace = this.#make(name, true, identity);
    this.#add(workspace, GRACE.connection);
    return workspace;
  }

  /** The refusal that {@link named} would give; null: none. It makes nothing. */
  check({ workspace, ...identity }: Identity): Refusal | null {
    return workspace === null ? null : this.#conflict(workspace, identity);
  }

  /** The workspace of one connection, which ends with it; known from when its client is there. */
  anonymous(name: string, identity: Pick<Identity, 'isolation' | 'seed'>): Workspace {
    return this.#make(name, false, identity);
  }

  /** A client works in it: it stays. */
  joined(workspace: Workspace): void {
    if (!workspace.named) this.#anonymous.add(workspace);
    const known = this.#known(workspace);
    if (known) {
      known.clients += 1;
      known.used = this.#options.clock.now();
    }
    this.#options.changed();
  }

  /** `closed`: by `Browser.close`, after which no browser would have its tabs; others who work there keep them. */
  left(workspace: Workspace, closed = false): void {
    this.#anonymous.delete(workspace);
    const known = this.#known(workspace);
    if (known) {
      known.clients -= 1;
      this.#use(known, GRACE.connection);
      if (closed && known.clients === 0) known.until = known.used;
      if (closed) this.expire();
    }
    this.#options.changed();
  }

  /** It was used over HTTP, where no connection says when that is over. */
  called(workspace: Workspace): void {
    const known = this.#known(workspace);
    if (known) this.#use(known, GRACE.call);
  }

  /** Ends those whose time is over; to be called about once a second. */
  expire(): void {
    const now = this.#options.clock.now();
    for (const { workspace, clients, until } of this.#named.values()) {
      if (clients === 0 && until <= now) this.#end(workspace);
    }
  }

  /** The hub stops: all of them end. */
  end(): void {
    for (const { workspace } of this.#named.values()) this.#options.mux.end(workspace);
    this.#named.clear();
  }

  /** The browser went, and with it everything that they had. */
  forget(): void {
    for (const { workspace } of this.#named.values()) workspace.forget();
    for (const workspace of this.#anonymous) workspace.forget();
    this.#restoring.clear();
  }

  /** What a later gateway needs to go on with them. */
  journal(browser: string): Journal {
    const all = [...[...this.#named.values()].map(({ workspace }) => workspace), ...this.#anonymous];
    const pages = this.#options.mux.targets.pages();
    const entry = (workspace: Workspace): JournalEntry => {
      const before = this.#restoring.get(workspace);
      return {
        name: workspace.name,
        named: workspace.named,
        isolation: workspace.isolation,
        seed: [...workspace.seed],
        home: workspace.home ?? before?.home ?? null,
        contexts: union(before?.contexts, workspace.contexts),
        targets: union(before?.targets, pages.get(workspace)),
        paused: this.#options.paused(workspace),
      };
    };
    return { browser, workspaces: all.map(entry) };
  }

  /** Takes up what a journal tells of: named ones live on, of the others what they left behind is closed. */
  restore(entries: readonly JournalEntry[]): void {
    for (const entry of entries) {
      const known = entry.named ? this.#named.get(entry.name) : undefined;
      if (known) {
        this.#restore(known.workspace, entry);
        this.#hold(known.workspace, entry);
        continue;
      }
      const workspace = this.#make(entry.name, entry.named, entry);
      this.#restore(workspace, entry);
      if (entry.named) {
        this.#add(workspace, GRACE.call);
        this.#hold(workspace, entry);
      } else this.#options.mux.end(workspace);
    }
  }

  /** A gateway that is killed before it knows what there is must not have told that there is nothing. */
  #restore(workspace: Workspace, entry: JournalEntry): void {
    this.#restoring.set(workspace, entry);
    this.#options.mux.restore(workspace, entry, () => {
      if (this.#restoring.delete(workspace)) this.#options.changed();
    });
  }

  #hold(workspace: Workspace, { paused }: JournalEntry): void {
    if (paused !== null) this.#options.wasPaused(workspace, paused);
  }

  #conflict(name: string, wish: Pick<Identity, 'isolation' | 'seed'>): Refusal | null {
    const known = this.#named.get(name);
    if (known) return conflictWith(known.workspace, wish);
    if (name !== DEFAULT_WORKSPACE) return null;
    // All share it, so whoever comes first does not choose for the others.
    return conflictWith({ name, isolation: this.#options.isolation, seed: wish.seed }, wish);
  }

  #add(workspace: Workspace, grace: number): void {
    const now = this.#options.clock.now();
    this.#named.set(workspace.name, { workspace, clients: 0, used: now, until: now + grace });
  }

  /** Undefined for one that has ended, whose name another may have. */
  #known(workspace: Workspace): Named | undefined {
    const known = this.#named.get(workspace.name);
    return known?.workspace === workspace ? known : undefined;
  }

  #use(known: Named, grace: number): void {
    known.used = this.#options.clock.now();
    known.until = Math.max(known.until, known.used + grace);
  }

  /** Names cost nothing: at the limit the one unused for longest goes, of those with no page first. */
  #makeRoom(): boolean {
    const others = [...this.#named.values()].filter(({ workspace }) => workspace.name !== DEFAULT_WORKSPACE);
    if (others.length < MAX_NAMED) return true;
    const idle = others.filter((each) => this.#idle(each)).sort((a, b) => a.used - b.used);
    const victim = idle.find(({ workspace }) => workspace.world === 'unmade') ?? idle[0];
    if (!victim) return false;
    this.#options.caller(victim.workspace)?.end('its workspace made room for another');
    this.#end(victim.workspace);
    return true;
  }

  /** Nobody is there, but for a caller that has nothing in flight. */
  #idle({ workspace, clients }: Named): boolean {
    if (clients === 0) return true;
    return clients === 1 && this.#options.caller(workspace)?.idle === true;
  }

  #end(workspace: Workspace): void {
    this.#named.delete(workspace.name);
    this.#options.mux.end(workspace);
    this.#options.changed();
  }

  #make(name: string, named: boolean, { isolation, seed }: Pick<Identity, 'isolation' | 'seed'>): Workspace {
    return new Workspace({
      name,
      named,
      seed,
      isolation: isolation ?? this.#options.isolation,
      keeps: this.#options.keepTabs,
    });
  }
}

function conflictWith(
  { name, isolation, seed }: Pick<Workspace, 'name' | 'isolation' | 'seed'>,
  wish: Pick<Identity, 'isolation' | 'seed'>,
): Refusal | null {
  if (wish.isolation !== null && wish.isolation !== isolation) {
    return conflict(
      `the workspace ${name} is there already, with isolation ${isolation}, and not ${wish.isolation}`,
      `Ask for isolation=${isolation}, leave the isolation out, or take another name.`,
    );
  }
  if (wish.seed.length > 0 && wish.seed.join() !== seed.join()) {
    return conflict(
      `the workspace ${name} is there already, and was not seeded with ${wish.seed.join(', ')}`,
      'Leave the seed out, or take another name: cookies are copied when a workspace is made, and not later.',
    );
  }
  return null;
}

function conflict(message: string, hint: string): Refusal {
  return { status: 409, error: 'WORKSPACE_CONFLICT', message, hint };
}

function union(before: readonly string[] = [], now: Iterable<string> = []): string[] {
  return [...new Set([...before, ...now])];
}
