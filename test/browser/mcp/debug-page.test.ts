import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { Chrome } from '../../helpers/chrome.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';
import { Agent, site } from './agent.ts';

const gateway = await gatewayOn(await Chrome.start());
const agent = await Agent.connect(gateway);
afterAll(() => agent[Symbol.asyncDispose]());

const echo = new WebSocketServer({ host: '127.0.0.1', port: 0 });
echo.on('connection', (socket) => {
  socket.on('message', (data, binary) => socket.send(binary ? data : `echo ${data}`));
});
await once(echo, 'listening');
afterAll(() => {
  for (const client of echo.clients) client.terminate();
  echo.close();
});
const socketUrl = `ws://127.0.0.1:${(echo.address() as AddressInfo).port}/echo`;

const ICON = '<link rel=icon href="data:,">';
const web = await site({
  '/': `<title>plain</title>${ICON}<h1 id=head class="big bold" onclick="void 0">Hello</h1><button>Go</button>`,
  '/socket': `<title>socket</title>${ICON}<script>
    const socket = new WebSocket('${socketUrl}');
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => { socket.send('one'); socket.send(new Uint8Array([1, 2])); };
    socket.onmessage = ({ data }) => { if (data instanceof ArrayBuffer) document.title = 'open' };
  </script>`,
  '/host': (_, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(
      `${ICON}<title>host</title><iframe title=far src="http://localhost:${response.socket?.localPort}/"></iframe>`,
    );
  },
  '/shifty': `<title>shifty</title>${ICON}<h1>Text</h1><script>
    setTimeout(() => {
      const end = performance.now() + 80; while (performance.now() < end);
      const space = document.createElement('div'); space.style.height = '300px'; document.body.prepend(space);
      requestAnimationFrame(() => requestAnimationFrame(() => { document.title = 'done' }));
    }, 200);
  </script>`,
  '/alert': `<script>setTimeout(() => alert('stop'))</script>`,
});
const go = (path: string) => agent.call('navigate_page', { url: `${web.url}${path}` });
const run = (command: string, args: object = {}) => agent.call('console_command', { command, ...args });

describe('console_command', () => {
  test('runs as the console does', async () => {
    await go('/');
    expect(await run('1 + 1')).toBe('2');
    expect(await run('const kept = { a: [1, { b: 2 }] }; kept')).toBe('{"a":[1,{"b":2}]}');
    expect(await run('kept.a.length')).toBe('2');
    expect(await run('const kept = 3; kept')).toBe('3');
    expect(await run('await Promise.resolve("waited")')).toBe('"waited"');
    expect(await run('$("h1")')).toContain('<h1 id="head" class="big bold"');
    expect(await run('$$("h1, button").length')).toBe('2');
    expect(await run('$x("//button")[0].textContent')).toBe('"Go"');
    expect(await run('undefined')).toBe('undefined');
    expect(await run('"x".repeat(100)', { max_chars: 5 })).toBe('"xxxx… cut at 5 of 102 characters');
  });

  test('has the element of a uid as $0, in its own frame', async () => {
    await go('/host');
    const uid = await agent.uid('button', 'Go');
    expect(await run('$0.textContent + location.hostname', { uid })).toBe('"Golocalhost"');
    expect(await agent.fails('console_command', { command: '$0', uid: '9_9' })).toContain(
      'There is no element 9_9',
    );
    await go('/');
    expect(await agent.fails('console_command', { command: '$0', uid })).toMatch(
      /is not on the page any more|no element/,
    );
  });

  test('says what it logged, what it threw and what it caused', async () => {
    await go('/');
    const said = await run('console.log("said", {x: 1}); console.warn("careful"); 5');
    expect(said).toMatch(/^5\nmsgid=\d+ \[log\] said \{x: 1\}.*\nmsgid=\d+ \[warn\] careful/);
    expect(await agent.fails('console_command', { command: 'nope.x' })).toBe(
      'The command threw: ReferenceError: nope is not defined. Mend it and call console_command again.',
    );
    expect(await agent.fails('console_command', { command: '(' })).toContain('SyntaxError');
    expect(await run('alert("hi")')).toContain('An alert dialog is open: "hi"');
    expect(await agent.fails('console_command', { command: '1' })).toContain('Call handle_dialog');
    await agent.call('handle_dialog', { action: 'accept' });
    expect(await run('location.href = "/shifty"; 1')).toContain(`The page is now at ${web.url}/shifty`);
  });
});

