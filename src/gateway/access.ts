import type { IncomingMessage } from 'node:http';
import type { Refusal } from '../shared/refusal.ts';
import { digestOf, isToken } from '../shared/tokens.ts';

export interface AccessOptions {
  /** What `/api/v2` is open for: see {@link Access}. */
  controlToken: string;
  /** What all else is open for; null: it is open. */
  token: string | null;
  /** True for the address of a socket that is its own proof; absent: there are none. */
  passes?(target: string): boolean;
}

/** What a request has shown: nothing, that it is a client's, or that it is the person's who runs the hub. */
type Proof = 'none' | 'client' | 'control';

/**
 * Who may ask for what. `/api/v2` and all below it sees and ends everybody's connections: it is for the person who runs
 * the hub, who proves it by the control token that the supervisor wrote into the state folder. All else is for clients:
 * for anybody, or for who has the hub's token.
 */
export class Access {
  readonly #control: Buffer;
  readonly #client: Buffer | null;
  readonly #passes: (target: string) => boolean;

  constructor({ controlToken, token, passes }: AccessOptions) {
    this.#passes = passes ?? (() => false);
    this.#control = digestOf(controlToken);
    this.#client = token === null ? null : digestOf(token);
  }

  /** Null where the request may be served, at least in part: see {@link full}. */
  refuse(request: IncomingMessage, upgrade: boolean): Refusal | null {
    const url = request.url ?? '/';
    const proof = this.#proof(request);
    if (isControlPath(url)) return proof === 'control' ? null : NO_CONTROL_TOKEN;
    if (this.#client === null || proof !== 'none') return null;
    if (upgrade && this.#passes(url)) return null;
    const reads = !upgrade && (request.method === 'GET' || request.method === 'HEAD');
    return reads && (isFile(url) || isPublic(url)) ? null : NO_TOKEN;
  }

  /** False where only that the hub is there, and whether it works, is to be told. */
  full(request: IncomingMessage): boolean {
    return this.#client === null || !isPublic(request.url ?? '/') || this.#proof(request) !== 'none';
  }

  /** Whom the token names, where there is one to show; without one everybody is the same. */
  owner(request: IncomingMessage): string {
    return this.#client === null ? 'anybody' : this.#proof(request);
  }

  #proof(request: IncomingMessage): Proof {
    const tokens = given(request);
    if (tokens.some((token) => isToken(token, this.#control))) return 'control';
    const client = this.#client;
    return client !== null && tokens.some((token) => isToken(token, client)) ? 'client' : 'none';
  }
}

/**
 * True for every spelling of a path that a router could take for one of `/api/v2`, and for more: what only looks like it
 * costs its caller a 401 instead of a 404.
 */
export function isControlPath(target: string): boolean {
  let path = pathOf(target);
  // A router decodes once; the rounds beyond that are for those that come to lie in between.
  for (let round = 0; round < 3; round += 1) path = decoded(path);
  return /[/\\]api[/\\.]*[/\\]v2(?:[/\\.]|$)/i.test(path.replace(/[\t\r\n]/g, ''));
}

/** `GET /` and `/health`, which monitors and people ask who have no token. */
export function isPublic(target: string): boolean {
  return /^\/(?:health\/?)?$/.test(pathOf(target));
}

/**
 * The DevTools pages that the browser carries, which are the same on every machine. They load their own files without a
 * token; what they show comes by a socket that needs it.
 */
export function isFile(target: string): boolean {
  const [, path] = /^(?:\/w\/[\w.%-]+)?(\/devtools(?:\/(?!\.)[\w@.-]+)+)$/.exec(pathOf(target)) ?? [];
  return path !== undefined && !/^\/devtools\/(?:browser|page)\//.test(path);
}

function pathOf(target: string): string {
  return target.split(/[?#]/, 1)[0] ?? '';
}

/** Each escape by itself: a broken one must not keep the others as they are. */
function decoded(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}

/** What the request says it has: in the header, or in the query, where a client can set no headers. */
function given({ url = '', headers }: IncomingMessage): string[] {
  const [, bearer] = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '') ?? [];
  const at = url.indexOf('?');
  // A plus is a space in a query, and none of a token's characters is.
  const query = at < 0 ? [] : new URLSearchParams(url.slice(at).split('#', 1)[0]).getAll('token');
  const tokens = query.map((token) => token.replaceAll(' ', '+'));
  return bearer === undefined ? tokens : [bearer, ...tokens];
}

/** RFC 6750 §3 wants the scheme named; no `error` attribute, for it would tell a wrong token from a missing one. */
const CHALLENGE = { 'www-authenticate': 'Bearer realm="cdp-hub"' };

const NO_CONTROL_TOKEN: Refusal = {
  status: 401,
  error: 'UNAUTHORIZED',
  message:
    'what is under /api/v2 sees and ends the work of every client: it needs the control token of this hub',
  hint: "Send the content of the file control-token in the hub's state folder as 'Authorization: Bearer TOKEN', or as ?token=TOKEN where no header can be set.",
  headers: CHALLENGE,
};

const NO_TOKEN: Refusal = {
  status: 401,
  error: 'UNAUTHORIZED',
  message: 'this hub was started with a token, and the request has none or another one',
  hint: "Send it as 'Authorization: Bearer TOKEN', or as ?token=TOKEN behind the address; who started the hub has it, by itself in the file token in the hub's state folder.",
  headers: CHALLENGE,
};
