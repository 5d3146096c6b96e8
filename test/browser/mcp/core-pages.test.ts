import { beforeAll, describe, expect, it } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';
import type { GatewayProcess } from '../../integration/gateway/gateway-process.ts';
import { Agent, type Site, site } from './agent.ts';

describe('pages', () => {
  let gateway: GatewayProcess;
  let pages: Site;

  beforeAll(async () => {
    pages = await site({
      '/': '<title>one</title><h1>One</h1>',
      '/two': '<title>two</title><h1>Two</h1>',
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
