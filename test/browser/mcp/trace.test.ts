import { afterAll, describe, expect, test } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';
import { Agent, site } from './agent.ts';

const gateway = await gatewayOn(await Chrome.start());
const connect = (name?: string) => Agent.connect(gateway, 'tools=core,trace,artifacts', name);
const agent = await connect();
afterAll(() => agent[Symbol.asyncDispose]());

const web = await site({
  '/slow': `<link rel=icon href="data:,"><h1>Slow</h1><script>
    const busy = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };
    setTimeout(() => {
      busy(120);
      const space = document.createElement('div');
      space.style.height = '300px';
      document.body.prepend(space);
      requestAnimationFrame(() => requestAnimationFrame(() => { document.title = 'done' }));
    }, 200);
  </script>`,
  '/held': `<link rel=icon href="data:,"><button>Type</button><script>onbeforeunload = (e) => { e.preventDefault(); return 'stay' }</script>`,
});
const go = (path: string) => agent.call('navigate_page', { url: `${web.url}${path}` });

describe('a trace', () => {
  test('of a page that loads says how it loaded, and is kept as a whole', async () => {
    await go('/slow');
    expect(await agent.call('start_trace', { reload: true })).toBe(
      `Page 1 is being traced. Call stop_trace when what is to be seen has happened.\nIt was loaded anew: ${web.url}/slow`,
    );
    await expect.poll(() => agent.value('document.title')).toBe('done');
    const told: string[] = [];
    const result = await agent.client.callTool({ name: 'stop_trace', arguments: {} }, undefined, {
      onprogress: ({ message = '' }) => told.push(message),
    });
    const [said, link] = result.content as [{ text: string }, { name: string; size: number }];
    expect(said.text).toMatch(
      /^The trace of page 1 \(\S+slow\), [\d.]+ s, is the artifact trace\S*\.json, \S+B\.$/m,
    );
    expect(said.text).toMatch(/^FCP \d+ ms, LCP \d+ ms\.$/m);
    const cls = Number(/^CLS ([\d.]+)\.$/m.exec(said.text)?.[1]);
    expect(cls).toBeGreaterThan(0.01);
    const long = /^Long tasks: \d+, the longest (\d+) ms/m.exec(said.text);
    expect(Number(long?.[1])).toBeGreaterThanOrEqual(120);
    expect(Number(/scripting (\d+) ms/.exec(said.text)?.[1])).toBeGreaterThanOrEqual(120);
    expect(said.text).toMatch(/^Transferred: \S+B in \d+ requests\. Events: \d+\.$/m);
    expect(told.at(-1)).toMatch(/B of the trace have come$/);

    expect(link).toMatchObject({ type: 'resource_link', mimeType: 'application/json' });
    let whole = '';
    while (whole.length < link.size && !whole.endsWith('}}')) {
      const part = await agent.call('read_artifact', {
        name: link.name,
        offset: whole.length,
        limit: 1_000_000,
      });
      whole += part.replace(/\n… [^\n]*$/, '');
    }
    const { traceEvents } = JSON.parse(whole) as { traceEvents: { name: string }[] };
    expect(traceEvents.some(({ name }) => name === 'LayoutShift')).toBe(true);
    expect(said.text).toContain(`Events: ${traceEvents.length}.`);
  });

  test('without a navigation says so', async () => {
    await go('/slow');
    await agent.call('start_trace', { categories: ['devtools.timeline'] });
    await agent.value('document.title');
    expect(await agent.call('stop_trace')).toContain('It has no navigation of the page');
  });

  test('is stopped only where one was started, and is not started twice', async () => {
    expect(await agent.fails('stop_trace')).toBe('No trace is being recorded. Call start_trace first.');
    await agent.call('start_trace');
    expect(await agent.fails('start_trace')).toBe(
      'Page 1 of this session is being traced already. Call stop_trace first.',
    );
    await agent.call('stop_trace');
    expect(await agent.fails('start_trace', { categories: 'all' })).toContain('categories: ');
    expect(await agent.fails('start_trace', { pageId: 9 })).toContain('There is no page 9');
  });

  test('is one at a time for all: the next may begin when the first has ended, or its session', async () => {
    const other = await connect('the other one');
    await other.call('start_trace');
    expect(await agent.fails('start_trace')).toMatch(
      /^The browser is being traced already, and records one trace at a time: .*Tracing has already been started.*One of .*the other one.* has to stop first\. Call start_trace again later/,
    );
    expect(await agent.fails('stop_trace')).toContain('No trace is being recorded');
    const transport = other.client.transport as { terminateSession?: () => Promise<void> };
    await transport.terminateSession?.();
    await other[Symbol.asyncDispose]();
    await expect.poll(() => agent.call('start_trace').catch(String)).toContain('Page 1 is being traced');
    await agent.call('stop_trace');
  });

  test('ends with its page', async () => {
    await agent.call('new_page', { url: `${web.url}/slow` });
    await agent.call('start_trace');
    await agent.call('close_page', { pageId: 2 });
    expect(await agent.fails('stop_trace')).toContain('No trace is being recorded');
    await expect.poll(() => agent.call('start_trace').catch(String)).toContain('Page 1 is being traced');
    await agent.call('stop_trace');
  });

  test('of a page that wants to stay tells of the dialog', async () => {
    await go('/held');
    await agent.call('click', { uid: await agent.uid('Type') });
    expect(await agent.call('start_trace', { reload: true })).toContain('A beforeunload dialog is open');
    await agent.call('handle_dialog', { action: 'accept' });
    expect(await agent.call('stop_trace')).toContain('The trace of page 1');
  });
});
