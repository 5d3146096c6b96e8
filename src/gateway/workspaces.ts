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

/** Each may have a page of 20 to 50 MB. */
const MAX_NAMED = 256;

export interface WorkspacesOptions {
  mux: Mux;
  clock: Clock;
  /** What a client gets that asks for none. */
  isolation: Isolation;
  keepTabs: boolean;
  /** A workspace came or went. */
  changed(): void;
}

interface Named {
  workspace: Workspace;
  clients: number;
  /** When it ends, unless a client is there or it is used again. */
  until: number;
}

/** Every workspace there is: made at the first mention of its name, ended some time after its last use. */
export class Workspaces {
  readonly #options: WorkspacesOptions;
  readonly #named = new Map<string, Named>();
  readonly #anonymous = new Set<Workspace>();

  constructor(options: WorkspacesOptions) {
    this.#options = options;
  }

  /** The workspace of that name, made where there is none; a refusal where it is there and another kind. */
  named(name: string, identity: Pick<Identity, 'isolation' | 'seed'>): Workspace | Refusal {
    const known = this.#named.get(name);
    if (known) {
      const conflict = conflictWith(known.workspace, identity);
      if (conflict) return conflict;
      known.until = Math.max(known.until, this.#options.clock.now() + GRACE.connection);
      return known.workspace;
    }
    if (this.#named.size >= MAX_NAMED) return TOO_MANY_WORKSPACES;
    const workspace = this.#make(name, true, identity);
    this.#named.set(name, { workspace, clients: 0, until: this.#options.clock.now() + GRACE.connection });
    return workspace;
  }

  /** The refusal that {@link named} would give; null: none. It makes nothing. */
  check({ workspace, ...identity }: Identity): Refusal | null {
    const known = workspace === null ? undefined : this.#named.get(workspace);
    return known ? conflictWith(known.workspace, identity) : null;
  }

  /** The workspace of one connection, which ends with it; known from when its client is there. */
  anonymous(name: string, identity: Pick<Identity, 'isolation' | 'seed'>): Workspace {
    return this.#make(name, false, identity);
  }

  /** A client works in it: it stays. */
  joined(workspace: Workspace): void {
    if (!workspace.named) this.#anonymous.add(workspace);
    const known = this.#named.get(workspace.name);
    if (known?.workspace === workspace) known.clients += 1;
    this.#options.changed();
  }

  /** `closed`: by `Browser.close`, after which no browser would have its tabs; others who work there keep them. */
  left(workspace: Workspace, closed = false): void {
    this.#anonymous.delete(workspace);
    const known = this.#named.get(workspace.name);
    if (known?.workspace === workspace) {
      known.clients -= 1;
      const now = this.#options.clock.now();
      known.until = closed && known.clients === 0 ? now : Math.max(known.until, now + GRACE.connection);
      if (closed) this.expire();
    }
    this.#options.changed();
  }

  /** It was used over HTTP, where no connection says when that is over. */
  called(workspace: Workspace): void {
    const known = this.#named.get(workspace.name);
    if (known?.workspace === workspace) known.until = this.#options.clock.now() + GRACE.call;
  }

  /** Ends those whose time is over; to be called about once a second. */
  expire(): void {
    const now = this.#options.clock.now();
    for (const [name, { workspace, clients, until }] of this.#named) {
      if (clients > 0 || until > now) continue;
      this.#named.delete(name);
      this.#options.mux.end(workspace);
      this.#options.changed();
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
  }

  /** What a later gateway needs to go on with them. */
  journal(browser: string): Journal {
    const all = [...[...this.#named.values()].map(({ workspace }) => workspace), ...this.#anonymous];
    const pages = this.#options.mux.targets.pages();
    return {
      browser,
      workspaces: all.map((workspace) => ({
        name: workspace.name,
        named: workspace.named,
        isolation: workspace.isolation,
        seed: [...workspace.seed],
        home: workspace.home,
        contexts: [...workspace.contexts],
        targets: pages.get(workspace) ?? [],
      })),
    };
  }

  /** Takes up what a journal tells of: named ones live on, of the others what they left behind is closed. */
  restore(entries: readonly JournalEntry[]): void {
    for (const entry of entries) {
      const known = entry.named ? this.#named.get(entry.name) : undefined;
      if (known) {
        this.#options.mux.restore(known.workspace, entry);
        continue;
      }
      const workspace = this.#make(entry.name, entry.named, entry);
      this.#options.mux.restore(workspace, entry);
      if (entry.named) {
        const until = this.#options.clock.now() + GRACE.call;
        this.#named.set(entry.name, { workspace, clients: 0, until });
      } else this.#options.mux.end(workspace);
    }
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
  { name, isolation, seed }: Workspace,
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
