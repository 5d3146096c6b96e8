import type { CdpError } from './errors.ts';

/** The shapes of CDP messages. */

/** A client's command, well-formed as Chrome demands it. */
export interface Command {
  id: number;
  method: string;
  /** An object, or absent. */
  params: object | undefined;
  /** Absent where it was missing or empty, which Chrome treats alike. */
  sessionId: string | undefined;
}

/** An answer to a command; exactly one of `result` and `error` is there. */
export interface Answer {
  id: number;
  result?: object;
  error?: CdpError;
  sessionId?: string;
}

export interface CdpEvent {
  method: string;
  params?: object | undefined;
  sessionId?: string;
}

/** What goes to a client. An answer to something malformed carries the id that it came with, if any. */
export type Outgoing = Answer | CdpEvent | MalformedAnswer;

export interface MalformedAnswer {
  id?: number | string;
  error: CdpError;
}
