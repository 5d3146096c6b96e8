import type { Change, Value } from './edit.ts';
import { bearer, type Connection, command, headers, TOKEN_VARIABLE, type Transport } from './entries.ts';
import { inAppData, inHome, inMoved, inProject, type Place, type Scope } from './places.ts';

/** How one MCP client is told of the hub. */
export interface Client {
  title: string;
  format: 'json' | 'toml';
  /** The key that its entries are under. */
  section: string;
  /** Where it reads them from; the first is the one that is meant where nothing is said. */
  files: Partial<Record<Scope, (place: Place) => string>>;
  /** What its file can say; the first is the one that is meant where nothing is said. */
  transports: readonly [Transport, ...Transport[]];
  /** How it names a variable of its environment; null: it knows no such thing. */
  variable: ((name: string) => string) | null;
  /** True where the person is asked for the token by the client, and no variable needs to be set. */
  asks?: true;
  entry(connection: Connection): { [key: string]: Value };
  /** What must be in its file beside the entry. */
  beside?(connection: Connection): Change[];
  /** What the person does next. */
  next: string;
}

export const CLIENT_NAMES = [
  'claude-code',
  'claude-desktop',
  'cursor',
  'vscode',
  'codex',
  'gemini-cli',
  'windsurf',
] as const;
export type ClientName = (typeof CLIENT_NAMES)[number];

/** `${env:NAME}`. */
const inBraces = (name: string) => `\${env:${name}}`;
/** `${NAME}`. */
const plainly = (name: string) => `\${${name}}`;

/** The id of VS Code's prompt for the token. */
const INPUT = 'cdp-hub-token';

