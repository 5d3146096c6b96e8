import type { IncomingMessage } from 'node:http';
import type { Refusal } from '../shared/refusal.ts';
import { digestOf, isToken } from '../shared/tokens.ts';

export interface AccessOptions {
  /** What `/api/v2` is open for: see {@link Access}. */
  controlToken: string;
}

/**
 * Who may ask for what. `/api/v2` and all below it sees and ends everybody's connections: it is for the person who runs
 * the hub, who proves it by the control token that the supervisor wrote into the state folder.
 */
export class Access {
  readonly #control: Buffer;

  constructor({ controlToken }: AccessOptions) {
    this.#control = digestOf(controlToken);
  }

  /** Null where the request may be served; for plain requests and upgrades alike. */
  refuse(request: IncomingMessage): Refusal | null {
    if (!isControlPath(request.url ?? '/')) return null;
    return given(request).some((token) => isToken(token, this.#control)) ? null : NO_CONTROL_TOKEN;
  }
}

/**
 * True for every spelling of a path that a router could take for one of `/api/v2`, and for more: whatever it is asked for,
 * what only looks like it costs its caller a 401 instead of a 404.
 */
export function isControlPath(target: string): boolean {
  let path = target.split(/[?#]/, 1)[0] ?? '';
  // A router decodes once; the rounds beyond that are for those that come to lie in between.
  for (let round = 0; round < 3; round += 1) path = decoded(path);
  return /[/\\]api[/\\.]*[/\\]v2(?:[/\\.]|$)/i.test(path.replace(/[\t\r\n]/g, ''));
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
  const query = at < 0 ? [] : new URLSearchParams(url.slice(at).split('#', 1)[0]).getAll('token');
  return bearer === undefined ? query : [bearer, ...query];
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
