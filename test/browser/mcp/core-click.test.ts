import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';
import type { GatewayProcess } from '../../integration/gateway/gateway-process.ts';
import { Agent, type Site, site } from './agent.ts';

const PAGE = `<title>clicks</title>
<style>body { margin: 0 } @keyframes go { to { transform: translateX(200px) } }</style>
<script>let said = []; const say = (what) => said.push(what)</script>
<button onclick="say('plain')" ondblclick="say('double')" oncontextmenu="say('right')">Plain</button>
<button disabled>Off</button>
<button id=later disabled onclick="say('later')">Later</button>
<button id=moving onclick="say('moving')" style="animation: go 1500ms linear forwards">Moving</button>
<div style="position:relative;width:120px"><button onclick="say('under')">Under</button>
  <div id=veil style="position:absolute;inset:0;background:#eee"></div></div>
<a href="javascript:say('void')">Script link</a> <a href="mailto:a@example.com">Mail</a>
<my-box></my-box>
<label><input type=checkbox style="position:absolute;left:-9999px" onchange="say('boxed')">Tick me</label>
<div style="height:60px;width:200px;overflow:auto"><div style="height:500px"></div><button onclick="say('deep')">Deep</button></div>
<select aria-label=Size onchange="say(this.value)"><option value=s>Small<option value=l>Large</select>
<div style="height:3000px"></div><button onclick="say('far')">Far</button>
<script>customElements.define('my-box', class extends HTMLElement { connectedCallback() {
  this.attachShadow({ mode: 'closed' }).innerHTML = '<button>Shadowed</button>';
} }); document.querySelector('my-box').addEventListener('click', () => say('shadow'))</script>`;

describe('a click', () => {
  let gateway: GatewayProcess;
  let pages: Site;
  let agent: Agent;

  beforeAll(async () => {
    pages = await site({
      '/': PAGE,
      '/frames': (_, response) =>
        response
          .writeHead(200, { 'content-type': 'text/html' })
          .end(
            `<div style="height:900px"></div><iframe src="${pages.other}/inner" style="border:9px solid;padding:5px" width=300 height=100></iframe>`,
          ),
      '/inner': `<div style="height:400px"></div><button onclick="document.title = 'hit'; this.textContent = 'was hit'">Inner</button><a href="/inner-next">Go on</a><a href="/next" target=_top>Go up</a>`,
      '/inner-next': '<p>inner next</p>',
      '/next': '<title>next</title><p>next</p>',
    });
    gateway = await gatewayOn(await Chrome.start());
  });

  beforeEach(async () => {
    agent = await Agent.connect(gateway);
    await agent.call('navigate_page', { url: `${pages.url}/` });
  });

  afterEach(() => agent[Symbol.asyncDispose]());

  it('is single, double, and of the right button', async () => {
    const uid = await agent.uid('button', '"Plain"');
    expect(await agent.call('click', { uid })).toBe('Clicked button "Plain".');
    expect(await agent.call('click', { uid, dblClick: true })).toBe('Double-clicked button "Plain".');
    await agent.call('click', { uid, button: 'right' });
    expect(await agent.value('said')).toEqual(['plain', 'plain', 'plain', 'double', 'right']);
  });

  it('waits for the element to be at rest, in view and free', async () => {
    const moving = await agent.uid('"Moving"');
    await agent.value('document.getAnimations()[0]?.ready.then(() => 0)');
    await agent.call('click', { uid: moving });
    await agent.call('click', { uid: await agent.uid('"Far"') });
    await agent.call('click', { uid: await agent.uid('"Deep"') });
    const under = await agent.uid('"Under"');
    expect(await agent.fails('click', { uid: under })).toContain(
      'is covered by <div#veil>. Close or move that first.',
    );
    const later = await agent.uid('"Later"');
    await agent.value(`setTimeout(() => { document.querySelector('#later').disabled = false }, 200) && 0`);
    await agent.call('click', { uid: later });
    expect(await agent.value('said')).toEqual(['moving', 'far', 'deep', 'later']);
    expect(await agent.fails('click', { uid: await agent.uid('"Off"') })).toContain('is disabled');
  });

  it('reaches what is in a shadow root, behind a label, and in a closed list', async () => {
    await agent.call('click', { uid: await agent.uid('"Shadowed"') });
    await agent.call('click', { uid: await agent.uid('checkbox', '"Tick me"') });
    await agent.call('click', { uid: await agent.uid('option', '"Large"') });
    expect(await agent.value('said')).toEqual(['shadow', 'boxed', 'l']);
  });

  it('on a link that loads nothing does not wait', async () => {
    const started = performance.now();
    expect(await agent.call('click', { uid: await agent.uid('"Script link"') })).toBe(
      'Clicked link "Script link".',
    );
    expect(await agent.call('click', { uid: await agent.uid('"Mail"') })).toBe('Clicked link "Mail".');
    expect(await agent.value('said')).toEqual(['void']);
    expect(performance.now() - started).toBeLessThan(8000);
  });

  it('reaches into a frame of another site, and waits for what that loads', async () => {
    await agent.call('navigate_page', { url: `${pages.url}/frames` });
    expect(await agent.call('click', { uid: await agent.uid('"Inner"'), includeSnapshot: true })).toContain(
      'button "was hit"',
    );
    await agent.call('click', { uid: await agent.uid('"Go on"') });
    expect(await agent.call('take_snapshot')).toContain('inner next');
    await agent.call('navigate_page', { type: 'reload' });
    expect(await agent.call('click', { uid: await agent.uid('"Go up"') })).toContain(
      `The page is now at ${pages.other}/next.`,
    );
  });

  it('in a frame sees what the page around it has put over it', async () => {
    await agent.call('navigate_page', { url: `${pages.url}/frames` });
    await agent.value(
      `document.body.insertAdjacentHTML('beforeend', '<div id=banner style="position:fixed;inset:0"></div>')`,
    );
    expect(await agent.fails('click', { uid: await agent.uid('"Inner"') })).toContain(
      'covered by <div#banner>',
    );
  });

  it('on what is not there any more says so', async () => {
    const uid = await agent.uid('"Plain"');
    await agent.value(`document.querySelector('button').remove()`);
    expect(await agent.fails('click', { uid })).toContain('is not on the page any more. Call take_snapshot');
    expect(await agent.fails('click', { uid: '9_9' })).toContain('There is no element 9_9');
    await agent.call('navigate_page', { url: `${pages.url}/next` });
    expect(await agent.fails('click', { uid })).toContain('Call take_snapshot');
    expect(await agent.fails('click', { uid, pageId: 9 })).toContain('There is no page 9');
  });
});
