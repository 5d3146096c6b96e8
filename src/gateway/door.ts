import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RateLimit } from '../shared/access-settings.ts';
import type { Clock } from '../shared/clock.ts';
import { hostAllowed, originAllowed, sameAuthority } from '../shared/hosts.ts';
import type { ListenSpec } from '../shared/isolation.ts';
import { badRequest, hostRefused, OTHER_AUTHORITY, type Refusal } from '../shared/refusal.ts';
import { Access, type AccessOptions, isControlPath, isFile, isPublic } from './access.ts';
import { type Located, locate } from './contract/identity.ts';
import { originRefused } from './contract/refusal.ts';
import { answerPreflight, isPreflight, letRead } from './cors.ts';
import { RateLimits } from './rate-limits.ts';

export interface DoorOptions extends AccessOptions {
  allowedHosts: readonly string[];
  /** The pages that may use the hub from other origins than its own. */
  corsOrigins: readonly string[];
  /** Null: everybody may ask as often as they like. */
  rateLimit: RateLimit | null;
}

/** What every request and upgrade passes, on every port, before anything else sees it. */
export class Door {
  readonly #options: DoorOptions;
  readonly #access: Access;
  readonly #limits: RateLimits | null;
  readonly #portOf: (request: IncomingMessage) => ListenSpec | null;

  /** `portOf`: the further port that a request came in by; null: the main one. */
  constructor(options: DoorOptions, clock: Clock, portOf: (request: IncomingMessage) => ListenSpec | null) {
    this.#options = options;
    this.#access = new Access(options);
    this.#limits = options.rateLimit && new RateLimits(options.rateLimit, clock);
    this.#portOf = portOf;
  }

  /** Null where it may come in: Host, Origin, then the token, then how often. */
  refuse(request: IncomingMessage, upgrade: boolean): Refusal | null {
    const refusal = this.#refuseSource(request);
    if (refusal) return refusal;
    if (!upgrade && this.#isForeign(request) && isPreflight(request)) return null;
    return this.#access.refuse(request, upgrade) ?? (upgrade ? null : this.#refuseOften(request));
  }

  /** Says to a page of another origin what it may do, where it may anything; true where that was the whole answer. */
  greet(request: IncomingMessage, response: ServerResponse): boolean {
    const { origin } = request.headers;
    if (origin === undefined || !this.#isForeign(request) || this.#refuseSource(request)) return false;
    letRead(response, origin);
    if (!isPreflight(request)) return false;
    answerPreflight(request, response);
    return true;
  }

  /** The principal that a request comes from: what it has begun, others go on with as little as with its token. */
  owner(request: IncomingMessage): string {
    return this.#access.owner(request);
  }

  /** The answer as the caller may have it: who has no token hears that the hub is there and whether it works. */
  shown(request: IncomingMessage, answer: Response | Promise<Response>): Response | Promise<Response> {
    return this.#access.full(request) ? answer : inShort(answer);
  }

  /** Against DNS rebinding and web pages: see shared/hosts.ts. */
  #refuseSource(request: IncomingMessage): Refusal | null {
    const { headers } = request;
    const { allowedHosts, corsOrigins } = this.#options;
    if ((request.headersDistinct.host?.length ?? 0) > 1) {
      return badRequest('the request has more than one Host header');
    }
    if (!hostAllowed(headers.host, allowedHosts)) return hostRefused(headers.host ?? '');
    if (!originAllowed(headers.origin, headers.host, allowedHosts, corsOrigins)) {
      return originRefused(headers.origin ?? '');
    }
    if (headers.origin === undefined && isForeignLoad(request)) return FOREIGN_LOAD;
    return sameAuthority(request.url ?? '', headers.host ?? '') ? null : badRequest(OTHER_AUTHORITY);
  }

  #isForeign({ headers }: IncomingMessage): boolean {
    return headers.origin !== undefined && this.#options.corsOrigins.includes(headers.origin);
  }

  /** Not for the person who runs the hub, nor for what pages load by the dozen and monitors ask all day. */
  #refuseOften(request: IncomingMessage): Refusal | null {
    const url = request.url ?? '/';
    if (!this.#limits || isControlPath(url) || isFile(url) || isPublic(url)) return null;
    const located = locate(url, request.headers, this.#portOf(request));
    const name = 'status' in located ? null : located.identity.workspace;
    const session = sessionOf(request, located);
    const seconds = this.#limits.take(session === null ? (name ?? '') : `session ${session}`);
    if (seconds === 0) return null;
    return tooOften(
      session === null ? callersIn(name) : 'this MCP session',
      this.#options.rateLimit,
      seconds,
    );
  }
}

/** Of the answers of `/` and `/health`. */
const TOLD_TO_ALL: readonly string[] = ['service', 'status', 'browser_connected'];

async function inShort(answering: Response | Promise<Response>): Promise<Response> {
  const answer = await answering;
  // To HEAD there is none.
  if (answer.body === null) return answer;
  const all = (await answer.json()) as Record<string, unknown>;
  const told = Object.entries(all).filter(([key]) => TOLD_TO_ALL.includes(key));
  const headers = new Headers(answer.headers);
  headers.delete('content-length');
  return new Response(JSON.stringify(Object.fromEntries(told)), { status: answer.status, headers });
}

/**
 * An image, script, frame or form of another site's page: these send no Origin, and the page could not read the answer,
 * but it could tell that there is one. A link that a person follows passes.
 */
function isForeignLoad({ method, headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== 'cross-site' && site !== 'same-site') return false;
  const link = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  return !(link && (method === 'GET' || method === 'HEAD'));
}

const FOREIGN_LOAD: Refusal = {
  status: 403,
  error: 'ORIGIN_REFUSED',
  message: 'pages of other sites load nothing from this hub',
  hint: 'Call it from a program, or paste the address into the address bar; a page that was let in by --cors-origin uses fetch.',
};

/** Whoever makes one up hears that there is none, which costs next to nothing. */
function sessionOf({ headers }: IncomingMessage, located: Located | Refusal): string | null {
  const id = headers['mcp-session-id'];
  return 'path' in located && /^\/mcp\/?$/.test(located.path) && typeof id === 'string'
    ? id.slice(0, 64)
    : null;
}

function callersIn(name: string | null): string {
  return name === null ? 'the callers without a name' : `the callers in the workspace ${name}`;
}

function tooOften(who: string, limit: RateLimit | null, seconds: number): Refusal {
  return {
    status: 429,
    error: 'RATE_LIMITED',
    message: `${who} asked more than ${limit?.perSecond} times a second`,
    hint: 'Wait as long as Retry-After says, use a CDP WebSocket, or start the hub with another --rate-limit.',
    headers: { 'retry-after': String(Math.max(1, Math.ceil(seconds))) },
  };
}
