import { hostName } from './hosts.ts';

/**
 * The one table of what the gateway and the forwarder do not serve: the word that scripts match on, the statuses that it
 * comes with, and when. The OpenAPI document and docs/protocol.md are held to it.
 */
export const REFUSALS = {
  BAD_REQUEST: {
    statuses: [400],
    when: 'the identity contradicts itself; a bad name, isolation or seed; bad HTTP',
  },
  UNAUTHORIZED: { statuses: [401], when: 'no token, or one that is not valid' },
  FORBIDDEN: { statuses: [403], when: 'the token does not allow this' },
  HOST_REFUSED: { statuses: [403], when: 'the Host header names none of the hosts of this hub' },
  ORIGIN_REFUSED: { statuses: [403], when: 'a page of another site asks' },
  NOT_FOUND: { statuses: [404], when: 'there is no such path, or nothing of that name' },
  NO_FRONT_END: { statuses: [404, 503], when: 'the browser has no such DevTools page, or none at all' },
  METHOD_NOT_ALLOWED: { statuses: [405], when: 'the path takes other verbs: see the header Allow' },
  REQUEST_TIMEOUT: { statuses: [408], when: 'the request came too slowly: 10 s for the head, 30 s for all' },
  WORKSPACE_CONFLICT: { statuses: [409], when: 'the workspace is there with another isolation or seed' },
  NOT_POSSIBLE: { statuses: [409], when: 'this client or process cannot be paused or restarted by the hub' },
  BODY_TOO_LARGE: { statuses: [413], when: 'the body is over 4 MiB' },
  UNSUPPORTED_MEDIA_TYPE: { statuses: [415], when: 'the body is not application/json' },
  UNPROCESSABLE: { statuses: [422], when: 'the body, a parameter or X-Client-Id is not what it should be' },
  UPGRADE_REQUIRED: { statuses: [426], when: 'a plain request to an address of a WebSocket alone' },
  RATE_LIMITED: { statuses: [429], when: 'too many requests: see the header Retry-After' },
  HEAD_TOO_LARGE: { statuses: [431], when: 'the request head is too long' },
  INTERNAL: { statuses: [500], when: 'a fault of the hub' },
  NOT_IMPLEMENTED: { statuses: [501], when: 'the forwarder does not pass this on' },
  BROWSER_UNREACHABLE: { statuses: [502], when: 'the HTTP of the browser does not answer' },
  DRAINING: { statuses: [503], when: 'the hub is stopping' },
  NO_BROWSER: { statuses: [503], when: 'no browser is connected' },
  NO_PROTOCOL: { statuses: [503], when: 'the browser serves no protocol description' },
  TOO_MANY_CLIENTS: { statuses: [503], when: 'there are 1,024 clients, or 250 MCP sessions' },
  TOO_MANY_WORKSPACES: { statuses: [503], when: 'there are 256 workspaces, all in use' },
  PROCESS_FAILED: { statuses: [503], when: 'a process of the hub is not running, or did not come back' },
  TIMEOUT: { statuses: [504], when: '`timeoutMs` is over, or the browser does not answer' },
} as const satisfies Record<string, { statuses: readonly Status[]; when: string }>;

export type RefusalCode = keyof typeof REFUSALS;

/** Not from node:http: the forwarder does without it. */
const REASONS = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  413: 'Payload Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Entity',
  426: 'Upgrade Required',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
} as const;

type Status = keyof typeof REASONS;

/** An HTTP answer of the hub's own to what it does not serve: what happened, why, and what to do next. */
export interface Refusal {
  status: Status;
  error: RefusalCode;
  message: string;
  hint: string;
  /**
   * In lower case, what HTTP wants beside the status: `allow` with 405, `www-authenticate` with 401, `upgrade` with 426,
   * `retry-after` with 429.
   */
  headers?: Readonly<Record<string, string>>;
}

/** The body of a {@link Refusal}, as every HTTP error of the hub's own looks. */
export function refusalBody({ error, message, hint }: Refusal): Pick<Refusal, 'error' | 'message' | 'hint'> {
  return { error, message, hint };
}

/** The whole answer as bytes; the connection ends after it. `withBody` is false in answers to HEAD; `further` are headers. */
export function refusalBytes(
  refusal: Refusal,
  withBody = true,
  further: Readonly<Record<string, string>> = {},
): Buffer {
  const body = `${JSON.stringify(refusalBody(refusal))}\n`;
  return Buffer.from(
    [
      `HTTP/1.1 ${refusal.status} ${REASONS[refusal.status]}`,
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Cache-Control: no-store',
      'X-Content-Type-Options: nosniff',
      'Connection: close',
      ...Object.entries({ ...refusal.headers, ...further }).map(([name, value]) => `${name}: ${value}`),
      '',
      withBody ? body : '',
    ].join('\r\n'),
  );
}

/** A request that HTTP/1.1 does not allow; `message` says what is wrong with it. */
export function badRequest(message: string): Refusal {
  return {
    status: 400,
    error: 'BAD_REQUEST',
    message,
    hint: 'Send an HTTP/1.1 request, e.g. curl http://ADDRESS:PORT/json/version',
  };
}

/** For {@link badRequest}: `GET http://other/ HTTP/1.1` with another Host inside. */
export const OTHER_AUTHORITY = 'the request line and the Host header name different hosts';

export function headTooLarge(bytes: number): Refusal {
  return {
    status: 431,
    error: 'HEAD_TOO_LARGE',
    message: `the request head is longer than ${bytes / 1024} KiB`,
    hint: 'Send fewer or shorter headers (cookies are the usual reason).',
  };
}

export const HEAD_TIMEOUT: Refusal = {
  status: 408,
  error: 'REQUEST_TIMEOUT',
  message: 'the request did not arrive in time: 10 seconds for its head, 30 for all of it',
  hint: 'Send it at once; a connection may stay silent between requests.',
};

/** See hosts.ts: the Host header is no address, no localhost and no name that was listed. */
export function hostRefused(host: string): Refusal {
  const name = hostName(host);
  return {
    status: 403,
    error: 'HOST_REFUSED',
    message: `the Host header ${JSON.stringify(host.slice(0, 200))} names none of this hub's hosts: a web page that points its own name here would send the same`,
    hint: name
      ? `If the name is yours, start with --allowed-hosts ${name.slice(0, 200)}; or ask by IP address or localhost.`
      : 'Ask by IP address or localhost; further names are allowed by --allowed-hosts NAME.',
  };
}
