import { beforeAll, describe, expect, it } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';
import type { GatewayProcess } from '../../integration/gateway/gateway-process.ts';
import { Agent, type Site, site } from './agent.ts';

const LINKS = Array.from({ length: 30 }, (_, n) => `<a class=many href="#${n}">link ${n + 1}</a>`).join(' ');

describe('what is on a page', () => {
  let gateway: GatewayProcess;
  let pages: Site;

  beforeAll(async () => {
    pages = await site({
      '/': (_, response) =>
        response
          .writeHead(200, { 'content-type': 'text/html' })
          .end(
            `<title>look</title><h1>Top</h1><button class=one>First</button><button class=one>Second</button><iframe src="${pages.other}/inner"></iframe><div style="height:3000px"></div><p>Bottom</p><button><b><i>Deep</i> inside</b></button>${LINKS}`,
          ),
      '/inner': '<p id=p>inner text</p><button>Inside</button>',
    });
    gateway = await gatewayOn(await Chrome.start());
  });

  it('is waited for, in every frame, until it is there or gone', async () => {
    await using agent = await Agent.connect(gateway);
    await agent.call('navigate_page', { url: `${pages.url}/` });
    expect(await agent.call('wait_for', { text: ['nothing', 'INNER  text'] })).toBe(
      '"INNER  text" is there.',
    );
    await agent.call('select_frame', { uid: await agent.uid('Iframe') });
    await agent.value(`setTimeout(() => { document.querySelector('#p').textContent = 'changed' }, 300) && 0`);
    expect(await agent.call('wait_for', { text: ['inner text'], gone: true })).toBe('"inner text" is gone.');
    await agent.value(`setTimeout(() => { document.querySelector('#p').textContent = 'again' }, 300) && 0`);
    expect(await agent.call('wait_for', { text: ['again'] })).toBe('"again" is there.');
    expect(await agent.fails('wait_for', { text: ['never'], timeout: 200 })).toContain(
      'did not appear after 0.2 s',
    );
  });

  it('is found, read, scrolled to and pictured', async () => {
    await using agent = await Agent.connect(gateway);
    await agent.call('navigate_page', { url: `${pages.url}/` });
    expect(await agent.call('find_elements', { css: '.one', limit: 1 })).toMatch(
      /^2 elements, of which the first 1:\nuid=\S+ button "First"$/,
    );
    const inside = await agent.call('find_elements', { role: 'button', name: 'insid' });
    const uid = /uid=(\S+) button "Inside"/.exec(inside)?.[1];
    expect(await agent.call('get_text', { uid })).toBe('Inside');
    expect(await agent.call('click', { uid })).toBe('Clicked button "Inside".');
    // Of what has the text, what is around it is meant where it is what has the role.
    expect(await agent.call('find_elements', { text: 'Deep', role: 'button' })).toMatch(
      /^1 element:\nuid=\S+ button "Deep inside"$/,
    );
    // The role and the name are looked for among all, not among the first that are shown.
    expect(await agent.call('find_elements', { css: '.many', name: 'link 30', limit: 5 })).toMatch(
      /^1 element:\nuid=\S+ link "link 30"$/,
    );
    expect(await agent.fails('find_elements', { css: '<' })).toContain('The selector is wrong');
    expect(await agent.call('get_text')).toContain(`[frame ${pages.other}/inner]\ninner text`);
    expect(await agent.call('scroll', { direction: 'bottom' })).toContain('The page is scrolled bottom');
    expect(await agent.call('scroll')).toContain('cannot be scrolled further down');
    const whole = await agent.ask('take_screenshot', { fullPage: true, maxWidth: 100, format: 'jpeg' });
    expect(whole.content[1]).toMatchObject({ type: 'image', mimeType: 'image/jpeg' });
  });

  it('costs little to list: the tools of core', async () => {
    await using agent = await Agent.connect(gateway, 'tools=core');
    const { tools } = await agent.client.listTools();
    expect(tools.length).toBeLessThanOrEqual(25);
    expect(Buffer.byteLength(JSON.stringify(tools))).toBeLessThanOrEqual(24 * 1024);
  });
});
