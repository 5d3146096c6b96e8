import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  CLIENT_NAMES,
  CLIENTS,
  type ClientName,
  changesFor,
} from '../../../../src/cli/config-clients/clients.ts';
import type { Connection, TokenUse } from '../../../../src/cli/config-clients/entries.ts';
import { mcpUrl } from '../../../../src/cli/config-clients/entries.ts';
import { launchOf } from '../../../../src/cli/config-clients/launch.ts';
import { hasEntry, merged, snippet } from '../../../../src/cli/config-clients/merge.ts';
import type { Place, Scope } from '../../../../src/cli/config-clients/places.ts';

const URL = 'http://127.0.0.1:9223/mcp';
const VARIABLE: TokenUse = { from: 'variable' };
const TEXT: TokenUse = { from: 'text', token: 'T0KEN' };
const launch = { command: '/node', args: ['/main.js', 'mcp'], env: {} };

const http = (token: TokenUse = null): Connection => ({ transport: 'http', url: URL, token });
const stdio = (token: TokenUse = null): Connection => ({ transport: 'stdio', launch, token });
const entry = (name: ClientName, connection: Connection) => CLIENTS[name].entry(connection);

describe('what each client is told', () => {
  it.each([
    ['claude-code', { type: 'http', url: URL }, { Authorization: `Bearer \${CDP_HUB_TOKEN}` }],
    ['cursor', { url: URL }, { Authorization: `Bearer \${env:CDP_HUB_TOKEN}` }],
    ['vscode', { type: 'http', url: URL }, { Authorization: `Bearer \${input:cdp-hub-token}` }],
    ['gemini-cli', { httpUrl: URL }, { Authorization: `Bearer \${CDP_HUB_TOKEN}` }],
    ['windsurf', { serverUrl: URL }, { Authorization: `Bearer \${env:CDP_HUB_TOKEN}` }],
  ] as const)('%s over HTTP', (name, plain, headers) => {
    expect(entry(name, http())).toEqual(plain);
    expect(entry(name, http(VARIABLE))).toEqual({ ...plain, headers });
    expect(entry(name, http(TEXT))).toEqual({ ...plain, headers: { Authorization: 'Bearer T0KEN' } });
  });

  it.each([
    ['claude-code', { type: 'stdio' }, `\${CDP_HUB_TOKEN}`],
    ['claude-desktop', {}, 'PUT-THE-TOKEN-OF-CDP-HUB-HERE'],
    ['cursor', {}, `\${env:CDP_HUB_TOKEN}`],
    ['vscode', { type: 'stdio' }, `\${input:cdp-hub-token}`],
    ['gemini-cli', {}, `\${CDP_HUB_TOKEN}`],
    ['windsurf', {}, `\${env:CDP_HUB_TOKEN}`],
  ] as const)('%s over stdio', (name, type, variable) => {
    const plain = { ...type, command: '/node', args: ['/main.js', 'mcp'] };
    expect(entry(name, stdio())).toEqual(plain);
    expect(entry(name, stdio(VARIABLE))).toEqual({ ...plain, env: { CDP_HUB_TOKEN: variable } });
    expect(entry(name, stdio(TEXT))).toEqual({ ...plain, env: { CDP_HUB_TOKEN: 'T0KEN' } });
  });

  it('codex', () => {
    const plain = { command: '/node', args: ['/main.js', 'mcp'] };
    expect(entry('codex', http())).toEqual({ url: URL });
    expect(entry('codex', http(VARIABLE))).toEqual({ url: URL, bearer_token_env_var: 'CDP_HUB_TOKEN' });
    expect(entry('codex', http(TEXT))).toEqual({ url: URL, http_headers: { Authorization: 'Bearer T0KEN' } });
    expect(entry('codex', stdio(VARIABLE))).toEqual({ ...plain, env_vars: ['CDP_HUB_TOKEN'] });
    expect(entry('codex', stdio(TEXT))).toEqual({ ...plain, env: { CDP_HUB_TOKEN: 'T0KEN' } });
  });

  it('asks for the token in VS Code by a prompt', () => {
    expect(
      JSON.parse(snippet(CLIENTS.vscode, changesFor(CLIENTS.vscode, 'cdp-hub', http(VARIABLE)))),
    ).toEqual({
      inputs: [
        { type: 'promptString', id: 'cdp-hub-token', description: 'Token of cdp-hub', password: true },
      ],
      servers: {
        'cdp-hub': { type: 'http', url: URL, headers: { Authorization: `Bearer \${input:cdp-hub-token}` } },
      },
    });
  });

  it('with what is asked for in the address', () => {
    expect(mcpUrl(URL, {})).toBe(URL);
    expect(mcpUrl(URL, { workspace: 'alice', isolation: 'context', tools: 'core,debug' })).toBe(
      `${URL}?workspace=alice&isolation=context&tools=core,debug`,
    );
  });
});

