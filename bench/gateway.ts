import { once } from 'node:events';
import { cpus } from 'node:os';
import { WebSocket } from 'ws';
import { Chrome } from '../test/helpers/chrome.ts';
import { GatewayProcess } from '../test/integration/gateway/gateway-process.ts';

/**
 * The gateway against Chrome without it: round trips one after the other, and throughput of several clients
 * with commands in flight. The two take turns (A B A B …), so that a slow second of the machine hits both.
 * Read the ratios; the absolute figures are those of this machine in this minute.
 */
const ROUNDS = 8;
const ROUND_TRIPS = 400;
const LOAD_MS = 700;
/** Clients, and commands that each keeps in flight. */
const LOADS = [
  [1, 8],
  [10, 8],
  [50, 2],
] as const;

interface Way {
  name: string;
  url: string;
  samples: Map<string, number[]>;
}

async function main(): Promise<void> {
  const ways: Way[] = [
    { name: 'direct', url: chromium.endpoint.wsUrl, samples: new Map() },
    { name: 'gateway', url: gateway.cdp, samples: new Map() },
  ];
  for (const way of ways) await roundTrips(way, true);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const way of ways) await roundTrips(way, false);
  }
  for (let round = 0; round < ROUNDS / 2; round += 1) {
    for (const [clients, inFlight] of LOADS) {
      for (const way of ways) await load(way, clients, inFlight);
    }
  }
  print(ways);
}

async function roundTrips(way: Way, warmUp: boolean): Promise<void> {
  const client = await Caller.connect(way.url);
  const sessionId = await client.page();
  for (const method of ['Browser.getVersion', 'Runtime.evaluate'] as const) {
    const times: number[] = [];
    for (let n = 0; n < ROUND_TRIPS; n += 1) {
      const from = performance.now();
      await client.ask(method, method === 'Runtime.evaluate' ? sessionId : undefined);
      times.push((performance.now() - from) * 1000);
    }
    if (!warmUp) {
      record(way, `${method} median µs`, quantile(times, 0.5));
      record(way, `${method} p95 µs`, quantile(times, 0.95));
    }
  }
  await client.close();
}

async function load(way: Way, count: number, inFlight: number): Promise<void> {
  const clients = await Promise.all(Array.from({ length: count }, () => Caller.connect(way.url)));
  const until = performance.now() + LOAD_MS;
  let answers = 0;
  const one = async (client: Caller) => {
    while (performance.now() < until) {
      await client.ask('Browser.getVersion');
      answers += 1;
    }
  };
  const from = performance.now();
  await Promise.all(clients.flatMap((client) => Array.from({ length: inFlight }, () => one(client))));
  record(
    way,
    `getVersion/s, ${count} client${count > 1 ? 's' : ''}`,
    (answers / (performance.now() - from)) * 1000,
  );
  await Promise.all(clients.map((client) => client.close()));
}

/** The least of a CDP client, so that what is measured is the way and not the client. */
class Caller {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (message: { result?: object }) => void>();
  #last = 0;
  #target = '';

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as { id?: number; result?: object };
      if (message.id === undefined) return;
      this.#waiting.get(message.id)?.(message);
      this.#waiting.delete(message.id);
    });
  }

  static async connect(url: string): Promise<Caller> {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    await once(socket, 'open');
    return new Caller(socket);
  }

  ask(method: string, sessionId?: string, params: object = { expression: '1+1' }) {
    this.#last += 1;
    const id = this.#last;
    return new Promise<{ result?: object }>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#socket.send(JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) }));
    });
  }

  /** A page of its own; resolves with the session on it. */
  async page(): Promise<string> {
    const made = await this.ask('Target.createTarget', undefined, { url: 'about:blank' });
    this.#target = (made.result as { targetId: string }).targetId;
    const attached = await this.ask('Target.attachToTarget', undefined, {
      targetId: this.#target,
      flatten: true,
    });
    return (attached.result as { sessionId: string }).sessionId;
  }

  async close(): Promise<void> {
    if (this.#target) await this.ask('Target.closeTarget', undefined, { targetId: this.#target });
    const closed = once(this.#socket, 'close');
    this.#socket.close();
    await closed;
  }
}

function record({ samples }: Way, name: string, value: number): void {
  samples.set(name, [...(samples.get(name) ?? []), value]);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** The median of each side's rounds, and the median of the ratios of neighbouring rounds. */
function print(ways: readonly Way[]): void {
  const [direct, hub] = ways;
  const rows = [...(direct?.samples ?? [])].map(([name, ofDirect]) => {
    const ofHub = hub?.samples.get(name) ?? [];
    const ratios = ofHub.map((value, n) => value / (ofDirect[n] ?? Number.NaN));
    return {
      '': name,
      direct: Math.round(quantile(ofDirect, 0.5)),
      gateway: Math.round(quantile(ofHub, 0.5)),
      ratio: quantile(ratios, 0.5).toFixed(2),
      'ratio, best to worst': `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`,
    };
  });
  console.log(`cdp-hub gateway against Chrome itself; ${cpus().length} cores, Node ${process.version}`);
  console.table(rows);
}

await using chromium = await Chrome.start();
await using gateway = await GatewayProcess.start(chromium.endpoint);
await gateway.next('upstream', ({ connected }) => connected);
await main();
