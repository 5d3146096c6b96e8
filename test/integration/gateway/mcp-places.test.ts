import { afterAll, beforeAll, expect, test } from 'vitest';
import { GatewayProcess } from './gateway-process.ts';
import { allOf, ask, BOTH, INITIALIZE, JSON_TYPE, Wire } from './mcp/wire.ts';

/** Which workspace and which tools an address of /mcp leads to, of a whole gateway; it needs no browser for that. */

let gateway: GatewayProcess;
beforeAll(async () => {
  gateway = await GatewayProcess.start(null);
});
afterAll(() => gateway[Symbol.asyncDispose]());

async function refusal(path: string): Promise<unknown> {
  const response = await fetch(gateway.url + path, {
    method: 'POST',
    headers: { ...JSON_TYPE, ...BOTH },
    body: JSON.stringify(INITIALIZE),
  });
  expect(response.headers.get('mcp-session-id')).toBeNull();
  return [response.status, ((await response.json()) as { error: string }).error];
}

/** The clients of kind mcp, as the gateway tells its supervisor. */
function clients() {
  const last = gateway.messages.findLast((message) => message.type === 'clients');
  return last?.type === 'clients' ? last.clients.filter(({ kind }) => kind === 'mcp') : [];
}

async function toolsOf(path: string): Promise<string[]> {
  const wire = await Wire.open(gateway.url + path);
  const listed = await allOf(await wire.post(ask('list', 'tools/list')));
  await wire.delete();
  return listed.at(-1)?.data.result.tools.map(({ name }: { name: string }) => name);
}

test('the workspace is named by the path or the query, else it is the session’s own', async () => {
  const wires = [
    await Wire.open(`${gateway.url}/w/alice/mcp`),
    await Wire.open(`${gateway.url}/mcp?workspace=alice`),
    await Wire.open(`${gateway.url}/mcp`, { 'x-client-id': 'alice' }),
    await Wire.open(`${gateway.url}/mcp?isolation=context`),
  ];
  await expect.poll(() => clients().length).toBe(4);
  expect(clients().map(({ name, workspace, isolation, id }) => [name, workspace === id, isolation])).toEqual([
    ['by-hand', false, 'tabs'],
    ['by-hand', false, 'tabs'],
    ['by-hand', false, 'tabs'],
    ['by-hand', true, 'context'],
  ]);
  expect(clients().filter(({ workspace }) => workspace === 'alice')).toHaveLength(3);
  for (const wire of wires) expect((await wire.delete()).status).toBe(200);
  await expect.poll(() => clients().length).toBe(0);
});

test('a workspace that is another kind is 409; two names at once, and what is no name, 400', async () => {
  const wire = await Wire.open(`${gateway.url}/mcp?workspace=bob&isolation=context`);
  expect(await refusal('/mcp?workspace=bob&isolation=tabs')).toEqual([409, 'WORKSPACE_CONFLICT']);
  expect(await refusal('/w/bob/mcp?seed=example.com')).toEqual([409, 'WORKSPACE_CONFLICT']);
  expect(await refusal('/w/bob/mcp?workspace=carol')).toEqual([400, 'BAD_REQUEST']);
  expect(await refusal('/mcp?workspace=a/b')).toEqual([400, 'BAD_REQUEST']);
  expect(await refusal('/mcp?isolation=some')).toEqual([400, 'BAD_REQUEST']);
  expect(await wire.ping()).toBe(200);
});

test('the tools are those of the groups that are named; a group that there is not is 400', async () => {
  expect(await refusal('/mcp?tools=nope')).toEqual([400, 'BAD_REQUEST']);
  expect(await refusal('/mcp?tools=core,')).toEqual([400, 'BAD_REQUEST']);
  expect(await refusal('/mcp?tools=__proto__')).toEqual([400, 'BAD_REQUEST']);
  const core = await toolsOf('/mcp?tools=core');
  expect(core).toContain('take_snapshot');
  expect((await toolsOf('/mcp?tools=all')).length).toBeGreaterThan(core.length);
});

test('a session that one gateway told of goes on with the next, where it was', async () => {
  const wire = await Wire.open(`${gateway.url}/w/dora/mcp?isolation=context&tools=core`);
  const told = await gateway.next('sessions', ({ sessions }) => sessions.some(({ id }) => id === wire.id));
  await using later = new GatewayProcess();
  later.config(null, {}, null, told.sessions);
  later.port = (await later.next('ready')).port;
  const again = Wire.of(`${later.url}/mcp`, wire.id, wire.headers);
  expect(await again.ping()).toBe(200);
  const joined = await later.next('clients', ({ clients: all }) => all.some(({ kind }) => kind === 'mcp'));
  expect(joined.clients.find(({ kind }) => kind === 'mcp')).toMatchObject({
    name: 'by-hand',
    workspace: 'dora',
    isolation: 'context',
  });
});