/** A file as a person of this client may have it, and how one line of the entry is added to it. */
const FILES: Record<ClientName, { before: string; after: string }> = {
  'claude-code': {
    before: '{\n  "mcpServers": {\n    "gh": { "command": "gh" }\n  }\n}\n',
    after: `{\n  "mcpServers": {\n    "gh": { "command": "gh" },\n    "hub-1": {\n      "type": "http",\n      "url": "${URL}"\n    }\n  }\n}\n`,
  },
  'claude-desktop': {
    before: '{\n  "preferences": {\n    "quickEntryShortcut": "off"\n  }\n}',
    after:
      '{\n  "preferences": {\n    "quickEntryShortcut": "off"\n  },\n  "mcpServers": {\n    "hub-1": {\n      "command": "/node",\n      "args": [\n        "/main.js",\n        "mcp"\n      ]\n    }\n  }\n}',
  },
  cursor: {
    before: '{\n\t"mcpServers": {\n\t\t"hub-1": { "command": "old" },\n\t\t"x": {}\n\t}\n}\n',
    after: `{\n\t"mcpServers": {\n\t\t"hub-1": {\n\t\t\t"url": "${URL}"\n\t\t},\n\t\t"x": {}\n\t}\n}\n`,
  },
  vscode: {
    before: '{\n\t// ours\n\t"servers": {\n\t\t"x": { "url": "x" }, // x\n\t},\n\t"inputs": []\n}\n',
    after: `{\n\t// ours\n\t"servers": {\n\t\t"x": { "url": "x" }, // x\n\t\t"hub-1": {\n\t\t\t"type": "http",\n\t\t\t"url": "${URL}"\n\t\t}\n\t},\n\t"inputs": []\n}\n`,
  },
  codex: {
    before: 'model = "m" # mine\n\n[tui] # t\ntheme = "dark"\n',
    after: `model = "m" # mine\n\n[tui] # t\ntheme = "dark"\n\n[mcp_servers.hub-1]\nurl = "${URL}"\n`,
  },
  'gemini-cli': {
    before: '{\n  // mine\n  "theme": "Dracula"\n}\n',
    after: `{\n  // mine\n  "theme": "Dracula",\n  "mcpServers": {\n    "hub-1": {\n      "httpUrl": "${URL}"\n    }\n  }\n}\n`,
  },
  windsurf: {
    before: '{ "mcpServers": {} }\r\n',
    after: `{ "mcpServers": {\r\n  "hub-1": {\r\n    "serverUrl": "${URL}"\r\n  }\r\n} }\r\n`,
  },
};

describe('a file that is there', () => {
  it.each(CLIENT_NAMES)('of %s keeps all else, and stays as it is the second time', (name) => {
    const client = CLIENTS[name];
    const connection = client.transports[0] === 'http' ? http() : stdio();
    const changes = changesFor(client, 'hub-1', connection);
    const { before, after } = FILES[name];
    expect(merged(before, client, changes)).toBe(after);
    expect(merged(after, client, changes)).toBe(after);
    expect(hasEntry(after, client, 'hub-1')).toBe(true);
    expect(hasEntry(after, client, 'hub')).toBe(false);
  });
});

