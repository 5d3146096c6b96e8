import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  ResourceListChangedNotificationSchema,
  ResourceUpdatedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Artifacts } from '../../../../src/gateway/mcp/browser/artifacts.ts';
import { serveResources } from '../../../../src/gateway/mcp/resources.ts';
import { Subscriptions } from '../../../../src/gateway/mcp/subscriptions.ts';
import type { HubView } from '../../../../src/gateway/mcp/tools/tool.ts';

let root: string;
let artifacts: Artifacts;
let client: Client;
let hear: (type: 'client.joined' | 'log') => void = () => {};
let told: string[];
let subscriptions: Subscriptions;
/** What a later gateway would be told. */
let kept: string[];

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'cdp-hub-resources-'));
  artifacts = new Artifacts(root, 'session');
  told = [];
  const capabilities = { resources: { subscribe: true, listChanged: true } };
  const server = new Server({ name: 'hub', version: '1' }, { capabilities });
  subscriptions = new Subscriptions(['cdp-hub://artifacts/from-before.txt'], () => {
    kept = subscriptions.uris;
  });
  const hub: HubView = {
    version: '1',
    clients: () => [],
    events: () => [
      { type: 'log', at: 0, level: 'info', source: 'gateway', message: `mcp-${'a'.repeat(32)} went` },
    ],
    onEvent: (each) => {
      hear = each;
      return () => {
        hear = () => told.push('heard after its end');
      };
    },
  };
  serveResources(server, artifacts, hub, subscriptions);
  client = new Client({ name: 'agent', version: '1' });
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
    told.push(params.uri);
  });
  client.setNotificationHandler(ResourceListChangedNotificationSchema, () => {
    told.push('list');
  });
  const [one, other] = InMemoryTransport.createLinkedPair();
  await Promise.all([server.connect(one), client.connect(other)]);
});
afterEach(async () => {
  await client.close();
  rmSync(root, { recursive: true, force: true });
});

const put = (name: string) => artifacts.put({ name, mimeType: 'text/plain', data: 'text' });

test('many are listed page by page, the newest first', async () => {
  for (let number = 1; number <= 201; number += 1) await put(`${number}.txt`);
  const first = await client.listResources();
  expect(first.resources.slice(0, 3).map(({ name }) => name)).toEqual(['clients', 'log', '201.txt']);
  expect(first.resources).toHaveLength(202);
  const second = await client.listResources({ cursor: first.nextCursor });
  expect(second.resources.map(({ name }) => name)).toEqual(['1.txt']);
  expect(second.nextCursor).toBeUndefined();
  for (const cursor of ['x', '-1', '999999']) {
    await expect(client.listResources({ cursor })).rejects.toMatchObject({ code: -32602 });
  }
});

test('of many changes in a second the first is told at once, and all others as one', async () => {
  await client.subscribeResource({ uri: 'cdp-hub://log' });
  for (let number = 0; number < 20; number += 1) {
    await put('a.txt');
    hear('log');
  }
  await expect.poll(() => [...told].sort()).toEqual(['cdp-hub://log', 'list']);
  await expect.poll(() => told.length, { timeout: 5000 }).toBe(4);
  expect([...told].sort()).toEqual(['cdp-hub://log', 'cdp-hub://log', 'list', 'list']);
});

test('each hears of what it subscribed to', async () => {
  await client.subscribeResource({ uri: 'cdp-hub://clients' });
  hear('log');
  await client.ping();
  expect(told).toEqual([]);
  hear('client.joined');
  await expect.poll(() => told).toEqual(['cdp-hub://clients']);
  await client.unsubscribeResource({ uri: 'cdp-hub://clients' });
  hear('client.joined');
  await client.ping();
  expect(told).toEqual(['cdp-hub://clients']);
});

test('what it subscribed to at an earlier gateway it hears of, and a later one is told of all', async () => {
  await client.subscribeResource({ uri: 'cdp-hub://log' });
  expect(kept).toEqual(['cdp-hub://artifacts/from-before.txt', 'cdp-hub://log']);
  await put('from-before.txt');
  await expect.poll(() => told).toContain('cdp-hub://artifacts/from-before.txt');
  await client.unsubscribeResource({ uri: 'cdp-hub://artifacts/from-before.txt' });
  expect(kept).toEqual(['cdp-hub://log']);
});

test('subscriptions are bounded in their number, and in what they take', () => {
  const add = (number: number, bytes: number) => {
    const some = new Subscriptions([], () => {});
    for (let each = 0; each < number; each += 1) some.add(String(each).padStart(bytes, 'x'));
    return some;
  };
  expect(() => add(1001, 4)).toThrow('1000 resources');
  expect(() => add(33, 1000)).toThrow('bytes of URIs');
  const full = add(1000, 4);
  // What is there already, and what takes the place of another, is no more.
  full.add('xxx1');
  full.delete('xxx1');
  full.add('1');
  expect(full.uris).toHaveLength(1000);
});

test('the log says nothing that others are ended by', async () => {
  const { contents } = await client.readResource({ uri: 'cdp-hub://log' });
  expect(contents).toMatchObject([{ text: '1970-01-01T00:00:00.000Z info gateway: (id) went' }]);
});

test('an end is the end of it', async () => {
  await client.subscribeResource({ uri: 'cdp-hub://log' });
  await client.close();
  // As soon as it has ended, `hear` is what was put in its place.
  await expect.poll(() => [hear('log'), told].flat()).toContain('heard after its end');
});
