import { Chrome } from '../test/helpers/chrome.ts';
import { GatewayProcess } from '../test/integration/gateway/gateway-process.ts';
import { Caller } from './lib-caller.ts';
import { print, quantile, record, type Way } from './lib-table.ts';

/**
 * What a quiet client sees while others flood: its round trips, one at a time with pauses, on a page of its own, beside
 * the same flood put on Chrome itself and through the gateway. A B A B; read the ratios.
 */
const ROUNDS = 5;
const SAMPLES = 300;
const PAUSE = 4;

type Flood = (client: Caller, sessionId: string, running: () => boolean) => Promise<void>;

/** So many at once, all the time. */
const pipelined =
  (count: number, step: (client: Caller, sessionId: string) => Promise<unknown>): Flood =>
  async (client, sessionId, running) => {
    const one = async () => {
      while (running()) await step(client, sessionId);
    };
    await Promise.all(Array.from({ length: count }, one));
  };

const FLOODS: Record<string, Flood> = {
  'no flood': async () => {},
  '200 getVersion in flight': pipelined(200, (client) => client.ask('Browser.getVersion')),
  '200 evaluate in flight': pipelined(200, (client, session) => client.evaluate(session)),
  'answers of 5 MB': pipelined(2, (client, session) => client.evaluate(session, "'x'.repeat(5e6)")),
  'console events': async (client, session, running) => {
    await client.ask('Runtime.enable', session);
    while (running()) await client.evaluate(session, 'for (let i = 0; i < 2000; i += 1) console.log(i)');
  },
};

await using chromium = await Chrome.start();
await using gateway = await GatewayProcess.start(chromium.endpoint);
await gateway.next('upstream', ({ connected }) => connected);
const direct: Way = { name: 'direct', url: chromium.endpoint.wsUrl, samples: new Map() };
const hub: Way = { name: 'gateway', url: gateway.cdp, samples: new Map() };
for (let round = 0; round < ROUNDS; round += 1) {
  for (const name of Object.keys(FLOODS)) for (const way of [direct, hub]) await quiet(way, name);
}
print('a quiet client beside a flood', direct, hub);

async function quiet(way: Way, name: string): Promise<void> {
  const [client, flooder] = [await Caller.connect(way.url), await Caller.connect(way.url)];
  const [mine, theirs] = [await client.page(), await flooder.page()];
  let over = false;
  const flood = FLOODS[name]?.(flooder, theirs, () => !over);
  const times: number[] = [];
  for (let n = 0; n < SAMPLES; n += 1) {
    const from = performance.now();
    await client.evaluate(mine);
    times.push(performance.now() - from);
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
  over = true;
  await flood;
  record(way, `${name}: median ms`, quantile(times, 0.5));
  record(way, `${name}: p99 ms`, quantile(times, 0.99));
  await Promise.all([client.close(), flooder.close()]);
}
