import { DEFAULTS, resolveConfig } from '../shared/config.ts';
import { HubError } from '../shared/errors.ts';
import { readToken } from '../shared/given-token.ts';
import { reachableHost, urlHost } from '../shared/hosts.ts';
import type { StateFolder } from '../shared/state-folder.ts';
import { ControlClient } from './control-client.ts';

/** A gateway that works answers at once. */
const ANSWER_MS = 3000;

/** Where a client finds the hub, the one that runs or the one that `cdp-hub up` would start. */
export interface HubPlace {
  /** `http://127.0.0.1:9223`. */
  gateway: string;
  mcp: string;
  /** How this is known, and what may not be so. */
  said: string[];
  /** Null: no client needs a token, as far as is known. */
  token: HubToken | null;
}

export interface HubToken {
  /** The token itself, never to be shown unasked; null where it cannot be found from here. */
  value: string | null;
  /** Where it is kept; null where the person has it alone. */
  file: string | null;
}

/** Asks the hub that runs on this state folder, if any. Throws USAGE where the environment names no usable port. */
export async function hubPlace(state: StateFolder, env: NodeJS.Dict<string>): Promise<HubPlace> {
  const client = await ControlClient.connect(state.socket);
  if (!client) return defaultPlace(state, env, 'no hub runs');
  await using _ = client;
  const { urls, pids } = await client.request('snapshot', {});
  if (!urls) return defaultPlace(state, env, `the hub that runs (pid ${pids.supervisor}) is not ready yet`);
  const { gateway, mcp } = urls;
  const said = [`${gateway} is the hub that runs (pid ${pids.supervisor})`];
  const usual = defaultAddress(env);
  if (usual !== null && usual !== gateway) {
    const port = new URL(gateway).port;
    said.push(`another start may take another port than ${port}: cdp-hub up --port ${port} keeps it`);
  }
  return { gateway, mcp, said, token: await tokenOf(gateway, state, env) };
}

function defaultPlace(state: StateFolder, env: NodeJS.Dict<string>, why: string): HubPlace {
  const gateway = defaultAddress(env);
  if (gateway === null) {
    throw new HubError(
      'USAGE',
      `${why}, and MCP_HTTP_PORT=0 is any free port`,
      'Start the hub first (cdp-hub up), or use --stdio, which finds it whatever its port.',
    );
  }
  const from =
    env.MCP_HTTP_PORT || env.MCP_HTTP_HOST ? 'what MCP_HTTP_PORT and MCP_HTTP_HOST say' : 'the default';
  const given = env.CDP_HUB_TOKEN;
  const token =
    given === 'auto'
      ? { value: readToken(state.accessToken), file: state.accessToken }
      : given
        ? { value: given, file: null }
        : null;
  const said = [`${why}: ${gateway} is ${from}`];
  if (!token) said.push('a hub with a token needs a header as well: start it, then run this again');
  return { gateway, mcp: `${gateway}/mcp`, said, token };
}

/** Null where the port is any free one. */
function defaultAddress(env: NodeJS.Dict<string>): string | null {
  const { port } = resolveConfig({ host: DEFAULTS.host }, { MCP_HTTP_PORT: env.MCP_HTTP_PORT }, '').gateway;
  const host = reachableHost(env.MCP_HTTP_HOST || DEFAULTS.host);
  return port === 0 ? null : `http://${urlHost(host)}:${port}`;
}

/** The hub tells nobody what its token is: it is one of those that lie about, or one that the person has. */
async function tokenOf(
  gateway: string,
  state: StateFolder,
  env: NodeJS.Dict<string>,
): Promise<HubToken | null> {
  if (await lets(gateway, null)) return null;
  const kept = readToken(state.accessToken);
  if (kept !== null && (await lets(gateway, kept))) return { value: kept, file: state.accessToken };
  const given = env.CDP_HUB_TOKEN;
  if (given && given !== 'auto' && (await lets(gateway, given))) return { value: given, file: null };
  return { value: null, file: null };
}

/** `/metrics` makes no client of who asks. Where nothing answers, nothing is known to be asked for. */
async function lets(gateway: string, token: string | null): Promise<boolean> {
  try {
    const { status, body } = await fetch(`${gateway}/metrics`, {
      headers: token === null ? {} : { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    await body?.cancel();
    return status !== 401;
  } catch {
    return true;
  }
}
