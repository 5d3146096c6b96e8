import { afterAll, describe, expect, test } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';
import { Agent, site } from './agent.ts';

const gateway = await gatewayOn(await Chrome.start());
const agent = await Agent.connect(gateway);
afterAll(() => agent[Symbol.asyncDispose]());

const web = await site({
  '/said': `<link rel=icon href="data:,"><script>
    console.log('hello', 1, { a: 1, deep: { deeper: { deepest: [1, 2, 3] } } });
    console.warn('%s has %d of %cit', 'Ann', 3.7, 'color: red');
    for (let i = 0; i < 3; i++) console.info('again');
    console.log([1, 'two', null], new Map([['k', 1]]), function named() {}, undefined, 10n);
  </script>`,
  '/thrown': `<link rel=icon href="data:,"><script>
    function inner() { throw new TypeError('thrown') }
    setTimeout(inner);
    Promise.reject(new Error('rejected'));
  </script><img src="/nothing.png">`,
  '/everywhere': (_, response) => {
    const port = response.socket?.localPort;
    response.setHeader('content-type', 'text/html');
    response.end(`<link rel=icon href="data:,"><iframe src="/framed"></iframe>
      <iframe src="http://localhost:${port}/framed?far"></iframe><script>new Worker('/worker.js')</script>`);
  },
  '/framed': `<script>console.log('from', location.search || 'near', {at: 1}); if (location.search) throw new Error('thrown far')</script>`,
  '/worker.js': (_, response) => {
    response.setHeader('content-type', 'text/javascript');
    response.end(`console.log('from a worker'); throw new Error('a worker throws');`);
  },
  '/flood': `<link rel=icon href="data:,"><script>for (let i = 0; i < 3000; i++) console.log('line', i, { i })</script>`,
  '/blocked': `<script>console.log({ before: 'the alert' }); setTimeout(() => alert('stop'))</script>`,
  '/secret': `<title>secret</title><link rel=icon href="data:,"><script>
    console.error('at https://ann:pass1234word@example.com/?token=abc123def456', { password: 'hunter2hunter2' });
  </script>`,
  '/quiet': '<title>quiet</title><link rel=icon href="data:,">',
});

const listed = (args: object = {}) => agent.call('list_console_messages', args);
const go = (path: string) => agent.call('navigate_page', { url: `${web.url}${path}` });

