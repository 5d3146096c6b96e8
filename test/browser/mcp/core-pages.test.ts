import type { ServerResponse } from 'node:http';
import { beforeAll, describe, expect, it } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';
import type { GatewayProcess } from '../../integration/gateway/gateway-process.ts';
import { Agent, type Site, site } from './agent.ts';

describe('pages', () => {
  let gateway: GatewayProcess;
  let pages: Site;
  /** What a page waits for that closes then. */
  let held: ServerResponse | null = null;

  beforeAll(async () => {
    pages = await site({
      '/': '<title>one</title><h1>One</h1>',
      '/two': '<title>two</title><h1>Two</h1>',
      '/buttons':
        '<title>buttons</title><button onclick="document.title = 1">One</button><button>Two</button>',
      '/brief': '<script>fetch("/held").then(() => close())</script>',
      '/file': (_, response) => response.writeHead(200, { 'content-disposition': 'attachment' }).end('text'),
      '/held': (_, response) => {
        held = response;
      },
    });
    gateway = await gatewayOn(await Chrome.start());
  });

  it('are opened, listed, selected and closed', async () => {
    await using agent = await Agent.connect(gateway);
    expect(await agent.call('list_pages')).toMatch(/^1: about:blank \[selected\]$/);
    expect(await agent.call('new_page', { url: `${pages.url}/two` })).toBe(
      `Page 2 is open and selected, at ${pages.url}/two.`,
    );
    expect(await agent.call('select_page', { pageId: 1 })).toBe('Page 1 is selected: about:blank');
    expect(await agent.call('navigate_page', { url: `${pages.url}/` })).toBe(`Went to ${pages.url}/.`);
    expect(await agent.call('list_pages')).toBe(
      `1: ${pages.url}/ "one" [selected]\n2: ${pages.url}/two "two"`,
    );
    expect(await agent.call('close_page', { pageId: 1 })).toContain('page 2 is selected now');
    expect(await agent.value('document.title')).toBe('two');
  });

  it('have uids of their own: what was found first keeps its own, and no other page has the same', async () => {
    await using agent = await Agent.connect(gateway);
    await agent.call('navigate_page', { url: `${pages.url}/buttons` });
    const uidsIn = (text: string) => [...text.matchAll(/uid=(\S+)/g)].map(([, uid = '']) => uid);
    const found = uidsIn(await agent.call('find_elements', { css: 'button' }));
    const seen = uidsIn(await agent.call('take_snapshot'));
    expect(seen.slice(-2)).toEqual(found);
    await agent.call('new_page', { url: `${pages.url}/buttons` });
    const other = uidsIn(await agent.call('take_snapshot'));
    const all = [...seen, ...other];
    expect(new Set(all).size).toBe(all.length);
    expect(await agent.fails('click', { uid: found[0] })).toContain(`There is no element ${found[0]}`);
  });

  it('that close by themselves are not taken for others: what was meant for one is not done on the next', async () => {
    await using agent = await Agent.connect(gateway, '', 'displaced');
    await agent.call('navigate_page', { url: `${pages.url}/buttons` });
    const displace = async () => {
      const opened = await agent.call('evaluate_script', { function: `() => { window.open('/brief') }` });
      const pageId = Number(/It opened page (\d+)/.exec(opened)?.[1]);
      await agent.call('select_page', { pageId });
      await expect.poll(() => held).not.toBeNull();
      const before = gateway.messages.length;
      held?.end('now');
      held = null;
      const isGone = () =>
        gateway.messages
          .slice(before)
          .flatMap((message) => (message.type === 'sessions' ? message.sessions : []))
          .findLast(({ params }) => params.clientInfo.name === 'displaced')
          ?.tabs.pages.every((page) => page.pageId !== pageId);
      await expect.poll(isGone).toBe(true);
    };
    const uid = await agent.uid('"One"');
    await displace();
    expect(await agent.fails('click', { uid })).toBe(
      'The selected page 2 was closed; page 1 is selected now.\nclick was not done: it names no page, and may have been meant for page 2. Repeat it if you mean page 1.',
    );
    expect(await agent.call('click', { uid })).toBe('Clicked button "One".');
    for (const look of ['list_pages', 'take_snapshot']) {
      await displace();
      expect(await agent.call(look)).toContain('page 1 is selected now.');
      expect(await agent.call('click', { uid })).toBe('Clicked button "One".');
    }
  });

  it('that come to nothing are closed again', async () => {
    await using agent = await Agent.connect(gateway);
    await agent.call('navigate_page', { url: `${pages.url}/two` });
    expect(await agent.fails('new_page', { url: 'http://127.0.0.1:1/' })).toBe(
      'The selected page 2 was closed; page 1 is selected now.\nThe page did not load: net::ERR_UNSAFE_PORT. Check the URL, and whether its server runs.',
    );
    expect(await agent.call('new_page', { url: `${pages.url}/file` })).toMatch(
      /page 1 is selected now\.\nThere is no page at this URL but a file: no page was opened for it\.\nDownloaded \S+ \(4 bytes\)/,
    );
    expect(await agent.call('list_pages')).toBe(`1: ${pages.url}/two "two" [selected]`);
  });

  it('that are not there, and arguments that are wrong, are told of in words', async () => {
    await using agent = await Agent.connect(gateway);
    await agent.call('list_pages');
    expect(await agent.fails('select_page', { pageId: 7 })).toBe(
      'There is no page 7: the pages are 1. Call list_pages to see what there is, or new_page to open one.',
    );
    expect(await agent.fails('navigate_page', { type: 'away' })).toContain(
      'It takes: type, url, ignoreCache, timeout, pageId.',
    );
    expect(await agent.fails('navigate_page', { url: 'http://' })).toContain('"http://" is no URL');
    expect(await agent.fails('navigate_page', { type: 'back' })).toContain('There is nothing to go back to');
  });
});
