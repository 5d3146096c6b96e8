import { Isolation, type ListenSpec, seedSite, WORKSPACE_NAME } from '../../shared/isolation.ts';
import type { Refusal } from '../../shared/refusal.ts';

/** Who a request says it is. */
export interface Identity {
  /** Null: not named. */
  workspace: string | null;
  /** Null: not asked for; a seed asks for `context`. */
  isolation: Isolation | null;
  /** The sites whose login is copied in at the start, each once, in order. */
  seed: string[];
  /** What it calls itself on the screen, as given: `?client=`. Of callers see {@link callerOf}. */
  client: string | null;
}

/** A request's identity, and where it leads without it. */
export interface Located {
  identity: Identity;
  /** The path without the prefix: `/` alone or what follows `/w/NAME`; never with an empty or dotted segment. */
  path: string;
  /** What is left of the query, as it came: '' or '?…'. */
  query: string;
  /** Goes in front of the paths that are handed out: '' or '/w/NAME'. */
  prefix: string;
  /** Goes behind them: the identity that the prefix does not hold, and the token; '' or '?…'. */
  carried: string;
}

/** What the query may say of the caller; every other key belongs to the path's own page. */
const KEYS = ['workspace', 'isolation', 'seed', 'client', 'token'] as const;
type Key = (typeof KEYS)[number];

const CARRIED = ['isolation', 'seed', 'client', 'token'] as const;

/**
 * Reads the identity of a request from its four places: the path prefix `/w/NAME`, the query, the header
 * `X-Client-Id` and the port that it came in by (null: the main one). They may say the same, not different things.
 * `url` is the request target as it came. Whatever is refused is refused in words for the caller.
 */
export function locate(
  url: string,
  headers: NodeJS.Dict<string | string[]>,
  port: ListenSpec | null,
): Located | Refusal {
  const { path: whole, search } = split(url);
  const inPath = readPath(whole);
  if (isRefusal(inPath)) return inPath;
  const query = readQuery(search);
  if (isRefusal(query)) return query;
  const inHeader = readHeader(headers['x-client-id']);
  if (isRefusal(inHeader)) return inHeader;
  const { given } = query;

  if (given.workspace !== undefined && !WORKSPACE_NAME.test(given.workspace)) {
    return badName(`?workspace=${given.workspace}`);
  }
  const workspace = agree('workspace', [
    [`the path /w/${inPath.name}`, inPath.name],
    [`?workspace=${given.workspace}`, given.workspace ?? null],
    [`the header X-Client-Id: ${inHeader}`, inHeader],
    [portSays('workspace', port?.workspace), port?.workspace ?? null],
  ]);
  if (isRefusal(workspace)) return workspace;

  const asked = Isolation.safeParse(given.isolation);
  if (given.isolation !== undefined && !asked.success) {
    return badRequest(
      `?isolation=${given.isolation} is no isolation`,
      `Use one of ${Isolation.options.map((each) => `isolation=${each}`).join(', ')}.`,
    );
  }
  const isolation = agree('isolation', [
    [`?isolation=${given.isolation}`, asked.data ?? null],
    [portSays('isolation', port?.isolation), port?.isolation ?? null],
  ]);
  if (isRefusal(isolation)) return isolation;

  const seed = readSeed(given.seed, port);
  if (isRefusal(seed)) return seed;
  if (seed.length > 0 && isolation !== null && isolation !== 'context') {
    return badRequest(
      `seed copies logins into a context, and the isolation asked for is ${isolation}, which has them already`,
      'Drop seed, or say isolation=context.',
    );
  }
  return {
    identity: {
      workspace,
      isolation: isolation ?? (seed.length > 0 ? 'context' : null),
      seed,
      client: given.client || null,
    },
    path: inPath.path,
    query: query.rest,
    prefix: port || workspace === null ? '' : `/w/${workspace}`,
    carried: carry(given),
  };
}

/**
 * Who makes calls (`/execute`, `/ws`): as everywhere, save that `?client=` names the workspace as well where nothing
 * else does.
 */
export function callerOf(identity: Identity): Identity | Refusal {
  const { workspace, client } = identity;
  if (workspace !== null || client === null) return identity;
  return WORKSPACE_NAME.test(client) ? { ...identity, workspace: client } : badName(`?client=${client}`);
}

/** By hand: a URL parser would take `//w/alice` for a host and resolve `..` before it can be refused. */
function split(url: string): { path: string; search: string } {
  const target = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').split('#', 1)[0] ?? '';
  const at = target.indexOf('?');
  const [path, search] = at < 0 ? [target, ''] : [target.slice(0, at), target.slice(at + 1)];
  return { path: path || '/', search };
}

