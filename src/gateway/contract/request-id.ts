import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** The header that every answer carries: what a caller names when something went wrong. */
export const REQUEST_ID = 'X-Request-Id';

/** What is repeated of what a caller sent: a short word, which is safe in a header, a log line and a terminal. */
const WORD = /^[A-Za-z0-9._~:@+/=-]{1,128}$/;

/** That of the latest request on the connection. */
const ids = new WeakMap<Duplex, string>();

/** The request's own id where it sends a word of up to 128 characters, else a new one. Once per request. */
export function takeRequestId({ headers, socket }: IncomingMessage): string {
  const given = headers['x-request-id'];
  const id = typeof given === 'string' && WORD.test(given) ? given : randomUUID();
  ids.set(socket, id);
  return id;
}

/** The id of the request that the connection serves; a new one where what came is no request. */
export function requestIdOf(socket: Duplex): string {
  return ids.get(socket) ?? randomUUID();
}
