import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cpus } from 'node:os';
import { Chrome } from '../test/helpers/chrome.ts';
import { GatewayProcess } from '../test/integration/gateway/gateway-process.ts';
import { type Agent, type AgentWay, agentWays, privateMemory } from './lib-agents.ts';
import { Caller } from './lib-caller.ts';
import { CountingRelay } from './lib-relay.ts';
import { quantile } from './lib-table.ts';

/**
 * Agents over one Chromium: cdp-hub's MCP against chrome-devtools-mcp, @playwright/mcp and CDP by hand, all at work at
 * the same time on pages of their own. The ways take turns, so that a slow minute of the machine hits all of them.
 * `node bench/mcp.ts [clients…]`; without numbers, 1, 4, 8 and 16.
 */
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const STEPS = 10;
const HOT = 60;
const counts = process.argv.slice(2).map(Number);
const CLIENTS = counts.length > 0 ? counts : [1, 4, 8, 16];

const ROWS = Array.from(
  { length: 40 },
  (_, n) => `<li><a href="/${n}">Item ${n}</a> <button>Buy ${n}</button></li>`,
);
const site = createServer((request, response) => {
  response.setHeader('content-type', 'text/html');
  response.end(
    `<title>${request.url}</title><h1>Shop</h1><input aria-label="Search"><ul>${ROWS.join('')}</ul>`,
  );
});
await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
const base = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;

await using chrome = await Chrome.start();
await using relay = await CountingRelay.start(chrome.endpoint.wsUrl);
const endpoint = { ...chrome.endpoint, host: '127.0.0.1', port: relay.port, wsUrl: relay.wsUrl };
await using gateway = await GatewayProcess.start(endpoint, { preload: true });
await gateway.next('upstream', ({ connected }) => connected);
const ways = agentWays(relay.url, relay.wsUrl, gateway.url);

/** Figures by name, way and round. */
const figures = new Map<string, Map<string, number[]>>();
function note(name: string, way: string, value: number): void {
  const row = figures.get(name) ?? new Map<string, number[]>();
  figures.set(name, row.set(way, [...(row.get(way) ?? []), value]));
}

await warm();
for (let round = 0; round < ROUNDS; round += 1) {
  for (const way of ways) await hot(way);
  // What is known by then is told: with many clients the others take many minutes, and somebody may give up.
  table();
  for (const count of CLIENTS) {
    for (const way of ways) await together(way, count);
    table();
  }
}
await memory();
await neighbour();
table();
site.close();
process.exit(0);

async function warm(): Promise<void> {
  for (const way of ways) {
    const agent = await way.connect();
    await agent.list();
    await agent.open(`${base}/warm`);
    await agent.close();
  }
}

/** Figures of a run take a while: what is done is told. */
function tell(what: string): void {
  console.error(`${new Date().toISOString().slice(11, 19)} ${what}`);
}

/** One agent, one page at rest, calls one after the other; and how long it is from nothing to the first answer. */
async function hot(way: AgentWay): Promise<void> {
  tell(`one client, ${way.name}`);
  const from = performance.now();
  const agent = await way.connect();
  await agent.list();
  note('connect and list_pages, ms', way.name, performance.now() - from);
  await agent.open(`${base}/hot`);
  const times = { evaluate: [] as number[], snapshot: [] as number[], screenshot: [] as number[] };
  for (let n = 0; n < HOT; n += 1) times.evaluate.push(await timed(() => agent.evaluate()));
  for (let n = 0; n < HOT / 3; n += 1) times.snapshot.push(await timed(() => agent.snapshot()));
  for (let n = 0; n < HOT / 6; n += 1) times.screenshot.push(await timed(() => agent.screenshot()));
  for (const [name, each] of Object.entries(times))
    note(`hot page: ${name} p50, ms`, way.name, quantile(each, 0.5));
  await agent.close();
}

