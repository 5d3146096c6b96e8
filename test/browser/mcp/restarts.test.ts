import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { expect, test } from 'vitest';
import type { FromGateway } from '../../../src/shared/ipc.ts';
import type { SavedSession } from '../../../src/shared/mcp.ts';
import { Chrome } from '../../helpers/chrome.ts';
import { GatewayProcess } from '../../integration/gateway/gateway-process.ts';
import { Wire } from '../../integration/gateway/mcp/wire.ts';
import { Agent, site } from './agent.ts';

/** What a session has after the gateway was killed, in each state that it can be killed in. */

const pages = await site({ '/a': '<title>a</title>', '/b': '<title>b</title>' });

async function connected(gateway: GatewayProcess): Promise<GatewayProcess> {
  await gateway.next('upstream', (message) => message.connected);
  return gateway;
}

function last<Type extends FromGateway['type']>(gateway: GatewayProcess, type: Type) {
  const is = (message: FromGateway): message is Extract<FromGateway, { type: Type }> => message.type === type;
  return gateway.messages.findLast(is);
}

/** The gateway is killed; another takes its place, and is told what those before it told last, as by the supervisor. */
async function killed(chrome: Chrome, ...before: GatewayProcess[]): Promise<GatewayProcess> {
  const latest = before.at(-1);
  latest?.child.kill('SIGKILL');
  await latest?.exited;
  const told = <Type extends FromGateway['type']>(type: Type) =>
    before.map((gateway) => last(gateway, type)).findLast((message) => message !== undefined);
  const { journal = null } = told('journal') ?? {};
  const ofThis = journal?.browser === chrome.endpoint.wsUrl ? journal : null;
  const after = new GatewayProcess();
  after.config(chrome.endpoint, { port: latest?.port ?? 0 }, ofThis, told('sessions')?.sessions);
  after.port = (await after.next('ready')).port;
  return connected(after);
}

/** Pages 2 and 3, the former selected; resolves when the supervisor knows that. */
async function settle(agent: Agent, gateway: GatewayProcess): Promise<string> {
  await agent.call('navigate_page', { url: `${pages.url}/b` });
  await agent.call('new_page', { url: `${pages.url}/a` });
  await agent.call('new_page', { url: `${pages.url}/b` });
  await agent.call('close_page', { pageId: 1 });
  await agent.call('select_page', { pageId: 2 });
  const settled = ({ tabs }: SavedSession) =>
    tabs.pages.map(({ pageId }) => pageId).join() === '2,3' && tabs.selected === 2;
  await gateway.next('sessions', ({ sessions }) => sessions.some(settled));
  return agent.call('list_pages');
}

/** Its session is taken up again, and none of its tools is used. */
async function wake({ client: { transport } }: Agent, gateway: GatewayProcess): Promise<void> {
  const id = transport instanceof StreamableHTTPClientTransport ? (transport.sessionId ?? '') : '';
  expect(await Wire.of(`${gateway.url}/mcp`, id).ping()).toBe(200);
  await gateway.next('sessions');
}

test('pages, their numbers and the selection stay over a gateway in which it was not at work', async () => {
  await using chrome = await Chrome.start();
  await using first = await connected(await GatewayProcess.start(chrome.endpoint));
  await using agent = await Agent.connect(first);
  const before = await settle(agent, first);
  await using second = await killed(chrome, first);
  await wake(agent, second);
  await using third = await killed(chrome, first, second);
  await wake(agent, third);
  expect(await agent.call('list_pages')).toBe(before);
  expect(await agent.value('document.title')).toBe('a');
});

test('where all pages are everybody’s its own stay its own, and those of others theirs', async () => {
  await using chrome = await Chrome.start();
  await using first = await connected(await GatewayProcess.start(chrome.endpoint));
  await using agent = await Agent.connect(first, 'isolation=none&workspace=all');
  await using other = await Agent.connect(first, 'isolation=none&workspace=all');
  const before = await settle(agent, first);
  await other.call('navigate_page', { url: `${pages.url}/b` });
  await first.next('sessions', ({ sessions }) => sessions.every(({ tabs }) => tabs.pages.length > 0));
  await using _second = await killed(chrome, first);
  expect(await agent.call('list_pages')).toBe(before);
  expect(await agent.value('document.title')).toBe('a');
  expect(await other.value('document.title')).toBe('b');
});

test('that the browser was restarted it hears once, also where the gateway was restarted before it was told', async () => {
  await using chrome = await Chrome.start();
  await using first = await connected(await GatewayProcess.start(chrome.endpoint));
  await using agent = await Agent.connect(first);
  await settle(agent, first);
  const told = first.messages.length;
  await chrome.kill();
  await expect
    .poll(() => first.messages.slice(told).some(({ type }) => type === 'sessions'), { timeout: 10_000 })
    .toBe(true);
  await using another = await Chrome.start();
  await using second = await killed(another, first);
  await wake(agent, second);
  await using _third = await killed(another, first, second);
  const note = 'The browser was restarted';
  expect(await agent.call('list_pages')).toContain(note);
  expect(await agent.call('list_pages')).not.toContain(note);
});