describe('monitor_websocket', () => {
  const monitor = (args: object = {}) => agent.call('monitor_websocket', args);

  test('lists sockets with what went over them', async () => {
    await go('/');
    expect(await monitor()).toBe('The page has opened no WebSocket since its last navigation.');
    await go('/socket');
    await expect.poll(() => agent.value('document.title')).toBe('open');
    const said = await monitor();
    expect(said.split('\n')).toEqual([
      expect.stringMatching(/^reqid=\d+ GET ws:\S+\/echo \[101, open\] websocket, 4 frames$/),
      expect.stringMatching(/^reqid=\d+ #1 sent: one$/),
      expect.stringMatching(/^reqid=\d+ #\d (sent binary, in base64: AQI=|received: echo one)$/),
      expect.stringMatching(/^reqid=\d+ #\d (sent binary, in base64: AQI=|received: echo one)$/),
      expect.stringMatching(/^reqid=\d+ #4 received binary, in base64: AQI=$/),
    ]);
    const reqid = Number(/reqid=(\d+)/.exec(said)?.[1]);
    expect(await monitor({ reqid, direction: 'received', limit: 1 })).toContain('The latest 1 of 2 frames:');
    expect(await monitor({ reqid, max_chars: 2 })).toContain('#1 sent: on… cut at 2 of 3 characters');
    expect(await agent.call('get_network_request', { reqid })).toContain('Frames so far: 4.');
    expect(await agent.fails('monitor_websocket', { reqid: 99_999 })).toContain('There is no request 99999');
    await agent.call('evaluate_script', { function: '() => socket.close()' });
    await expect.poll(() => monitor({ reqid })).toContain('[101, closed]');
  });

  test('waits for the next frames, and says how far it is', async () => {
    await go('/socket');
    await expect.poll(() => agent.value('document.title')).toBe('open');
    const told: string[] = [];
    const waiting = agent.client.callTool(
      { name: 'monitor_websocket', arguments: { wait_for: 2, direction: 'received' } },
      undefined,
      { onprogress: ({ message = '', total }) => told.push(`${message}/${total}`) },
    );
    let done = false;
    const answered = waiting.finally(() => {
      done = true;
    });
    await expect
      .poll(async () => {
        await agent.call('evaluate_script', { function: '() => socket.send("more")' });
        return done;
      })
      .toBe(true);
    const [content] = (await answered).content as [{ text: string }];
    expect(content.text).toMatch(
      /^2 frames:\nreqid=\d+ #\d+ received: echo more\nreqid=\d+ #\d+ received: echo more$/,
    );
    expect(told[0]).toBe('1 of 2 frames/2');
    expect(await monitor({ wait_for: 3, timeout: 50 })).toMatch(/^\d of 3 frames came in 0\.05 s\./);
  });
});

describe('performance_metrics', () => {
  test('says how the page loaded and what it costs', async () => {
    await go('/shifty');
    await expect.poll(() => agent.value('document.title')).toBe('done');
    const said = await agent.call('performance_metrics');
    expect(said).toMatch(/^TTFB \d+ ms, DOMContentLoaded \d+ ms, load \d+ ms$/m);
    expect(said).toMatch(/^FCP \d+ ms, LCP \d+ ms \(h1\), CLS 0\.[0-9]*[1-9]/m);
    expect(said).toMatch(/^Long tasks: [1-9]\d*, \d+ ms beyond 50 ms each$/m);
    expect(said).toMatch(/^Memory of scripts: \S+B of \S+B$/m);
    expect(said).toMatch(/^Nodes \d+, listeners \d+/m);
    expect(await agent.fails('performance_metrics', { pageId: 77 })).toContain('There is no page 77');
  });
});
