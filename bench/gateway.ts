import { Chrome } from '../test/helpers/chrome.ts';
import { GatewayProcess } from '../test/integration/gateway/gateway-process.ts';
import { Caller, cpuMs } from './lib-caller.ts';
import { print, quantile, record, type Way } from './lib-table.ts';

/**
 * The gateway against Chrome without it: round trips one after the other, throughput of several clients with commands
 * in flight, and answers of 5 MB. The two take turns (A B A B …), so that a slow second of the machine hits both. Read
 * the ratios; the absolute figures are those of this machine in this minute.
 */
const ROUNDS = 5;
const ROUND_TRIPS = 400;
const LOAD_MS = 1500;
/** Clients, and commands that each keeps in flight. */
const LOADS = [
  [1, 8],
  [10, 8],
  [100, 2],
  [500, 2],
] as const;
const BIG_ANSWERS = 10;

await using chromium = await Chrome.start();
await using gateway = await GatewayProcess.start(chromium.endpoint);
await gateway.next('upstream', ({ connected }) => connected);
const pid = gateway.child.pid ?? 0;
const direct: Way = { name: 'direct', url: chromium.endpoint.wsUrl, samples: new Map() };
const hub: Way = { name: 'gateway', url: `${gateway.cdp}?workspace=bench`, samples: new Map() };
const ways = [direct, hub];

for (const way of ways) await roundTrips({ ...way, samples: new Map() });
for (let round = 0; round < ROUNDS; round += 1) for (const way of ways) await roundTrips(way);
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [clients, inFlight] of LOADS) for (const way of ways) await load(way, clients, inFlight);
}
for (let round = 0; round < ROUNDS; round += 1) for (const way of ways) await bigAnswers(way);
print('cdp-hub gateway against Chrome itself', direct, hub);

async function roundTrips(way: Way): Promise<void> {
  const client = await Caller.connect(way.url);
  const sessionId = await client.page();
  const steps = {
    'Browser.getVersion': () => client.ask('Browser.getVersion'),
    'Runtime.evaluate': () => client.evaluate(sessionId),
  };
  for (const [name, step] of Object.entries(steps)) {
    const times: number[] = [];
    for (let n = 0; n < ROUND_TRIPS; n += 1) {
      const from = performance.now();
      await step();
      times.push((performance.now() - from) * 1000);
    }
    record(way, `${name} median µs`, quantile(times, 0.5));
    record(way, `${name} p95 µs`, quantile(times, 0.95));
  }
  await client.close();
}

/** All clients work on one page: hundreds of pages would measure the renderers. */
async function load(way: Way, count: number, inFlight: number): Promise<void> {
  const clients = await Caller.several(way.url, count);
  const [first] = clients;
  if (!first) return;
  await first.page();
  const sessions = await Promise.all(clients.map((client) => client.attach(first.target)));
  const all = `${count} client${count > 1 ? 's' : ''} × ${inFlight}`;
  await Promise.all(clients.map((client, n) => client.evaluate(sessions[n] ?? '')));
  for (const method of ['getVersion', 'evaluate']) {
    const cpuBefore = cpuMs(pid);
    const from = performance.now();
    const until = from + LOAD_MS;
    let answers = 0;
    const one = async (client: Caller, sessionId: string) => {
      while (performance.now() < until) {
        await (method === 'getVersion' ? client.ask('Browser.getVersion') : client.evaluate(sessionId));
        answers += 1;
      }
    };
    await Promise.all(
      clients.flatMap((client, n) => Array.from({ length: inFlight }, () => one(client, sessions[n] ?? ''))),
    );
    record(way, `${method}/s, ${all}`, (answers / (performance.now() - from)) * 1000);
    if (way === hub)
      record(way, `${method}, ${all}: gateway CPU µs`, ((cpuMs(pid) - cpuBefore) * 1000) / answers);
  }
  const errors = clients.reduce((sum, client) => sum + client.errors, 0);
  if (errors > 0) throw new Error(`${errors} errors on the way ${way.name} with ${all}`);
  await Promise.all(clients.map((client) => client.close()));
}

async function bigAnswers(way: Way): Promise<void> {
  const client = await Caller.connect(way.url);
  const sessionId = await client.page();
  await client.evaluate(sessionId, "window.big = 'x'.repeat(5e6); 1");
  await client.evaluate(sessionId, 'big');
  const cpuBefore = cpuMs(pid);
  const from = performance.now();
  for (let n = 0; n < BIG_ANSWERS; n += 1) await client.evaluate(sessionId, 'big');
  record(way, 'answer of 5 MB, ms', (performance.now() - from) / BIG_ANSWERS);
  if (way === hub) record(way, 'answer of 5 MB: gateway CPU ms', (cpuMs(pid) - cpuBefore) / BIG_ANSWERS);
  await client.close();
}
