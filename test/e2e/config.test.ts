import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { BIN, cdpHub, Home, Hub } from '../helpers/hub.ts';

/** A person's home folder; the working directory is the same. */
class Person extends Home {
  constructor(env: NodeJS.ProcessEnv = {}) {
    super({ MCP_HTTP_PORT: undefined, MCP_HTTP_HOST: undefined, CDP_HUB_TOKEN: undefined, ...env });
    this.env.HOME = this.path;
    for (const name of ['CODEX_HOME', 'CLAUDE_CONFIG_DIR', 'XDG_CONFIG_HOME']) this.env[name] = undefined;
  }

  has(name: string, text: string): void {
    mkdirSync(dirname(join(this.path, name)), { recursive: true });
    writeFileSync(join(this.path, name), text);
  }

  read(name: string): string {
    return readFileSync(join(this.path, name), 'utf8');
  }

  /** Says the home folder as `~`. */
  async config(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const { code, stdout, stderr } = await cdpHub(this, 'config', ...args);
    const short = (text: string) => text.replaceAll(this.path, '~');
    return { code, stdout: short(stdout), stderr: short(stderr) };
  }
}

it('prints what belongs into Cursor’s file, writes it there, and leaves it alone the second time', async () => {
  using person = new Person();
  const printed = await person.config('cursor', '--workspace', 'alice');
  const entry = { url: 'http://127.0.0.1:9223/mcp?workspace=alice' };
  expect(JSON.parse(printed.stdout)).toEqual({ mcpServers: { 'cdp-hub': entry } });
  expect(printed.stderr).toContain('for Cursor, in ~/.cursor/mcp.json\n');
  expect(printed.stderr).toContain('to write it there: cdp-hub config cursor --workspace alice --write\n');
  expect(printed.stderr).toContain('no hub runs: http://127.0.0.1:9223 is the default');

  const written = await person.config('cursor', '--workspace', 'alice', '--write');
  expect([written.code, written.stdout]).toEqual([0, '~/.cursor/mcp.json: added cdp-hub\n']);
  expect(person.read('.cursor/mcp.json')).toBe(printed.stdout);
  const again = await person.config('cursor', '--workspace', 'alice', '--write');
  expect(again.stdout).toBe('~/.cursor/mcp.json says so already: nothing changed\n');

  const other = await person.config('cursor', '--write', '--stdio', '--json');
  expect(JSON.parse(other.stdout)).toEqual({
    client: 'cursor',
    file: '~/.cursor/mcp.json',
    scope: 'user',
    transport: 'stdio',
    name: 'cdp-hub',
    entry: { command: process.execPath, args: [BIN, 'mcp'], env: { CDP_HUB_HOME: '~' } },
    changed: true,
    written: true,
    backup: '~/.cursor/mcp.json.bak',
    notes: [],
  });
  expect(person.read('.cursor/mcp.json.bak')).toBe(printed.stdout);
  expect(JSON.parse((await person.config('cursor', '--stdio', '--json')).stdout)).toMatchObject({
    changed: false,
    written: false,
    backup: null,
  });
});

it('keeps the comments of VS Code’s file, and those of Codex', async () => {
  using person = new Person({ MCP_HTTP_PORT: '9555' });
  person.has('.vscode/mcp.json', '{\n\t// ours\n\t"servers": {\n\t\t"x": {"url": "x"}, // x\n\t},\n}\n');
  person.has('.codex/config.toml', '# mine\nmodel = "m"\n\n[mcp_servers.cdp-hub]\nurl = "old"\n\n# last\n');
  expect((await person.config('vscode', '--write')).stdout).toBe(
    '~/.vscode/mcp.json: added cdp-hub\nwhat was there before: ~/.vscode/mcp.json.bak\n',
  );
  expect(person.read('.vscode/mcp.json')).toBe(
    '{\n\t// ours\n\t"servers": {\n\t\t"x": {"url": "x"}, // x\n\t\t"cdp-hub": {\n\t\t\t"type": "http",\n\t\t\t"url": "http://127.0.0.1:9555/mcp"\n\t\t}\n\t},\n}\n',
  );
  expect((await person.config('codex', '--write')).stdout).toContain('replaced cdp-hub');
  expect(person.read('.codex/config.toml')).toBe(
    '# mine\nmodel = "m"\n\n[mcp_servers.cdp-hub]\nurl = "http://127.0.0.1:9555/mcp"\n\n# last\n',
  );
});

