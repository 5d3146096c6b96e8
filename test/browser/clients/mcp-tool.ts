import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js';

const MODULES = join(import.meta.dirname, '../../../node_modules');

/** Programs as their users start them. */
export const PROGRAM = {
  chromeDevtools: join(MODULES, 'chrome-devtools-mcp/build/src/bin/chrome-devtools-mcp.js'),
  playwright: join(MODULES, '@playwright/mcp/cli.js'),
  lighthouse: join(MODULES, 'lighthouse/cli/index.js'),
};

/** Longest call of a tool, milliseconds: an audit of a page takes 15 s where nothing else runs. */
const CALL = 120_000;

/** Nothing goes to the internet, and nothing is kept: `home` is where they leave what they like to remember. */
export function quietEnvironment(home: string): Record<string, string> {
  const { PATH = '' } = process.env;
  return {
    PATH,
    HOME: home,
    TMPDIR: home,
    XDG_CONFIG_HOME: home,
    CI: '1',
    CHROME_DEVTOOLS_MCP_NO_USAGE_STATISTICS: '1',
    CHROME_DEVTOOLS_MCP_NO_UPDATE_CHECKS: '1',
  };
}

/** What a call came to: all of its text, and the pictures. */
interface Said {
  text: string;
  pictures: Buffer[];
}

/** An MCP server in a process of its own, and somebody who calls its tools. */
export class McpTool implements AsyncDisposable {
  readonly #client: Client;
  #stderr = '';
  /** All that it ever said. */
  transcript = '';

  private constructor(client: Client) {
    this.#client = client;
  }

  /** `folder` is its working folder, and all that it writes to. */
  static async start(program: string, args: string[], folder: string): Promise<McpTool> {
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [program, ...args],
      env: quietEnvironment(folder),
      cwd: folder,
      stderr: 'pipe',
    });
    const client = new Client({ name: 'test', version: '1' });
    const tool = new McpTool(client);
    transport.stderr?.on('data', (chunk) => {
      tool.#stderr += chunk;
    });
    await client.connect(transport);
    return tool;
  }

  /** Throws what the tool says where it fails. */
  async call(name: string, params: object = {}): Promise<Said> {
    const answer = CallToolResultSchema.parse(
      await this.#client.callTool({ name, arguments: { ...params } }, undefined, { timeout: CALL }),
    );
    const text = answer.content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
    this.transcript += `${text}\n`;
    if (answer.isError) throw new Error(`${name}: ${text}\n${this.#stderr}`);
    const pictures = answer.content.flatMap((part) =>
      part.type === 'image' ? [Buffer.from(part.data, 'base64')] : [],
    );
    return { text, pictures };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
  }
}

/** Whom the pages were opened for whose addresses this tool has named. */
export function namedIn(transcript: string): string[] {
  return [...new Set([...transcript.matchAll(/[?&]who=([\w-]+)/g)].map(([, who = '']) => who))].sort();
}
