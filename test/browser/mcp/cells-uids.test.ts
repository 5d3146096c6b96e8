import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toolsOf } from '../../../src/gateway/mcp/tools/all.ts';
import { GROUPS } from '../../../src/gateway/mcp/tools/tool.ts';
import { Chrome } from '../../helpers/chrome.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';
import { Agent, type Site, site } from './agent.ts';

describe('every tool that takes elements, of one that is gone', () => {
  let agent: Agent;
  let pages: Site;
  let folder: string;
  let file: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cdp-hub-uids-'));
    file = join(folder, 'file.txt');
    await writeFile(file, 'file');
    pages = await site({
      '/': (_, response) =>
        response
          .writeHead(200, { 'content-type': 'text/html' })
          .end(`<title>uids</title><link rel=icon href="data:,"><button>Press</button><button>Stay</button>
            <iframe src="${pages.other}/inner"></iframe>`),
      '/inner': '<button>Inside</button>',
    });
    agent = await Agent.connect(await gatewayOn(await Chrome.start()), 'tools=all');
  });
  afterAll(async () => {
    await agent[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  /** Its arguments with an element that is gone, and where it takes two, one that is there. */
  const uses: Record<string, (gone: string, there: string) => object[]> = {
    take_screenshot: (uid) => [{ uid }],
    click: (uid) => [{ uid }],
    hover: (uid) => [{ uid }],
    drag: (uid, there) => [
      { from_uid: uid, to_uid: there },
      { from_uid: there, to_uid: uid },
    ],
    fill: (uid) => [{ uid, value: 'x' }],
    select_option: (uid) => [{ uid, values: ['x'] }],
    fill_form: (uid) => [{ elements: [{ uid, value: 'x' }] }],
    scroll: (uid) => [{ uid }, { uid, direction: 'down' }],
    upload_file: (uid) => [{ uid, filePaths: [file] }],
    upload_files: (uid) => [{ inputs: [{ uid, files: [file] }] }],
    select_frame: (uid) => [{ uid }],
    get_text: (uid) => [{ uid }],
    evaluate_script: (uid, there) => [
      { function: '(el) => el.outerHTML', args: [uid] },
      { function: '(one, other) => 1', args: [there, uid] },
    ],
    console_command: (uid) => [{ command: '$0', uid }],
    debug_element: (uid) => [{ uid }],
    download_file: (uid) => [{ uid }],
    download_files: (uid) => [{ uids: [uid] }],
  };

  it('is in this list', () => {
    const takes = /^(uids?|from_uid|to_uid|elements|inputs|args)$/;
    const names = toolsOf(GROUPS)
      .filter(({ input }) => Object.keys(input.shape).some((key) => takes.test(key)))
      .map(({ name }) => name);
    expect(Object.keys(uses).sort()).toEqual(names.sort());
  });

  const remove = '(el) => el.remove()';
  const removeFrame = `() => document.querySelector('iframe').remove()`;
  it.each([
    ['of the page', '"Press"', remove],
    ['of a frame of another site', '"Inside"', remove],
    ['of a frame that is gone', '"Inside"', removeFrame],
    ['that is a frame', 'Iframe', removeFrame],
  ])('%s, says so', async (_, words, how) => {
    await agent.call('navigate_page', { url: `${pages.url}/` });
    const [gone, there] = [await agent.uid(words), await agent.uid('"Stay"')];
    await agent.call('evaluate_script', { function: how, args: how === remove ? [gone] : [] });
    await saysSo(gone, there);
  });

  it('with its document, says so', async () => {
    await agent.call('navigate_page', { url: `${pages.url}/` });
    const gone = await agent.uid('"Press"');
    await agent.call('navigate_page', { type: 'reload' });
    await saysSo(gone, await agent.uid('"Stay"'));
  });

  async function saysSo(gone: string, there: string): Promise<void> {
    for (const [name, of] of Object.entries(uses)) {
      for (const args of of(gone, there)) {
        const result = await agent.ask(name, args);
        const text = result.content.map((part) => (part.type === 'text' ? part.text : '')).join('\n');
        expect(`${name}: ${text}`).toMatch(new RegExp(`element ${gone}\\b.* (is not|any more)`));
        // Many files are brought, whichever of them there are.
        expect({ name, isError: result.isError ?? false }).toEqual({
          name,
          isError: name !== 'download_files',
        });
      }
    }
    expect(await agent.call('list_pages')).toContain('uids');
  }
});
