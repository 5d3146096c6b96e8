import { afterAll, beforeAll, expect, test } from 'vitest';
import { Gateway } from '../../../src/gateway/gateway.ts';
import type { FromGateway } from '../../../src/shared/ipc.ts';
import { Chrome } from '../../helpers/chrome.ts';
import { until } from '../../helpers/hub.ts';
import { GATEWAY_CONFIG } from '../../integration/gateway/gateway-process.ts';
import { RawClient } from './raw-client.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** A gateway in this process, whose time the test moves on. */
let ahead = 0;
const clock = { now: () => performance.now() + ahead, wall: () => Date.now() + ahead };
const told: FromGateway[] = [];

let chrome: Chrome;
let gateway: Gateway;
let url = '';

beforeAll(async () => {
  chrome = await Chrome.start();
  gateway = new Gateway(GATEWAY_CONFIG, clock, (message) => told.push(message));
  url = `ws://127.0.0.1:${(await gateway.listen()).port}/ws`;
  gateway.browser(chrome.endpoint, '');
});
afterAll(async () => {
  gateway?.close();
  await chrome?.[Symbol.asyncDispose]();
});

/** The names of the workspaces, as the journal has them now. */
function names(): string[] {
  const last = told.findLast((message) => message.type === 'journal');
  return last?.type === 'journal' ? last.journal.workspaces.map(({ name }) => name).sort() : [];
}

/** The titles of the pages of the browser itself. */
async function titles(): Promise<string[]> {
  const list = (await (await fetch(`${chrome.url}/json/list`)).json()) as { title: string; type: string }[];
  return list.filter(({ type }) => type === 'page').map(({ title }) => title);
}

/** A socket of `/ws` that has its tab at a page of that title. */
async function at(query: string, title: string): Promise<RawClient> {
  const client = await RawClient.connect(url + query);
  await client.call('Page.navigate', { url: `data:text/html,<title>${title}</title>` });
  await until(`${title} is there`, async () => (await titles()).includes(title));
  return client;
}

/** Ends the connection and waits until the gateway has seen it. */
async function leave(client: RawClient, name: string): Promise<void> {
  const listed = () => {
    const last = told.findLast((message) => message.type === 'clients');
    return last?.type === 'clients' && last.clients.some((each) => each.name === name);
  };
  await until(`${name} is listed`, listed);
  await client[Symbol.asyncDispose]();
  await until(`${name} has left`, () => !listed());
}

/** Moves the time on by 31 s and waits until the gateway has looked who is idle: one who calls nothing has gone then. */
async function look(): Promise<void> {
  const visitor = await RawClient.connect(`${url}?client=visitor`);
  await until('the visitor is there', () => names().includes('visitor'));
  await leave(visitor, 'visitor');
  ahead += 31 * SECOND;
  await until('the visitor has gone', () => !names().includes('visitor'));
}

test('what a socket of /ws leaves behind goes at once without a name, 30 s after one that called nothing, 30 min after a call', {
  timeout: 60_000,
}, async () => {
  const nameless = await at('', 'nameless');
  const alice = await at('?client=alice', 'alice');
  await using carol = await at('?client=carol', 'carol');
  await leave(alice, 'alice');
  await nameless[Symbol.asyncDispose]();
  await until('the nameless one has gone', async () => !(await titles()).includes('nameless'));
  await look();
  ahead = 29 * MINUTE;
  await look();
  expect(names()).toEqual(['alice', 'carol']);
  expect(await titles()).toEqual(expect.arrayContaining(['alice', 'carol']));

  ahead = 31 * MINUTE;
  await until('alice has gone', () => names().join() === 'carol');
  await until('her tab has gone', async () => !(await titles()).includes('alice'));
  // Whose socket is open is never idle: it says itself when it is over.
  ahead = 120 * MINUTE;
  await look();
  const answer = await carol.call('Runtime.evaluate', { expression: 'document.title' });
  expect(answer.result.result.value).toBe('carol');
  await leave(carol, 'carol');
  await look();
  expect(await titles()).toContain('carol');
  ahead += 30 * MINUTE;
  await until('carol has gone', async () => names().length === 0 && !(await titles()).includes('carol'));
});
