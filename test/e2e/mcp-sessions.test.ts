import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClientInfo } from '../../src/shared/events.ts';
import { Agent, type Site, site } from '../browser/mcp/agent.ts';
import { cdpHub, Home, Hub, until } from '../helpers/hub.ts';
import { Wire } from '../integration/gateway/mcp/wire.ts';

/** Sessions of agents outlive what the hub is made of. */

const NOTE = 'The browser was restarted';

let hub: Hub;
let pages: Site;
beforeAll(async () => {
  hub = await Hub.up(new Home());
  pages = await site({ '/a': '<title>a</title>', '/b': '<title>b</title>', '/c': '<title>c</title>' });
});
afterAll(() => hub[Symbol.asyncDispose]());

const connect = (query = '', name = 'agent') => Agent.connect({ url: hub.urls.gateway }, query, name);

function idOf({ client: { transport } }: Agent): string {
  return transport instanceof StreamableHTTPClientTransport ? (transport.sessionId ?? '') : '';
}

/** Whether there is a session of that id. */
function statusOf(id: string): Promise<number> {
  return Wire.of(`${hub.urls.gateway}/mcp`, id).ping();
}

async function pidOf(name: string): Promise<number> {
  const { stdout } = await cdpHub(hub.home, 'status', '--json');
  const { processes } = JSON.parse(stdout) as { processes: { name: string; pid: number | null }[] };
  const pid = processes.find((each) => each.name === name)?.pid;
  if (!pid) throw new Error(`no ${name} in ${stdout}`);
  return pid;
}

async function kill(...names: ('gateway' | 'browser')[]): Promise<void> {
  const from = hub.events.length;
  const pids = await Promise.all(names.map(pidOf));
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  for (const [at, name] of names.entries()) await hub.back(name, pids[at] ?? null, from);
}

async function clients(): Promise<ClientInfo[]> {
  const { stdout } = await cdpHub(hub.home, 'clients', '--json');
  const told = JSON.parse(stdout) as { clients: ClientInfo[] } | ClientInfo[];
  return (Array.isArray(told) ? told : told.clients).filter(({ kind }) => kind === 'mcp');
}

/** Two pages, the first of them selected. */
async function settle(agent: Agent, first: string, second: string): Promise<string> {
  await agent.call('navigate_page', { url: pages.url + first });
  await agent.call('new_page', { url: pages.url + second });
  await agent.call('select_page', { pageId: 1 });
  return agent.call('list_pages');
}

