import { HEAD_TIMEOUT, type Refusal, refusalBytes } from '../shared/refusal.ts';
import { AnswerReader, type Expected } from './answer-reader.ts';
import { authority, hostVerdict, type Target } from './host-policy.ts';
import { looksLikeHttp, type RequestHead, spliceHead } from './http-head.ts';
import { namesBrowser, type Rename } from './json-answer.ts';
import { RequestReader } from './request-reader.ts';

/** What the two sockets must do next, in this order. */
export type Effect =
  | { kind: 'to-target'; bytes: Buffer }
  | { kind: 'to-client'; bytes: Buffer }
  /** From here on it is bytes both ways, and this relay is not asked any more. */
  | { kind: 'raw' }
  /** The client has no more to say: FIN to the target. */
  | { kind: 'end-target' }
  /** All is said: the client gets its last bytes and FIN, the target goes. */
  | { kind: 'close' }
  /** Nothing sensible can follow: both ends are reset. */
  | { kind: 'reset' };

export interface RelayOptions {
  allowedHosts: readonly string[];
  /** Null: there is none, which {@link HttpRelay.targetLost} must be told as well. */
  target: Target | null;
}

interface Pending extends Expected {
  upgrade: boolean;
}

/** Requests that may wait for their answers; the next ones stay unread. */
const MAX_PIPELINE = 64;
/** Bytes of the client that may wait for an answer before its socket is not read any more. */
const MAX_HELD = 64 * 1024;
const EMPTY = Buffer.alloc(0);

const NO_TUNNEL: Refusal = {
  status: 501,
  error: 'NOT_IMPLEMENTED',
  message: 'this is a way to a DevTools endpoint, no HTTP proxy: CONNECT is not served',
  hint: 'Take this address out of HTTP_PROXY and HTTPS_PROXY and ask it directly.',
};

/**
 * One connection while it may be HTTP: sans-io, bytes in and effects out. Heads are checked and their Host
 * put in Chrome's terms; answers are followed so that each belongs to its request. What does not begin like
 * HTTP, and what follows a 101, is `raw`: nothing there is rewritten, so Chrome's own checks hold.
 */
export class HttpRelay {
  readonly #options: RelayOptions;
  readonly #requests = new RequestReader();
  readonly #answers = new AnswerReader();
  #mode: 'detect' | 'http' | 'over' = 'detect';
  #effects: Effect[] = [];
  /** Client bytes that nobody has looked at yet. */
  #held: Buffer = EMPTY;
  #pending: Pending[] = [];
  /** Given to the client after the answers that are still due. */
  #refusal: { refusal: Refusal; withBody: boolean } | null = null;
  #unavailable: Refusal | null = null;
  #clientEnded = false;
  #targetToldEnd = false;
  /** Request heads seen, and answers of 400 and above, those of our own included. */
  requests = 0;
  failures = 0;
  userAgent = '';

  constructor(options: RelayOptions) {
    this.#options = options;
  }

  /** So much waits that the client's socket should not be read. */
  get holding(): boolean {
    return this.#held.length >= MAX_HELD;
  }

