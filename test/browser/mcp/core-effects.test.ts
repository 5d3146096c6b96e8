import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';
import type { GatewayProcess } from '../../integration/gateway/gateway-process.ts';
import { RawClient } from '../gateway/raw-client.ts';
import { Agent, type Site, site } from './agent.ts';

const PAGE = `<title>effects</title>
<a href="/slow">Slow</a> <a href="/hop">Hop</a> <a href="/file">File</a> <a href="/none">Nothing</a>
<a href="#part">Part</a> <button onclick="history.pushState(0, '', '/pushed')">Push</button>
<form action="/next"><button>Send</button></form>
<button onclick="setTimeout(() => { location = '/next' })">Later</button>
<button onclick="window.open('/next')">Open</button>
<a href="/next" target=_blank rel=noopener>Blank</a>
<button onclick="window.open('/loud')">Open loud</button>
<button onclick="window.open('/file')">Open file</button>
<button onclick="window.open('/next'); window.open('/next?second')">Open two</button> <a href="/blocked">Blocked</a>
<button onclick="window.open('/next').close()">Open and close</button>
<button onclick="document.body.append(Object.assign(document.createElement('iframe'), { sandbox: '', src: '/file' }))">Forbidden file</button>
<button onclick="alert('one'); alert('two'); location = '/next'">Alerts</button>
<button onclick="document.title = String(prompt('Name?', 'nobody'))">Prompt</button>
<button onclick="window.close()">Close</button>
<button onclick="onbeforeunload = (event) => { event.preventDefault(); return 'stay' }">Hold</button>
<input aria-label=Name>`;

