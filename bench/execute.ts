import { Agent } from 'undici';
import { WebSocket } from 'ws';
import { Chrome } from '../test/helpers/chrome.ts';
import { GatewayProcess } from '../test/integration/gateway/gateway-process.ts';
import { Caller, cpuMs } from './lib-caller.ts';
import { print, quantile, record, type Way } from './lib-table.ts';

/**
 * `POST /execute` over kept-alive connections, and `/ws`, against raw CDP on Chrome: `Runtime.evaluate` on a hot page
 * one after the other, and calls per second of several callers on one page. The ways take turns, so that a slow second
 * of the machine hits all of them. Read the ratios; the absolute figures are those of this machine in this minute.
 */
const ROUNDS = 5;
const ROUND_TRIPS = 300;
const LOAD_MS = 1500;
const CALLERS = [1, 10, 100];

const EVALUATE = { method: 'Runtime.evaluate', params: { expression: '1+1', returnByValue: true } };

/** One caller on a page that is there. */
interface Line {
  evaluate(): Promise<unknown>;
  close(): Promise<void>;
}

await using chromium = await Chrome.start();
await using gateway = await GatewayProcess.start(chromium.endpoint);
await gateway.next('upstream', ({ connected }) => connected);
const pid = gateway.child.pid ?? 0;
const agent = new Agent({ connections: 100, keepAliveTimeout: 60_000 });
const way = (name: string, url: string): Way => ({ name, url, samples: new Map() });
const raw = way('raw CDP on Chrome', chromium.endpoint.wsUrl);
const execute = way('POST /execute', `${gateway.url}/execute?workspace=bench`);
const socket = way('/ws', `${gateway.url.replace('http', 'ws')}/ws?workspace=bench`);
const open = new Map<Way, (count: number) => Promise<Line[]>>([
  [raw, rawLines],
  [
    execute,
    async (count) => Array.from({ length: count }, () => ({ evaluate: post, close: async () => {} })),
  ],
  [socket, (count) => Promise.all(Array.from({ length: count }, wsLine))],
]);

for (const each of open.keys()) await roundTrips({ ...each, samples: new Map() }, each);
for (let round = 0; round < ROUNDS; round += 1) {
  for (const each of open.keys()) await roundTrips(each, each);
  for (const callers of CALLERS) for (const each of open.keys()) await load(each, callers);
}
print('POST /execute against raw CDP on Chrome', raw, execute);
print('/ws against raw CDP on Chrome', raw, socket);
await agent.close();

async function roundTrips(into: Way, on: Way): Promise<void> {
  const [line] = await lines(on, 1);
  if (!line) return;
  const times: number[] = [];
  for (let n = 0; n < ROUND_TRIPS; n += 1) {
    const from = performance.now();
    await line.evaluate();
    times.push(performance.now() - from);
  }
  record(into, 'evaluate median ms', quantile(times, 0.5));
  record(into, 'evaluate p95 ms', quantile(times, 0.95));
  await line.close();
}

async function load(on: Way, callers: number): Promise<void> {
  const all = await lines(on, callers);
  const cpuBefore = cpuMs(pid);
  const from = performance.now();
  let answers = 0;
  await Promise.all(
    all.map(async (line) => {
      while (performance.now() < from + LOAD_MS) {
        await line.evaluate();
        answers += 1;
      }
    }),
  );
  record(on, `calls/s, ${callers} callers`, (answers / (performance.now() - from)) * 1000);
  if (on !== raw)
    record(on, `gateway CPU µs a call, ${callers}`, ((cpuMs(pid) - cpuBefore) * 1000) / answers);
  await Promise.all(all.map((line) => line.close()));
}

/** Each has had its page once: it is hot. */
async function lines(on: Way, count: number): Promise<Line[]> {
  const made = (await open.get(on)?.(count)) ?? [];
  for (const line of made) await line.evaluate();
  return made;
}

/** Sessions of one page: hundreds of pages would measure the renderers. */
async function rawLines(count: number): Promise<Line[]> {
  const callers = await Caller.several(raw.url, count);
  const [first] = callers;
  if (!first) return [];
  await first.page();
  return Promise.all(
    callers.map(async (caller) => {
      const sessionId = await caller.attach(first.target);
      return { evaluate: () => caller.evaluate(sessionId), close: () => caller.close() };
    }),
  );
}

async function post(): Promise<void> {
  const { statusCode, body } = await agent.request({
    origin: gateway.url,
    path: '/execute?workspace=bench',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(EVALUATE),
  });
  const answer = (await body.json()) as { error: unknown };
  if (statusCode !== 200 || answer.error) throw new Error(`${statusCode} ${JSON.stringify(answer)}`);
}

async function wsLine(): Promise<Line> {
  const ws = new WebSocket(socket.url, { perMessageDeflate: false });
  await new Promise((resolve, reject) => ws.once('open', resolve).once('error', reject));
  let settle = (_text: string) => {};
  ws.on('message', (data) => settle(String(data)));
  return {
    evaluate: async () => {
      const answered = new Promise<string>((resolve) => {
        settle = resolve;
      });
      ws.send(JSON.stringify({ ...EVALUATE, id: 1 }));
      const { error } = JSON.parse(await answered) as { error?: object };
      if (error) throw new Error(JSON.stringify(error));
    },
    close: async () => {
      const closed = new Promise((resolve) => ws.once('close', resolve));
      ws.close();
      await closed;
    },
  };
}
