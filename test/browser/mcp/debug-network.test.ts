import { afterAll, describe, expect, test } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';
import { Agent, site } from './agent.ts';

const gateway = await gatewayOn(await Chrome.start());
const agent = await Agent.connect(gateway);
afterAll(() => agent[Symbol.asyncDispose]());

const ICON = '<link rel=icon href="data:,">';
const SECRET = 'c4n4ry0123456789abcdef';

const web = await site({
  '/quiet': `<title>quiet</title>${ICON}`,
  '/busy': `${ICON}<script src="/gone.js"></script><script>
    const get = async (...given) => (await fetch(...given)).arrayBuffer();
    get('/data.json?access_token=${SECRET}', { headers: { authorization: 'Bearer ${SECRET}', 'x-plain': 'plain' } })
      .then(() => get('/hop', { method: 'POST', body: JSON.stringify({ user: 'ann', password: '${SECRET}' }) }))
      .then(() => get('/picture.bin')).then(() => get('http://127.0.0.1:1/')).catch(() => { document.title = 'done' });
  </script>`,
  '/data.json': (_, response) => {
    response.writeHead(200, {
      'content-type': 'application/json',
      'set-cookie': [`sid=${SECRET}; Path=/; HttpOnly`, 'theme=dark'],
    });
    response.end(JSON.stringify({ name: 'data', token: SECRET }));
  },
  '/hop': (_, response) => response.writeHead(302, { location: '/hopped' }).end(),
  '/hopped': 'landed',
  '/picture.bin': (_, response) => {
    response.setHeader('content-type', 'application/octet-stream');
    response.end(Buffer.from([0, 1, 2, 255, 254]));
  },
  '/everywhere': (_, response) => {
    const port = response.socket?.localPort;
    response.setHeader('content-type', 'text/html');
    response.end(
      `${ICON}<iframe src="http://localhost:${port}/far"></iframe><script>new Worker('/worker.js')</script>`,
    );
  },
  '/far': `<script>fetch('/data.json?far')</script>`,
  '/worker.js': (_, response) => {
    response.setHeader('content-type', 'text/javascript');
    response.end(`fetch('/data.json?worker')`);
  },
  '/opener': `${ICON}<button onclick="window.open('/hopped')">Open</button>`,
  '/hanging': `${ICON}<script>fetch('/never')</script>`,
  '/never': () => {},
  '/long.txt': (_, response) => {
    response.setHeader('content-type', 'text/plain');
    response.end('long '.repeat(10_000));
  },
});

const listed = (args: object = {}) => agent.call('list_network_requests', args);
const go = (path: string) => agent.call('navigate_page', { url: `${web.url}${path}` });
const idOf = (list: string, part: string) =>
  Number(/reqid=(\d+)/.exec(list.split('\n').find((line) => line.includes(part)) ?? '')?.[1]);
const shown = (reqid: number, args: object = {}) => agent.call('get_network_request', { reqid, ...args });

async function busy(): Promise<string> {
  await go('/busy');
  await expect.poll(() => agent.value('document.title')).toBe('done');
  await expect.poll(() => listed()).not.toMatch(/(fetch|script|document)$/m);
  return listed();
}

