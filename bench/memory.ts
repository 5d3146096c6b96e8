import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Chrome } from '../test/helpers/chrome.ts';
import { GatewayProcess } from '../test/integration/gateway/gateway-process.ts';
import { Caller, memory } from './lib-caller.ts';

/** What the gateway's own memory grows by for each idle client, and for each workspace with a page. */
const CLIENTS = 500;
const WORKSPACES = 40;

/** Where the gateway writes what it holds after it has collected its garbage: see the probe. */
const heaps = mkdtempSync(join(tmpdir(), 'cdp-hub-heaps-'));
process.env.CDP_HUB_TEST_HEAPS = heaps;
process.env.NODE_OPTIONS = `--require ${join(import.meta.dirname, '../test/helpers/heap-probe.cjs')}`;

await using chromium = await Chrome.start();
const rows: Record<string, string | number>[] = [];
await measure('idle client, connected only', CLIENTS, async () => {});
await measure('idle client that has spoken', CLIENTS, async (client) => {
  await client.ask('Browser.getVersion');
});
await measure('workspace (tabs) with a page', WORKSPACES, async (client) => {
  await client.evaluate(await client.page());
});
console.log(`memory of the gateway process once it has collected its garbage; Node ${process.version}`);
console.table(rows);
rmSync(heaps, { recursive: true });

async function measure(name: string, count: number, step: (client: Caller) => Promise<void>): Promise<void> {
  await using gateway = await GatewayProcess.start(chromium.endpoint);
  await gateway.next('upstream', ({ connected }) => connected);
  const pid = gateway.child.pid ?? 0;
  // Code that runs for the first time is nobody's.
  const warm = await Promise.all(Array.from({ length: 20 }, () => Caller.connect(gateway.cdp)));
  for (const client of warm) await step(client);
  const before = await held(pid);
  const clients: Caller[] = [];
  for (let n = 0; n < count; n += 1) {
    const client = await Caller.connect(gateway.cdp);
    await step(client);
    clients.push(client);
  }
  const after = await held(pid);
  const each = (of: keyof Held) => Math.round((after[of] - before[of]) / count / 1024);
  rows.push({
    '': name,
    count,
    'private KB each': each('private'),
    'objects and buffers KB each': each('heap'),
  });
  await Promise.all([...clients, ...warm].map((client) => client.close()));
}

/** Bytes: what the system has given it that no other process shares, and what is in use of that. */
interface Held {
  private: number;
  heap: number;
}

/** After collecting its garbage until no more goes: what weak references held goes in a second turn. */
async function held(pid: number): Promise<Held> {
  let last = Number.POSITIVE_INFINITY;
  for (let heap = await collected(pid); ; heap = await collected(pid)) {
    if (Math.abs(heap - last) < 64 * 1024) return { private: memory(pid), heap };
    last = heap;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

async function collected(pid: number): Promise<number> {
  const file = join(heaps, String(pid));
  const read = () => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []);
  const { length } = read();
  process.kill(pid, 'SIGUSR2');
  while (read().length === length) await new Promise((resolve) => setTimeout(resolve, 20));
  return Number(read().at(-1));
}
