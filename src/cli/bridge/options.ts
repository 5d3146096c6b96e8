import { durationSetting } from '../../shared/duration-setting.ts';
import { HubError, messageOf } from '../../shared/errors.ts';

/** The options of `cdp-hub mcp`, in the words of its help. Without commander: its import takes longer than the rest. */
export const MCP_OPTIONS = {
  url: ['<url>', 'a hub elsewhere, e.g. http://127.0.0.1:9333; none is started then'],
  workspace: ['<name>', 'work in this workspace, together with whoever else names it'],
  isolation: ['<mode>', 'what is shared with the others: tabs, context or none'],
  tools: ['<groups>', 'which groups of tools, e.g. core,debug'],
  token: [
    '<value>',
    'what the hub asks of its clients (CDP_HUB_TOKEN); it can be read in the process list: prefer the variable or a file',
  ],
  'token-file': ['<path>', 'the same, from a file'],
  'idle-exit': [
    '<duration>',
    'where this starts the hub: how long it lives on without any client, e.g. 90s, 2h, 0 = always (default 5m)',
  ],
} as const satisfies Record<string, readonly [value: string, help: string]>;

/** How long a hub that an agent started lives on, for agents that come and go within a piece of work. */
const IDLE_EXIT = '5m';

export interface BridgeSettings {
  /** Null: the hub of the state folder. Its path ends in `/mcp`. */
  url: URL | null;
  /** What is behind the path: `?workspace=alice&tools=core`, or nothing. */
  query: string;
  token: string | undefined;
  tokenFile: string | undefined;
  /** As `--idle-exit` takes it. */
  idleExit: string;
}

/** Throws USAGE. */
export function bridgeSettings(argv: readonly string[]): BridgeSettings {
  const given = read(argv);
  const query = queryOf(given);
  const idleExit = given['idle-exit'] ?? IDLE_EXIT;
  durationSetting('--idle-exit', idleExit);
  return {
    url: given.url === undefined ? null : mcpUrl(given.url, query),
    query,
    token: given.token,
    tokenFile: given['token-file'],
    idleExit,
  };
}

type Given = Partial<Record<keyof typeof MCP_OPTIONS, string>>;

function read(argv: readonly string[]): Given {
  const options = Object.fromEntries(
    Object.keys(MCP_OPTIONS).map((name) => [name, { type: 'string' as const }]),
  );
  // An import would load all that Node keeps lazy there: 1 MB.
  const { parseArgs } = process.getBuiltinModule('node:util');
  try {
    return parseArgs({ args: [...argv], options }).values;
  } catch (error) {
    throw new HubError('USAGE', messageOf(error), 'See what there is: cdp-hub mcp --help', error);
  }
}

function queryOf(given: Given): string {
  const query = new URLSearchParams();
  for (const name of ['workspace', 'isolation', 'tools'] as const) {
    if (given[name] !== undefined) query.set(name, given[name]);
  }
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

/** `http://host:9223` and `http://host:9223/w/alice` stand for their `/mcp`. */
function mcpUrl(text: string, query: string): URL {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new HubError(
      'USAGE',
      `--url ${text} is no address of a hub`,
      'Give it as cdp-hub status shows it, e.g. --url http://127.0.0.1:9223',
    );
  }
  if (!/\/mcp\/?$/.test(url.pathname)) url.pathname = `${url.pathname.replace(/\/$/, '')}/mcp`;
  for (const [name, value] of new URLSearchParams(query)) url.searchParams.set(name, value);
  url.hash = '';
  return url;
}
