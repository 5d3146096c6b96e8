/** An error as the protocol carries it. The hub's own say `cdp-hub:` in `message` or `data`. */
export interface CdpError {
  code: number;
  message: string;
  data?: string;
}

/** JSON-RPC's codes where Chrome uses them (third_party/inspector_protocol/crdtp/dispatch.h). */
export const CODE = { parse: -32700, invalid: -32600, server: -32000, noSession: -32001 } as const;

/** Chrome's own answer to a session that it does not know; the hub says the same of another client's. */
export function sessionNotFound(data?: string): CdpError {
  const error: CdpError = { code: CODE.noSession, message: 'Session with given id not found.' };
  return data === undefined ? error : { ...error, data: `cdp-hub: ${data}` };
}

/** An error that the hub makes: Chrome has no words for its cause. */
export function hubError(message: string): CdpError {
  return { code: CODE.server, message: `cdp-hub: ${message}` };
}

/** The vocabulary of WebSocket closes; a reason has at most 123 bytes (RFC 6455, 5.5). */
export const CLOSE = {
  closedByClient: { code: 1000, reason: 'cdp-hub: Browser.close ends this client; the browser runs on' },
  targetClosed: { code: 1000, reason: 'cdp-hub: the target was closed' },
  draining: { code: 1001, reason: 'cdp-hub: the hub is stopping' },
  binary: { code: 1003, reason: 'cdp-hub: CDP is text, binary frames are refused' },
  killed: { code: 1008, reason: 'cdp-hub: ended by the person who runs the hub' },
  setupFailed: { code: 1011, reason: 'cdp-hub: the browser refused a session; reconnect' },
  broken: { code: 1011, reason: "cdp-hub: a mistake of the hub's ended this client; see its log; reconnect" },
  slow: {
    code: 1013,
    reason: 'cdp-hub: over 32 MiB lay unread; read faster or ask for less, then reconnect',
  },
} as const;

export interface Close {
  readonly code: number;
  readonly reason: string;
}

/** What a client is told when the browser goes. A plain close is what Playwright and Puppeteer act on. */
export function browserGone(cause: string): Close {
  return { code: 1012, reason: truncate(`cdp-hub: ${cause}; reconnect`) };
}

function truncate(reason: string): string {
  const bytes = Buffer.from(reason);
  if (bytes.length <= 123) return reason;
  return bytes
    .subarray(0, 123)
    .toString('utf8')
    .replace(/\uFFFD+$/, '');
}
