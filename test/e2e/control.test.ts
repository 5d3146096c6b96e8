import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawClient } from '../browser/gateway/raw-client.ts';
import { execute } from '../helpers/execute.ts';
import { cdpHub, Home, Hub, until } from '../helpers/hub.ts';

let hub: Hub;

beforeAll(async () => {
  hub = await Hub.up(new Home());
});
afterAll(() => hub[Symbol.asyncDispose]());

interface Listed {
  id: string;
  kind: string;
  name: string;
  paused: boolean;
  inFlight: number;
}

const run = (...args: string[]) => cdpHub(hub.home, ...args);

async function listed(): Promise<Listed[]> {
  const { code, stdout } = await run('clients', '--json');
  expect(code).toBe(0);
  return JSON.parse(stdout) as Listed[];
}

/** A client of that name that has been answered, and its id. */
async function join(name: string) {
  const client = await RawClient.connect(`${hub.urls.cdp}?client=${name}`);
  await client.call('Browser.getVersion');
  let id = '';
  await until(`${name} is listed`, async () => {
    id = (await listed()).find((each) => each.name === name)?.id ?? '';
    return id !== '';
  });
  return { client, id };
}

/** A connection through the forwarder, which the browser itself answers; the only one there. */
async function joinRaw() {
  const version = (await (await fetch(`${hub.urls.browser}/json/version`)).json()) as {
    webSocketDebuggerUrl: string;
  };
  const { pathname } = new URL(version.webSocketDebuggerUrl);
  const client = await RawClient.connect(`ws://${hub.urls.forwarder}${pathname}`);
  await client.call('Browser.getVersion');
  let id = '';
  await until('the raw connection is listed', async () => {
    id = (await listed()).find((each) => each.kind === 'raw')?.id ?? '';
    return id !== '';
  });
  return { client, id };
}

describe('clients from the shell', () => {
  it('are paused by name and resumed by the beginning of an id; nothing is lost', async () => {
    const { client, id } = await join('held');
    await using _ = client;
    const paused = await run('pause', 'held');
    expect(paused).toMatchObject({ code: 0, stdout: `paused held (${id})\n` });
    for (let n = 100; n < 110; n += 1) client.say({ id: n, method: 'Browser.getVersion' });
    await until('they are in flight', async () => (await listed()).some(({ inFlight }) => inFlight === 10));
    const table = (await run('clients')).stdout;
    expect(table).toMatch(/^ID +KIND +NAME .*\n.*held.*paused$/m);
    expect(client.frames.some(({ id: n = 0 }) => n >= 100)).toBe(false);
    const resumed = await run('resume', id.slice(0, 10), '--json');
    expect([resumed.code, JSON.parse(resumed.stdout)]).toEqual([0, { resumed: [id], unknown: [] }]);
    await client.heard((frame) => frame.id === 109);
    expect(client.frames.map((frame) => frame.id).slice(1)).toEqual([
      100, 101, 102, 103, 104, 105, 106, 107, 108, 109,
    ]);
  });

  it('are resumed all at once', async () => {
    const [one, two] = [await join('one'), await join('two')];
    await using _ = one.client;
    await using __ = two.client;
    expect((await run('pause', 'one', 'two')).code).toBe(0);
    const resumed = await run('resume', '--all', '--json');
    expect(JSON.parse(resumed.stdout)).toEqual({ resumed: [one.id, two.id], unknown: [] });
    expect((await run('resume', '--all')).stdout).toBe('nobody to resume\n');
    expect((await listed()).some(({ paused }) => paused)).toBe(false);
  });

  it('that call over HTTP wait for as long as they said', async () => {
    const call = (timeoutMs: number) =>
      execute(hub.urls.gateway, { method: 'Browser.getVersion', timeoutMs }, 'caller');
    expect((await call(30_000)).status).toBe(200);
    await until('it is listed', async () => (await listed()).some(({ name }) => name === 'caller'));
    expect((await run('pause', 'caller')).code).toBe(0);
    const { status, body } = await call(200);
    expect([status, body]).toMatchObject([
      504,
      {
        message: expect.stringContaining('its client caller'),
        hint: expect.stringMatching(/^Resume it with `cdp-hub resume http-/),
      },
    ]);
    const waiting = call(30_000);
    expect((await run('resume', 'caller')).code).toBe(0);
    expect((await waiting).status).toBe(200);
  });

  it('are killed by name; a raw connection as well, which cannot be paused', async () => {
    const { client, id } = await join('victim');
    const raw = await joinRaw();
    const refused = await run('pause', 'victim', raw.id, '--json');
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.stdout).error).toEqual({
      code: 'CONTROL',
      message: `${raw.id} is a raw connection of the forwarder, which passes bytes on unread: nothing can be held`,
      hint: `End it instead: cdp-hub kill ${raw.id}`,
    });
    expect((await listed()).some(({ paused }) => paused)).toBe(false);
    const killed = await run('kill', 'victim', raw.id, '--json');
    expect([killed.code, JSON.parse(killed.stdout)]).toEqual([0, { killed: [id, raw.id], unknown: [] }]);
    expect(await client.closed).toMatchObject({ code: 1008 });
    await raw.client.closed;
  });

  it('are killed all at once', async () => {
    const [one, two] = [await join('all-1'), await join('all-2')];
    const raw = await joinRaw();
    expect((await run('kill', '--all')).code).toBe(0);
    await Promise.all([one, two, raw].map(({ client }) => client.closed));
    await until('nobody is left', async () => (await listed()).length === 0);
    expect((await run('kill', '--all')).stdout).toBe('nobody to kill\n');
    expect((await run('clients')).stdout).toBe('no clients\n');
  });

  it('that are not there are named, and nothing is done', async () => {
    const { client, id } = await join('stays');
    await using _ = client;
    const { code, stdout, stderr } = await run('kill', 'stays', 'nobody');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('no client is called nobody');
    expect(stderr).toContain(`There are ${id.slice(0, 12)} (stays)`);
    expect((await client.call('Browser.getVersion')).error).toBeUndefined();
  });

  it('have to be named: exit code 2', async () => {
    for (const args of [['kill'], ['pause'], ['resume'], ['kill', 'x', '--all'], ['pause', '--all']]) {
      expect([args, (await run(...args)).code]).toEqual([args, 2]);
    }
  });
});

describe('processes from the shell', () => {
  it.each(['gateway', 'forwarder', 'browser'] as const)(
    '%s is restarted',
    { timeout: 60_000 },
    async (name) => {
      const before = hub.events.length;
      const { code, stdout } = await run('restart', name, '--json');
      expect(code).toBe(0);
      const { restarted, pid } = JSON.parse(stdout);
      expect(restarted).toBe(name);
      const back = await hub.back(name, hub.pids[name], before);
      expect(back.pid).toBe(pid);
    },
  );

  it('must be one of three: exit code 2', async () => {
    const { code, stderr } = await run('restart', 'chrome');
    expect(code).toBe(2);
    expect(stderr).toContain('browser, forwarder, gateway');
    expect((await run('restart')).code).toBe(2);
  });
});

it('without a hub every command says so: exit code 1', async () => {
  using home = new Home();
  for (const args of [
    ['clients'],
    ['kill', 'x'],
    ['pause', 'x'],
    ['resume', '--all'],
    ['restart', 'gateway'],
  ]) {
    const { code, stderr } = await cdpHub(home, ...args);
    expect([args, code, stderr]).toEqual([args, 1, expect.stringContaining('no hub runs')]);
  }
});
