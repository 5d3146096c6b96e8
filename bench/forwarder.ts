import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

/**
 * The forwarder against a connection without it, a plain Node pipe, and socat and HAProxy where they are installed:
 * round trips of 200 bytes and bulk, each as a ratio to the plain pipe. The ways take turns (A B A B …), so that
 * a slow second of the machine hits all of them.
 */
const ROUNDS = 7;
const ROUND_TRIPS = 2000;
const MESSAGE = 200;
const BULK = 512 * 1024 * 1024;

interface Way {
  name: string;
  /** The port that leads to the echo, and to the bulk. */
  echo: number;
  bulk: number;
  medians: number[];
  p95s: number[];
  rates: number[];
}

const started: ChildProcess[] = [];
const folder = mkdtempSync(join(tmpdir(), 'cdp-hub-bench-'));
try {
  await main();
} finally {
  for (const child of started) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}

async function main(): Promise<void> {
  const { echoPort, bulkPort } = await portsOf<{ echoPort: number; bulkPort: number }>('lib-ends.ts', []);
  const ways = [way('direct', echoPort, bulkPort)];
  const plain = async (port: number) =>
    (await portsOf<{ port: number }>('lib-plain-pipe.ts', [String(port)])).port;
  ways.push(way('plain Node pipe', await plain(echoPort), await plain(bulkPort)));
  ways.push(way('cdp-hub forwarder', await forwarder(echoPort), await forwarder(bulkPort)));
  if (installed('socat')) ways.push(way('socat', await socat(echoPort), await socat(bulkPort)));
  if (installed('haproxy')) {
    const [echo, bulk] = await haproxy([echoPort, bulkPort]);
    ways.push(way('HAProxy (tcp)', echo ?? 0, bulk ?? 0));
  }

  for (const { echo } of ways) await roundTrips(echo, 500);
  for (let round = 0; round < ROUNDS; round++) {
    for (const each of ways) {
      const times = await roundTrips(each.echo, ROUND_TRIPS);
      each.medians.push(quantile(times, 0.5));
      each.p95s.push(quantile(times, 0.95));
      each.rates.push(await bulkRate(each.bulk));
    }
  }
  print(ways);
}

function way(name: string, echo: number, bulk: number): Way {
  return { name, echo, bulk, medians: [], p95s: [], rates: [] };
}

function print(ways: readonly Way[]): void {
  const base = ways.find(({ name }) => name === 'plain Node pipe');
  if (!base) throw new Error('no base to compare with');
  const rows = ways.map((each) => [
    each.name,
    `${(middle(each.medians) * 1000).toFixed(0)} µs`,
    ratio(each.medians, base.medians),
    `${(middle(each.p95s) * 1000).toFixed(0)} µs`,
    ratio(each.p95s, base.p95s),
    `${middle(each.rates).toFixed(0)} MB/s`,
    ratio(each.rates, base.rates),
  ]);
  const table = [['', 'median', '× plain', 'p95', '× plain', 'bulk', '× plain'], ...rows];
  for (const row of table) {
    process.stdout.write(
      `${row.map((cell, i) => (i === 0 ? cell.padEnd(20) : cell.padStart(11))).join('')}\n`,
    );
  }
  process.stdout.write(
    `${ROUNDS} rounds in turn; ${ROUND_TRIPS} round trips of ${MESSAGE} bytes and ${BULK / 1024 / 1024} MiB each; ratios are medians of the rounds' ratios\n`,
  );
}

/** Median over the rounds of (this way ÷ the base) in the same round. */
function ratio(values: readonly number[], base: readonly number[]): string {
  return middle(values.map((value, round) => value / (base[round] ?? Number.NaN))).toFixed(2);
}

function middle(values: readonly number[]): number {
  return quantile([...values], 0.5);
}

function quantile(values: number[], share: number): number {
  values.sort((a, b) => a - b);
  return values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;
}

/** Milliseconds of each round trip, one after the other. */
async function roundTrips(port: number, count: number): Promise<number[]> {
  const socket = await open(port);
  // The first byte makes it raw at once: what is measured is the path behind the 101.
  const message = Buffer.alloc(MESSAGE, 1);
  const times: number[] = [];
  let got = 0;
  let at = performance.now();
  const { promise, resolve: done } = Promise.withResolvers<void>();
  socket.on('data', (bytes) => {
    got += bytes.length;
    if (got < MESSAGE) return;
    got = 0;
    const now = performance.now();
    times.push(now - at);
    if (times.length === count) return done();
    at = performance.now();
    socket.write(message);
  });
  socket.write(message);
  await promise;
  socket.destroy();
  return times;
}

/** MB/s (10⁶ bytes) of one long answer. */
async function bulkRate(port: number): Promise<number> {
  const socket = await open(port);
  const ask = Buffer.alloc(8);
  ask.writeBigUInt64BE(BigInt(BULK));
  let got = 0;
  const start = performance.now();
  socket.on('data', (bytes) => {
    got += bytes.length;
  });
  socket.write(ask);
  await once(socket, 'end');
  const ms = performance.now() - start;
  socket.destroy();
  if (got !== BULK) throw new Error(`${got} of ${BULK} bytes came through port ${port}`);
  return got / 1000 / ms;
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  return socket;
}

async function forwarder(target: number): Promise<number> {
  const child = fork(resolve(import.meta.dirname, '../src/proxy/main.ts'), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  started.push(child);
  const { promise, resolve: ready } = Promise.withResolvers<number>();
  child.on('message', (message: { type: string; port: number }) => {
    if (message.type === 'ready') ready(message.port);
  });
  child.send({
    type: 'config',
    config: { host: '127.0.0.1', port: 0, allow: [], allowedHosts: [] },
    target: { host: '127.0.0.1', port: target },
  });
  return promise;
}

/** A helper of ours as a process; its first line is JSON. */
async function portsOf<T>(file: string, args: string[]): Promise<T> {
  const child = spawn(process.execPath, [join(import.meta.dirname, file), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  started.push(child);
  const [line] = await once(child.stdout, 'data');
  return JSON.parse(String(line));
}

async function socat(target: number): Promise<number> {
  const port = await freePort();
  started.push(
    spawn(
      'socat',
      [`TCP-LISTEN:${port},bind=127.0.0.1,fork,nodelay,reuseaddr`, `TCP:127.0.0.1:${target},nodelay`],
      {
        stdio: 'ignore',
      },
    ),
  );
  await listening(port);
  return port;
}

async function haproxy(targets: readonly number[]): Promise<number[]> {
  const ports = await Promise.all(targets.map(() => freePort()));
  const listens = targets.map(
    (target, i) => `listen way${i}\n  bind 127.0.0.1:${ports[i]}\n  server end 127.0.0.1:${target}\n`,
  );
  const config = join(folder, 'haproxy.cfg');
  writeFileSync(
    config,
    `global\n  nbthread 1\ndefaults\n  mode tcp\n  timeout connect 5s\n  timeout client 60s\n  timeout server 60s\n${listens.join('')}`,
  );
  started.push(spawn('haproxy', ['-db', '-q', '-f', config], { stdio: 'ignore' }));
  for (const port of ports) await listening(port);
  return ports;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const socket = connect({ port, host: '127.0.0.1' });
    try {
      await once(socket, 'connect');
      return;
    } catch {
      await new Promise((wake) => setTimeout(wake, 25));
    } finally {
      socket.destroy();
    }
  }
  throw new Error(`nobody listens on ${port}`);
}

function installed(name: string): boolean {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'];
  return folders.some((place) => existsSync(join(place, name)));
}
