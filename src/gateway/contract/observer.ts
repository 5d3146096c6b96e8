import type { ClientInfo } from '../../shared/events.ts';

/** Who a client is, as rows and lists show it. */
export type ClientIdentity = Pick<ClientInfo, 'id' | 'kind' | 'name' | 'workspace' | 'isolation'>;

/** One command on its way; the times are the monotonic clock's milliseconds. */
export interface Exchange {
  readonly client: ClientIdentity;
  readonly method: string;
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

/** Told of everything that passes; it must cost next to nothing and never throw. */
export interface Observer {
  opened(exchange: Exchange): void;
  /** After its answer left, or, for a client that has gone, when nobody waits for one any more. */
  closed(exchange: Exchange, end: ExchangeEnd, error: string | null, bytes: number): void;
  event(client: ClientIdentity, target: string, method: string, bytes: number): void;
}
