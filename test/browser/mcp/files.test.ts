import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Chrome } from '../../helpers/chrome.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';
import { GatewayProcess } from '../../integration/gateway/gateway-process.ts';
import { Agent } from './agent.ts';

const ASK = 'Ask the person who runs the hub to allow its folder with --upload-dir.';
const INPUT = 'data:text/html,<input type=file aria-label=Give>';

/** An address of this machine that is not loopback's. */
const outside = Object.values(networkInterfaces())
  .flat()
  .find((each) => each && !each.internal && each.family === 'IPv4')?.address;

describe('files of the machine', () => {
  let folder: string;
  let chrome: Chrome;
  let gateway: GatewayProcess;

  beforeAll(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'cdp-hub-agents-')));
    await mkdir(join(folder, '.keys'));
    await writeFile(join(folder, '.keys/id'), 'the secret key');
    await writeFile(join(folder, 'plain.txt'), 'plain');
    await writeFile(join(folder, 'page.html'), '<title>a page</title><p>of a file<a href=".keys/id">Key</a>');
    chrome = await Chrome.start();
    gateway = await gatewayOn(chrome);
  });
  afterAll(() => rm(folder, { recursive: true }));

  const plain = () => join(folder, 'plain.txt');
  const key = () => join(folder, '.keys/id');
  const url = (path: string) => pathToFileURL(join(folder, path)).href;

  it('are uploaded where agents may have them, by either tool', async () => {
    await using agent = await Agent.connect(gateway);
    await agent.call('navigate_page', { url: INPUT });
    const uid = await agent.uid('"Give"');
    const held = 'document.querySelector("input").files[0]?.name';
    expect(await agent.fails('upload_file', { uid, filePaths: [key()] })).toBe(
      `Agents may not upload ${key()}. ${ASK}`,
    );
    const inputs = [
      { uid, files: [plain()] },
      { uid, files: [key()] },
    ];
    expect(await agent.fails('upload_files', { inputs })).toBe(`Agents may not upload ${key()}. ${ASK}`);
    expect(await agent.value(held)).toBeUndefined();
    await agent.call('upload_file', { uid, filePaths: [plain()] });
    expect(await agent.value(held)).toBe('plain.txt');
    await agent.call('download_file', { url: 'data:text/plain,own', name: 'own.txt' });
    await agent.call('upload_files', { inputs: [{ uid, files: ['own.txt'] }] });
    expect(await agent.value(held)).toBe('own.txt');
  });

  it('are opened where agents may have them, and no page leads to others', async () => {
    await using agent = await Agent.connect(gateway);
    for (const [tool, pages] of [
      ['new_page', 0],
      ['navigate_page', 1],
    ] as const) {
      expect(await agent.fails(tool, { url: url('.keys/id') })).toBe(
        `Agents may not open ${url('.keys/id')}. ${ASK}`,
      );
      expect((await agent.call('list_pages')).split('\n').length - 1).toBeLessThanOrEqual(pages);
      expect(await agent.fails(tool, { url: `${pathToFileURL(folder)}/` })).toContain('Agents may not open');
    }
    const open = () => agent.call('navigate_page', { url: url('page.html') });
    expect(await open()).toBe(`Went to ${url('page.html')}.`);
    const away = [
      async () => agent.fails('click', { uid: await agent.uid('link', '"Key"'), includeSnapshot: true }),
      () =>
        agent.fails('evaluate_script', {
          function: `() => { location = ${JSON.stringify(url('.keys/id'))} }`,
        }),
      () => {
        const frame = JSON.stringify(`<iframe src=${JSON.stringify(url('.keys/id'))}></iframe>`);
        const loaded = `document.querySelector('iframe').onload = resolve`;
        const show = `() => new Promise((resolve) => { document.body.innerHTML = ${frame}; ${loaded} })`;
        return agent.fails('evaluate_script', { function: show });
      },
    ];
    for (const go of away) {
      await open();
      expect(await go()).toContain(`Agents may not open ${url('.keys/id')}. ${ASK}`);
      expect(await agent.call('take_snapshot')).not.toContain('the secret key');
      expect(await agent.value('location.href')).toBe('about:blank');
    }
  });

  it('are those of --upload-dir alone, where that was said', async () => {
    await using narrow = await GatewayProcess.start(chrome.endpoint, { uploadDirs: [join(folder, '.keys')] });
    await narrow.next('upstream', ({ connected }) => connected);
    await using agent = await Agent.connect(narrow);
    await agent.call('navigate_page', { url: INPUT });
    const uid = await agent.uid('"Give"');
    expect(await agent.call('upload_file', { uid, filePaths: [key()] })).toContain('has id now');
    expect(await agent.fails('upload_file', { uid, filePaths: [plain()] })).toContain(
      'Agents may not upload',
    );
    expect(await agent.call('navigate_page', { url: url('.keys/') })).toContain('Went to');
  });

  it.skipIf(outside === undefined)('are none for who comes from elsewhere', async () => {
    const token = 'a-token-for-the-tests-0123456789';
    await using open = await GatewayProcess.start(chrome.endpoint, { host: '0.0.0.0', token });
    await open.next('upstream', ({ connected }) => connected);
    await using agent = await Agent.connect({ url: `http://${outside}:${open.port}` }, `token=${token}`);
    await agent.call('navigate_page', { url: INPUT });
    const uid = await agent.uid('"Give"');
    expect(await agent.fails('upload_file', { uid, filePaths: [plain()] })).toBe(
      `Agents may not upload ${plain()}. An agent on another machine has the artifacts of its session, and no other files of the hub's machine.`,
    );
    expect(await agent.fails('navigate_page', { url: url('page.html') })).toContain('Agents may not open');
    await agent.call('download_file', { url: 'data:text/plain,own', name: 'own.txt' });
    expect(await agent.call('upload_files', { inputs: [{ uid, files: ['own.txt'] }] })).toContain(
      'Gave own.txt',
    );
  });
});
