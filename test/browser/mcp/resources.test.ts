import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ResourceListChangedNotificationSchema,
  ResourceUpdatedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { afterAll, expect, test } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';
import { GatewayProcess } from '../../integration/gateway/gateway-process.ts';
import { ask, eventsOf, Wire } from '../../integration/gateway/mcp/wire.ts';
import { Agent, site } from './agent.ts';

const pages = await site({
  '/': '<title>Home</title>',
  '/a.txt': (_, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.end('text of a');
  },
  '/dot.png': (_, response) => {
    response.writeHead(200, { 'content-type': 'image/png' });
    response.end(Buffer.from('iVBORw0KGgo=', 'base64'));
  },
  '/large.bin': (_, response) => {
    response.writeHead(200, { 'content-type': 'application/octet-stream' });
    response.end(Buffer.alloc(9_000_000, 1));
  },
});

const artifactsDir = mkdtempSync(join(tmpdir(), 'cdp-hub-resources-test-'));
afterAll(() => rmSync(artifactsDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
const chrome = await Chrome.start();
const gateway = await gatewayOn(chrome, { artifactsDir });

async function agent(name = 'agent'): Promise<Agent> {
  const made = await Agent.connect(gateway, '', name);
  await made.call('navigate_page', { url: pages.url });
  return made;
}

const uris = async ({ client }: Agent) => (await client.listResources()).resources.map(({ uri }) => uri);

const textAt = async ({ client }: Agent, uri: string) => {
  const { contents } = await client.readResource({ uri });
  return contents.map((each) => ('text' in each ? each.text : '')).join('');
};

test('artifacts are listed and read, as texts or as bytes', async () => {
  await using alice = await agent();
  expect(alice.client.getServerCapabilities()?.resources).toEqual({ subscribe: true, listChanged: true });
  await alice.call('download_files', { urls: ['/a.txt', '/dot.png'] });
  expect(await uris(alice)).toEqual([
    'cdp-hub://clients',
    'cdp-hub://log',
    'cdp-hub://artifacts/dot.png',
    'cdp-hub://artifacts/a.txt',
  ]);
  const { resourceTemplates } = await alice.client.listResourceTemplates();
  expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual(['cdp-hub://artifacts/{name}']);
  expect((await alice.client.readResource({ uri: 'cdp-hub://artifacts/a.txt' })).contents).toEqual([
    { uri: 'cdp-hub://artifacts/a.txt', mimeType: 'text/plain', text: 'text of a' },
  ]);
  expect((await alice.client.readResource({ uri: 'cdp-hub://artifacts/dot.png' })).contents).toEqual([
    { uri: 'cdp-hub://artifacts/dot.png', mimeType: 'image/png', blob: 'iVBORw0KGgo=' },
  ]);
});

test.each([
  'cdp-hub://artifacts/missing.txt',
  'cdp-hub://artifacts/..%2F..%2Fetc%2Fpasswd',
  'cdp-hub://artifacts/%ff',
  'cdp-hub://nothing',
  'file:///etc/passwd',
])('there is no %s, and it is said so', async (uri) => {
  await using alice = await agent();
  const error = { code: -32002, message: expect.stringContaining('there is no resource'), data: { uri } };
  await expect(alice.client.readResource({ uri })).rejects.toMatchObject(error);
  await expect(alice.client.subscribeResource({ uri })).rejects.toMatchObject(error);
});

test('what is too large for an answer is told the way to', async () => {
  await using alice = await agent();
  await alice.call('download_file', { url: '/large.bin' });
  await expect(alice.client.readResource({ uri: 'cdp-hub://artifacts/large.bin' })).rejects.toThrow(
    /has 9000000 bytes.*read_artifact.*large\.bin on the hub's machine/,
  );
});

test('one session neither sees nor hears of what another has', async () => {
  await using alice = await agent();
  await using bob = await agent();
  let heard = 0;
  bob.client.setNotificationHandler(ResourceListChangedNotificationSchema, () => {
    heard += 1;
  });
  await alice.call('download_file', { url: '/a.txt' });
  expect(await uris(bob)).toEqual(['cdp-hub://clients', 'cdp-hub://log']);
  await expect(bob.client.readResource({ uri: 'cdp-hub://artifacts/a.txt' })).rejects.toMatchObject({
    code: -32002,
  });
  // What is told to a session comes in order: its own would come last.
  await bob.call('download_file', { url: '/dot.png' });
  await expect.poll(() => heard).toBe(1);
});

test('the clients and the log are there without what others are ended by', async () => {
  await using alice = await agent('alice');
  await using _bob = await agent('bob');
  const clients = JSON.parse(await textAt(alice, 'cdp-hub://clients'));
  expect(clients).toContainEqual({ name: 'alice', kind: 'mcp', workspace: '', tabs: 1, you: true });
  expect(clients).toContainEqual({ name: 'bob', kind: 'mcp', workspace: '', tabs: 1, you: false });
  const log = await textAt(alice, 'cdp-hub://log');
  expect(log).toMatch(/^\S+Z connected to the browser$/m);
  expect(log).toMatch(/^\S+Z bob \(mcp\) joined$/m);
  expect(log).not.toMatch(/mcp-[0-9a-f]{32}/);
});

test('who subscribed hears of changes until it unsubscribes', async () => {
  await using alice = await agent();
  const updated: string[] = [];
  let changed = 0;
  alice.client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
    updated.push(params.uri);
  });
  alice.client.setNotificationHandler(ResourceListChangedNotificationSchema, () => {
    changed += 1;
  });
  await alice.client.subscribeResource({ uri: 'cdp-hub://clients' });
  const bob = await agent('bob');
  await expect.poll(() => updated).toEqual(['cdp-hub://clients']);
  await alice.call('download_file', { url: '/a.txt' });
  await expect.poll(() => changed).toBe(1);
  await alice.client.subscribeResource({ uri: 'cdp-hub://artifacts/a.txt' });
  await alice.call('delete_artifacts', { names: ['a.txt'] });
  await expect.poll(() => updated).toContain('cdp-hub://artifacts/a.txt');
  await alice.client.unsubscribeResource({ uri: 'cdp-hub://clients' });
  await alice.client.subscribeResource({ uri: 'cdp-hub://log' });
  const before = updated.filter((uri) => uri === 'cdp-hub://clients').length;
  const transport = bob.client.transport as unknown as { terminateSession(): Promise<void> };
  await transport.terminateSession();
  await expect.poll(() => updated).toContain('cdp-hub://log');
  expect(updated.filter((uri) => uri === 'cdp-hub://clients')).toHaveLength(before);
  await bob[Symbol.asyncDispose]();
});

