import type { Answer } from '../protocol/envelope.ts';
import type { CdpError } from '../protocol/errors.ts';
import type { Targets } from './targets.ts';
import type { Workspace } from './workspace.ts';

/** What becomes of a client's command. */
export type Ruling =
  /**
   * It goes on, with `params` in place of its own where a rule rewrote them, and on the client's root or the hub's
   * own session in place of the one addressed. `answered` sees the answer first and may put another in its
   * place; on the hub's session it is called even when the client has gone meanwhile. `sending` is called right
   * before it goes out to the browser, which may be much later.
   */
  | {
      do: 'forward';
      params?: object;
      on?: 'root' | 'hub';
      answered?: (answer: Answer) => Answer;
      sending?: () => void;
    }
  /** The hub answers with this error, or this result. */
  | { do: 'refuse'; error: CdpError }
  | { do: 'answer'; result: object }
  /** The hub does it itself and answers when it is done. */
  | { do: 'perform'; by: (done: (answer: Outcome) => void) => void }
  /** The hub answers `{}` and ends this client: for it the browser is closed. */
  | { do: 'leave' };

export type Outcome = { result: object } | { error: CdpError };

/** What a rule may look at. */
export interface Asking {
  readonly workspace: Workspace;
  readonly targets: Targets;
  /** True on a client's own root sessions; false on those of pages, frames, workers, tabs. */
  readonly onRoot: boolean;
  /** The session's target. */
  readonly targetId: string;
  /** True for the `browser` target of one of the client's own roots. */
  ownsBrowserTarget(targetId: string): boolean;
  /** The browser's default context; null where the browser does not say. */
  readonly defaultContext: string | null;
  /** True where the page is as good as in front already: to raise its window would take the person's focus. */
  isInFront(targetId: string): boolean;
  /** Has the command run on each page session of the client, now and from now on. */
  onEveryPage(method: string, params: object): void;
  /** Has the hub do in the browser's default context, which others share, what the client asks for. */
  inDefault(method: string, params: object): (done: (outcome: Outcome) => void) => void;
}

/** One method's rule; null: it goes on as it is. */
export type Rule = (params: Record<string, unknown>, asking: Asking) => Ruling | null;

export const refuse = (code: number, message: string): Ruling => ({ do: 'refuse', error: { code, message } });
