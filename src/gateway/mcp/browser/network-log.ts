import { Ledger } from './ledger.ts';
import { entryOf, type NetworkEntry, putHeaders, socketEntry } from './network-entry.ts';
import type { CDPSession, Protocol } from './puppeteer.ts';
import { type SocketFrame, SocketLog } from './socket-log.ts';

const LIMITS = { entries: 1000, bytes: 3 * 1024 * 1024 } as const;

/** Requests whose headers as sent came before the request itself. */
const EARLY = 100;

/** The hops of one request, and how many of them have the headers that went over the network. */
interface Hops {
  entries: NetworkEntry[];
  sent: number;
  received: number;
}

interface Early {
  sent: Protocol.Network.Headers[];
  received: { headers: Protocol.Network.Headers; status: number }[];
}

/** What a page has asked the network for, in all its frames and workers. */
export class NetworkLog {
  readonly #ledger = new Ledger<NetworkEntry>(LIMITS, (entries) => {
    for (const { requestId } of entries) this.#hops.delete(requestId);
  });
  readonly #hops = new Map<string, Hops>();
  readonly #early = new Map<string, Early>();
  readonly #onFrame = new Set<(entry: NetworkEntry, frame: SocketFrame) => void>();

  get forgotten(): number {
    return this.#ledger.forgotten;
  }

  readonly listen = (session: CDPSession): void => {
    session.on('Network.requestWillBeSent', (event) => this.#sent(session, event));
    session.on('Network.requestWillBeSentExtraInfo', ({ requestId, headers }) => {
      this.#sentHeaders(requestId, headers);
    });
    session.on('Network.responseReceived', (event) => this.#answered(session, event));
    session.on('Network.responseReceivedExtraInfo', ({ requestId, headers, statusCode }) => {
      this.#receivedHeaders(requestId, headers, statusCode);
    });
    session.on('Network.requestServedFromCache', ({ requestId }) => {
      const entry = this.#of(requestId);
      if (entry) entry.from = 'memory cache';
    });
    session.on('Network.loadingFinished', ({ requestId, timestamp, encodedDataLength }) => {
      const entry = this.#of(requestId);
      if (!entry) return;
      entry.ended = timestamp;
      entry.size = encodedDataLength;
      entry.session = session;
    });
    session.on('Network.loadingFailed', (event) => this.#failed(event));
    this.#listenToSockets(session);
  };

  list(all: boolean): NetworkEntry[] {
    return this.#ledger.list(all);
  }

  get(id: number): NetworkEntry | undefined {
    return this.#ledger.get(id);
  }

  /** `loaderId`: of the document that the page has now; what asked for that belongs to it. */
  navigated(loaderId: string): void {
    const first = this.#ledger.list(false).find((entry) => entry.requestId === loaderId);
    this.#ledger.navigated(first?.id);
    // Whose request was forgotten is not told of any more.
    for (const [requestId, { entries }] of this.#hops) {
      if (!entries.some(({ id }) => this.#ledger.get(id))) this.#hops.delete(requestId);
    }
  }

  /** Told of each frame of a WebSocket from now on, until the returned function is called. */
  onFrame(hear: (entry: NetworkEntry, frame: SocketFrame) => void): () => void {
    this.#onFrame.add(hear);
    return () => this.#onFrame.delete(hear);
  }

  #of(requestId: string): NetworkEntry | undefined {
    return this.#hops.get(requestId)?.entries.at(-1);
  }

  #sent(session: CDPSession, event: Protocol.Network.RequestWillBeSentEvent): void {
    const { requestId, redirectResponse, timestamp } = event;
    const known = this.#hops.get(requestId);
    const before = known?.entries.at(-1);
    // A frame of another site is told of its own document a second time.
    if (before && !redirectResponse) return;
    if (before && redirectResponse) {
      takeResponse(before, redirectResponse);
      before.ended = timestamp;
      before.size = redirectResponse.encodedDataLength;
    }
    const entry = entryOf(session, this.#ledger.next, event, before?.id ?? null);
    const hops = known ?? { entries: [], sent: 0, received: 0 };
    hops.entries.push(entry);
    this.#hops.set(requestId, hops);
    this.#ledger.add(entry);
    this.#takeEarly(requestId, hops);
  }

  #takeEarly(requestId: string, hops: Hops): void {
    const early = this.#early.get(requestId);
    if (!early) return;
    const sent = hops.sent < hops.entries.length ? early.sent.shift() : undefined;
    if (sent) this.#sentHeaders(requestId, sent);
    const received = hops.received < hops.entries.length ? early.received.shift() : undefined;
    if (received) this.#receivedHeaders(requestId, received.headers, received.status);
    if (early.sent.length + early.received.length === 0) this.#early.delete(requestId);
  }

  /** What really went over the network comes in an event of its own, before or after the request's. */
  #sentHeaders(requestId: string, headers: Protocol.Network.Headers): void {
    const hops = this.#hops.get(requestId);
    const entry = hops?.entries[hops.sent];
    if (!hops || !entry) return void this.#earlyOf(requestId).sent.push(headers);
    hops.sent += 1;
    this.#headers(entry, 'requestHeaders', headers);
  }

  #receivedHeaders(requestId: string, headers: Protocol.Network.Headers, status: number): void {
    const hops = this.#hops.get(requestId);
    const entry = hops?.entries[hops.received];
    if (!hops || !entry) return void this.#earlyOf(requestId).received.push({ headers, status });
    hops.received += 1;
    // Of what is in the cache this would be the question whether it is still good.
    if (entry.from === 'disk cache') return;
    entry.status = status;
    this.#headers(entry, 'responseHeaders', headers);
  }

  #headers(
    entry: NetworkEntry,
    which: 'requestHeaders' | 'responseHeaders',
    headers: Protocol.Network.Headers,
  ): void {
    this.#ledger.grow(entry, 2 * putHeaders(entry[which], headers));
  }

  #earlyOf(requestId: string): Early {
    const early = this.#early.get(requestId) ?? { sent: [], received: [] };
    this.#early.set(requestId, early);
    for (const oldest of this.#early.keys()) {
      if (this.#early.size <= EARLY) break;
      this.#early.delete(oldest);
    }
    return early;
  }

  #answered(
    session: CDPSession,
    { requestId, response, type }: Protocol.Network.ResponseReceivedEvent,
  ): void {
    const entry = this.#of(requestId);
    if (!entry) return;
    entry.session = session;
    entry.type = type.toLowerCase();
    this.#ledger.grow(entry, 2 * takeResponse(entry, response));
  }

  #failed(event: Protocol.Network.LoadingFailedEvent): void {
    const { requestId, timestamp, errorText, canceled, blockedReason, corsErrorStatus } = event;
    const entry = this.#of(requestId);
    if (!entry) return;
    entry.ended = timestamp;
    const why = blockedReason ?? corsErrorStatus?.corsError;
    entry.failed = `${errorText || (canceled ? 'cancelled' : 'failed')}${why === undefined ? '' : ` (${why})`}`;
  }

  #listenToSockets(session: CDPSession): void {
    session.on('Network.webSocketCreated', (event) => {
      const entry = socketEntry(session, this.#ledger.next, event, new SocketLog());
      this.#hops.set(event.requestId, { entries: [entry], sent: 0, received: 0 });
      this.#ledger.add(entry);
    });
    session.on('Network.webSocketWillSendHandshakeRequest', ({ requestId, request }) => {
      const entry = this.#of(requestId);
      if (entry) this.#headers(entry, 'requestHeaders', request.headers);
    });
    session.on('Network.webSocketHandshakeResponseReceived', ({ requestId, response }) => {
      const entry = this.#of(requestId);
      if (!entry) return;
      entry.status = response.status;
      entry.statusText = response.statusText;
      if (response.requestHeaders) this.#headers(entry, 'requestHeaders', response.requestHeaders);
      this.#headers(entry, 'responseHeaders', response.headers);
    });
    session.on('Network.webSocketFrameSent', ({ requestId, timestamp, response }) => {
      this.#framed(requestId, (socket) => socket.add(true, timestamp, response));
    });
    session.on('Network.webSocketFrameReceived', ({ requestId, timestamp, response }) => {
      this.#framed(requestId, (socket) => socket.add(false, timestamp, response));
    });
    session.on('Network.webSocketFrameError', ({ requestId, timestamp, errorMessage }) => {
      const entry = this.#of(requestId);
      if (entry && entry.status !== 101) entry.failed = errorMessage;
      this.#framed(requestId, (socket) => socket.fail(timestamp, errorMessage));
    });
    session.on('Network.webSocketClosed', ({ requestId }) => {
      const entry = this.#of(requestId);
      if (entry?.socket) entry.socket.open = false;
    });
  }

  #framed(requestId: string, add: (socket: SocketLog) => SocketFrame): void {
    const entry = this.#of(requestId);
    if (!entry?.socket) return;
    const before = entry.socket.chars;
    const frame = add(entry.socket);
    this.#ledger.grow(entry, 2 * (entry.socket.chars - before));
    for (const hear of this.#onFrame) hear(entry, frame);
  }
}

/** The characters that this has added. */
function takeResponse(entry: NetworkEntry, response: Protocol.Network.Response): number {
  // What came over the network is told by another event, and this one may be of what the cache has made of it.
  entry.status ||= response.status;
  entry.statusText = response.statusText;
  entry.mimeType = response.mimeType;
  entry.protocol = response.protocol ?? '';
  if (response.fromDiskCache) {
    entry.from = 'disk cache';
    entry.status = response.status;
  } else if (response.fromServiceWorker) entry.from = 'service worker';
  // Those that came over the network have come first, and are more.
  if (!response.fromDiskCache && Object.keys(entry.responseHeaders).length > 0) return 0;
  return putHeaders(entry.responseHeaders, response.headers);
}
