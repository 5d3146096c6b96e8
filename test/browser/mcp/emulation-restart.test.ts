import { expect, test } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { GatewayProcess } from '../../integration/gateway/gateway-process.ts';
import { Agent } from './agent.ts';

test('a restart of the gateway ends what was emulated, which is said once, page by page', async () => {
  await using chrome = await Chrome.start();
  const first = await GatewayProcess.start(chrome.endpoint);
  await first.next('upstream', ({ connected }) => connected);
  await using agent = await Agent.connect(first);
  await agent.call('emulate', { timezone: 'Asia/Tokyo', extraHttpHeaders: '{"X-Secret":"do not tell"}' });
  await agent.call('new_page', { url: 'about:blank' });
  await agent.call('new_page', { url: 'about:blank' });
  await agent.call('emulate', { viewport: '400x300x2' });
  await agent.call('resize_page', { width: 500, height: 300 });
  const words = (sessions: { tabs: { pages: { emulated: string }[] } }[]) =>
    sessions.flatMap(({ tabs }) => tabs.pages.map(({ emulated }) => emulated));
  const { sessions } = await first.next('sessions', (told) => {
    const [one, two, three] = words(told.sessions);
    return one !== '' && two === '' && three?.includes('500x300') === true;
  });
  const { journal } = first.messages.findLast((message) => message.type === 'journal') ?? { journal: null };
  first.child.kill('SIGKILL');
  await first[Symbol.asyncDispose]();

  await using second = new GatewayProcess();
  second.config(chrome.endpoint, { port: first.port }, journal, sessions);
  await second.next('upstream', ({ connected }) => connected);
  const said = await agent.call('list_pages');
  const was = (page: number, what: string) =>
    `The hub was restarted: page ${page} is no longer emulated (was: ${what}). Call emulate again.`;
  expect(said).toContain(was(1, 'timezone Asia/Tokyo; headers X-Secret'));
  expect(said).not.toContain('page 2 is no longer');
  expect(said).toContain(was(3, 'viewport 500x300x2'));
  expect(await agent.call('list_pages')).not.toContain('no longer emulated');
  const zone = '() => new Intl.DateTimeFormat().resolvedOptions().timeZone';
  expect(await agent.call('evaluate_script', { function: zone, pageId: 1 })).not.toContain('Asia/Tokyo');
});
