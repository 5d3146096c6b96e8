import { type Entry, kept } from './ledger.ts';
import type { CDPSession, Protocol } from './puppeteer.ts';
import type { SocketLog } from './socket-log.ts';

/** Characters of a URL that are kept: those with data in them may be of any length. */
const URL_CHARS = 4000;
/** Characters of a request's body that are kept; the browser is asked for longer ones. */
const BODY_CHARS = 16 * 1024;

/** One request of a page, or one hop of it where it was redirected. */
export interface NetworkEntry extends Entry {
  /** The browser's: all hops of a request have the same. */
  readonly requestId: string;
  /** The session that its body can be asked for on. */
  session: CDPSession;
  /** It asked for the document of a frame, or of the page. */
  readonly loaderId: string;
  readonly method: string;
  readonly url: string;
  /** In lower case: document, stylesheet, script, fetch, websocket, … */
  type: string;
  /** Seconds on the browser's own clock. */
  readonly began: number;
  /** Null: it is still under way. */
  ended: number | null;
  /** 0: there is no answer yet. */
  status: number;
  statusText: string;
  mimeType: string;
  /** `http/1.1`, `h2`, …; empty where nobody knows. */
  protocol: string;
  /** Where it did not come from the network: `memory cache`, `disk cache`, `service worker`; else empty. */
  from: string;
  /** Bytes that came over the network, the headers included; 0: none so far. */
  size: number;
  /** Why there was no answer; empty where there was, or may still be. */
  failed: string;
  requestHeaders: Record<string, string>;
  responseHeaders: Record<string, string>;
  /** Null: it has none, or the browser has to be asked. */
  readonly body: string | null;
  readonly hasBody: boolean;
  /** What asked for it, in words. */
  readonly initiator: string;
  /** Its page is safe and it is not: `blockable`, `optionally-blockable`. */
  readonly mixed: string;
  /** The id of the request that was redirected to it. */
  readonly redirectedFrom: number | null;
  /** Of a WebSocket. */
  readonly socket: SocketLog | null;
}

export function entryOf(
  session: CDPSession,
  id: number,
  event: Protocol.Network.RequestWillBeSentEvent,
  redirectedFrom: number | null,
): NetworkEntry {
  const { request, requestId, loaderId, timestamp, type = 'Other', initiator } = event;
  const url = kept(request.url + (request.urlFragment ?? ''), URL_CHARS);
  const body = request.postData ?? null;
  const entry: NetworkEntry = {
    ...blank(session, id, requestId, url),
    loaderId,
    method: request.method,
    type: type.toLowerCase(),
    began: timestamp,
    requestHeaders: {},
    body: body !== null && body.length <= BODY_CHARS ? body : null,
    hasBody: request.hasPostData ?? body !== null,
    initiator: initiatorOf(initiator),
    mixed: request.mixedContentType && request.mixedContentType !== 'none' ? request.mixedContentType : '',
    redirectedFrom,
  };
  const headers = putHeaders(entry.requestHeaders, request.headers);
  entry.bytes = 800 + 2 * (url.length + headers + (entry.body?.length ?? 0));
  return entry;
}

export function socketEntry(
  session: CDPSession,
  id: number,
  { requestId, url, initiator }: Protocol.Network.WebSocketCreatedEvent,
  socket: SocketLog,
): NetworkEntry {
  const entry = blank(session, id, requestId, kept(url, URL_CHARS));
  return {
    ...entry,
    type: 'websocket',
    initiator: initiator ? initiatorOf(initiator) : '',
    socket,
    bytes: 2000,
  };
}

function blank(session: CDPSession, id: number, requestId: string, url: string): NetworkEntry {
  return {
    id,
    requestId,
    session,
    loaderId: '',
    method: 'GET',
    url,
    type: 'other',
    began: 0,
    ended: null,
    status: 0,
    statusText: '',
    mimeType: '',
    protocol: '',
    from: '',
    size: 0,
    failed: '',
    requestHeaders: {},
    responseHeaders: {},
    body: null,
    hasBody: false,
    initiator: '',
    mixed: '',
    redirectedFrom: null,
    socket: null,
    bytes: 0,
  };
}

/** Puts headers in, by their names in lower case; the characters that this has added. */
export function putHeaders(into: Record<string, string>, headers: Protocol.Network.Headers): number {
  let added = 0;
  for (const key of Object.keys(headers)) {
    const name = key.toLowerCase();
    const value = String(headers[key]);
    const before = into[name];
    into[name] = value;
    added += before === undefined ? name.length + value.length : value.length - before.length;
  }
  return added;
}

function initiatorOf({ type, url, lineNumber, stack }: Protocol.Network.Initiator): string {
  const frame = stack?.callFrames[0];
  if (frame) return `${type} at ${frame.url}:${frame.lineNumber + 1}:${frame.columnNumber + 1}`;
  if (url === undefined) return type;
  return `${type} at ${url}${lineNumber === undefined ? '' : `:${lineNumber + 1}`}`;
}
