import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { CallToolResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { chromium } from 'playwright-core';
import { expect, it, onTestFinished } from 'vitest';
import { FULL } from '../helpers/full.ts';
import { BIN, Home, Hub, until } from '../helpers/hub.ts';
import { JOURNEYS, type Journey, type Place, servePlace, type Traveller } from './journeys.ts';

const ROUNDS = FULL ? 20 : 1;
const AGENTS = 16;

/** What a client is told whose call was under way as a process was killed. */
const CUT = /fetch failed|terminated|socket|ECONN|hub|browser|closed|navigat|page|timed out/i;

/** One client of the hub's MCP, with the journey that it is on. */
class Agent implements Traveller {
  readonly who: string;
  readonly journey: Journey;
  readonly #client: Client;
  readonly #transport: Transport;
  /** Journeys ended. */
  ended = 0;
  /** Steps done of the journey that it is on. */
  done = 0;

  private constructor(who: string, journey: Journey, client: Client, transport: Transport) {
    this.who = who;
    this.journey = journey;
    this.#client = client;
    this.#transport = transport;
  }

  /** Every second one over stdio. */
  static async start(n: number, hub: Hub): Promise<Agent> {
    const journey = JOURNEYS[Math.floor(n / 2) % JOURNEYS.length];
    if (!journey) throw new Error('no journey');
    const who = `${journey.name}-${n}`;
    const client = new Client({ name: who, version: '1' });
    const env = Object.fromEntries(
      Object.entries(hub.home.env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
    );
    const transport =
      n % 2 === 0
        ? (new StreamableHTTPClientTransport(new URL(hub.urls.mcp)) as Transport)
        : new StdioClientTransport({ command: process.execPath, args: [BIN, 'mcp'], env, stderr: 'ignore' });
    await client.connect(transport);
    return new Agent(who, journey, client, transport);
  }

  get sessionId(): string | undefined {
    return this.#transport.sessionId;
  }

  async call(name: string, args: object = {}): Promise<string> {
    const answer = await this.#client.callTool({ name, arguments: { ...args } }, undefined, {
      timeout: 60_000,
    });
    const { content, isError } = CallToolResultSchema.parse(answer);
    const text = content.map((part) => (part.type === 'text' ? part.text : '')).join('\n');
    if (isError) throw new Error(`${this.who}: ${name}: ${text}`);
    return text;
  }

  /** The whole journey; where `mayBreak` it begins anew when a step was cut off. */
  async travel(place: Place, mayBreak: () => boolean): Promise<void> {
    this.done = 0;
    while (this.done < this.journey.steps.length) {
      try {
        await this.journey.steps[this.done]?.(this, place);
        this.done += 1;
      } catch (error) {
        if (!mayBreak() || !CUT.test(String(error))) throw error;
        this.done = 0;
      }
    }
    this.ended += 1;
  }

  async close(): Promise<void> {
    await this.#client.close();
  }
}

it(`${AGENTS} agents on journeys of their own beside a Playwright script go on under their sessions after the gateway and the browser were killed`, {
  timeout: ROUNDS * 180_000,
}, async () => {
  await using hub = await Hub.up(new Home());
  // Not in the hub's own folder, which agents may upload nothing from.
  const folder = mkdtempSync(join(tmpdir(), 'letters-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'letter.txt');
  writeFileSync(file, 'hello');
  await using place = await servePlace(file);
  const agents = await Promise.all(Array.from({ length: AGENTS }, (_, n) => Agent.start(n, hub)));
  const ids = agents.map(({ sessionId }) => sessionId);
  let { browser, gateway } = hub.pids;

  for (let round = 0; round < ROUNDS; round += 1) {
    const never = () => false;
    const besides = script(hub, place);
    // Heard of below: until then it may fail unheard.
    besides.catch(() => {});
    await Promise.all(agents.map((agent) => agent.travel(place, never)));
    await besides;

    for (const killed of ['gateway', 'browser'] as const) {
      const from = hub.events.length;
      let cut = false;
      const journeys = Promise.all(
        agents.map(async (agent) => {
          await agent.travel(place, () => cut);
          // Once more from the beginning, in whatever was left to it.
          await agent.travel(place, () => cut);
        }),
      );
      journeys.catch(() => {});
      const before = agents.map(({ ended }) => ended);
      await until('all are on their way', () =>
        agents.every(({ done, ended }, n) => done > 0 || ended > (before[n] ?? 0)),
      );
      cut = true;
      process.kill((killed === 'gateway' ? gateway : browser) ?? 0, 'SIGKILL');
      const back = await hub.back(killed, killed === 'gateway' ? gateway : browser, from);
      if (killed === 'gateway') gateway = back.pid;
      else browser = back.pid;
      await journeys;
      expect(agents.map(({ sessionId }) => sessionId)).toEqual(ids);
    }
  }
  await Promise.all(agents.map((agent) => agent.close()));
});

/** Somebody who drives the same browser over CDP, with an unmodified client. */
async function script(hub: Hub, place: Place): Promise<void> {
  const browser = await chromium.connectOverCDP(hub.urls.gateway);
  const page = await browser.newPage();
  for (let n = 0; n < 5; n += 1) {
    await page.goto(`${place.url}/form?who=script-${n}`);
    await page.getByLabel('Name').fill(`script ${n}`);
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText(`Thanks script ${n}`).waitFor();
  }
  expect(browser.contexts().flatMap((context) => context.pages())).toHaveLength(2);
  await browser.close();
}
