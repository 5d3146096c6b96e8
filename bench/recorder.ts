import { cpus } from 'node:os';
import type { ClientIdentity, Exchange, ObservedEvent } from '../src/gateway/contract/observer.ts';
import { matching } from '../src/gateway/traffic/matching.ts';
import { Recorder } from '../src/gateway/traffic/recorder.ts';
import type { Wish } from '../src/gateway/traffic/watchers.ts';
import { systemClock } from '../src/shared/clock.ts';
import { quantile } from './lib-table.ts';

/**
 * What the traffic recorder costs the gateway per message: a command, its answer, and events, half of them repeats,
 * from 20 clients. A watcher's share is in it: its batches every 100 ms, made to JSON as they are for the supervisor.
 * To hold: 3 µs with nobody watching, 8 µs with one who watches.
 */
const ROUNDS = 9;
const MESSAGES = 200_000;
/** At 10,000 messages a second a batch every 100 ms is one every 1,000. */
const PER_BATCH = 1000;
const CLIENTS = 20;

const clients: ClientIdentity[] = Array.from({ length: CLIENTS }, (_, n) => ({
  id: `cdp-${n}`,
  kind: 'cdp',
  name: `client-${n}`,
  workspace: `w${n}`,
  isolation: 'tabs',
}));
const TEXT = JSON.stringify({ id: 1, result: { result: { type: 'string', value: 'x'.repeat(400) } } });

const CASES: Record<string, Partial<Wish> | null> = {
  'nobody watches': null,
  'one watches': {},
  'one watches, with a filter': {
    matches: matching('client:client-3 -method:Network.* ms<200 | status:err', () => null).matches,
  },
  'one watches, with bodies': { bodies: true },
};

const rows = Object.entries(CASES).map(([name, wish]) => {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) times.push(once(wish));
  return {
    '': name,
    'µs per message': quantile(times, 0.5).toFixed(2),
    'best to worst': `${Math.min(...times).toFixed(2)}–${Math.max(...times).toFixed(2)}`,
  };
});
console.log(`traffic recorder; ${cpus().length} cores, Node ${process.version}`);
console.table(rows);

/** Microseconds of CPU per message. */
function once(wish: Partial<Wish> | null): number {
  const recorder = new Recorder(systemClock, { urlOf: (id) => `https://example.com/tabs/${id}?page=1` });
  let told = 0;
  if (wish) {
    recorder.watch({
      matches: null,
      bodies: false,
      take: (batch) => {
        told += JSON.stringify(batch).length;
      },
      ...wish,
    });
  }
  const from = process.cpuUsage();
  let messages = 0;
  for (let n = 0; messages < MESSAGES; n += 1) {
    const client = clients[n % CLIENTS];
    if (!client) throw new Error('no clients');
    const target = `T${n % CLIENTS}`;
    const exchange: Exchange = {
      client,
      id: n,
      method: 'Runtime.evaluate',
      sessionId: target,
      target,
      bytes: 200,
      arrived: systemClock.now(),
      sent: null,
      returned: null,
      note: undefined,
    };
    const body = recorder.bodyLimit > 0 ? TEXT : null;
    recorder.opened(exchange, { expression: '1' }, body);
    exchange.sent = systemClock.now();
    const event = (method: string): ObservedEvent => ({
      method,
      target,
      sessionId: target,
      bytes: 300,
      body,
    });
    recorder.event(client, event('Network.requestWillBeSent'));
    recorder.event(client, event('Network.dataReceived'));
    recorder.event(client, event('Network.dataReceived'));
    exchange.returned = systemClock.now();
    recorder.closed(exchange, 'ok', { error: null, bytes: 500, body });
    messages += 5;
    if (messages % PER_BATCH === 0) recorder.tick();
  }
  if (wish && told === 0) throw new Error('nothing was told');
  const { user, system } = process.cpuUsage(from);
  return (user + system) / messages;
}
