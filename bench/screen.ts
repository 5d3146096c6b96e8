import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { cpus } from 'node:os';
import { type ControlRequest, lineReader } from '../src/shared/control.ts';
import type { HubEvent, TrafficBatch } from '../src/shared/events.ts';
import { makeStateFolder, stateFolder } from '../src/shared/state-folder.ts';
import { Home } from '../test/helpers/hub.ts';
import { Pty } from '../test/helpers/pty.ts';
import { aClient, aFrame, anExchange, aSnapshot } from '../test/ui/helpers/hub.ts';
import { quantile } from './lib-table.ts';

/**
 * What the screen costs at 200×50: `cdp-hub attach` on a real terminal, fed over the real control socket by a
 * supervisor that only tells. After a build.
 */
const RATE = 5000;
const SECONDS = 20;
const BATCH_MS = 100;
const PRESSES = 40;
const METHODS = ['Page.navigate', 'Runtime.evaluate', 'Network.requestWillBeSent', 'DOM.getDocument'];

/** Answers what a screen asks, and tells rows at a rate. */
class Teller {
  readonly #sockets = new Set<Socket>();
  #seq = 0;

  constructor(path: string) {
    createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.setEncoding('utf8');
      const read = lineReader((value) => this.#answer(socket, value as ControlRequest));
      socket.on('data', read);
    }).listen(path);
  }

  tell(event: HubEvent): void {
    for (const socket of this.#sockets) socket.write(`${JSON.stringify({ event })}\n`);
  }

  /** `rows` messages, a fifth of them exchanges besides. */
  batch(rows: number): TrafficBatch {
    const frames = Array.from({ length: rows }, () => {
      this.#seq += 1;
      const n = this.#seq;
      const event = n % 2 === 0;
      return aFrame(n, {
        at: Date.now(),
        dir: event ? 'event' : 'command',
        client: `c-${n % 5}`,
        clientName: `agent-${n % 5}`,
        method: METHODS[n % METHODS.length] ?? '',
        tab: n % 7,
        exchange: event ? null : n,
        bytes: 200 + (n % 5000),
      });
    });
    const exchanges = frames
      .filter((_, n) => n % 5 === 0)
      .map(({ seq, method, clientName, client }) =>
        anExchange(seq, { at: Date.now(), method, client, clientName, ms: 3 }),
      );
    return { frames, exchanges };
  }

  #answer(socket: Socket, { id, op }: ControlRequest): void {
    const clients = Array.from({ length: 5 }, (_, n) => aClient(`c-${n}`, { name: `agent-${n}` }));
    const snapshot = aSnapshot({ clients });
    const result =
      op === 'attach'
        ? { snapshot, owner: false }
        : op === 'snapshot'
          ? snapshot
          : op === 'backfill'
            ? { frames: [], exchanges: [] }
            : {};
    socket.write(`${JSON.stringify({ id, ok: true, result })}\n`);
  }
}

using home = new Home();
const state = stateFolder(home.env);
makeStateFolder(state);
const teller = new Teller(state.socket);
await using pty = new Pty(home, ['attach'], { columns: 200, rows: 50 });
await pty.shows('Nothing yet');
const pid = screenPid();

const rows: Record<string, string | number>[] = [];
await new Promise((resolve) => setTimeout(resolve, 3000));
rows.push({ '': 'idle', ...(await cost(SECONDS)) });
const feeding = setInterval(
  () => teller.tell({ type: 'traffic', batch: teller.batch((RATE * BATCH_MS) / 1000) }),
  BATCH_MS,
);
await new Promise((resolve) => setTimeout(resolve, 2000));
rows.push({ '': `${RATE} messages a second`, ...(await cost(SECONDS)) });

const painted: number[] = [];
for (let n = 0; n < PRESSES; n += 1) {
  const began = performance.now();
  pty.type(' ');
  const shown = n % 2 === 0 ? /PAUSED/ : /LIVE/;
  while (!shown.test(pty.text())) await new Promise((resolve) => setImmediate(resolve));
  painted.push(performance.now() - began);
  await new Promise((resolve) => setTimeout(resolve, 130 + (n % 7) * 10));
}
clearInterval(feeding);
rows.push({ '': 'memory after all that, MB', 'CPU %': Math.round(residentMb()) });
console.log(`the screen at 200×50, ${cpus().length} cores, Node ${process.version}`);
console.table(rows);
console.log(
  `key to paint under load: median ${quantile(painted, 0.5).toFixed(0)} ms, p95 ${quantile(painted, 0.95).toFixed(0)} ms`,
);
process.exit(0);

/** Of the screen's process alone: share of one core, and bytes a second that it wrote to its terminal. */
async function cost(seconds: number): Promise<{ 'CPU %': number; 'KB/s': number }> {
  const [ticks, written] = [cpuTicks(), writtenBytes()];
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  return {
    'CPU %': Math.round(((cpuTicks() - ticks) / seconds) * 10) / 10,
    'KB/s': Math.round((writtenBytes() - written) / seconds / 1024),
  };
}

/** Hundredths of a second, as Linux counts them. */
function cpuTicks(): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

function writtenBytes(): number {
  return Number(/^wchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]);
}

function residentMb(): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

/** The child of script(1), which replaces the shell that it starts. */
function screenPid(): number {
  const children = readFileSync(`/proc/${pty.pid}/task/${pty.pid}/children`, 'utf8').trim().split(' ');
  return Number(children[0]);
}