it('warns of an entry of that name in the other file, of which only one counts', async () => {
  using person = new Person();
  await person.config('claude-code', '--write', '--scope', 'user');
  expect((await person.config('claude-code')).stderr).toContain(
    'note: ~/.claude.json has an entry cdp-hub as well',
  );
  expect((await person.config('claude-code', '--name', 'hub')).stderr).not.toContain('has an entry');
});

it('needs a port over HTTP alone', async () => {
  using person = new Person({ MCP_HTTP_PORT: '0' });
  const refused = await person.config('cursor');
  expect([refused.code, refused.stderr]).toEqual([
    2,
    expect.stringContaining('MCP_HTTP_PORT=0 is any free port'),
  ]);
  expect((await person.config('cursor', '--stdio')).code).toBe(0);
});

it('refuses a file that it does not understand, and says where', async () => {
  using person = new Person();
  person.has('.gemini/settings.json', '{\n  "theme": "x",\n  oops\n}\n');
  const refused = await person.config('gemini', '--write');
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('~/.gemini/settings.json:3:3: invalid symbol\n  → Nothing was written.');
  expect(person.read('.gemini/settings.json')).toContain('oops');
  const listed = await person.config();
  expect(listed.stdout).toMatch(/^gemini-cli +user +unreadable +~\/\.gemini\/settings\.json$/m);
  expect(listed.stdout).toMatch(/^claude-code +project +no file +~\/\.mcp\.json$/m);
});

it.each([
  [['puppeteer', '--write'], 'there is no file of puppeteer to write to'],
  [['emacs'], 'there is no client "emacs"'],
  [['--write'], '--write, but of which client?'],
  [['cursor', '--with-token'], 'the hub has no token'],
])('%j is a usage error', async (args, words) => {
  using person = new Person();
  const { code, stderr } = await person.config(...args);
  expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
});

it('finds the hub that runs, and shows its token to nobody who does not ask', async () => {
  const person = new Person();
  await using hub = await Hub.up(person, ['--token', 'auto']);
  const token = person.read('token').trim();
  const said: string[] = [];
  const config = async (...args: string[]) => {
    const { stdout, stderr } = await person.config(...args);
    said.push(stdout, stderr);
    return { stdout, stderr };
  };
  const { stdout, stderr } = await config('claude-code');
  expect(JSON.parse(stdout).mcpServers['cdp-hub']).toEqual({
    type: 'http',
    url: hub.urls.mcp,
    headers: { Authorization: `Bearer \${CDP_HUB_TOKEN}` },
  });
  expect(stderr).toContain(`${hub.urls.gateway} is the hub that runs (pid ${hub.pids.supervisor})`);
  expect(stderr).toContain(`cdp-hub up --port ${new URL(hub.urls.gateway).port} keeps it`);
  expect(stderr).toContain(`export CDP_HUB_TOKEN="$(cat '~/token')"`);
  expect((await config('codex')).stdout).toContain('bearer_token_env_var = "CDP_HUB_TOKEN"');
  expect((await config('vscode', '--write')).stderr).toContain('VS Code asks for the token once');
  expect((await config('chrome-devtools-mcp')).stdout).toContain('?token=$CDP_HUB_TOKEN"');
  // The bridge finds the token where the hub keeps it.
  expect(JSON.parse((await config('claude-desktop')).stdout).mcpServers['cdp-hub'].env).toEqual({
    CDP_HUB_HOME: '~',
  });
  expect(said.some((text) => text.includes(token))).toBe(false);
  expect(person.read('.vscode/mcp.json').includes(token)).toBe(false);

  await person.config('windsurf', '--write', '--with-token');
  const file = '.codeium/windsurf/mcp_config.json';
  expect(JSON.parse(person.read(file)).mcpServers['cdp-hub']).toEqual({
    serverUrl: hub.urls.mcp,
    headers: { Authorization: `Bearer ${token}` },
  });
  expect(statSync(join(person.path, file)).mode & 0o777).toBe(0o600);
});
