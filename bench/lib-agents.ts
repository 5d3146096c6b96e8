import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { Caller } from './lib-caller.ts';

/** What an agent does, whatever it drives the browser with. Each has a page of its own. */
export interface Agent {
  list(): Promise<unknown>;
  /** Its own page, on which all that follows is done. */
  open(url: string): Promise<unknown>;
  navigate(url: string): Promise<unknown>;
  /** Resolves with the page's title. */
  evaluate(): Promise<string>;
  snapshot(): Promise<unknown>;
  screenshot(): Promise<unknown>;
  close(): Promise<void>;
  /** The process that is one agent's alone. */
  readonly pid: number | null;
}

const MODULES = join(import.meta.dirname, '../node_modules');

/** Longest call, milliseconds: peers wait a minute for a picture that never comes. */
const CALL = 120_000;

type Args = Record<string, unknown>;
type Calls = Record<
  'list' | 'open' | 'navigate' | 'evaluate' | 'snapshot' | 'screenshot',
  (url: string) => [string, Args]
>;

/** An MCP server, spoken to by the official client. */
class McpAgent implements Agent {
  readonly #client = new Client({ name: 'bench', version: '1' });
  readonly #calls: Calls;
  readonly #folder = mkdtempSync(join(tmpdir(), 'cdp-hub-bench-'));
  pid: number | null = null;
  #page = 1;

  private constructor(calls: Calls) {
    this.#calls = calls;
  }

  static async http(url: string, calls: Calls): Promise<McpAgent> {
    const agent = new McpAgent(calls);
    await agent.#client.connect(new StreamableHTTPClientTransport(new URL(url)) as never);
    return agent;
  }

  static async stdio(program: string, args: string[], calls: Calls): Promise<McpAgent> {
    const agent = new McpAgent(calls);
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [join(MODULES, program), ...args],
      env: {
        PATH: process.env.PATH ?? '',
        HOME: agent.#folder,
        CI: '1',
        CHROME_DEVTOOLS_MCP_NO_USAGE_STATISTICS: '1',
        CHROME_DEVTOOLS_MCP_NO_UPDATE_CHECKS: '1',
      },
      cwd: agent.#folder,
      stderr: 'ignore',
    });
    await agent.#client.connect(transport);
    agent.pid = transport.pid;
    return agent;
  }

  list() {
    return this.#call('list', '');
  }

  async open(url: string) {
    const said = await this.#call('open', url);
    // Of chrome-devtools-mcp each call names its page.
    const ids = [...said.matchAll(/^(\d+): .*\[selected\]/gm)].map(([, id]) => Number(id));
    this.#page = ids.at(-1) ?? Number(/Page (\d+)/.exec(said)?.[1] ?? 1);
  }

  navigate(url: string) {
    return this.#call('navigate', url);
  }

  evaluate() {
    return this.#call('evaluate', '');
  }

  snapshot() {
    return this.#call('snapshot', '');
  }

  screenshot() {
    return this.#call('screenshot', '');
  }

  async close() {
    await this.#client.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #call(what: keyof Calls, url: string): Promise<string> {
    const [name, args] = this.#calls[what](url);
    const numbered = Object.hasOwn(args, 'pageId') ? { ...args, pageId: this.#page } : args;
    const result = await this.#client.callTool({ name, arguments: numbered }, undefined, { timeout: CALL });
    const said = (result.content as { text?: string }[]).map(({ text = '' }) => text).join('\n');
    if (result.isError) throw new Error(`${name}: ${said}`);
    return said;
  }
}

const TITLE = '() => document.title';

/** `pageId` is filled in where it is named. */
const HUB: Calls = {
  list: () => ['list_pages', {}],
  open: (url) => ['new_page', { url }],
  navigate: (url) => ['navigate_page', { url }],
  evaluate: () => ['evaluate_script', { function: TITLE }],
  snapshot: () => ['take_snapshot', {}],
  screenshot: () => ['take_screenshot', {}],
};

const DEVTOOLS: Calls = {
  list: () => ['list_pages', {}],
  open: (url) => ['new_page', { url }],
  navigate: (url) => ['navigate_page', { type: 'url', url, pageId: 0 }],
  evaluate: () => ['evaluate_script', { function: TITLE, pageId: 0 }],
  snapshot: () => ['take_snapshot', { pageId: 0 }],
  screenshot: () => ['take_screenshot', { pageId: 0 }],
};

const PLAYWRIGHT: Calls = {
  list: () => ['browser_tabs', { action: 'list' }],
  open: (url) => ['browser_tabs', { action: 'new', url }],
  navigate: (url) => ['browser_navigate', { url }],
  evaluate: () => ['browser_evaluate', { function: TITLE }],
  snapshot: () => ['browser_snapshot', {}],
  screenshot: () => ['browser_take_screenshot', {}],
};

/** CDP by hand, in a window of its own: what a hub can come near. */
class RawAgent implements Agent {
  readonly pid = null;
  readonly #caller: Caller;
  #session = '';

  private constructor(caller: Caller) {
    this.#caller = caller;
  }

  static async connect(url: string): Promise<RawAgent> {
    return new RawAgent(await Caller.connect(url));
  }

  list() {
    return this.#caller.ask('Target.getTargets');
  }

  async open(url: string) {
    this.#session = await this.#caller.page({ newWindow: true, background: true });
    await this.#caller.ask('Page.enable', this.#session);
    await this.navigate(url);
  }

  async navigate(url: string) {
    const loaded = this.#caller.event(this.#session, 'Page.loadEventFired');
    await this.#caller.ask('Page.navigate', this.#session, { url });
    await loaded;
  }

  async evaluate() {
    const { result } = await this.#caller.evaluate(this.#session, 'document.title');
    return JSON.stringify(result);
  }

  snapshot() {
    return this.#caller.ask('Accessibility.getFullAXTree', this.#session);
  }

  screenshot() {
    return this.#caller.ask('Page.captureScreenshot', this.#session, { format: 'png' });
  }

  close() {
    return this.#caller.close();
  }
}

/** A way to have agents: `connect` makes one more. */
export interface AgentWay {
  name: string;
  connect(): Promise<Agent>;
}

export function agentWays(browserUrl: string, browserWs: string, hubUrl: string): AgentWay[] {
  return [
    { name: 'raw CDP', connect: () => RawAgent.connect(browserWs) },
    { name: 'cdp-hub', connect: () => McpAgent.http(`${hubUrl}/mcp`, HUB) },
    {
      name: 'chrome-devtools-mcp',
      connect: () =>
        McpAgent.stdio(
          'chrome-devtools-mcp/build/src/bin/chrome-devtools-mcp.js',
          ['--browserUrl', browserUrl],
          DEVTOOLS,
        ),
    },
    {
      name: '@playwright/mcp',
      connect: () => McpAgent.stdio('@playwright/mcp/cli.js', ['--cdp-endpoint', browserUrl], PLAYWRIGHT),
    },
  ];
}

/** Private memory of a process, bytes (proc(5), `smaps_rollup`). */
export function privateMemory(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return [...text.matchAll(/^Private_\w+: +(\d+) kB$/gm)].reduce((sum, [, kb]) => sum + Number(kb) * 1024, 0);
}