describe('the network of a page', () => {
  test('lists what was asked for and what came of it', async () => {
    const list = await busy();
    const [first = '', ...rest] = list.split('\n');
    expect(first).toMatch(/^reqid=\d+ GET \S+\/busy \[200\] document, \S+B, \d+ ms$/);
    expect(rest.join('\n')).toMatch(/GET \S+\/gone\.js \[404\] script/);
    expect(list).toContain('/data.json?access_token=[masked] [200] fetch');
    expect(list).toMatch(/POST \S+\/hop \[302\] fetch/);
    expect(list).toMatch(/GET \S+\/hopped \[200\] fetch/);
    expect(list).toContain('[failed: net::ERR_');
    expect(await listed({ resourceTypes: ['script'] })).toMatch(/^reqid=\d+ GET \S+\/gone\.js [^\n]*$/);
    expect(await listed({ resourceTypes: ['font'] })).toMatch(/^There are none of these types, and \d+ of/);
    expect(await listed({ pageSize: 2, pageIdx: 1 })).toMatch(/3 to 4 of \d+; pageIdx goes from 0 to \d+\./);
  });

  test('shows a request with what is secret in it masked, unless it is asked for', async () => {
    const list = await busy();
    const data = await shown(idOf(list, '/data.json'));
    expect(data).not.toContain(SECRET);
    expect(data).toContain('- authorization: Bearer [masked]');
    expect(data).toContain('- x-plain: plain');
    expect(data).toContain('- set-cookie: sid=[masked]; Path=/; HttpOnly\n- set-cookie: theme=[masked]');
    expect(data).toContain('{"name":"data","token":"[masked]"}');
    expect(data).toContain('Values of secrets are masked; showSecrets shows them.');
    const whole = await shown(idOf(list, '/data.json'), { showSecrets: true });
    expect(whole).toContain(`- authorization: Bearer ${SECRET}`);
    expect(whole).toContain(`- set-cookie: sid=${SECRET}; Path=/; HttpOnly`);
    expect(whole).not.toContain('masked');

    const posted = await shown(idOf(list, 'POST'));
    expect(posted).toContain('Request body:\n{"user":"ann","password":"[masked]"}');
    expect(posted).toContain('- cookie: sid=[masked]; theme=[masked]');
    expect(posted).toContain('none, it is a redirect');
  });

  test('shows redirects, what is no text, what failed, and what is not known', async () => {
    const list = await busy();
    const landed = await shown(idOf(list, '/hopped'));
    expect(landed).toMatch(/Redirected from:\n- reqid=\d+ POST \S+\/hop \[302\]/);
    expect(landed).toContain('Response body:\nlanded');
    expect(await shown(idOf(list, '/picture.bin'))).toContain(
      'The whole response body, 5B, is the artifact picture.bin',
    );
    expect(await shown(idOf(list, 'failed: net::'))).toContain('none, it failed: net::ERR_');
    expect(await agent.fails('get_network_request', { reqid: 99_999 })).toMatch(
      /^There is no request 99999 of page 1\. Call list_network_requests/,
    );
  });

  test('cuts long bodies', async () => {
    await go('/long.txt');
    const long = await shown(idOf(await listed(), '/long.txt'), { max_chars: 9 });
    expect(long).toContain('long long… cut at 9 of 50000 characters');
    expect(long).toContain('The whole response body, 50kB, is the artifact long.txt.');
    const { content } = await agent.ask('get_network_request', {
      reqid: idOf(await listed(), '/long.txt'),
      max_chars: 9,
    });
    expect(content[1]).toMatchObject({ type: 'resource_link', mimeType: 'text/plain', size: 50_000 });
  });

  test('has what frames of another site and workers ask for, each once', async () => {
    await go('/everywhere');
    await expect.poll(() => listed()).toMatch(/data\.json\?far \[200\] fetch, \S+B, \d+ ms/);
    await expect.poll(() => listed()).toMatch(/data\.json\?worker \[200\] fetch, \S+B, \d+ ms/);
    const list = await listed();
    expect(list.match(/\/far \[200\] document/g)).toHaveLength(1);
    expect(await shown(idOf(list, '?far'))).toContain('"name":"data"');
    expect(await shown(idOf(list, '?worker'))).toContain('"name":"data"');
    expect(await shown(idOf(list, '/far '))).toContain("<script>fetch('/data.json?far')</script>");
  });

  test('of a page that another one opens is heard from its document on', async () => {
    await go('/opener');
    await agent.call('click', { uid: await agent.uid('Open') });
    await expect.poll(() => listed({ pageId: 2 })).toMatch(/reqid=1 GET \S+\/hopped \[200\] document/);
    await agent.call('close_page', { pageId: 2 });
    expect(await agent.fails('get_network_request', { pageId: 2, reqid: 1 })).toContain('There is no page 2');
  });

  test('is of the current document, and of those before where that is asked for', async () => {
    await busy();
    await go('/quiet');
    expect(await listed()).toMatch(/^reqid=\d+ GET \S+\/quiet \[200\][^\n]*$/);
    expect(await listed({ includePreservedRequests: true })).toContain('/gone.js');
  });

  test('says what is still under way', async () => {
    await go('/hanging');
    const list = await listed();
    expect(list).toMatch(/GET \S+\/never \[pending\] fetch$/m);
    expect(await shown(idOf(list, '/never'))).toContain('it has not come as a whole yet');
  });
});