describe('a session', () => {
  it('goes on when the gateway is killed: the same id, pages, numbers and selection, for each', async () => {
    await using alone = await connect('', 'alone');
    await using second = await connect('', 'second');
    await using team = await connect('workspace=team&client=the%20team', 'team');
    await using apart = await connect('isolation=context', 'apart');
    const agents = [alone, second, team, apart];
    const before = await Promise.all(agents.map((agent, at) => settle(agent, at % 2 ? '/b' : '/a', '/c')));
    await apart.value('document.cookie = "of=apart"');
    await second.call('close_page', { pageId: 1 });
    before[1] = await second.call('list_pages');
    const listed = await clients();

    await kill('gateway');

    const after = await Promise.all(agents.map((agent) => agent.call('list_pages')));
    expect(after).toEqual(before);
    expect(await alone.value('document.title')).toBe('a');
    expect(await second.value('document.title')).toBe('c');
    expect(await apart.value('document.cookie')).toBe('of=apart');
    expect(await alone.value('document.cookie')).toBe('');
    expect(await second.call('new_page', { url: `${pages.url}/b` })).toContain('Page 3');
    const now = (await clients()).map(({ id, name, workspace }) => ({ id, name, workspace }));
    const was = listed.map(({ id, name, workspace }) => ({ id, name, workspace }));
    expect(now.sort((a, b) => a.id.localeCompare(b.id))).toEqual(
      was.sort((a, b) => a.id.localeCompare(b.id)),
    );
    for (const agent of agents) await end(agent);
  });

  it('gets a new page when the browser is killed, and hears of it once', async () => {
    await using agent = await connect();
    await settle(agent, '/a', '/b');
    await kill('browser');
    const first = await agent.call('list_pages');
    expect(first).toContain(NOTE);
    expect(first).toContain('about:blank');
    expect(await agent.call('list_pages')).not.toContain(NOTE);
    await agent.call('navigate_page', { url: `${pages.url}/c` });
    expect(await agent.value('document.title')).toBe('c');
    await end(agent);
  });

  it('goes on when both are killed at once', async () => {
    await using agent = await connect();
    await using apart = await connect('isolation=context');
    await Promise.all([settle(agent, '/a', '/b'), settle(apart, '/a', '/b')]);
    await kill('gateway', 'browser');
    for (const each of [agent, apart]) {
      expect(await each.call('navigate_page', { url: `${pages.url}/c` })).toContain(NOTE);
      expect(await each.value('document.title')).toBe('c');
      await end(each);
    }
  });

  it('that was ended is not there, before and after a restart', async () => {
    await using deleted = await connect();
    await using killed = await connect('', 'to-be-killed');
    await killed.call('new_page', { url: `${pages.url}/a` });
    const ids = [idOf(deleted), idOf(killed)];
    await end(deleted);
    const [victim] = (await clients()).filter(({ name }) => name === 'to-be-killed');
    expect((await cdpHub(hub.home, 'kill', victim?.id ?? '')).code).toBe(0);
    expect(await Promise.all(ids.map(statusOf))).toEqual([404, 404]);
    await until('its pages are closed', async () => !(await openUrls()).includes(`${pages.url}/a`));
    await kill('gateway');
    expect(await Promise.all(ids.map(statusOf))).toEqual([404, 404]);
  });

  it.each(['kill', 'down'])('tells a call that is at work that it ended: %s', async (how) => {
    await using own = await Hub.up(new Home());
    await using agent = await Agent.connect({ url: own.urls.gateway });
    await agent.call('navigate_page', { url: `${pages.url}/a` });
    const begun = `/begun-to-be-ended-by-${how}`;
    const work = `() => fetch('${begun}').then(() => new Promise(() => {}))`;
    const call = agent.call('evaluate_script', { function: work });
    const said = expect(call).rejects.toThrow(how === 'kill' ? 'session was ended' : 'hub stops or restarts');
    await until('it is at work', () => pages.asked.includes(begun));
    const { stdout } = await cdpHub(own.home, 'clients', '--json');
    const [id = ''] = /mcp-[0-9a-f]{32}/.exec(stdout) ?? [];
    const args = how === 'kill' ? ['kill', id] : ['down'];
    expect((await cdpHub(own.home, ...args)).code).toBe(0);
    await said;
  });

  it('that is paused waits, says so when its time is over, stays paused over a restart, and goes on', {
    timeout: 120_000,
  }, async () => {
    await using agent = await connect('', 'to-be-paused');
    await using other = await connect('', 'free');
    await agent.call('navigate_page', { url: `${pages.url}/a` });
    const [listed] = (await clients()).filter(({ name }) => name === 'to-be-paused');
    const id = listed?.id ?? '';
    expect((await cdpHub(hub.home, 'pause', id)).code).toBe(0);
    const held = agent.fails('wait_for', { text: ['never'], timeout: 1 });
    expect(await other.call('navigate_page', { url: `${pages.url}/c` })).toContain('/c');
    expect(await held).toContain('is paused by the person who runs the hub');

    await kill('gateway');
    const again = agent.call('list_pages');
    again.catch(() => {});
    await until('it is there again', async () =>
      (await clients()).some((each) => each.id === id && each.paused),
    );
    expect((await cdpHub(hub.home, 'resume', id)).code).toBe(0);
    expect(await again).toContain('[selected]');
    await Promise.all([agent, other].map(end));
  });
});

it('--session-idle ends a session that nobody uses, and not one whose stream is open', async () => {
  await using short = await Hub.up(new Home(), ['--session-idle', '2s']);
  const url = `${short.urls.gateway}/mcp`;
  const [unused, open] = [await Wire.open(url), await Wire.open(url)];
  const stream = await open.get();
  const names = async () => {
    const { stdout } = await cdpHub(short.home, 'clients', '--json');
    return (stdout.match(/"by-hand"/g) ?? []).length;
  };
  expect(await names()).toBeGreaterThanOrEqual(1);
  await until('the unused one is over', async () => (await names()) === 1);
  expect([await unused.ping(), await open.ping()]).toEqual([404, 200]);
  await stream.body?.cancel();
});

/** Ends the session, not only the connection of its client. */
async function end({ client: { transport } }: Agent): Promise<void> {
  if (transport instanceof StreamableHTTPClientTransport) await transport.terminateSession();
}

/** The addresses of all pages that the browser has. */
async function openUrls(): Promise<string[]> {
  const response = await fetch(`${hub.urls.gateway}/json/list?isolation=none&workspace=all-of-it`);
  return ((await response.json()) as { url: string }[]).map(({ url }) => url);
}
