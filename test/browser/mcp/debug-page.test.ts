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
  '/alert': `<script>console.error('bad'); setTimeout(() => alert('stop'))</script>`,
  '/stuck': `<script>setTimeout(() => { for (;;); })</script>`,
  '/broken': `<title>broken</title>${ICON}<iframe name=inner src="/"></iframe><script src="/gone.js"></script><script>
    console.error('broken here');
    console.log('fine');
    fetch('/late').then(() => { document.title = 'late' });
    fetch('/never');
    nope();
  </script>`,
  '/late': (_, response) => void setTimeout(() => response.end('late'), 1100),
  '/never': () => {},
  '/covered': `<title>covered</title>${ICON}<style>#veil { position: fixed; inset: 0; background: #0008 }</style>
    <button id=under aria-description="the one">Under</button><div style="height: 3000px"></div><button id=far>Far</button>
    <p><button id=faded style="opacity: 0">Faded</button></p>
    <div id=veil></div><script>
    document.querySelector('#under').addEventListener('click', () => {}, { capture: true });
    document.querySelector('#under').onmouseover = () => {};
  </script>`,
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

  test('masks what is secret, as other tools do', async () => {
    await go('/socket');
    await expect.poll(() => agent.value('document.title')).toBe('open');
    const waiting = monitor({ wait_for: 1, direction: 'received' });
    const login = `JSON.stringify({ access_token: 'abc123def456', user: 'ann' })`;
    await agent.call('evaluate_script', { function: `() => socket.send(${login})` });
    for (const said of [await waiting, await monitor()]) {
      expect(said).toContain('"access_token":"[masked]","user":"ann"}');
      expect(said).toContain('Values of secrets are masked.');
      expect(said).not.toContain('abc123def456');
    }
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

describe('diagnose_page', () => {
  const diagnose = () => agent.call('diagnose_page');

  test('says in one answer what is wrong', async () => {
    await go('/broken');
    await expect.poll(() => agent.value('document.title')).toBe('late');
    await expect.poll(diagnose).toContain('Requests over 1000 ms: 1');
    const said = await diagnose();
    expect(said).toMatch(/^Errors of the console: 3$/m);
    expect(said).toMatch(/^- msgid=\d+ \[error\] broken here/m);
    expect(said).toMatch(/^- msgid=\d+ \[error\] Uncaught ReferenceError: nope is not defined/m);
    expect(said).toMatch(/^Failed requests: 1\n- reqid=\d+ GET \S+gone\.js \[404\]/m);
    expect(said).toMatch(/^- reqid=\d+ GET \S+\/late \[200\] fetch, \S+B, \d{4} ms$/m);
    expect(said).toMatch(/^Requests under way: 1\n- reqid=\d+ GET \S+\/never \[pending\]/m);
    expect(said).toMatch(/^Requests that are not encrypted on a page that is: none$/m);
    expect(said).toContain(`Frames: 1\n- ${web.url}/ (inner)`);
    expect(said).toMatch(/^Document: \d+ elements, \d+ deep, \d+ characters$/m);
  });

  test('says what is right, too', async () => {
    await go('/');
    const said = await diagnose();
    expect(said).toContain('Errors of the console: none\nFailed requests: none\nRequests over 1000 ms: none');
    expect(said).toContain('Beyond these: 0 other messages, 1 requests in all.');
  });

  test('answers for a page whose dialog is open, and for one that is stuck', async () => {
    expect(await agent.call('new_page', { url: `${web.url}/alert` })).toContain(
      'An alert dialog is open: "stop"',
    );
    const said = await diagnose();
    expect(said).toContain('An alert dialog is open: "stop". Call handle_dialog');
    expect(said).toContain('Errors of the console: 1');
    await agent.call('close_page', { pageId: 2 });
    await agent.call('new_page', { url: `${web.url}/stuck`, timeout: 2000 });
    expect(await diagnose()).toContain('The page does not answer: for 5 s now');
    await agent.call('close_page', { pageId: 3 });
  });
});

describe('debug_element', () => {
  const look = async (...words: string[]) => agent.call('debug_element', { uid: await agent.uid(...words) });

  test('says where it is, what covers it, what listens to it and what it is for others', async () => {
    await go('/covered');
    const under = await look('button', 'Under');
    expect(under).toMatch(/^\d+_\d+ <button> "Under"\nBox: \d+x\d+ at \d+,\d+\nVisible: yes\n/);
    expect(under).toContain('Covered by: div#veil, which a click would hit');
    expect(under).toContain('Attributes: id="under" aria-description="the one"');
    expect(under).toMatch(/^Style: display: inline-block; position: static;/m);
    expect(under).toContain('Inside: body < html');
    expect(under).toContain('Accessibility: role "button", name "Under", description "the one", ');
    expect(under).toMatch(
      /^Listeners: 2\n- click \(capture\) at line \d+:\d+ of its script\n- mouseover at line/m,
    );
    const far = await look('button', 'Far');
    expect(far).toContain('Visible: no, it is outside the viewport of');
    expect(far).toContain('Listeners: none of its own');
    expect(await look('button', 'Faded')).toContain('Visible: no, opacity: 0');
  });

  test('knows elements of frames of another site, and none that are gone', async () => {
    await go('/host');
    const uid = await agent.uid('button', 'Go');
    const said = await agent.call('debug_element', { uid });
    expect(said).toMatch(/of its frame, \d+,\d+ of the page$/m);
    expect(said).toContain(`Its frame: ${web.other}/`);
    await go('/');
    expect(await agent.fails('debug_element', { uid })).toContain('Call take_snapshot');
    expect(await agent.fails('debug_element', {})).toContain('uid: ');
  });
});

describe('get_clickable_elements', () => {
  test('lists what can be clicked, what is in the viewport first', async () => {
    await go('/covered');
    const said = await agent.call('get_clickable_elements');
    expect(said).toMatch(
      /^\d in the viewport, 2 elsewhere:\nuid=\S+ button "Under".* at \d+,\d+\nuid=\S+ button "(Far|Faded)".* \(not in the viewport\)/,
    );
    const near = await agent.call('get_clickable_elements', { viewportOnly: true });
    expect(near).not.toContain('Far');
    const uid = /uid=(\S+) button "Far"/.exec(said)?.[1];
    expect(await agent.call('debug_element', { uid })).toContain('<button> "Far"');
    expect(await agent.call('get_clickable_elements', { limit: 1 })).toContain(
      '… and 2 more: ask with a larger limit.',
    );
  });

  test('leaves what has changed since the last snapshot to be told', async () => {
    await go('/covered');
    await agent.call('take_snapshot');
    await agent.value(`document.body.append('brand new') ?? 0`);
    await agent.call('get_clickable_elements');
    expect(await agent.call('take_snapshot', { diff: true })).toMatch(/^\+ .*"brand new"$/m);
  });

  test('has those of frames of another site, and says what only listens', async () => {
    await go('/host');
    await expect.poll(() => agent.call('get_clickable_elements')).toMatch(/uid=\S+ button "Go"/);
    await go('/');
    expect(await agent.call('get_clickable_elements')).toContain(
      '1 more element listens for clicks by an onclick',
    );
    expect(await agent.fails('get_clickable_elements', { limit: 0 })).toContain('limit: ');
  });
});