export const CLIENTS: Record<ClientName, Client> = {
  /**
   * `.mcp.json` at the project's root, `mcpServers` of ~/.claude.json for all projects (below CLAUDE_CONFIG_DIR where that
   * is set); `${VAR}` in command, args, env, url and headers. https://code.claude.com/docs/en/mcp. An unset variable
   * arrives as its name; a bare `$VAR` never expands.
   */
  'claude-code': {
    title: 'Claude Code',
    format: 'json',
    section: 'mcpServers',
    files: {
      project: (place) => inProject(place, '.mcp.json'),
      user: (place) => inMoved(place, 'CLAUDE_CONFIG_DIR', [], '.claude.json'),
    },
    transports: ['http', 'stdio'],
    variable: plainly,
    entry: typed(plainly),
    next: 'Start Claude Code anew in that folder; it asks once whether it may use a .mcp.json. /mcp lists it.',
  },

  /**
   * The file takes stdio alone: an entry with a url is skipped, or the program does not start
   * (github.com/neon-solutions/add-mcp/pull/8, github.com/cboxdk/statamic-mcp/issues/20); its connectors take https
   * alone (github.com/anthropics/claude-ai-mcp/issues/9). No variables. The folders:
   * https://modelcontextprotocol.io/docs/develop/connect-local-servers, and ~/.config/Claude on Linux.
   */
  'claude-desktop': {
    title: 'Claude Desktop',
    format: 'json',
    section: 'mcpServers',
    files: { user: (place) => inAppData(place, 'Claude', 'claude_desktop_config.json') },
    transports: ['stdio'],
    variable: null,
    entry: (connection) =>
      connection.transport === 'stdio' ? command(connection.launch, connection.token, placeholder) : {},
    next: 'Quit Claude Desktop and start it again: closing its window is not enough.',
  },

  /**
   * ~/.cursor/mcp.json or .cursor/mcp.json; `url` is Streamable HTTP; `${env:NAME}` in command, args, env, url and headers.
   * https://cursor.com/docs/mcp
   */
  cursor: {
    title: 'Cursor',
    format: 'json',
    section: 'mcpServers',
    files: {
      user: (place) => inHome(place, '.cursor', 'mcp.json'),
      project: (place) => inProject(place, '.cursor', 'mcp.json'),
    },
    transports: ['http', 'stdio'],
    variable: inBraces,
    entry: (connection) =>
      connection.transport === 'http'
        ? { url: connection.url, ...headers(connection.token, inBraces) }
        : command(connection.launch, connection.token, inBraces),
    next: 'Restart Cursor, and switch the server on in its settings if it is off.',
  },

  /**
   * `servers` of .vscode/mcp.json or of mcp.json in the user's profile; a prompt of `inputs` keeps the secret:
   * https://code.visualstudio.com/docs/copilot/reference/mcp-configuration. `${env:NAME}` is not put into headers
   * (github.com/microsoft/vscode/issues/336232).
   */
  vscode: {
    title: 'VS Code',
    format: 'json',
    section: 'servers',
    files: {
      project: (place) => inProject(place, '.vscode', 'mcp.json'),
      user: (place) => inAppData(place, 'Code', 'User', 'mcp.json'),
    },
    transports: ['http', 'stdio'],
    variable: prompted,
    asks: true,
    entry: typed(prompted),
    beside: ({ token }) =>
      token?.from === 'variable'
        ? [
            {
              path: ['inputs'],
              element: INPUT,
              value: { type: 'promptString', id: INPUT, description: 'Token of cdp-hub', password: true },
            },
          ]
        : [],
    next: 'Run “MCP: List Servers” in VS Code and start it there.',
  },

  /**
   * `[mcp_servers.NAME]` of ~/.codex/config.toml (CODEX_HOME moves it), or of .codex/config.toml in a project that it
   * trusts; `bearer_token_env_var`, `http_headers`; a program gets few variables, and those that `env` and `env_vars` say.
   * https://developers.openai.com/codex/mcp
   */
  codex: {
    title: 'Codex',
    format: 'toml',
    section: 'mcp_servers',
    files: {
      user: (place) => inMoved(place, 'CODEX_HOME', ['.codex'], 'config.toml'),
      project: (place) => inProject(place, '.codex', 'config.toml'),
    },
    transports: ['http', 'stdio'],
    variable: plainly,
    entry: codexEntry,
    next: 'Start Codex anew; /mcp lists it. It reads a project’s file only where it trusts the project.',
  },

  /**
   * `mcpServers` of ~/.gemini/settings.json or .gemini/settings.json; `httpUrl` is Streamable HTTP, `url` the old SSE;
   * `${VAR}` in any string of it. https://github.com/google-gemini/gemini-cli/blob/main/docs/tools/mcp-server.md
   */
  'gemini-cli': {
    title: 'Gemini CLI',
    format: 'json',
    section: 'mcpServers',
    files: {
      user: (place) => inHome(place, '.gemini', 'settings.json'),
      project: (place) => inProject(place, '.gemini', 'settings.json'),
    },
    transports: ['http', 'stdio'],
    variable: plainly,
    entry: (connection) =>
      connection.transport === 'http'
        ? { httpUrl: connection.url, ...headers(connection.token, plainly) }
        : command(connection.launch, connection.token, plainly),
    next: 'Start Gemini CLI anew, in a folder that it trusts; /mcp lists it.',
  },

  /**
   * ~/.codeium/windsurf/mcp_config.json alone; `serverUrl`, where a `url` does not connect; `${env:NAME}` in serverUrl,
   * headers, command, args and env. https://docs.windsurf.com/windsurf/cascade/mcp
   */
  windsurf: {
    title: 'Windsurf',
    format: 'json',
    section: 'mcpServers',
    files: { user: (place) => inHome(place, '.codeium', 'windsurf', 'mcp_config.json') },
    transports: ['http', 'stdio'],
    variable: inBraces,
    entry: (connection) =>
      connection.transport === 'http'
        ? { serverUrl: connection.url, ...headers(connection.token, inBraces) }
        : command(connection.launch, connection.token, inBraces),
    next: 'Press the refresh button of the MCP panel in Windsurf.',
  },
};

/** What stands where the person must put the token. */
export const PLACEHOLDER = 'PUT-THE-TOKEN-OF-CDP-HUB-HERE';

/** All that must be in the client's file. */
export function changesFor(client: Client, name: string, connection: Connection): Change[] {
  const entry = { path: [client.section, name], value: client.entry(connection) };
  return [...(client.beside?.(connection) ?? []), entry];
}

function placeholder(): string {
  return PLACEHOLDER;
}

function prompted(): string {
  return `\${input:${INPUT}}`;
}

/** Where each entry says its `type`. */
function typed(variable: (name: string) => string): Client['entry'] {
  return (connection) =>
    connection.transport === 'http'
      ? { type: 'http', url: connection.url, ...headers(connection.token, variable) }
      : { type: 'stdio', ...command(connection.launch, connection.token, variable) };
}

function codexEntry(connection: Connection): { [key: string]: Value } {
  const { token } = connection;
  if (connection.transport === 'http') {
    const { url } = connection;
    if (token === null) return { url };
    if (token.from === 'variable') return { url, bearer_token_env_var: TOKEN_VARIABLE };
    return { url, http_headers: { Authorization: bearer(token, plainly) } };
  }
  // It puts no variable into `env`, it passes on those that are named.
  if (token?.from !== 'variable') return command(connection.launch, token, plainly);
  return { ...command(connection.launch, null, plainly), env_vars: [TOKEN_VARIABLE] };
}
