import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/**
 * Vitest's global set-up of the project with windows: an X server of its own (Xvfb), named in
 * CDP_HUB_TEST_DISPLAY. Where there is none it is installed, if that needs no password; else the tests are skipped, and
 * say so.
 */
export default async function setup(): Promise<() => Promise<void>> {
  if (!has('Xvfb')) install();
  if (!has('Xvfb')) {
    process.stderr.write(
      '[display] no Xvfb here, and none can be installed: tests with windows are skipped\n',
    );
    return async () => {};
  }
  const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1600x1200x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  process.env.CDP_HUB_TEST_DISPLAY = `:${await firstLine(server)}`;
  return async () => {
    server.kill();
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
  };
}

/** Xvfb takes a free display number and writes it there. */
async function firstLine(server: ChildProcess): Promise<string> {
  const pipe = server.stdio[3];
  if (!pipe || !('read' in pipe)) throw new Error('Xvfb was started without a pipe');
  for await (const line of createInterface({ input: pipe })) return line;
  throw new Error('Xvfb ended before it said its display');
}

function has(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

function install(): void {
  if (process.platform !== 'linux' || !has('apt-get')) return;
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'xvfb']]) {
    const [command = '', ...rest] = [...sudo, 'apt-get', ...args];
    if (spawnSync(command, rest, { stdio: 'ignore', timeout: 180_000 }).status !== 0) return;
  }
}