describe('the console of a page', () => {
  test('lists messages as a console shows them', async () => {
    await go('/said');
    const at = `${web.url}/said`;
    expect((await listed()).split('\n')).toEqual([
      expect.stringMatching(/^msgid=\d+ \[log\] hello 1 \{a: 1, deep: Object\} \(/),
      expect.stringContaining(`[warn] Ann has 3 of it (${at}:3:13)`),
      expect.stringContaining(`[info] again (3 times, ${at}:4:`),
      expect.stringContaining('[log] [1, "two", null] Map(1) {k => 1} ƒ named() undefined 10n'),
    ]);
    expect(await listed({ types: ['warn'] })).toMatch(/^msgid=\d+ \[warn\][^\n]*$/);
    expect(await listed({ types: ['trace'] })).toBe('There are none of these types, and 4 of others.');
  });

  test('masks what is secret', async () => {
    await go('/secret');
    const msgid = Number(/msgid=(\d+)/.exec(await listed())?.[1]);
    const all = [
      await listed(),
      await agent.call('get_console_message', { msgid }),
      await agent.call('diagnose_page'),
      await agent.call('console_command', { command: `console.log('token=abc123def456'); 1` }),
    ];
    for (const said of all) {
      expect(said).not.toMatch(/pass1234word|abc123def456|hunter2/);
      expect(said).toContain('[masked]');
      expect(said).toContain('Values of secrets are masked.');
    }
  });

  test('shows one with its arguments as deep as they are', async () => {
    await go('/said');
    const first = Number(/msgid=(\d+)/.exec(await listed())?.[1]);
    expect(await agent.call('get_console_message', { msgid: first })).toContain(
      'Arguments:\n0: "hello"\n1: 1\n2: {"a":1,"deep":{"deeper":{"deepest":[1,2,3]}}}',
    );
    expect(await agent.fails('get_console_message', { msgid: 99_999 })).toMatch(
      /^There is no console message 99999 of page 1\. Call list_console_messages/,
    );
    expect(await agent.fails('list_console_messages', { types: ['loud'] })).toContain('types.0');
  });

  test('has what was thrown, with its stack, and what the browser says', async () => {
    await go('/thrown');
    await expect.poll(() => listed()).toContain('Failed to load resource');
    const errors = await listed({ types: ['error'] });
    expect(errors).toContain('[error] Uncaught TypeError: thrown');
    expect(errors).toContain('[error] Uncaught (in promise) Error: rejected');
    expect(errors).toMatch(/status of 404 \(Not Found\) \(browser, \S+nothing\.png\)/);
    const thrown = Number(/msgid=(\d+) \[error\] Uncaught TypeError/.exec(errors)?.[1]);
    expect(await agent.call('get_console_message', { msgid: thrown })).toMatch(
      /It is an uncaught exception\.\n[\s\S]*Stack:\n {2}at inner \(\S+thrown:2:30\)/,
    );
  });

  test('has what frames of this and of another site and workers say', async () => {
    await go('/everywhere');
    for (const said of [
      '[log] from near {at: 1}',
      '[log] from ?far {at: 1}',
      'Uncaught Error: thrown far',
      '[log] from a worker',
      'Uncaught Error: a worker throws',
    ]) {
      await expect.poll(() => listed()).toContain(said);
    }
    const all = await listed();
    expect(all.split('\n').filter((line) => line.includes('a worker throws'))).toHaveLength(1);
    const far = Number(/msgid=(\d+) \[log\] from \?far/.exec(all)?.[1]);
    expect(await agent.call('get_console_message', { msgid: far })).toContain('2: {"at":1}');
  });

  test('is empty after a navigation, and what was before is kept for a while', async () => {
    await go('/said');
    await go('/quiet');
    expect(await listed()).toMatch(/^The console is empty\. includePreservedMessages shows \d+ of earlier/);
    const kept = await listed({ includePreservedMessages: true });
    expect(kept).toContain('Ann has 3 of it');
    const gone = Number(/msgid=(\d+) \[log\] hello/.exec(kept)?.[1]);
    expect(await agent.call('get_console_message', { msgid: gone })).toContain(
      '2: {a: 1, deep: Object} (no longer there to be looked into)',
    );
    for (let i = 0; i < 4; i++) await go(`/quiet?${i}`);
    expect(await listed({ includePreservedMessages: true })).not.toContain('Ann has 3 of it');
  });

  test('keeps the latest thousand, in pages', async () => {
    await go('/flood');
    await expect.poll(() => listed({ pageIdx: 9 })).toContain('line 2999 {i: 2999}');
    const first = await listed();
    expect(first).toContain('1 to 100 of 1000; pageIdx goes from 0 to 9.\n2000 older ones were not kept.');
    expect(await listed({ pageSize: 1, pageIdx: 999 })).toContain('line 2999');
    expect(await listed({ pageIdx: 50 })).toContain('There is no pageIdx 50: the last one is 9.');
  });

  test('is read while a dialog is open, on pages of its own, and not on a page that is closed', async () => {
    expect(await agent.call('new_page', { url: `${web.url}/blocked` })).toContain('An alert dialog is open');
    const said = await listed();
    expect(said).toContain('{before: "the alert"}');
    const msgid = Number(/msgid=(\d+)/.exec(said)?.[1]);
    expect(await agent.call('get_console_message', { msgid })).toContain('{before: "the alert"}');
    await agent.call('handle_dialog', { action: 'accept' });
    expect(await listed({ pageId: 1 })).not.toContain('the alert');
    await agent.call('close_page', { pageId: 2 });
    expect(await agent.fails('list_console_messages', { pageId: 2 })).toContain('There is no page 2');
  });

  test('of another session is its own', async () => {
    await using other = await Agent.connect(gateway);
    await go('/said');
    expect(await other.call('list_console_messages')).toBe('The console is empty.');
  });
});
