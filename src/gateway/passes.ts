import { randomBytes } from 'node:crypto';
import type { Workspace } from './isolation/workspace.ts';

/** What a pass leads to: one page, as one workspace sees it. */
export interface Passage {
  readonly targetId: string;
  readonly workspace: Workspace;
}

/** How many there may be; of more the oldest goes. */
const MAX_PASSES = 64;

const PATH = /^\/devtools\/pass\/([\w-]{22})$/;

/**
 * The ways in to single pages that the person at the terminal was given, each a path of 128 random bits: they need no
 * token, lead to a page as its own client has it, and end with it.
 */
export class Passes {
  readonly #passages = new Map<string, Passage>();

  /** The path of the page's socket, where a browser finds its DevTools; the same one as long as it leads anywhere. */
  path(passage: Passage): string {
    for (const [secret, { targetId, workspace }] of this.#passages) {
      if (targetId === passage.targetId && workspace === passage.workspace) return `/devtools/pass/${secret}`;
    }
    const [oldest] = this.#passages.keys();
    if (oldest !== undefined && this.#passages.size >= MAX_PASSES) this.#passages.delete(oldest);
    const secret = randomBytes(16).toString('base64url');
    this.#passages.set(secret, passage);
    return `/devtools/pass/${secret}`;
  }

  /** Where a request target leads to that is such a path; undefined: nowhere. */
  passage(target: string): Passage | undefined {
    const [, secret = ''] = PATH.exec(target) ?? [];
    return this.#passages.get(secret);
  }
}
