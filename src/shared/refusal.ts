import { hostName } from './hosts.ts';

/** The words for what the gateway and the forwarder do not serve; scripts match on them. */
export type RefusalCode =
  | 'BAD_REQUEST'
  | 'BODY_TOO_LARGE'
  | 'BROWSER_UNREACHABLE'
  | 'DRAINING'
  | 'HEAD_TOO_LARGE'
  | 'HOST_REFUSED'
  | 'INTERNAL'
  | 'NOT_FOUND'
  | 'NOT_IMPLEMENTED'
  | 'NO_BROWSER'
  | 'NO_FRONT_END'
  | 'NO_PROTOCOL'
  | 'ORIGIN_REFUSED'
  | 'RATE_LIMITED'
  | 'REQUEST_TIMEOUT'
  | 'TIMEOUT'
  | 'TOO_MANY_CLIENTS'
  | 'TOO_MANY_WORKSPACES'
  | 'UNAUTHORIZED'
  | 'UNPROCESSABLE'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'WORKSPACE_CONFLICT';

/** Not from node:http: the forwarder does without it. */
const REASONS = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  408: 'Request Timeout',
  409: 'Conflict',
  413: 'Payload Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Entity',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
} as const;

/** An HTTP answer of the hub's own to what it does not serve: what happened, why, and what to do next. */
export interface Refusal {
  status: keyof typeof REASONS;
  error: RefusalCode;
  message: string;
  hint: string;
  /** Goes with the answer, in lower case. */
  headers?: Readonly<Record<string, string>>;
}

/** The body of a {@link Refusal}, as every HTTP error of the hub's own looks. */
export function refusalBody({ error, message, hint }: Refusal): Pick<Refusal, 'error' | 'message' | 'hint'> {
  return { error, message, hint };
}

/** The whole answer as bytes; the connection ends after it. `withBody` is false in answers to HEAD. */
export function refusalBytes(refusal: Refusal, withBody = true): Buffer {
  const body = `${JSON.stringify(refusalBody(refusal))}\n`;
  return Buffer.from(
    [
      `HTTP/1.1 ${refusal.status} ${REASONS[refusal.status]}`,
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Cache-Control: no-store',
      'X-Content-Type-Options: nosniff',
      'Connection: close',
      ...Object.entries(refusal.headers ?? {}).map(([name, value]) => `${name}: ${value}`),
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
