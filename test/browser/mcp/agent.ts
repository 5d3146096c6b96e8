import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterAll } from 'vitest';

/** One client of `/mcp`, with the SDK that agents use. */
export class Agent implements AsyncDisposable {
  readonly client: Client;

  private constructor(client: Client) {
    this.client = client;
  }

  /** `query`: of the address, without its `?`. */
  static async connect(gateway: { url: string }, query = '', name = 'agent'): Promise<Agent> {
    const client = new Client({ name, version: '1' });
    const url = new URL(`${gateway.url}/mcp${query && `?${query}`}`);
    await client.connect(new StreamableHTTPClientTransport(url) as Transport);
    return new Agent(client);
  }

  /** The whole answer, an error as well. */
  async ask(name: string, args: object = {}) {
    const result = await this.client.callTool({ name, arguments: { ...args } });
    return CallToolResultSchema.parse(result);
  }

  /** The text that a call answers with; rejects with the text of an error. */
  async call(name: string, args: object = {}): Promise<string> {
    const { isError, text } = await this.#said(name, args);
    if (isError) throw new Error(`${name} failed: ${text}`);
    return text;
  }

  /** The text of the error that a call ends in. */
  async fails(name: string, args: object = {}): Promise<string> {
    const { isError, text } = await this.#said(name, args);
    if (!isError) throw new Error(`${name} did not fail: ${text}`);
    return text;
  }

  /** Takes a snapshot and finds the uid of the line that has all of these words in it. */
  async uid(...words: string[]): Promise<string> {
    const snapshot = await this.call('take_snapshot', { max_chars: 1_000_000 });
    const line = snapshot.split('\n').find((each) => words.every((word) => each.includes(word)));
    const uid = /uid=(\S+)/.exec(line ?? '')?.[1];
    if (uid === undefined) throw new Error(`nothing in the snapshot has ${words.join(', ')}:\n${snapshot}`);
    return uid;
  }

  /** What an expression is in the page. */
  async value(expression: string): Promise<unknown> {
    const text = await this.call('evaluate_script', { function: `() => (${expression})` });
    return text === 'undefined' ? undefined : JSON.parse(text);
  }

  async #said(name: string, args: object): Promise<{ isError: boolean; text: string }> {
    const { isError = false, content } = await this.ask(name, args);
    return { isError, text: content.map((part) => (part.type === 'text' ? part.text : '')).join('\n') };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
  }
}

/** What answers a path: a page's HTML, or whatever the handler does. */
export type Answer = string | ((request: IncomingMessage, response: ServerResponse) => void);

export interface Site {
  /** Its addresses: of one site, and of another with the same pages. */
  readonly url: string;
  readonly other: string;
  /** The paths that were asked for, in order. */
  readonly asked: string[];
}

/** Serves pages for all tests of a file, on 127.0.0.1 and, as another site, on localhost. */
export async function site(pages: Readonly<Record<string, Answer>>): Promise<Site> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://site').pathname;
    asked.push(request.url ?? '/');
    const answer = pages[path];
    if (typeof answer === 'function') return answer(request, response);
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(answer ?? `nothing at ${path}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, other: `http://localhost:${port}`, asked };
}
