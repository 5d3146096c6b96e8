import type { IncomingMessage, ServerResponse } from 'node:http';

/** What the pages of other origins are told, which were let in by name; see docs/decisions/0009-access.md. */

/** What they may send besides what any page may. */
const REQUEST_HEADERS =
  'authorization, content-type, last-event-id, mcp-method, mcp-name, mcp-protocol-version, mcp-session-id, x-client-id, x-request-id';

/** What they may read besides what any page may. */
const ANSWER_HEADERS = 'mcp-session-id, retry-after, www-authenticate, x-request-id';

/** How long a browser need not ask again, seconds. */
const MAX_AGE = 600;

/** True for the question that a browser asks before a page's request; it carries no token. */
export function isPreflight({ method, headers }: IncomingMessage): boolean {
  return (
    method === 'OPTIONS' &&
    headers.origin !== undefined &&
    headers['access-control-request-method'] !== undefined
  );
}

/**
 * Lets the page of this origin read the answer: by the very name of the origin and never with credentials, so that a
 * cookie or a client certificate is no way in.
 */
export function letRead(response: ServerResponse, origin: string): void {
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-expose-headers', ANSWER_HEADERS);
  response.setHeader('vary', 'Origin');
}

export function answerPreflight({ headers }: IncomingMessage, response: ServerResponse): void {
  response.writeHead(204, {
    'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
    'access-control-allow-headers': REQUEST_HEADERS,
    'access-control-max-age': String(MAX_AGE),
    // For pages that came from a more public network than this one.
    ...(headers['access-control-request-private-network'] === 'true' && {
      'access-control-allow-private-network': 'true',
    }),
  });
  response.end();
}
