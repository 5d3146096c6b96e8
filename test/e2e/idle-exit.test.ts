import { expect, it } from 'vitest';
import WebSocket from 'ws';
import { allGone, cdpHub, Home, isRunning, QUIET, type Ready, until } from '../helpers/hub.ts';
import { Wire } from '../integration/gateway/mcp/wire.ts';

/** `up --detach`, and where it is. */
async function detached(home: Home, ...args: string[]): Promise<Ready> {
  const { stdout, stderr, code } = await cdpHub(home, 'up', '--detach', '--json', ...QUIET, ...args);
  expect(code, stderr).toBe(0);
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return events.find(({ type }) => type === 'hub.ready');
}

it('a hub with --idle-exit lives as long as it has a client, and ends with all that is its own', async () => {
  using home = new Home();
  const { urls, pids } = await detached(home, '--idle-exit', '3s');
  const client = new WebSocket(urls.cdp);
  await new Promise((resolve, reject) => client.once('open', resolve).once('error', reject));
  const began = performance.now();
  await until('twice its time has passed', () => {
    expect(isRunning(pids.supervisor)).toBe(true);
    return performance.now() - began > 6000;
  });
  client.close();
  await allGone(Object.values(pids), 30_000);
  expect((await cdpHub(home, 'status')).stdout).not.toContain('ready');
});

it('a session that its gateway has not taken up again is a client, too', async () => {
  using home = new Home();
  const { urls, pids } = await detached(home, '--idle-exit', '3s');
  const wire = await Wire.open(`${urls.gateway}/mcp`);
  process.kill(pids.gateway ?? 0, 'SIGKILL');
  const began = performance.now();
  await until('more than its time has passed', () => {
    expect(isRunning(pids.supervisor)).toBe(true);
    return performance.now() - began > 6000;
  });
  expect((await wire.delete()).status).toBe(200);
  await allGone([pids.supervisor, pids.browser], 30_000);
});

it('--idle-exit is for detached hubs, and one that runs keeps its own', async () => {
  using home = new Home();
  expect(await cdpHub(home, 'up', '--idle-exit', '5m')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--idle-exit is for a hub that nobody owns'),
  });
  const { pids } = await detached(home);
  expect((await cdpHub(home, 'up', '--detach', '--json', '--idle-exit', '1s')).code).toBe(0);
  expect(isRunning(pids.supervisor)).toBe(true);
  expect((await cdpHub(home, 'down')).code).toBe(0);
  await allGone(Object.values(pids), 20_000);
});
