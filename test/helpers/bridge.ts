import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { until } from './hub.ts';

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts');

// biome-ignore lint/suspicious/noExplicitAny: whatever the other end said
type Said = any;

/** `cdp-hub mcp` as a process, in the folder PWD, whose input is written and whose output is read line by line, with nobody in between. */
export class BridgeProcess implements AsyncDisposable {
  readonly process: ChildProcess;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly exit: Promise<number | null>;
  /** Every line of its output, parsed. */
  readonly said: Said[] = [];
  stderr = '';
  #last = 0;

  constructor(args: string[], env: NodeJS.ProcessEnv = process.env, main = MAIN) {
    const { PWD: cwd } = env;
    const stdio = ['pipe', 'pipe', 'pipe'] as const;
    const child = spawn(process.execPath, [main, 'mcp', ...args], { env, cwd, stdio: [...stdio] });
    this.process = child;
    this.stdin = child.stdin;
    this.stdout = child.stdout;
    this.exit = new Promise((resolve) => child.once('close', (code) => resolve(code)));
    child.stdin.on('error', () => {});
    child.stderr.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString();
    });
    let parts: string[] = [];
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (chunk: string) => {
      const [first = '', ...lines] = chunk.split('\n');
      parts.push(first);
      for (const line of lines) {
        this.said.push(JSON.parse(parts.join('')));
        parts = [line];
      }
    });
  }

  /** Initialised, as a client of the newest revision. */
  static async ready(args: string[], env?: NodeJS.ProcessEnv, main?: string): Promise<BridgeProcess> {
    const bridge = new BridgeProcess(args, env, main);
    await bridge.initialize();
    return bridge;
  }

  async initialize(capabilities: object = {}): Promise<Said> {
    const answer = await this.ask('initialize', {
      protocolVersion: '2025-11-25',
      capabilities,
      clientInfo: { name: 'test', version: '1' },
    });
    this.send({ method: 'notifications/initialized' });
    return answer;
  }

  send(message: object): void {
    this.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  }

  /** Sends a request; the id that it got. */
  request(method: string, params?: object): number {
    const id = ++this.#last;
    this.send({ id, method, params });
    return id;
  }

  tool(name: string, args: object, meta?: object): number {
    return this.request('tools/call', { name, arguments: args, ...(meta && { _meta: meta }) });
  }

  async ask(method: string, params?: object): Promise<Said> {
    return this.answer(this.request(method, params));
  }

  async answer(id: number | string | null): Promise<Said> {
    const found = () => this.said.find((each) => each.id === id && !('method' in each));
    await until(`an answer to ${id}`, () => !!found(), 45_000).catch((error) => {
      throw new Error(`${error}; so far ${JSON.stringify(this.said).slice(0, 5000)}\n${this.stderr}`);
    });
    return found();
  }

  /** The text that a tool answered with. */
  async text(id: number): Promise<string> {
    const { result, error } = await this.answer(id);
    return result?.content[0].text ?? JSON.stringify(error);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill('SIGKILL');
    await this.exit;
  }
}

/** The official client, over its own stdio transport. */
export async function stdioClient(
  args: string[],
  env: NodeJS.ProcessEnv = process.env,
  main = MAIN,
): Promise<{ client: Client; transport: StdioClientTransport }> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [main, 'mcp', ...args],
    env: Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value ? [[name, value]] : []))),
    stderr: 'pipe',
  });
  const client = new Client({ name: 'test', version: '1' }, { capabilities: { roots: {} } });
  await client.connect(transport);
  return { client, transport };
}
