import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ControlClient } from '../../src/cli/control-client.ts';
import { stateFolder } from '../../src/shared/state-folder.ts';
import { execute } from '../helpers/execute.ts';
import { Home, Hub, until } from '../helpers/hub.ts';
import { Load } from '../helpers/load.ts';

const FULL = process.env.CDP_HUB_TEST_FULL === '1';
const RESTARTS = FULL ? 100 : 2;

/** How long a promise may be open after the browser went, milliseconds; and how long a client may take to work again. */
const BOUND = 5000;
const BACK = 20_000;

/** From this restart on memory counts: before it grows to its working size. */
const WARM = 20;

/** What a process may hold more at the end than then, megabytes: the last rows of the traffic take 20 by themselves. */
const GROWTH = 25;

const PROBE = join(import.meta.dirname, '../helpers/heap-probe.cjs');

it(`the browser restarts ${RESTARTS} times under load: every promise settles, everybody comes back, nothing grows`, {
  timeout: FULL ? 1_500_000 : 120_000,
}, async () => {
  using heaps = new Heaps();
  await using hub = await Hub.up(new Home(heaps.env));
  const pids = [hub.pids.gateway ?? 0, hub.pids.supervisor];
  await using control = await ControlClient.connect(stateFolder(hub.home.env).socket);
  if (!control) throw new Error('no control socket');
  await control.attach({ owner: false, traffic: false, flags: [] });
  const quiet = await quietDescriptors(hub, pids);
  const memory: number[][] = [];
  const took: number[] = [];

  const load = new Load(hub.urls);
  await everybodyWorks(load, control);
  let browser = hub.pids.browser;
  for (let n = 1; n <= RESTARTS; n += 1) {
    const from = hub.events.length;
    const down = performance.now();
    // Every second time it is asked for, which keeps the supervisor from giving up.
    if (n % 2 === 1) process.kill(browser ?? 0, 'SIGKILL');
    else await control.restart('browser');
    await until(
      `restart ${n}: what was begun before it settles`,
      () => load.since(down).length === 0,
      BOUND,
    ).catch((error: Error) => {
      throw new Error(`${error.message}: ${load.since(down).join(', ')}`);
    });
    browser = (await hub.back('browser', browser, from)).pid;
    await everybodyWorks(load, control);
    took.push(performance.now() - down);
    if (n >= WARM && n % 5 === 0) memory.push(await Promise.all(pids.map((pid) => heaps.megabytes(pid))));
  }
  await load.stop();

  const after = await quietDescriptors(hub, pids);
  for (const [at, count] of quiet.entries()) expect(after[at]).toBeLessThanOrEqual(count + 2);
  const grown = pids.map((_, at) => (memory.at(-1)?.[at] ?? 0) - (memory[0]?.[at] ?? 0));
  if (FULL) {
    console.log(
      `restart to work again ${middle(
        took.map((ms) => [ms]),
        0,
      ).toFixed(0)} ms (median), ` +
        `gateway ${grown[0]?.toFixed(1)} MB, supervisor ${grown[1]?.toFixed(1)} MB, descriptors ${quiet} → ${after}`,
    );
    for (const growth of grown) expect(growth).toBeLessThan(GROWTH);
  }
});

async function everybodyWorks(load: Load, control: ControlClient): Promise<void> {
  const before = new Map(load.done);
  const idle = () => [...load.done].filter(([name, count]) => count <= (before.get(name) ?? 0) + 1);
  await until('everybody works', () => load.done.size > 0 && idle().length === 0, BACK).catch(
    async (error: Error) => {
      const { exchanges } = await control.backfill(500, 'status:open | Inspector.targetCrashed');
      const open = exchanges.map(
        ({ at, clientName, method, tab }) => `${clientName} ${method} #${tab} ${at}`,
      );
      throw new Error(
        `${error.message}: not ${idle().map(([name]) => name)}; ` +
          `open at the clients: ${load.since(performance.now())}; at the hub, at ${Date.now()}: ${open}`,
      );
    },
  );
}

/** The open descriptors of these processes when nobody is connected. */
async function quietDescriptors(hub: Hub, pids: number[]): Promise<number[]> {
  await execute(hub.urls.gateway, { method: 'Browser.getVersion' });
  await until('nobody is connected', async () => {
    const stats = (await (await fetch(`${hub.urls.gateway}/stats`)).json()) as {
      clients: { kind: string }[];
      upstream: { in_flight: number };
    };
    return stats.clients.every(({ kind }) => kind !== 'cdp') && stats.upstream.in_flight === 0;
  });
  return pids.map(openOnes);
}

/** Sockets and files; what the threads of a process have besides comes with the first client. */
function openOnes(pid: number): number {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).filter((fd) => /^(socket:|\/)/.test(linkOf(`${folder}/${fd}`))).length;
}

/** Empty where it has been closed meanwhile. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** What the processes of a hub hold after they have collected their garbage. */
class Heaps implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'cdp-hub-heaps-'));

  get env(): NodeJS.ProcessEnv {
    return { NODE_OPTIONS: `--require ${PROBE}`, CDP_HUB_TEST_HEAPS: this.#folder };
  }

  async megabytes(pid: number): Promise<number> {
    const file = join(this.#folder, String(pid));
    const read = () => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []);
    const before = read().length;
    process.kill(pid, 'SIGUSR2');
    await until(`process ${pid} has written what it holds`, () => read().length > before, BOUND);
    return Number(read().at(-1)) / 1024 / 1024;
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function middle(samples: number[][], at: number): number {
  const sorted = samples.map((sample) => sample[at] ?? 0).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
