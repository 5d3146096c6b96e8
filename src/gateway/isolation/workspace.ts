import type { Isolation } from '../../shared/isolation.ts';

/** How far the world of a workspace is: its context and its first tab are made when something could show them. */
export type World = 'unmade' | 'making' | 'made';

/**
 * What the clients of one name share, and all that they may see: the targets that the registry says are its
 * own, and in `context` isolation everything in its browser contexts. It holds facts alone; who makes and ends
 * it is in gateway/workspaces.ts.
 */
export class Workspace {
  readonly name: string;
  /** False for the workspace of one bare socket, which ends with it. */
  readonly named: boolean;
  readonly isolation: Isolation;
  /** Sites whose cookies are copied in when its context is made. */
  readonly seed: readonly string[];
  /** Its tabs stay open when it ends. */
  readonly keeps: boolean;
  /** Where its pages are made when no context is named; null: the browser's default context. */
  home: string | null = null;
  /** The contexts that its clients made. */
  readonly contexts = new Set<string>();
  /** The windows that it was told of; Chrome checks no window's owner. */
  readonly windows = new Set<number>();
  world: World;
  /** The tab that the hub made for it, as every browser has one. */
  firstTab: string | null = null;
  /** What still turns up of it after this is closed; `kept`: it is left to the person at the browser. */
  ended: 'no' | 'closed' | 'kept' = 'no';

  constructor(options: {
    name: string;
    named: boolean;
    isolation: Isolation;
    seed?: readonly string[];
    keeps?: boolean;
  }) {
    this.name = options.name;
    this.named = options.named;
    this.isolation = options.isolation;
    this.seed = options.seed ?? [];
    // Without isolation a client leaves behind what it opened, as with Chrome itself.
    this.keeps = options.isolation === 'none' || (options.keeps ?? false);
    this.world = this.#start;
  }

  /** With the browser went all that it had. */
  forget(): void {
    this.home = null;
    this.firstTab = null;
    this.contexts.clear();
    this.windows.clear();
    this.world = this.#start;
  }

  /** `none` has no world of its own. */
  get #start(): World {
    return this.isolation === 'none' ? 'made' : 'unmade';
  }
}
