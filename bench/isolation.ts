import { cpus } from 'node:os';
import { RawClient } from '../test/browser/gateway/raw-client.ts';
import { Chrome } from '../test/helpers/chrome.ts';
import { GatewayProcess } from '../test/integration/gateway/gateway-process.ts';

/**
 * What the others cost: making a page and speaking to it, while so many other clients are connected that auto-attach
 * to everything, which Chrome attaches to each new page and the hub lets go again. The modes take turns. Read the
 * ratios to Chrome alone; the absolute figures are those of this machine in this minute.
 */
const OTHERS = [0, 10, 100];
const ROUNDS = 12;

const AUTO_ATTACH = { autoAttach: true, waitForDebuggerOnStart: true, flatten: true };

interface Way {
  name: string;
  url: string;
  /** How long a page took, milliseconds. */
  samples: number[];
}

async function main(): Promise<void> {
  const rows: Record<string, string | number>[] = [];
  for (const others of OTHERS) {
    await using chrome = await Chrome.start();
    await using tabs = await GatewayProcess.start(chrome.endpoint, { isolation: 'tabs' });
    await using context = await GatewayProcess.start(chrome.endpoint, { isolation: 'context' });
    const ways: Way[] = [
      { name: 'Chrome alone', url: chrome.endpoint.wsUrl, samples: [] },
      { name: 'tabs', url: tabs.cdp, samples: [] },
      { name: 'context', url: context.cdp, samples: [] },
    ];
    for (const way of ways) rows.push(...(await rounds(way, others)));
  }
  console.log(`a page made and spoken to, ms; ${cpus().length} cores, Node ${process.version}`);
  console.table(rows);
}

/** The others are there for one way at a time: on Chrome itself they would hold each other's pages. */
async function rounds(way: Way, others: number): Promise<Record<string, string | number>[]> {
  const direct = way.name === 'Chrome alone';
  const crowd = direct
    ? []
    : await Promise.all(Array.from({ length: others }, () => RawClient.connect(way.url)));
  for (const client of crowd) await client.call('Target.setAutoAttach', AUTO_ATTACH);
  await using client = await RawClient.connect(way.url);
  await page(client);
  for (let n = 0; n < ROUNDS; n += 1) way.samples.push(await page(client));
  for (const other of crowd) await other[Symbol.asyncDispose]();
  const sorted = way.samples.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  return [
    {
      way: way.name,
      others: direct ? 0 : others,
      median: Math.round(median),
      'best to worst': `${Math.round(sorted[0] ?? 0)}–${Math.round(sorted.at(-1) ?? 0)}`,
    },
  ];
}

async function page(client: RawClient): Promise<number> {
  const from = performance.now();
  const url = 'about:blank';
  const { targetId } = (await client.call('Target.createTarget', { url, newWindow: true, background: true }))
    .result;
  const { sessionId } = (await client.call('Target.attachToTarget', { targetId, flatten: true })).result;
  await client.call('Runtime.evaluate', { expression: '1+1' }, sessionId);
  const took = performance.now() - from;
  await client.call('Target.closeTarget', { targetId });
  return took;
}

await main();
