import type { Workspace } from '../isolation/workspace.ts';
import type { Control } from './control.ts';

interface Sayer {
  readonly workspace: Workspace;
}

/**
 * Where downloads go in the browser contexts of workspaces. There clients tell Chrome themselves; but it forgets with
 * the session that said so last, and would then ask the person at the browser, or cancel every download where
 * there is none. So what counts next is said again, on the bare connection, which stays.
 */
export class OwnDownloads {
  readonly #control: Control;
  readonly #folder: () => string | null;
  /** By context, what each client said; the last to say is the last. */
  readonly #said = new Map<string, Map<Sayer, object>>();

  /** `folder`: where downloads go until somebody says otherwise; null: not known. */
  constructor(control: Control, folder: () => string | null) {
    this.#control = control;
    this.#folder = folder;
  }

  /** A context was made. */
  begin(browserContextId: string): void {
    const downloadPath = this.#folder();
    if (downloadPath === null) return;
    // On the hub's own session it would switch off that session's events.
    this.#control.callBare('Browser.setDownloadBehavior', {
      behavior: 'allow',
      browserContextId,
      downloadPath,
    });
  }

  /** A client tells Chrome of a context of its own. */
  said(client: Sayer, params: object | undefined): void {
    const { browserContextId } = (params ?? {}) as { browserContextId?: unknown };
    if (typeof browserContextId !== 'string') return;
    const said = this.#said.get(browserContextId) ?? new Map<Sayer, object>();
    said.delete(client);
    said.set(client, { ...params, eventsEnabled: undefined });
    this.#said.set(browserContextId, said);
  }

  /** To be called when its sessions are detached: what it said in contexts that live on is void. */
  left(client: Sayer): void {
    for (const [browserContextId, said] of this.#said) {
      if (!said.delete(client)) continue;
      const params = [...said.values()].at(-1);
      if (said.size === 0) this.#said.delete(browserContextId);
      const lives = client.workspace.ended === 'no' && client.workspace.contexts.has(browserContextId);
      if (!lives) continue;
      if (params) this.#control.callBare('Browser.setDownloadBehavior', params);
      else this.begin(browserContextId);
    }
  }

  clear(): void {
    this.#said.clear();
  }
}
