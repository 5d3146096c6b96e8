import { Chrome } from '../test/helpers/chrome.ts';
import { GatewayProcess } from '../test/integration/gateway/gateway-process.ts';
import { Caller, memory } from './lib-caller.ts';

/** What the gateway's own memory grows by for each idle client, and for each workspace with a page. */
const CLIENTS = 500;
const WORKSPACES = 40;

await using chromium = await Chrome.start();
const rows: Record<string, string | number>[] = [];
await measure('idle client, connected only', CLIENTS, async () => {});
await measure('idle client that has spoken', CLIENTS, async (client) => {
  await client.ask('Browser.getVersion');
});
await measure('workspace (tabs) with a page', WORKSPACES, async (client) => {
  await client.evaluate(await client.page());
});
console.log(`private memory of the gateway process; Node ${process.version}`);
console.table(rows);

async function measure(name: string, count: number, step: (client: Caller) => Promise<void>): Promise<void> {
  await using gateway = await GatewayProcess.start(chromium.endpoint);
  await gateway.next('upstream', ({ connected }) => connected);
  const pid = gateway.child.pid ?? 0;
  // Code that runs for the first time is nobody's.
  const warm = await Promise.all(Array.from({ length: 20 }, () => Caller.connect(gateway.cdp)));
  for (const client of warm) await step(client);
  await settled(pid);
  const before = memory(pid);
  const clients: Caller[] = [];
  for (let n = 0; n < count; n += 1) {
    const client = await Caller.connect(gateway.cdp);
    await step(client);
    clients.push(client);
  }
  await settled(pid);
  const grown = memory(pid) - before;
  rows.push({ '': name, count, 'KB each': Math.round(grown / count / 1024) });
  await Promise.all([...clients, ...warm].map((client) => client.close()));
}

/** Resolves when the process has grown no more for a second. */
async function settled(pid: number): Promise<void> {
  let last = 0;
  for (let now = memory(pid); Math.abs(now - last) > 256 * 1024; now = memory(pid)) {
    last = now;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