test('with the hub all of them go', async () => {
  const kept = join(artifactsDir, 'of a hub that stops');
  await using hub = await GatewayProcess.start(chrome.endpoint, { artifactsDir: kept });
  await hub.next('upstream', ({ connected }) => connected);
  await using alice = await Agent.connect(hub);
  await alice.call('navigate_page', { url: pages.url });
  await alice.call('download_file', { url: '/a.txt' });
  expect(readdirSync(kept)).toHaveLength(1);
  hub.send({ type: 'last' });
  hub.send({ type: 'drain', ms: 1000 });
  await hub.exited;
  expect(readdirSync(kept)).toEqual([]);
});

test('subscriptions outlive the gateway', async () => {
  await using before = await GatewayProcess.start(chrome.endpoint);
  await before.next('upstream', ({ connected }) => connected);
  const wire = await Wire.open(`${before.url}/mcp`);
  await (await wire.post(ask(1, 'resources/subscribe', { uri: 'cdp-hub://clients' }))).text();
  const told = await before.next('sessions', ({ sessions }) => sessions[0]?.subscribed.length === 1);
  before.child.kill('SIGKILL');
  await before.exited;
  await using after = new GatewayProcess();
  after.config(chrome.endpoint, {}, null, told.sessions);
  after.port = (await after.next('ready')).port;
  await after.next('upstream', ({ connected }) => connected);
  const stream = await Wire.of(`${after.url}/mcp`, wire.id, wire.headers).get();
  await using _ = await Agent.connect(after, '', 'bob');
  for await (const { data } of eventsOf(stream)) {
    if (data?.method !== 'notifications/resources/updated') continue;
    expect(data.params.uri).toBe('cdp-hub://clients');
    return;
  }
  throw new Error('its stream has ended');
});

test('artifacts outlive the gateway; those of sessions that are gone do not', async () => {
  const kept = join(artifactsDir, 'of another gateway');
  await using before = await GatewayProcess.start(chrome.endpoint, { artifactsDir: kept });
  await before.next('upstream', ({ connected }) => connected);
  const [alice, bob] = [await Agent.connect(before), await Agent.connect(before)];
  for (const each of [alice, bob]) {
    await each.call('navigate_page', { url: pages.url });
    await each.call('download_file', { url: '/a.txt' });
  }
  const { sessions } = await before.next('sessions', (message) => message.sessions.length === 2);
  before.child.kill('SIGKILL');
  await before.exited;
  expect(readdirSync(kept)).toHaveLength(2);
  await using after = new GatewayProcess();
  const config = { artifactsDir: kept, port: before.port, preload: true };
  after.config(chrome.endpoint, config, null, sessions.slice(0, 1));
  await after.next('ready');
  await expect.poll(() => readdirSync(kept)).toHaveLength(1);
  const read = await Promise.all(
    [alice, bob].map((each) => textAt(each, 'cdp-hub://artifacts/a.txt').catch((error) => error.code)),
  );
  expect(read.sort()).toEqual([404, 'text of a']);
});
