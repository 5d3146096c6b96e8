import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
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

/** What a process may have grown by between then and the end, megabytes. */
const GROWTH = 25;

it(`the browser restarts ${RESTARTS} times under load: every promise settles, everybody comes back, nothing grows`, {
  timeout: FULL ? 1_500_000 : 120_000,
}, async () => {
  await using hub = await Hub.up(new Home());
  const pids = [hub.pids.gateway ?? 0, hub.pids.supervisor];
  await using control = await ControlClient.connect(stateFolder(hub.home.env).socket);
  if (!control) throw new Error('no control socket');
  await control.attach({ owner: false, traffic: false, flags: [] });
  const quiet = await quietDescriptors(hub, pids);
  const memory: number[][] = [];
  const took: number[] = [];

  const load = new Load(hub.urls);
  await everybodyWorks(load);
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
    await everybodyWorks(load);
    took.push(performance.now() - down);
    if (n >= WARM) memory.push(pids.map(megabytes));
  }
  await load.stop();

  const after = await quietDescriptors(hub, pids);
  for (const [at, count] of quiet.entries()) expect(after[at]).toBeLessThanOrEqual(count + 2);
  const grown = pids.map((_, at) => middle(memory.slice(-10), at) - middle(memory.slice(0, 10), at));
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

async function everybodyWorks(load: Load): Promise<void> {
  const before = new Map(load.done);
  const idle = () => [...load.done].filter(([name, count]) => count <= (before.get(name) ?? 0) + 1);
  await until('everybody works', () => load.done.size > 0 && idle().length === 0, BACK).catch(
    (error: Error) => {
      throw new Error(`${error.message}: not ${idle().map(([name]) => name)}`);
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

function megabytes(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}

function middle(samples: number[][], at: number): number {
  const sorted = samples.map((sample) => sample[at] ?? 0).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
