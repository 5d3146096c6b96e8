import type { Entry, TargetOwner } from './target-entry.ts';
import { isSharedWorker, type TargetInfo } from './target-info.ts';
import type { Workspace } from './workspace.ts';

/**
 * Service and shared workers of the default context: they live beside all pages of their origin there, and are
 * everybody's who has one.
 */
export class SharedWorkers {
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #owner: (entry: Entry) => TargetOwner;

  constructor(entries: ReadonlyMap<string, Entry>, owner: (entry: Entry) => TargetOwner) {
    this.#entries = entries;
    this.#owner = owner;
  }

  /** The workers of the origin that a page, or a frame, is at. */
  *of({ info: { type, url } }: Entry): Generator<string> {
    const origin = type === 'page' || type === 'iframe' ? originOf(url) : null;
    if (origin === null) return;
    for (const { info } of this.#entries.values()) {
      if (isSharedWorker(info.type) && originOf(info.url) === origin) yield info.targetId;
    }
  }

  /** True where the target is a worker of an origin, in a context, that a page or frame of this workspace is at. */
  serve(workspace: Workspace, worker: TargetInfo): boolean {
    if (!isSharedWorker(worker.type)) return false;
    const origin = originOf(worker.url);
    if (origin === null) return false;
    for (const entry of this.#entries.values()) {
      const { type, url, browserContextId } = entry.info;
      if (type !== 'page' && type !== 'iframe') continue;
      if (
        browserContextId === worker.browserContextId &&
        originOf(url) === origin &&
        this.#owner(entry) === workspace
      ) {
        return true;
      }
    }
    return false;
  }
}

/** Null for what has no origin of its own. */
export function originOf(url: string): string | null {
  const origin = URL.parse(url)?.origin;
  return origin === undefined || origin === 'null' ? null : origin;
}