function readPath(whole: string): { name: string | null; path: string } | Refusal {
  const segments = whole.split('/').slice(1);
  // A last empty one is a trailing slash, which Playwright sends.
  if (segments.slice(0, -1).includes('')) return notFound(whole, 'without the empty segment');
  if (segments.some((each) => /^(\.|%2e){1,2}$/i.test(each))) return notFound(whole, 'without dots');
  if (segments[0] !== 'w') return { name: null, path: whole };
  const [, raw = '', ...rest] = segments;
  if (raw === '') return notFound(whole, 'with a workspace, e.g. /w/alice/json/version');
  const name = decoded(raw);
  if (name === null || !WORKSPACE_NAME.test(name)) return badName(`/w/${raw}`);
  return { name, path: `/${rest.join('/')}` };
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** What the query says of the caller, and the rest of it byte for byte: `/json/new?URL` is read unescaped. */
function readQuery(search: string): { given: Partial<Record<Key, string>>; rest: string } | Refusal {
  const given: Partial<Record<Key, string>> = {};
  const rest: string[] = [];
  for (const part of search.split('&')) {
    const [[name, value] = ['', '']] = new URLSearchParams(part);
    const key = KEYS.find((each) => each === name);
    if (key === undefined) {
      rest.push(part);
      continue;
    }
    const before = given[key];
    if (before !== undefined && before !== value) {
      return badRequest(`the query says ${key} twice, and not the same`, `Give ${key} once.`);
    }
    given[key] = value;
  }
  const left = rest.join('&');
  return { given, rest: left && `?${left}` };
}

function readHeader(value: string | string[] | undefined): string | null | Refusal {
  if (value === undefined) return null;
  const names = new Set([value].flat());
  const [name = ''] = names;
  return names.size === 1 && WORKSPACE_NAME.test(name) ? name : BAD_CLIENT_ID;
}

function readSeed(given: string | undefined, port: ListenSpec | null): string[] | Refusal {
  if (given === undefined) return port?.seed ?? [];
  const sites = new Set<string>();
  for (const each of given.split(',')) {
    const site = seedSite(each);
    if (site === null) {
      return badRequest(
        `?seed=${given}: '${each}' is no host name`,
        'Name the sites whose login is copied in, e.g. seed=example.com,github.com',
      );
    }
    sites.add(site);
  }
  if (port && port.seed.length > 0 && !sameSites(port.seed, sites)) {
    return contradiction('seed', `?seed=${given}`, portSays('seed', port.seed.join(',')));
  }
  return [...sites].sort();
}

function sameSites(some: readonly string[], others: ReadonlySet<string>): boolean {
  return new Set(some).size === others.size && some.every((each) => others.has(each));
}

/** The one value of all that is said, null where nothing is. */
function agree<T extends string>(
  what: string,
  said: readonly (readonly [where: string, value: T | null])[],
): T | null | Refusal {
  const [first, ...others] = said.flatMap(([where, value]) => (value === null ? [] : [{ where, value }]));
  const other = others.find(({ value }) => value !== first?.value);
  return first && other ? contradiction(what, first.where, other.where) : (first?.value ?? null);
}

function carry(given: Partial<Record<Key, string>>): string {
  const query = new URLSearchParams();
  for (const key of CARRIED) if (given[key]) query.set(key, given[key]);
  return query.size > 0 ? `?${query}` : '';
}

/** 422 as it has always been for `/execute`, which is where the header is sent. */
export const BAD_CLIENT_ID: Refusal = {
  status: 422,
  error: 'UNPROCESSABLE',
  message: 'X-Client-Id is no workspace name',
  hint: 'Use 1 to 64 letters, digits, dots, dashes and underscores, e.g. X-Client-Id: alice',
};

function isRefusal<T>(value: T | Refusal): value is Refusal {
  return typeof value === 'object' && value !== null && 'status' in value;
}

function portSays(what: string, value: string | null | undefined): string {
  return `the port (its --listen says ${what} ${value})`;
}

function contradiction(what: string, one: string, other: string): Refusal {
  return badRequest(
    `the request names two different ${what}s: ${shown(one)} and ${shown(other)}`,
    `Say the ${what} in one place.`,
  );
}

function badName(where: string): Refusal {
  return badRequest(
    `${shown(where)} names no workspace`,
    'Use 1 to 64 letters, digits, dots, dashes and underscores, e.g. /w/alice or ?workspace=alice',
  );
}

function badRequest(message: string, hint: string): Refusal {
  return { status: 400, error: 'BAD_REQUEST', message: shown(message), hint };
}

function notFound(path: string, how: string): Refusal {
  return {
    status: 404,
    error: 'NOT_FOUND',
    message: `there is no ${shown(path)}`,
    hint: `Ask ${how}; GET / lists what there is.`,
  };
}

/** What a caller sent, no longer than an answer should be. */
function shown(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
