import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { inFull } from '../../helpers/full.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';
import { GatewayProcess } from '../../integration/gateway/gateway-process.ts';
import { Agent, site } from './agent.ts';

const attachment =
  (name: string, body: string | Buffer) =>
  (_: unknown, response: ServerResponse): void => {
    response.writeHead(200, {
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="${name}"`,
    });
    response.end(body);
  };

/** Answers of these are ended by the test. */
let held: ServerResponse[] = [];

const pages = await site({
  '/': `<title>Home</title><a href="/report.csv" download>report</a> <a href="/attached">attached</a>
    <a href="/attached" target="_blank">in a window</a> <a href="/slow">slow</a> <img alt="dot" src="/dot.png">
    <a id="other" href="">elsewhere</a> <button>nothing</button>
    <button onclick="location.href = '/attached'">by script</button>
    <label>One <input type="file" aria-label="one"></label>
    <input type="file" multiple aria-label="many">`,
  '/framed': (request, response) => {
    const { port } = new URL(`http://${request.headers.host}`);
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end(`<title>Framed</title><iframe src="http://localhost:${port}/"></iframe>`);
  },
  '/report.csv': (request, response) => {
    response.writeHead(200, { 'content-type': 'text/csv' });
    response.end(`cookie,${request.headers.cookie ?? 'none'}`);
  },
  '/attached': attachment('a report.txt', 'attached'),
  '/evil': attachment('../../evil.txt', 'evil'),
  '/big': attachment('big.bin', Buffer.alloc(5_000_000, 7)),
  '/dot.png': (_, response) => {
    response.writeHead(200, { 'content-type': 'image/png' });
    response.end(Buffer.from('iVBORw0KGgo=', 'base64'));
  },
  '/slow': (_, response) => {
    response.writeHead(200, { 'content-disposition': 'attachment; filename="slow.txt"' });
    response.write('x'.repeat(10_000));
    held.push(response);
  },
  '/racing': `<title>Racing</title><script>fetch('/go').then(() => { location.href = '/raced' })</script>`,
  '/go': (_, response) => held.push(response),
  '/late.csv': (_, response) => {
    for (const go of held.splice(0)) go.end();
    held.push(response);
  },
  '/raced': (request, response) => {
    attachment('raced.txt', 'raced')(request, response);
    // What was asked for first comes behind it.
    setTimeout(() => {
      for (const late of held.splice(0)) late.writeHead(200, { 'content-type': 'text/csv' }).end('late');
    }, 300);
  },
  '/moved': (_, response) => {
    response.writeHead(302, { location: '/report.csv' }).end();
  },
  '/cookie': (_, response) => {
    response.writeHead(200, { 'content-type': 'text/html', 'set-cookie': 'login=me; HttpOnly' });
    response.end('<title>Logged in</title>');
  },
});

