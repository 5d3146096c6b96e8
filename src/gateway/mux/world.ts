import type { Targets } from '../isolation/targets.ts';
import type { Workspace } from '../isolation/workspace.ts';
import type { Answer } from '../protocol/envelope.ts';
import type { CdpError } from '../protocol/errors.ts';
import type { Control } from './control.ts';
import type { OwnDownloads } from './own-downloads.ts';

/** Null: it is there. */
export type WorldMade = (error: CdpError | null) => void;

interface Cookie {
  domain: string;
}

/**
 * Makes what a workspace starts with, once, however many ask: its own browser context where it has one, with
 * the cookies that it is seeded with, and a first tab, as every browser has.
 */
export class Worlds {
  readonly #control: Control;
  readonly #targets: Targets;
  readonly #downloads: OwnDownloads;
  readonly #waiting = new Map<Workspace, WorldMade[]>();

  constructor(control: Control, targets: Targets, downloads: OwnDownloads) {
    this.#control = control;
    this.#targets = targets;
    this.#downloads = downloads;
  }

  /** Calls `done` when the workspace's world is there, at once where it is. */
  make(workspace: Workspace, done: WorldMade): void {
    if (workspace.world === 'made') {
      done(null);
      return;
    }
    const waiting = this.#waiting.get(workspace);
    if (waiting) {
      waiting.push(done);
      return;
    }
    this.#waiting.set(workspace, [done]);
    workspace.world = 'making';
    if (workspace.isolation === 'context') this.#makeContext(workspace);
    else this.#makeTab(workspace);
  }

  /** Somebody else makes it; whoever asks meanwhile waits. To be followed by {@link restored}. */
  restoring(workspace: Workspace): void {
    this.#waiting.set(workspace, []);
    workspace.world = 'making';
  }

  /** What there was of it is there again; nothing: it is made when it is needed. */
  restored(workspace: Workspace, found: boolean): void {
    const waiting = this.#waiting.get(workspace) ?? [];
    this.#waiting.delete(workspace);
    workspace.world = found ? 'made' : 'unmade';
    for (const done of waiting) this.make(workspace, done);
  }

  #makeContext(workspace: Workspace): void {
    const params = workspace.named || workspace.keeps ? {} : { disposeOnDetach: true };
    this.#control.call('Target.createBrowserContext', params, (answer) => {
      const { browserContextId: id } = (answer.result ?? {}) as { browserContextId?: string };
      if (id === undefined) {
        this.#done(workspace, answer);
        return;
      }
      workspace.home = id;
      this.#targets.addContext(id, workspace);
      this.#downloads.begin(id);
      if (workspace.seed.length > 0) this.#seed(workspace, id);
      else this.#makeTab(workspace);
    });
  }

  /** Copies the cookies of the seed's sites, subdomains included, from the default context. */
  #seed(workspace: Workspace, browserContextId: string): void {
    this.#control.call('Storage.getCookies', {}, (got) => {
      const { cookies = [] } = (got.result ?? {}) as { cookies?: Cookie[] };
      const wanted = cookies.filter(({ domain }) => workspace.seed.some((site) => isOf(domain, site)));
      this.#control.call('Storage.setCookies', { browserContextId, cookies: wanted }, (answer) => {
        if (got.error || answer.error) this.#done(workspace, got.error ? got : answer);
        else this.#makeTab(workspace);
      });
    });
  }

  #makeTab(workspace: Workspace): void {
    const { home } = workspace;
    const creation = home === null ? this.#targets.creating(workspace) : null;
    const params = {
      url: 'about:blank',
      newWindow: true,
      background: true,
      ...(home !== null && { browserContextId: home }),
    };
    this.#control.call('Target.createTarget', params, (answer) => {
      const { targetId = null } = (answer.result ?? {}) as { targetId?: string };
      workspace.firstTab = targetId;
      if (creation) this.#targets.created(creation, targetId);
      this.#done(workspace, answer);
    });
  }

  #done(workspace: Workspace, { error }: Answer): void {
    workspace.world = error ? 'unmade' : 'made';
    const waiting = this.#waiting.get(workspace) ?? [];
    this.#waiting.delete(workspace);
    for (const done of waiting) done(error ?? null);
  }
}

/** `.example.com` and `www.example.com` are of `example.com`; `badexample.com` is not. */
function isOf(domain: string, site: string): boolean {
  const bare = domain.replace(/^\./, '').toLowerCase();
  return bare === site || bare.endsWith(`.${site}`);
}
