import { expect, test } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { GatewayProcess } from '../../integration/gateway/gateway-process.ts';
import { RawClient } from '../gateway/raw-client.ts';
import { Agent, site } from './agent.ts';

const { url } = await site({ '/': '<title>page</title><button>One</button><button>Two</button>' });

test('after a restart of the gateway no uid from before names anything, and a page that closed is not taken for another', async () => {
  await using chrome = await Chrome.start();
  const first = await GatewayProcess.start(chrome.endpoint);
  await first.next('upstream', ({ connected }) => connected);
  await using agent = await Agent.connect(first);
  await agent.call('navigate_page', { url: `${url}/` });
  await agent.call('new_page', { url: `${url}/?doomed` });
  const before = await agent.uid('"One"');
  const { sessions } = await first.next('sessions', ({ sessions: [told] }) => told?.tabs.selected === 2);
  const { journal } = first.messages.findLast((message) => message.type === 'journal') ?? { journal: null };
  first.child.kill('SIGKILL');
  await first[Symbol.asyncDispose]();
  await using browser = await RawClient.connect(chrome.endpoint.wsUrl);
  const { targetInfos } = (await browser.call('Target.getTargets')).result;
  const doomed = targetInfos.find((target: { url: string }) => target.url.endsWith('doomed'));
  await browser.call('Target.closeTarget', { targetId: doomed.targetId });

  await using second = new GatewayProcess();
  second.config(chrome.endpoint, { port: first.port }, journal, sessions);
  await second.next('upstream', ({ connected }) => connected);
  expect(await agent.fails('click', { uid: before })).toBe(
    'The selected page 2 was closed; page 1 is selected now.\nclick was not done: it names no page, and may have been meant for page 2. Repeat it if you mean page 1.',
  );
  const snapshot = await agent.call('take_snapshot');
  expect(snapshot).toContain('button "One"');
  expect(snapshot).not.toContain(`uid=${before} `);
  expect(await agent.fails('click', { uid: before })).toContain(`There is no element ${before}`);
});