describe('where the files are', () => {
  const at = (platform: NodeJS.Platform, home: string, env: NodeJS.Dict<string> = {}): Place => ({
    platform,
    home,
    cwd: platform === 'win32' ? 'C:\\p' : '/p',
    env,
  });
  const linux = at('linux', '/home/a');
  const mac = at('darwin', '/Users/a');
  const windows = at('win32', 'C:\\Users\\a');
  it.each<[ClientName, Scope, Place, string]>([
    ['claude-code', 'project', linux, '/p/.mcp.json'],
    ['claude-code', 'user', linux, '/home/a/.claude.json'],
    ['claude-code', 'user', at('linux', '/home/a', { CLAUDE_CONFIG_DIR: '/c' }), '/c/.claude.json'],
    ['claude-desktop', 'user', linux, '/home/a/.config/Claude/claude_desktop_config.json'],
    ['claude-desktop', 'user', mac, '/Users/a/Library/Application Support/Claude/claude_desktop_config.json'],
    ['claude-desktop', 'user', windows, 'C:\\Users\\a\\AppData\\Roaming\\Claude\\claude_desktop_config.json'],
    ['cursor', 'user', windows, 'C:\\Users\\a\\.cursor\\mcp.json'],
    ['cursor', 'project', mac, '/p/.cursor/mcp.json'],
    ['vscode', 'project', windows, 'C:\\p\\.vscode\\mcp.json'],
    ['vscode', 'user', at('linux', '/home/a', { XDG_CONFIG_HOME: '/x' }), '/x/Code/User/mcp.json'],
    ['vscode', 'user', mac, '/Users/a/Library/Application Support/Code/User/mcp.json'],
    ['codex', 'user', linux, '/home/a/.codex/config.toml'],
    ['codex', 'user', at('linux', '/home/a', { CODEX_HOME: '/c' }), '/c/config.toml'],
    ['codex', 'project', linux, '/p/.codex/config.toml'],
    ['gemini-cli', 'user', linux, '/home/a/.gemini/settings.json'],
    ['gemini-cli', 'project', linux, '/p/.gemini/settings.json'],
    ['windsurf', 'user', mac, '/Users/a/.codeium/windsurf/mcp_config.json'],
  ])('%s for a %s', (name, scope, place, path) => {
    expect(CLIENTS[name].files[scope]?.(place)).toBe(path);
  });
});

describe('how a client starts the bridge', () => {
  it('by the full paths; by its name in a project, where everybody has that on the PATH', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cdp-hub-launch-'));
    try {
      const main = join(folder, 'main.js');
      writeFileSync(main, '');
      chmodSync(main, 0o755);
      for (const bin of ['bin', 'node_modules/.bin']) {
        mkdirSync(join(folder, bin), { recursive: true });
        symlinkSync(main, join(folder, bin, 'cdp-hub'));
      }
      const self = { node: '/node', main };
      const place = (PATH: string): Place => ({ platform: 'linux', home: '/', cwd: '/p', env: { PATH } });
      const full = { command: '/node', args: [main, 'mcp'], env: {} };
      const named = { command: 'cdp-hub', args: ['mcp'], env: {} };
      const own = `/nowhere:${join(folder, 'bin')}`;
      expect(launchOf(self, 'user', {}, place(own))).toEqual(full);
      expect(launchOf(self, 'project', {}, place(own))).toEqual(named);
      expect(launchOf(self, 'project', {}, place(join(folder, 'node_modules/.bin')))).toEqual(full);
      expect(launchOf(self, 'project', {}, place('/nowhere'))).toEqual(full);
      expect(launchOf(self, 'project', {}, { ...place(own), platform: 'win32' })).toEqual(full);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('with what is asked for, and the state folder that was moved', () => {
    const place: Place = { platform: 'linux', home: '/', cwd: '/p', env: { CDP_HUB_HOME: 'state' } };
    const wishes = { workspace: 'alice', isolation: 'none', tools: 'core' } as const;
    expect(launchOf({ node: '/node', main: '/m' }, 'user', wishes, place)).toEqual({
      command: '/node',
      args: ['/m', 'mcp', '--workspace', 'alice', '--isolation', 'none', '--tools', 'core'],
      env: { CDP_HUB_HOME: '/p/state' },
    });
  });
});