/** All of them do the same job at once: load, read, look, again and again. */
async function together(way: AgentWay, count: number): Promise<void> {
  tell(`${count} clients, ${way.name}`);
  const agents: Agent[] = [];
  for (let n = 0; n < count; n += 1) agents.push(await way.connect());
  await Promise.all(agents.map((agent, n) => agent.open(`${base}/start-${n}`)));
  const times = {
    navigate: [] as number[],
    evaluate: [] as number[],
    snapshot: [] as number[],
    screenshot: [] as number[],
  };
  let wrong = 0;
  let failed = 0;
  relay.reset();
  const from = performance.now();
  await Promise.all(
    agents.map(async (agent, n) => {
      for (let step = 0; step < STEPS; step += 1) {
        const path = `/${way.name.replace(/\W/g, '')}-${n}-${step}`;
        times.navigate.push(await timed(() => agent.navigate(base + path)));
        times.evaluate.push(
          await timed(async () => {
            if (!(await agent.evaluate()).includes(path)) wrong += 1;
          }),
        );
        times.snapshot.push(await timed(() => agent.snapshot()));
        // The peers' come too late at times: that is a figure, and no reason to stop.
        const picture = () =>
          agent.screenshot().catch(() => {
            failed += 1;
          });
        times.screenshot.push(await timed(picture));
      }
    }),
  );
  note(`${count} clients: the job, ms`, way.name, performance.now() - from);
  for (const [name, each] of Object.entries(times)) {
    note(`${count} clients: ${name} p50, ms`, way.name, quantile(each, 0.5));
  }
  note(`${count} clients: screenshot p99, ms`, way.name, quantile(times.screenshot, 0.99));
  note(`${count} clients: answers from a wrong page`, way.name, wrong);
  note(`${count} clients: pictures that failed`, way.name, failed);
  note(`${count} clients: frames from Chrome a client`, way.name, relay.frames / count);
  await Promise.all(agents.map((agent) => agent.close()));
}

/** Sixteen more agents that have listed their pages: what each costs. */
async function memory(): Promise<void> {
  for (const way of ways.slice(1)) {
    const before = privateMemory(gateway.child.pid ?? 0);
    const agents: Agent[] = [];
    for (let n = 0; n < 16; n += 1) {
      const agent = await way.connect();
      await agent.list();
      agents.push(agent);
    }
    const pids = agents.flatMap(({ pid }) => pid ?? []);
    const grown =
      pids.length > 0
        ? pids.reduce((sum, pid) => sum + privateMemory(pid), 0)
        : privateMemory(gateway.child.pid ?? 0) - before;
    note('memory of one more client, MB', way.name, grown / 16 / 1e6);
    await Promise.all(agents.map((agent) => agent.close()));
  }
}

/** A quiet client beside sixteen at work: through the hub with the hub's agents, and on Chrome with agents by hand. */
async function neighbour(): Promise<void> {
  const [raw, hub] = ways;
  if (!raw || !hub) return;
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [way, url] of [
      [raw, relay.wsUrl],
      [hub, gateway.cdp],
    ] as const) {
      const quiet = await Caller.connect(url);
      const session = await quiet.page();
      const agents: Agent[] = [];
      for (let n = 0; n < 16; n += 1) agents.push(await way.connect());
      await Promise.all(agents.map((agent) => agent.open(`${base}/n`)));
      let working = true;
      const work = Promise.all(
        agents.map(async (agent) => {
          while (working) {
            await agent.navigate(`${base}/n`);
            await agent.evaluate();
            await agent.snapshot();
          }
        }),
      );
      const times: number[] = [];
      while (times.length < 300) times.push(await timed(() => quiet.evaluate(session)));
      working = false;
      await work;
      note('a quiet CDP client beside 16 agents: evaluate p50, ms', way.name, quantile(times, 0.5));
      note('a quiet CDP client beside 16 agents: evaluate p99, ms', way.name, quantile(times, 0.99));
      await Promise.all([quiet.close(), ...agents.map((agent) => agent.close())]);
    }
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

function table(): void {
  console.log(
    `Agents over one Chromium; ${cpus().length} cores, Node ${process.version}, ${ROUNDS} rounds, medians`,
  );
  const show = (value: number) => (value < 10 ? value.toFixed(1) : String(Math.round(value)));
  console.table(
    [...figures].map(([name, byWay]) => ({
      '': name,
      ...Object.fromEntries([...byWay].map(([way, values]) => [way, show(quantile(values, 0.5))])),
    })),
  );
}