  /**
   * Identifies the request head that is only partly there; 0 where there is none. It must not take for ever.
   * Without a target also the first one is waited for: there is nobody that the silence could be for.
   */
  get partialHead(): number {
    if (this.#mode === 'detect') return this.#held.length > 0 || this.#unavailable ? 1 : 0;
    return this.#mode === 'http' && !this.#refusal ? this.#requests.partialHead : 0;
  }

  /** Nothing is on its way: the connection may be closed without loss. */
  get idle(): boolean {
    if (this.#mode === 'detect') return this.#held.length === 0;
    return this.#mode === 'http' && this.#pending.length === 0 && this.#requests.betweenRequests;
  }

  fromClient(chunk: Buffer): Effect[] {
    if (this.#mode === 'over' || this.#refusal) return [];
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    if (this.#mode === 'detect') this.#detect();
    return this.#advance();
  }

  fromTarget(chunk: Buffer): Effect[] {
    // A server that speaks first speaks no HTTP.
    if (this.#mode === 'detect') this.#goRaw(chunk);
    let rest = chunk;
    while (this.#mode === 'http' && rest.length > 0) rest = this.#readAnswer(rest);
    return this.#advance();
  }

  /** FIN from the client. Chrome drops an answer when it sees one, so it waits for the answers that are due. */
  clientEnded(): Effect[] {
    this.#clientEnded = true;
    if (this.#mode === 'detect' && this.#unavailable) this.#close();
    else if (this.#mode === 'detect') this.#goRaw(EMPTY);
    return this.#advance();
  }

  /** FIN from the target: what it still owed will not come. */
  targetEnded(): Effect[] {
    if (this.#mode === 'over') return [];
    if (this.#pending.length > 0 && this.#answers.untouched) {
      return this.targetLost({
        status: 502,
        error: 'BROWSER_UNREACHABLE',
        message: 'the browser closed the connection without an answer',
        hint: 'It may be restarting: try again, and see `cdp-hub status`.',
      });
    }
    this.#toClient(this.#answers.flush());
    this.#close();
    return this.#take();
  }

  /** There is no target, or no way to it: requests get `refusal`, anything else is closed. */
  targetLost(refusal: Refusal): Effect[] {
    this.#unavailable = refusal;
    if (this.#mode === 'detect' && this.#clientEnded) this.#close();
    if (this.#mode === 'http' && this.#pending.length > 0) {
      const [first] = this.#pending;
      if (this.#answers.untouched) this.#refuseNow(refusal, first?.method !== 'HEAD');
      else this.#end({ kind: 'reset' });
    } else if (this.#mode === 'http') {
      // Between two requests a keep-alive connection may end at any time.
      this.#close();
    }
    return this.#take();
  }

  /** The head that {@link partialHead} named took too long. */
  headTimedOut(): Effect[] {
    if (this.#mode === 'detect' && this.#held.length === 0) {
      this.#close();
    } else {
      this.#mode = 'http';
      this.#refuse(HEAD_TIMEOUT);
    }
    return this.#advance();
  }

  #detect(): void {
    const http = looksLikeHttp(this.#held);
    if (http) this.#mode = 'http';
    else if (http === false && this.#unavailable) this.#close();
    else if (http === false) this.#goRaw(EMPTY);
  }

  #advance(): Effect[] {
    if (this.#mode === 'http') {
      this.#readRequests();
      this.#settle();
    }
    return this.#take();
  }

  #readRequests(): void {
    while (this.#held.length > 0 && this.#mode === 'http' && !this.#blocked()) {
      const { step, rest } = this.#requests.step(this.#held);
      this.#held = rest;
      if (step.kind === 'head') this.#head(step.head, step.bytes);
      else if (step.kind === 'body') this.#effects.push({ kind: 'to-target', bytes: step.bytes });
      else if (step.kind === 'bad') this.#bad(step.refusal, step.inBody);
    }
  }

  /** Past a request to leave HTTP nothing may be read as HTTP until its answer says what it is. */
  #blocked(): boolean {
    if (this.#refusal) return true;
    if (this.#requests.inBody) return false;
    return this.#pending.length >= MAX_PIPELINE || this.#pending.at(-1)?.upgrade === true;
  }

  #head(head: RequestHead, bytes: Buffer): void {
    this.requests++;
    if (this.userAgent === '') this.userAgent = head.userAgent;
    const withBody = head.method !== 'HEAD';
    const verdict = hostVerdict(head.host, this.#options.allowedHosts);
    if (verdict.kind === 'refuse') this.#refuse(verdict.refusal, withBody);
    else if (head.method === 'CONNECT') this.#refuse(NO_TUNNEL);
    else if (this.#unavailable) this.#refuse(this.#unavailable, withBody);
    else this.#forward(head, bytes, verdict.kind === 'rewrite');
  }

  #forward(head: RequestHead, bytes: Buffer, rewrite: boolean): void {
    let rename: Rename | null = null;
    let sent = bytes;
    if (rewrite && this.#options.target) {
      const host = authority(this.#options.target);
      sent = spliceHead(bytes, head.hostStart, head.host.length, host);
      if (namesBrowser(head.path)) rename = { target: host, caller: head.host };
    }
    this.#pending.push({ method: head.method, upgrade: head.upgrade, rename });
    this.#effects.push({ kind: 'to-target', bytes: sent });
  }

  #bad(refusal: Refusal, inBody: boolean): void {
    // In a body, the head is with the browser already: only where no other answer is due can we give one.
    if (!inBody) this.#refuse(refusal);
    else if (this.#pending.length <= 1 && this.#answers.untouched) this.#refuseNow(refusal, true);
    else this.#end({ kind: 'reset' });
  }

  #readAnswer(chunk: Buffer): Buffer {
    const { out, rest, event, status } = this.#answers.step(chunk, this.#pending[0]);
    for (const bytes of out) this.#toClient(bytes);
    if (status !== null && status >= 400) this.failures++;
    if (event === 'done') {
      this.#pending.shift();
      this.#readRequests();
      // What the target says behind the last answer that is due must not go before a refusal, or after it.
      this.#settle();
    } else if (event === 'switch') {
      if (this.#pending.length === 1 && this.#pending[0]?.upgrade) this.#goRaw(rest);
      else this.#end({ kind: 'reset' });
    }
    return rest;
  }

  #settle(): void {
    if (this.#mode !== 'http' || this.#pending.length > 0) {
      // A request that will never be complete needs no answer.
      if (this.#mode === 'http' && this.#clientEnded && this.#requests.inBody) this.#endTarget();
      return;
    }
    if (this.#refusal) this.#refuseNow(this.#refusal.refusal, this.#refusal.withBody);
    else if (this.#clientEnded && this.#held.length === 0) this.#endTarget();
  }

  #endTarget(): void {
    if (!this.#targetToldEnd) this.#effects.push({ kind: 'end-target' });
    this.#targetToldEnd = true;
  }

  #refuse(refusal: Refusal, withBody = true): void {
    this.#refusal = { refusal, withBody };
    this.#held = EMPTY;
  }

  #refuseNow(refusal: Refusal, withBody: boolean): void {
    this.failures++;
    this.#toClient(refusalBytes(refusal, withBody));
    this.#close();
  }

  #goRaw(fromTarget: Buffer): void {
    this.#toClient(fromTarget);
    if (this.#held.length > 0) this.#effects.push({ kind: 'to-target', bytes: this.#held });
    this.#held = EMPTY;
    this.#end({ kind: 'raw' });
  }

  #close(): void {
    this.#end({ kind: 'close' });
  }

  #end(effect: Effect): void {
    this.#effects.push(effect);
    this.#mode = 'over';
    this.#pending = [];
  }

  #toClient(bytes: Buffer): void {
    if (bytes.length > 0) this.#effects.push({ kind: 'to-client', bytes });
  }

  #take(): Effect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }
}
