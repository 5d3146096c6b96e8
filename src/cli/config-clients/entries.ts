import type { Isolation } from '../../shared/isolation.ts';
import type { Value } from './edit.ts';

/** The variable that clients find the token in. */
export const TOKEN_VARIABLE = 'CDP_HUB_TOKEN';

/**
 * How a client gets the token: not at all, from its environment, or (asked for) written down. `null` also where the
 * bridge of the stdio form finds it by itself.
 */
export type TokenUse = { from: 'variable' } | { from: 'text'; token: string } | null;

/** What a client asks the hub for beside its tools; absent: what the hub does by default. */
export interface Wishes {
  workspace?: string | undefined;
  isolation?: Isolation | undefined;
  /** Groups of tools, with commas between. */
  tools?: string | undefined;
}

/** The program that speaks MCP over stdio. */
export interface Launch {
  command: string;
  args: readonly string[];
  /** What it needs to find the same hub, whatever environment the client gives it. */
  env: Readonly<Record<string, string>>;
}

/** What an entry says, before a client's own words for it. */
export type Connection =
  | { transport: 'http'; url: string; token: TokenUse }
  | { transport: 'stdio'; launch: Launch; token: TokenUse };

export type Transport = Connection['transport'];

/** The address of MCP with what is asked for in its query. */
export function mcpUrl(mcp: string, wishes: Wishes): string {
  const query = asked(wishes).map(([key, value]) => `${key}=${value}`);
  return query.length === 0 ? mcp : `${mcp}?${query.join('&')}`;
}

/** The arguments of `cdp-hub` that ask for the same. */
export function bridgeArguments(wishes: Wishes): string[] {
  return ['mcp', ...asked(wishes).flatMap(([key, value]) => [`--${key}`, value])];
}

/** None of these has a character that a URL or a shell would take for something else: they are checked before. */
function asked({ workspace, isolation, tools }: Wishes): [string, string][] {
  return Object.entries({ workspace, isolation, tools }).flatMap(([key, value]): [string, string][] =>
    value === undefined ? [] : [[key, value]],
  );
}

/** What `Authorization` says; `variable` is how the client names one of its environment. */
export function bearer(token: NonNullable<TokenUse>, variable: (name: string) => string): string {
  return `Bearer ${token.from === 'text' ? token.token : variable(TOKEN_VARIABLE)}`;
}

/** `{headers}` of an HTTP entry, or nothing where no token is needed. */
export function headers(token: TokenUse, variable: (name: string) => string): { [key: string]: Value } {
  return token ? { headers: { Authorization: bearer(token, variable) } } : {};
}

/** `{command, args, env?}` of a stdio entry. */
export function command(
  { command, args, env }: Launch,
  token: TokenUse,
  variable: (name: string) => string,
): { [key: string]: Value } {
  const secret = token && {
    [TOKEN_VARIABLE]: token.from === 'text' ? token.token : variable(TOKEN_VARIABLE),
  };
  const all = { ...env, ...secret };
  return { command, args: [...args], ...(Object.keys(all).length > 0 && { env: all }) };
}
