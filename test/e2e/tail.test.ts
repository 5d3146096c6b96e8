import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { evaluate, execute } from '../helpers/execute.ts';
import { BIN, cdpHub, Home, Hub, until } from '../helpers/hub.ts';

let hub: Hub;

beforeAll(async () => {
  hub = await Hub.up(new Home());
});
afterAll(() => hub[Symbol.asyncDispose]());

/** `cdp-hub tail` as it runs, and what it has printed. */
class Tail implements AsyncDisposable {
  readonly process: ChildProcess;
  readonly exit: Promise<number | null>;
  text = '';

  constructor(...args: string[]) {
    this.process = spawn(process.execPath, [BIN, 'tail', ...args], { env: hub.home.env });
    this.exit = once(this.process, 'close').then(([code]) => code as number | null);
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.text += chunk.toString();
      });
    }
  }

  async says(what: string): Promise<void> {
    await until(`tail says ${what}`, () => this.text.includes(what));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill();
    await this.exit;
  }
}

const navigate = (title: string, client: string) =>
  execute(
    hub.urls.gateway,
    { method: 'Page.navigate', params: { url: `data:text/html,<title>${title}</title>` } },
    client,
  );

it('tells what was before and what happens, chosen by the filter, until Ctrl-C', async () => {
  await navigate('before', 'alice');
  await navigate('elsewhere', 'bob');
  await using tail = new Tail('--filter', 'client:alice');
  await tail.says('title>before');
  await navigate('later', 'alice');
  await navigate('nowhere', 'bob');
  await execute(hub.urls.gateway, evaluate('1+1'), 'alice');
  await tail.says('Runtime.evaluate');
  expect(tail.text).toMatch(
    /alice +✓ Page\.navigate #\d+ data:text\/html,<title>later.* ms \(hub .* browser /,
  );
  expect(tail.text).not.toMatch(/elsewhere|nowhere|bob/);
  tail.process.kill('SIGINT');
  expect(await tail.exit).toBe(130);
});

it('finds what passed on a tab by the number that it shows', async () => {
  const past = async (filter: string) =>
    (await cdpHub(hub.home, 'tail', '--no-follow', '--level', '2', '--rows', '500', '--filter', filter))
      .stdout;
  await navigate('numbered', 'gina');
  await navigate('not this one', 'hugo');
  const [, tab] =
    /Page\.navigate #(\d+) data:text\/html,<title>numbered/.exec(await past('client:gina')) ?? [];
  expect(tab).toBeDefined();
  const found = await past(`tab:${tab}`);
  expect(found).toContain('numbered');
  expect(new Set(found.split('\n').flatMap((line) => /#\d+/.exec(line) ?? []))).toEqual(new Set([`#${tab}`]));
});

it('tells of an agent the tools that it called, without what was typed', async () => {
  const client = new Client({ name: 'agent-tail', version: '1' });
  await client.connect(new StreamableHTTPClientTransport(new URL(hub.urls.mcp)) as Transport);
  await client.callTool({ name: 'navigate_page', arguments: { url: 'data:text/html,<input autofocus>' } });
  await client.callTool({ name: 'type_text', arguments: { text: 'canary-typed' } });
  await client.callTool({ name: 'click', arguments: { uid: '9_9' } });
  await client.close();
  const { stdout } = await cdpHub(hub.home, 'tail', '--no-follow', '--filter', 'client:agent-tail');
  expect(stdout).toMatch(/agent-tail +✓ navigate_page data:text\/html.* ms\n/);
  expect(stdout).toMatch(/agent-tail +✓ type_text/);
  expect(stdout).toMatch(/agent-tail +✗ click \d.*9_9/);
  expect(stdout).not.toMatch(/canary|Input\.|Page\./);
});

it('tells one JSON document a line, without anything that was typed or evaluated', async () => {
  await using tail = new Tail('--json', '--level', '3', '--rows', '0');
  // Nothing says that it listens: something is done until it tells of it.
  await until('tail follows', async () => {
    await execute(hub.urls.gateway, evaluate('"canary-3f81"'), 'carol');
    return tail.text.includes('Runtime.evaluate');
  });
  const [line = ''] = tail.text.split('\n');
  expect(JSON.parse(line)).toMatchObject({ type: 'message', clientName: 'carol' });
  expect(tail.text).not.toContain('canary');
});

it('goes on with the next gateway', async () => {
  await using tail = new Tail('--rows', '0');
  await until('tail follows', async () => {
    await navigate('first', 'dora');
    return tail.text.includes('first');
  });
  expect((await cdpHub(hub.home, 'restart', 'gateway')).code).toBe(0);
  await until('tail follows again', async () => {
    await navigate('second', 'dora').catch(() => {});
    return tail.text.includes('second');
  });
});

it('tells what was before and ends, with --no-follow', async () => {
  await navigate('past', 'erin');
  const { code, stdout } = await cdpHub(
    hub.home,
    'tail',
    '--no-follow',
    '--json',
    '--rows',
    '1',
    '--filter',
    'client:erin',
  );
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ type: 'exchange', method: 'Page.navigate', clientName: 'erin' });
});

it('ends without a word when nobody reads any more', async () => {
  await using tail = new Tail('--rows', '0', '--level', '3');
  tail.process.stdout?.destroy();
  await until('tail has ended', async () => {
    await navigate('unread', 'finn');
    return tail.process.exitCode !== null;
  });
  expect([tail.process.exitCode, tail.text]).toEqual([0, '']);
});

it.each([
  [['--filter', 'ms>>2'], 'ms>>2\n       ^'],
  [['--level', '4'], 'Allowed choices are 1, 2, 3'],
  [['--rows', 'many'], 'from 0 to 5000'],
])('refuses %j with what to type', async (args, words) => {
  const { code, stderr } = await cdpHub(hub.home, 'tail', ...args);
  expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
});
