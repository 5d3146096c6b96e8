import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BridgeProcess, stdioClient } from '../helpers/bridge.ts';
import { allGone, BIN, cdpHub, Home, Hub, until } from '../helpers/hub.ts';

/** What a hub is started with that a bridge starts: it takes no flags for it. */
const QUIET_ENV = {
  MCP_HTTP_PORT: '0',
  CDP_HUB_PROXY_PORT: '0',
  CDP_HUB_BROWSER_PORT: '0',
  CDP_HUB_HEADLESS: '1',
};

const NEW_SESSION = 'This session is a new one';

const PAGE = 'data:text/html,<title>here</title>';

it('four agents start at once with no hub there: one hub, four sessions, and it ends when they have gone', async () => {
  using home = new Home(QUIET_ENV);
  const agents = await Promise.all(
    Array.from({ length: 4 }, () => stdioClient(['--idle-exit', '8s'], home.env, BIN)),
  );
  const pages = await Promise.all(
    agents.map(({ client }) => client.callTool({ name: 'new_page', arguments: { url: PAGE } })),
  );
  expect(pages.map(({ isError }) => isError ?? false)).toEqual([false, false, false, false]);
  const status = JSON.parse((await cdpHub(home, 'status', '--json')).stdout);
  const sessions = status.clients.filter(({ kind }: { kind: string }) => kind === 'mcp');
  expect(sessions).toHaveLength(4);
  expect(new Set(sessions.map(({ workspace }: { workspace: string }) => workspace)).size).toBe(4);

  await Promise.all(agents.map(({ client }) => client.close()));
  await allGone(Object.values(status.pids), 40_000);
});

// Two hubs start and end in it.
const LONG = { timeout: 120_000 };

it(
  'a hub that runs is joined: in its workspace, over a SIGKILL of its gateway, and over its end',
  LONG,
  async () => {
    await using hub = await Hub.up(new Home(QUIET_ENV));
    await using bridge = await BridgeProcess.ready(
      ['--workspace', 'alice', '--idle-exit', '8s'],
      hub.home.env,
      BIN,
    );
    expect(await bridge.text(bridge.tool('new_page', { url: PAGE }))).toContain('here');
    const clients = async () => JSON.parse((await cdpHub(hub.home, 'clients', '--json')).stdout);
    expect(await clients()).toMatchObject([{ kind: 'mcp', workspace: 'alice' }]);

    await bridge.ask('tools/list');
    process.kill(hub.pids.gateway ?? 0, 'SIGKILL');
    // Sent into the gap, and it only looks: it waits for the gateway, and finds the session and its page again.
    expect(await bridge.text(bridge.tool('list_pages', {}))).toContain('here');
    expect(bridge.said.some(({ method }) => method === 'notifications/message')).toBe(false);

    const [{ id }] = await clients();
    expect((await cdpHub(hub.home, 'kill', id)).code).toBe(0);
    const lost = await bridge.answer(bridge.tool('navigate_page', { url: 'about:blank?never' }));
    expect(lost.error).toMatchObject({ data: { reason: 'SESSION_RENEWED' } });
    const first = await bridge.text(bridge.tool('list_pages', {}));
    expect(first).toContain(NEW_SESSION);
    expect(first).not.toContain('never');
    expect(await bridge.text(bridge.tool('list_pages', {}))).not.toContain(NEW_SESSION);

    expect((await cdpHub(hub.home, 'down')).code).toBe(0);
    await allGone([hub.pids.supervisor], 10_000);
    // The next call starts another hub, and another session in it.
    const second = await bridge.text(bridge.tool('list_pages', {}));
    expect(second).toContain(NEW_SESSION);
    expect(second).not.toContain('<title>here');
    const { pids } = JSON.parse((await cdpHub(hub.home, 'status', '--json')).stdout);
    expect(pids.supervisor).not.toBe(hub.pids.supervisor);
    bridge.stdin.end();
    expect(await bridge.exit).toBe(0);
    await allGone(Object.values(pids), 40_000);
  },
);

it('the .env of the working directory is not the agent’s, and where no hub can be started it says why', async () => {
  using home = new Home({ ...QUIET_ENV, CDP_HUB_BROWSER_PATH: '/nowhere/chrome' });
  home.env.PWD = home.path;
  writeFileSync(join(home.path, '.env'), 'CDP_HUB_ISOLATION=nonsense\n');
  expect((await cdpHub(home, 'up', '--detach')).stderr).toContain('CDP_HUB_ISOLATION=nonsense');
  await using bridge = new BridgeProcess([], home.env, BIN);
  const { error } = await bridge.initialize();
  expect(error).toMatchObject({ code: -32000, data: { reason: 'CHILD_FAILED' } });
  expect(error.message).toMatch(/none could be started: .*\/nowhere\/chrome.* → /);
  await until('nothing is left of it', async () => {
    const { stdout } = await cdpHub(home, 'status', '--json');
    return JSON.parse(stdout).running === false;
  });
});
