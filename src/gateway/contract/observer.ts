import type { ClientInfo } from '../../shared/events.ts';

/** Who a client is, as rows and lists show it. */
export type ClientIdentity = Pick<ClientInfo, 'id' | 'kind' | 'name' | 'workspace' | 'isolation'>;

/** One command on its way; the times are the monotonic clock's milliseconds. */
export interface Exchange {
  readonly client: ClientIdentity;
  /** As the client numbers its commands. */
  readonly id: number;
  readonly method: string;
  /** As the client wrote it. */
  readonly sessionId: string | undefined;
  /** The targetId of the session it was sent on; empty for the browser itself. */
  readonly target: string;
  /** Size of the command as it came. */
  readonly bytes: number;
  readonly arrived: number;
  /** When it went to the browser; null for what the hub answered itself. */
  sent: number | null;
  /** When the browser's answer came in. */
  returned: number | null;
  /** The observer's own note on it; nobody else touches it. */
  note: unknown;
}

/**
 * How an exchange ended. `lost`: the browser never answered, and the client was told so. `left`: the client
 * went away before its answer, which is nobody's failure.
 */
export type ExchangeEnd = 'ok' | 'error' | 'lost' | 'left';

/** `code`: null where the client was told nothing. */
export interface ObservedError {
  code: number | null;
  message: string;
}

/** What a client was answered. */
export interface ObservedAnswer {
  error: ObservedError | null;
  /** Its size; 0 where there was none. */
  bytes: number;
  /** The message's text or its beginning; null where {@link Observer.bodyLimit} is 0. */
  body: string | null;
}

/** An event as a client was told it. */
export interface ObservedEvent {
  method: string;
  /** The targetId; empty for the browser itself. */
  target: string;
  /** As the client knows it; empty where it is told without one. */
  sessionId: string;
  bytes: number;
  body: string | null;
}

/** How a call of a tool ended; `result`: null where it was answered nothing. */
export type ToolEnd = (outcome: { error: string | null; result: unknown }) => void;

/** Told of everything that passes; it must cost next to nothing and never throw. */
export interface Observer {
  /** How many characters of each message's text are wanted: 0 where nobody looks at them. */
  readonly bodyLimit: number;
  opened(exchange: Exchange, params: object | undefined, body: string | null): void;
  /** After its answer left, or, for a client that has gone, when nobody waits for one any more. */
  closed(exchange: Exchange, end: ExchangeEnd, answer: ObservedAnswer): void;
  event(client: ClientIdentity, event: ObservedEvent): void;
  /** A tool of MCP was called; what is returned is called once, when it is answered. */
  called(client: ClientIdentity, tool: string, args: Readonly<Record<string, unknown>>): ToolEnd;
}
