/** An answer that the forwarder gives itself, instead of the browser: what happened, why, what to type next. */
export interface Refusal {
  status: 400 | 403 | 408 | 431 | 501 | 502 | 503;
  error: string;
  message: string;
  hint: string;
}

const REASONS: Record<Refusal['status'], string> = {
  400: 'Bad Request',
  403: 'Forbidden',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
};

/** A request that HTTP/1.1 does not allow; `message` says what is wrong with it. */
export function badRequest(message: string): Refusal {
  return {
    status: 400,
    error: 'BAD_REQUEST',
    message,
    hint: 'Send an HTTP/1.1 request, e.g. curl http://ADDRESS:PORT/json/version',
  };
}

/** The answer as bytes; the connection ends after it. `withBody` is false in answers to HEAD. */
export function refusalBytes(refusal: Refusal, withBody = true): Buffer {
  const { status, error, message, hint } = refusal;
  const body = `${JSON.stringify({ error, message, hint })}\n`;
  return Buffer.from(
    [
      `HTTP/1.1 ${status} ${REASONS[status]}`,
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Cache-Control: no-store',
      'X-Content-Type-Options: nosniff',
      'Connection: close',
      '',
      withBody ? body : '',
    ].join('\r\n'),
  );
}