const root = mkdtempSync(join(tmpdir(), 'cdp-hub-artifacts-test-'));
afterAll(() => rmSync(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
const chrome = await Chrome.start();
const gateway = await gatewayOn(chrome, { artifactsDir: root });

beforeEach(() => {
  held = [];
});

async function agent(query = ''): Promise<Agent> {
  const made = await Agent.connect(gateway, query);
  await made.call('navigate_page', { url: pages.url });
  return made;
}

const links = (result: Awaited<ReturnType<Agent['ask']>>) =>
  result.content.flatMap((part) => (part.type === 'resource_link' ? [part] : []));

const textOf = (result: Awaited<ReturnType<Agent['ask']>>) =>
  result.content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');

describe.each(inFull(['tabs', 'context', 'none'], ['tabs', 'none']))(
  'a download that a page starts, isolation %s',
  (isolation) => {
    test('is an artifact, and the action that caused it says so', async () => {
      await using alice = await agent(`isolation=${isolation}`);
      const clicked = await alice.ask('click', { uid: await alice.uid('link', 'attached') });
      expect(textOf(clicked)).toContain('Downloaded a report.txt (8 bytes), an artifact of this session.');
      expect(links(clicked)).toMatchObject([
        { uri: 'cdp-hub://artifacts/a%20report.txt', name: 'a report.txt', mimeType: 'text/plain', size: 8 },
      ]);
      expect(await alice.call('read_artifact', { name: 'a report.txt' })).toBe('attached');
      expect(await alice.call('list_pages')).toContain(`1: ${pages.url}/`);
    });
  },
);

test('by a script, in a window of its own, and by an address alone', async () => {
  await using alice = await agent();
  const byScript = await alice.call('click', { uid: await alice.uid('button', 'by script') });
  expect(byScript).toContain('Downloaded a report.txt');
  const inWindow = await alice.call('click', { uid: await alice.uid('link', 'in a window') });
  expect(inWindow).toContain('Downloaded a report (1).txt');
  const navigated = await alice.call('navigate_page', { url: `${pages.url}/attached` });
  expect(navigated).toContain('no page at this URL but a file');
  expect(navigated).toContain('Downloaded a report (2).txt');
  const opened = await alice.call('new_page', { url: `${pages.url}/evil` });
  expect(opened).toMatch(/Downloaded \S*evil\.txt \(4 bytes\)/);
});

test('one that goes on is told of when it is there', async () => {
  await using alice = await agent();
  const clicked = await alice.call('click', { uid: await alice.uid('link', 'slow') });
  expect(clicked).toContain('It downloads slow.txt, which goes on');
  expect(await alice.call('list_artifacts')).toBe('There are no artifacts.');
  for (const response of held) response.end('end');
  await expect.poll(() => alice.call('list_artifacts')).toContain('Downloaded slow.txt (10003 bytes)');
  expect(await alice.call('list_artifacts')).toMatch(/^slow\.txt \(text\/plain, 10003 bytes, .*\)$/);
});

test('nothing of one session is seen by another', async () => {
  await using alice = await agent();
  await using bob = await agent();
  await alice.call('click', { uid: await alice.uid('link', 'attached') });
  expect(await bob.call('list_artifacts')).toBe('There are no artifacts.');
  expect(await bob.fails('read_artifact', { name: 'a report.txt' })).toContain('There is no artifact');
  expect(await bob.fails('read_artifact', { name: '../../a report.txt' })).toContain('There is no artifact');
});

describe('download_file', () => {
  test("brings what is of the page's origin, with its cookies", async () => {
    await using alice = await agent('isolation=context');
    await alice.call('navigate_page', { url: `${pages.url}/cookie` });
    const got = await alice.ask('download_file', { url: '/report.csv' });
    expect(textOf(got)).toBe('Downloaded report.csv (text/csv, 15 bytes)');
    expect(links(got)).toMatchObject([{ name: 'report.csv' }]);
    expect(await alice.call('read_artifact', { name: 'report.csv' })).toBe('cookie,login=me');
    expect(await alice.call('list_pages')).toContain('/cookie');
  });

  test('brings what a link or an image has, under a name of its own', async () => {
    await using alice = await agent();
    const csv = await alice.uid('link', 'report');
    expect(await alice.call('download_file', { uid: csv, name: 'mine.csv' })).toContain(
      'Downloaded mine.csv',
    );
    const image = await alice.uid('image', 'dot');
    expect(await alice.call('download_file', { uid: image })).toContain(
      'Downloaded dot.png (image/png, 8 bytes)',
    );
    const { content } = await alice.ask('read_artifact', { name: 'dot.png' });
    expect(content).toMatchObject([{ type: 'text' }, { type: 'image', mimeType: 'image/png' }]);
  });

  test('brings what is of another site, and what a page has made', async () => {
    await using alice = await agent();
    expect(await alice.call('download_file', { url: `${pages.other}/report.csv` })).toContain(
      'Downloaded report.csv (text/csv',
    );
    expect(await alice.call('download_file', { url: `${pages.other}/evil` })).toContain(
      'Downloaded evil.txt',
    );
    const blob = await alice.value("URL.createObjectURL(new Blob(['blob'], { type: 'text/plain' }))");
    const got = await alice.call('download_file', { url: String(blob), name: 'blob.txt' });
    expect(got).toContain('Downloaded blob.txt (text/plain, 4 bytes)');
    expect(await alice.call('read_artifact', { name: 'blob.txt' })).toBe('blob');
  });

  test('brings what was asked for, not what the page downloads meanwhile, and follows where it has moved', async () => {
    await using agent = await Agent.connect(gateway);
    await agent.call('navigate_page', { url: `${pages.url}/racing` });
    await expect.poll(() => held.length).toBe(1);
    expect(await agent.call('download_file', { url: '/late.csv' })).toContain('Downloaded late.csv');
    expect(await agent.call('read_artifact', { name: 'late.csv' })).toContain('late');
    const started = performance.now();
    expect(await agent.call('download_file', { url: '/moved', name: 'moved.csv' })).toContain('moved.csv');
    expect(performance.now() - started).toBeLessThan(2500);
    expect(await agent.call('list_artifacts')).toContain('raced.txt');
  });

  test('tells how far it is', async () => {
    await using alice = await agent();
    const heard: { progress: number; total?: number | undefined }[] = [];
    await alice.client.callTool(
      { name: 'download_file', arguments: { url: `${pages.other}/big` } },
      undefined,
      { onprogress: (each) => heard.push(each) },
    );
    expect(heard.length).toBeGreaterThan(1);
    expect(heard.at(-1)).toMatchObject({ progress: 5_000_000 });
  });

  test('says why it cannot', async () => {
    await using alice = await agent();
    expect(await alice.fails('download_file', {})).toContain('It was not said what to download.');
    expect(await alice.fails('download_file', { url: 'http://' })).toContain('is no URL');
    expect(await alice.fails('download_file', { url: 'file:///etc/passwd' })).toContain(
      'nothing that can be',
    );
    expect(await alice.fails('download_file', { url: `${pages.other}/missing` })).toContain('answered 404');
    expect(await alice.fails('download_file', { url: '/missing' })).toMatch(/answered 404|failed/);
    expect(await alice.fails('download_file', { uid: '9_99' })).toContain('There is no element 9_99');
    const button = await alice.uid('button', 'nothing');
    expect(await alice.fails('download_file', { uid: button })).toContain(
      'neither links to a file nor shows one',
    );
  });

  test('can be cancelled, and keeps nothing then', async () => {
    await using alice = await agent();
    const cancel = new AbortController();
    const call = alice.client.callTool({ name: 'download_file', arguments: { url: '/slow' } }, undefined, {
      signal: cancel.signal,
    });
    call.catch(() => {});
    await expect.poll(() => held.length).toBe(1);
    const [response] = held;
    const closed = new Promise((resolve) => response?.once('close', resolve));
    cancel.abort('enough');
    await expect(call).rejects.toThrow();
    await closed;
    expect(await alice.call('list_artifacts')).toContain('There are no artifacts.');
  });
});

test('download_files brings many, and names those that fail', async () => {
  await using alice = await agent();
  const uid = await alice.uid('link', 'report');
  const urls = ['/attached', `${pages.other}/attached`, '/attached', `${pages.other}/missing`, 'http://'];
  const got = await alice.ask('download_files', { urls, uids: [uid, '9_99'] });
  expect(textOf(got)).toContain('Downloaded 4 of 7 files.');
  expect(textOf(got)).toMatch(
    /Failed:\n.*\/missing: .*404\.\nhttp:\/\/: "http:\/\/" is no URL\.\n9_99: There is no element/,
  );
  expect(
    links(got)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(['a report (1).txt', 'a report (2).txt', 'a report.txt', 'report.csv']);
  expect(await alice.fails('download_files', {})).toContain('It was not said what to download.');
});

test('more at once than the browser takes from a page come all the same', async () => {
  await using alice = await agent();
  const urls = Array.from({ length: 12 }, () => '/report.csv');
  expect(await alice.call('download_files', { urls })).toContain('Downloaded 12 of 12 files.');
});

test('what is in a frame of another site is downloaded; not while a dialog is open, nor from a closed page', async () => {
  await using alice = await agent();
  await alice.call('navigate_page', { url: `${pages.url}/framed` });
  const uid = await alice.uid('link', 'report');
  expect(await alice.call('download_file', { uid })).toContain('Downloaded report.csv');
  const inFrame = await alice.ask('click', { uid: await alice.uid('link', 'attached') });
  expect(textOf(inFrame)).toContain('Downloaded a report.txt');
  await alice.call('evaluate_script', { function: "() => { setTimeout(() => alert('stop')) }" });
  await expect.poll(() => alice.call('list_pages')).toContain('[alert dialog open]');
  expect(await alice.fails('download_file', { url: '/report.csv' })).toContain('Call handle_dialog');
  expect(await alice.call('list_artifacts')).toContain('report.csv');
  await alice.call('handle_dialog', { action: 'accept' });
  await alice.call('new_page', { url: pages.url });
  await alice.call('close_page', { pageId: 1 });
  expect(await alice.fails('download_file', { pageId: 1, url: '/report.csv' })).toContain(
    'There is no page 1',
  );
});

test('upload_files gives artifacts and files to inputs', async () => {
  await using alice = await agent();
  await alice.call('download_files', { urls: ['/attached', '/report.csv'] });
  const path = join(root, 'local.txt');
  writeFileSync(path, 'local');
  const [one, many] = [await alice.uid('one'), await alice.uid('many')];
  const inputs = [
    { uid: one, files: ['cdp-hub://artifacts/report.csv'] },
    { uid: many, files: ['a report.txt', path] },
  ];
  expect(await alice.call('upload_files', { inputs })).toContain('Gave a report.txt, ');
  const given = "Array.from(document.querySelectorAll('input'), (i) => Array.from(i.files, (f) => f.name))";
  expect(await alice.value(given)).toEqual([['report.csv'], ['a report.txt', 'local.txt']]);
  const wrong = (uid: string, ...files: string[]) =>
    alice.fails('upload_files', { inputs: [{ uid, files }] });
  expect(await wrong(one, 'report.csv', 'a report.txt')).toContain('takes one file, not 2');
  expect(await wrong(one, 'missing.txt')).toContain('There is no artifact "missing.txt"');
  expect(await wrong(one, '/nowhere/x')).toContain('There is no file /nowhere/x');
  expect(await wrong(await alice.uid('button', 'nothing'), path)).toContain('is no file input');
});

test('read_artifact reads parts of a text; delete_artifacts deletes by name, pattern and age', async () => {
  await using alice = await agent();
  await alice.call('download_files', {
    urls: ['/attached', '/report.csv', '/dot.png', `${pages.other}/big`],
  });
  expect(await alice.call('read_artifact', { name: 'a report.txt', offset: 2, limit: 3 })).toBe(
    'tac\n… characters 2 to 5 of 8 of a report.txt. Go on with offset 5.',
  );
  expect(await alice.call('read_artifact', { name: 'big.bin' })).toMatch(
    /too large to be said\. It lies at \/.*big\.bin/,
  );
  expect(await alice.call('list_artifacts', { pattern: '*.png' })).toMatch(
    /^dot\.png \(image\/png, 8 bytes, /,
  );
  expect(await alice.fails('delete_artifacts', {})).toContain('It was not said what to delete.');
  expect(await alice.call('delete_artifacts', { older_than: 5 })).toContain('Nothing was deleted.');
  expect(await alice.call('delete_artifacts', { pattern: '*.txt' })).toBe(
    'Deleted 1: a report.txt.\n3 artifacts are left.',
  );
  expect(await alice.call('delete_artifacts', { names: ['cdp-hub://artifacts/dot.png', '../x'] })).toBe(
    'Deleted 1: dot.png.\nThere is no ../x.\n2 artifacts are left.',
  );
  expect(await alice.call('delete_artifacts', { pattern: '*', older_than: 0 })).toContain(
    '0 artifacts are left.',
  );
});

test('what is too large to be said is an artifact', async () => {
  await using alice = await agent();
  const result = await alice.ask('evaluate_script', { function: "() => 'x'.repeat(60000)" });
  expect(textOf(result)).toContain('The whole is the artifact result.json (60002 bytes)');
  expect(links(result)).toMatchObject([{ name: 'result.json', mimeType: 'application/json', size: 60002 }]);
  const snapshot = await alice.ask('take_snapshot', { max_chars: 500, verbose: true });
  expect(textOf(snapshot)).toContain('… cut at 500 of');
  expect(links(snapshot)).toMatchObject([{ name: 'snapshot of page 1.txt' }]);
  expect(await alice.call('read_artifact', { name: 'snapshot of page 1.txt' })).toContain('"in a window"');
});

test('where files cannot be kept the session is told so, and goes on', async () => {
  const full = join(root, 'no-folder');
  writeFileSync(full, '');
  await using without = await GatewayProcess.start(chrome.endpoint, { artifactsDir: full });
  await without.next('upstream', ({ connected }) => connected);
  await using agent = await Agent.connect(without);
  expect(await agent.call('list_pages')).toMatch(
    /^What the pages of this session download is not kept: .*\n1: about:blank/,
  );
  expect(await agent.call('list_pages')).toMatch(/^1: about:blank/);
});

test('with the session its folder goes', async () => {
  const before = new Set(readdirSync(root));
  const alice = await agent();
  await alice.call('download_file', { url: '/attached' });
  const folders = readdirSync(root).filter((name) => !before.has(name));
  expect(folders).toHaveLength(1);
  const [folder = ''] = folders;
  expect(readdirSync(join(root, folder, 'files'))).toEqual(['a report.txt']);
  expect(statSync(join(root, folder)).mode & 0o777).toBe(0o700);
  const transport = alice.client.transport as unknown as { terminateSession(): Promise<void> };
  await transport.terminateSession();
  await expect.poll(() => existsSync(join(root, folder))).toBe(false);
  await alice[Symbol.asyncDispose]();
});