describe('what an action causes', () => {
  let chrome: Chrome;
  let gateway: GatewayProcess;
  let pages: Site;
  let agent: Agent;

  beforeAll(async () => {
    pages = await site({
      '/': PAGE,
      '/slow': (_, response) => {
        // The head of the page comes at once and the rest later.
        setTimeout(
          () => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>slow, but there'),
          1500,
        );
      },
      '/hop': '<script>onload = () => location.replace("/next")</script>',
      '/next': '<title>next</title><p>this is next</p><button onclick="window.close()">Close me</button>',
      '/outer': (_, response) =>
        response
          .writeHead(200, { 'content-type': 'text/html' })
          .end(`<iframe src="${pages.other}/" width=600 height=300></iframe>`),
      '/loud': '<script>alert("loud")</script><p>loud</p>',
      '/pushed': '<p>pushed</p>',
      '/file': (_, response) =>
        response.writeHead(200, { 'content-disposition': 'attachment; filename="report.txt"' }).end('text'),
      '/blocked': `<title>blocked</title><script>onload = () => setTimeout(() => window.open('/next'))</script>`,
      '/none': (_, response) => response.writeHead(204).end(),
    });
    chrome = await Chrome.start();
    gateway = await gatewayOn(chrome);
  });

  beforeEach(async () => {
    agent = await Agent.connect(gateway);
    await agent.call('navigate_page', { url: `${pages.url}/` });
  });

  afterEach(() => agent[Symbol.asyncDispose]());

  const click = async (words: string) => agent.call('click', { uid: await agent.uid(words) });

  it('is awaited: pages that load slowly, go on to others, or load after a while', async () => {
    expect(await click('"Slow"')).toBe(`Clicked link "Slow".\nThe page is now at ${pages.url}/slow.`);
    expect(await agent.call('take_snapshot')).toContain('slow, but there');
    expect(await agent.call('navigate_page', { type: 'back' })).toBe(`Went to ${pages.url}/.`);
    expect(await click('"Hop"')).toContain(`The page is now at ${pages.url}/next.`);
    await agent.call('navigate_page', { url: `${pages.url}/` });
    expect(await click('"Later"')).toContain(`The page is now at ${pages.url}/next.`);
    await agent.call('navigate_page', { type: 'back' });
    expect(await click('"Send"')).toContain(`The page is now at ${pages.url}/next?.`);
  });

  it('is told where the page stays: another part, another address, no content', async () => {
    expect(await click('"Part"')).toContain(`The page is now at ${pages.url}/#part.`);
    const uid = await agent.uid('textbox', '"Name"');
    expect(await click('"Push"')).toContain(`The page is now at ${pages.url}/pushed.`);
    // The document is the same, and so are the names of what is in it.
    expect(await agent.uid('textbox', '"Name"')).toBe(uid);
    expect(await click('"Nothing"')).toBe('Clicked link "Nothing".');
  });

  it('is a download, by its name, at once', async () => {
    const started = performance.now();
    expect(await click('"Open file"')).toMatch(
      /^Clicked button "Open file"\.\nA page that it opened is gone again\.\nDownloaded report\.txt \(4 bytes\)/,
    );
    expect(await click('"File"')).toMatch(/^Clicked link "File"\.\nDownloaded report\S* ?\S*txt \(4 bytes\)/);
    expect(await agent.call('navigate_page', { url: `${pages.url}/file` })).toMatch(
      /^There is no page at this URL but a file: .*\nDownloaded report\S* ?\S*txt \(4 bytes\)/,
    );
    expect(performance.now() - started).toBeLessThan(6000);
  });

  it('is a page of its own, which can be worked on, and so can the one behind it', async () => {
    expect(await click('"Open"')).toBe(
      `Clicked button "Open".\nIt opened page 2: ${pages.url}/next. Call select_page to work on it.`,
    );
    expect(await click('"Blank"')).toContain(`It opened page 3: ${pages.url}/next.`);
    expect(await agent.call('take_snapshot', { pageId: 3 })).toContain('this is next');
    expect(await click('"Part"')).toContain('#part');
    expect((await agent.ask('take_screenshot')).content[1]?.type).toBe('image');
    await agent.call('select_page', { pageId: 2 });
    expect(await click('"Close me"')).toBe(
      'The selected page 2 was closed; page 1 is selected now.\nClicked button "Close me".\nThe page has closed.',
    );
    expect(await agent.value('document.title')).toBe('effects');
  });

  it('is a page that the browser does not open, or that closes at once: nobody waits for it', async () => {
    const [two, blocked, closed, nothing] = [
      await agent.uid('"Open two"'),
      await agent.uid('"Blocked"'),
      await agent.uid('"Open and close"'),
      await agent.uid('"Nothing"'),
    ];
    const timed = async (uid: string) => {
      const started = performance.now();
      const said = await agent.call('click', { uid });
      return { said, ms: performance.now() - started };
    };
    const none = await timed(nothing);
    expect(none.said).toBe('Clicked link "Nothing".');
    expect(none.ms).toBeLessThan(900);
    const gone = await timed(closed);
    expect(gone.said).toBe('Clicked button "Open and close".\nA page that it opened is gone again.');
    const second = await timed(two);
    expect(second.said).toContain('It opened page ');
    expect(second.said).toContain(
      `It asked for windows for ${pages.url}/next, ${pages.url}/next?second, of which 1 opened here:`,
    );
    const none2 = await timed(blocked);
    expect(none2.said).toBe(
      `Clicked link "Blocked".\nThe page is now at ${pages.url}/blocked.\nIt asked for a window for ${pages.url}/next, which did not open here: the browser may have blocked it. Call new_page for what you need.`,
    );
    await agent.call('navigate_page', { url: `${pages.url}/` });
    const started = performance.now();
    // A tab of its own, with no page that opened it, is not shown to the session.
    expect(await agent.call('click', { uid: await agent.uid('"Slow"'), button: 'middle' })).toContain(
      `It asked for a window for ${pages.url}/slow, which did not open here:`,
    );
    expect(performance.now() - started).toBeLessThan(4500);
    for (const { ms } of [gone, second, none2]) expect(ms).toBeLessThan(3500);
  });

  it('is a file that the browser may not download, which is not waited for without end', async () => {
    const uid = await agent.uid('"Forbidden file"');
    const started = performance.now();
    expect(await agent.call('click', { uid })).toBe('Clicked button "Forbidden file".');
    expect(performance.now() - started).toBeLessThan(3500);
  });

  it('is a dialog, one after the other, which other calls wait for', async () => {
    expect(await click('"Alerts"')).toBe(
      'Clicked button "Alerts".\nAn alert dialog is open: "one". Call handle_dialog with pageId 1: the page waits for it.',
    );
    expect(await agent.fails('take_snapshot')).toContain('An alert dialog is open: "one"');
    expect(await agent.call('handle_dialog', { action: 'accept' })).toContain(
      'An alert dialog is open: "two"',
    );
    expect(await agent.call('handle_dialog', { action: 'accept' })).toBe(
      `The alert "two" was accepted.\nThe page is now at ${pages.url}/next.`,
    );
    expect(await agent.fails('handle_dialog', { action: 'accept' })).toContain('has no dialog open');
    await agent.call('navigate_page', { url: `${pages.url}/` });
    await click('"Prompt"');
    await agent.call('handle_dialog', { action: 'accept', promptText: 'me' });
    expect(await agent.value('document.title')).toBe('me');
  });

  it('is a dialog in the page that it opens', async () => {
    const said = await click('"Open loud"');
    const loud =
      'On page 2: An alert dialog is open: "loud". Call handle_dialog with pageId 2: the page waits for it.';
    expect(said).toContain(loud);
    // Of one site and so of one process: the page behind waits, too.
    expect(await agent.fails('download_file', { url: '/next', timeout: 1 })).toContain(
      `download_file timed out after 10 s on page 1. ${loud}`,
    );
    expect(await agent.fails('handle_dialog', { action: 'accept' })).toBe(
      `Page 1 has no dialog open. ${loud}`,
    );
    await agent.call('handle_dialog', { action: 'accept', pageId: 2 });
    expect(await agent.call('take_snapshot', { pageId: 2 })).toContain('loud');
    expect(await agent.value('document.title')).toBe('effects');
  });

  it('is a page that does not want to be left', async () => {
    await click('"Hold"');
    expect(await agent.call('navigate_page', { url: `${pages.url}/next` })).toContain(
      'A beforeunload dialog is open',
    );
    await agent.call('handle_dialog', { action: 'dismiss' });
    expect(await agent.value('document.title')).toBe('effects');
    await agent.call('navigate_page', { url: `${pages.url}/next` });
    expect(await agent.call('handle_dialog', { action: 'accept' })).toContain(
      `The page is now at ${pages.url}/next.`,
    );
    await agent.call('navigate_page', { url: `${pages.url}/` });
    await click('"Hold"');
    expect(await agent.call('close_page', { pageId: 1 })).toContain('Page 1 is closed.');
  });

  it('is a page that goes back and forward in its history', async () => {
    await agent.call('navigate_page', { url: `${pages.url}/next` });
    expect(await agent.value('history.back()')).toBeUndefined();
    expect(await agent.value('document.title')).toBe('effects');
    expect(await agent.call('navigate_page', { type: 'forward' })).toBe(`Went to ${pages.url}/next.`);
    expect(await agent.fails('navigate_page', { type: 'forward' })).toContain('nothing to go forward to');
  });

  it('is the end of the document that a script runs in, which is no reason to run it again', async () => {
    const submit = `document.forms[0].submit(); await new Promise((resolve) => setTimeout(resolve, 20_000))`;
    const ended = 'The script ran, and ended with its document: what it returns is not known.';
    const now = `The page is now at ${pages.url}/next?.`;
    const asked = () => pages.asked.filter((path) => path === '/next?').length;
    const before = asked();
    expect(await agent.call('evaluate_script', { function: `async () => { ${submit} }` })).toBe(
      `${ended}\n${now}`,
    );
    expect(asked()).toBe(before + 1);
    await agent.call('navigate_page', { url: `${pages.url}/` });
    expect(await agent.call('console_command', { command: submit })).toBe(`${ended}\n${now}`);
    expect(asked()).toBe(before + 2);
    // In a frame of another site, whose process goes with what it was at.
    await agent.call('navigate_page', { url: `${pages.url}/outer` });
    await agent.call('select_frame', { uid: await agent.uid('Iframe') });
    const away = `async () => { location = '${pages.url}/next'; await new Promise((resolve) => setTimeout(resolve, 20_000)) }`;
    expect(await agent.call('evaluate_script', { function: away })).toBe(ended);
    expect(await agent.call('take_snapshot')).toContain('this is next');
    // One that closes its page.
    await agent.call('select_frame', { uid: 'main' });
    await agent.call('evaluate_script', { function: `() => { window.open('/next') }` });
    const close = `async () => { window.close(); await new Promise((resolve) => setTimeout(resolve, 20_000)) }`;
    expect(await agent.call('evaluate_script', { function: close, pageId: 2 })).toBe(
      'The script ended with its page.\nThe page has closed.',
    );
    expect(await agent.fails('evaluate_script', { function: '() => nothing' })).toContain(
      'The script failed: nothing is not defined',
    );
  });

  it('is the end of a page that crashes in the middle of a call', async () => {
    await agent.call('new_page', { url: `${pages.url}/next?doomed` });
    const waiting = agent.call('evaluate_script', { function: '() => new Promise(() => {})' });
    await using browser = await RawClient.connect(chrome.endpoint.wsUrl);
    const { targetInfos } = (await browser.call('Target.getTargets')).result;
    const { targetId } = targetInfos.find(({ url }: { url: string }) => url.endsWith('doomed'));
    const { sessionId } = (await browser.call('Target.attachToTarget', { targetId, flatten: true })).result;
    browser.say({ id: 1000, method: 'Page.crash', sessionId });
    expect(await waiting).toContain('has crashed and is gone; page 1 is selected now.');
    expect(await agent.value('document.title')).toBe('effects');
    expect(await agent.call('list_pages')).not.toContain('doomed');
  });
});
