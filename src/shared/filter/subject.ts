import type { FrameRow, Outcome } from '../events.ts';

type Maybe<T> = T | null | undefined;

/**
 * What a filter looks at. Rows of traffic and of requests are subjects as they are. A field that is absent, null
 * or empty matches no term that asks for it, so a term with `-` before it does match.
 */
export interface Subject {
  readonly method?: Maybe<string>;
  readonly dir?: Maybe<FrameRow['dir']>;
  /** The client's id and the name it shows; `client:` finds either. */
  readonly client?: Maybe<string>;
  readonly clientName?: Maybe<string>;
  /** The target's id. */
  readonly target?: Maybe<string>;
  /** The number or mark that a screen shows for the target, with or without `#`. */
  readonly tab?: Maybe<string | number>;
  /** As the client knows it; empty where it names none. */
  readonly sessionId?: Maybe<string>;
  /** The id that the client gave its command. */
  readonly id?: Maybe<string | number>;
  readonly url?: Maybe<string>;
  readonly outcome?: Maybe<Outcome>;
  /** Of the error that was answered: -32000 and the like. */
  readonly code?: Maybe<string | number>;
  /** Milliseconds. */
  readonly ms?: Maybe<number>;
  /** Size of the message. */
  readonly bytes?: Maybe<number>;
  readonly error?: Maybe<string>;
  /** The message, or as much of it as is kept; a function where it costs something to have. */
  readonly text?: Maybe<string> | (() => string | null);
}

/** Characters of a subject's text that a filter reads: what a row costs has an upper bound. */
export const MAX_SUBJECT = 8192;
