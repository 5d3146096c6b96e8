import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { namedIn } from './mcp-tool.ts';
import { ASK, type Place, pictureSize, type Step, script } from './steps.ts';
import { DevtoolsMcp, DevtoolsPage } from './tools-devtools-mcp.ts';

/** A popup is told of when it is there. */
const SOON = { timeout: 10_000 };

/** What `npm test` has time for. */
const CORE: Step<DevtoolsMcp>[] = [
  {
    name: 'pages: what there is, a new one, where it goes and back, where it is gone',
    async run(mcp) {
      const before = await mcp.list();
      await mcp.page('/', async (page) => {
        expect(await mcp.list()).toEqual([
          ...before.map((line) => line.replace(' [selected]', '')),
          expect.stringMatching(new RegExp(`^${page.id}: page of ${mcp.place.who} .*\\[selected\\]$`)),
        ]);
        const url = mcp.place.site.page('/tall', mcp.place.who);
        await page.call('navigate_page', { type: 'url', url });
        expect(await page.evaluate('document.title')).toBe(`tall page of ${mcp.place.who}`);
        await page.call('navigate_page', { type: 'back' });
        await page.call('navigate_page', { type: 'reload', ignoreCache: true });
        expect(await page.evaluate('document.title')).toBe(`page of ${mcp.place.who}`);
      });
      expect((await mcp.list()).length).toBe(before.length);
    },
  },
  {
    name: 'click, fill, type, press, hover',
    run: (mcp) =>
      mcp.page('/', async (page) => {
        await page.click('button "go"');
        expect(await page.evaluate(ASK.button)).toBe('clicked');
        const uid = await page.element('textbox');
        await page.call('fill', { uid, value: 'filled' });
        await page.call('type_text', { text: ' typed' });
        await page.call('press_key', { key: 'A' });
        expect(await page.evaluate(ASK.field)).toBe('filled typedA');
        await page.call('hover', { uid: await page.element('button') });
        expect(await page.evaluate('document.querySelector("#button").matches(":hover")')).toBe(true);
      }),
  },
  {
    name: 'snapshot of a cross-origin frame, and a click in it',
    run: (mcp) =>
      mcp.page('/framed', async (page) => {
        await page.call('wait_for', { text: ['go'] });
        await page.click('button "go"');
        expect(await page.element('button "clicked"')).not.toBe('');
      }),
  },
  {
    name: 'popups with and without an opener',
    async run(mcp) {
      const before = (await mcp.list()).length;
      await mcp.page('/openers', async (page) => {
        for (const [what, kind] of [
          ['button "open"', 'open'],
          ['link "link"', 'noopener'],
        ] as const) {
          await page.click(what);
          const popup = (lines: string[]) => lines.find((line) => line.includes(`kind=${kind}`));
          await expect.poll(async () => popup(await mcp.list()), SOON).toBeTruthy();
          const pageId = Number.parseInt(popup(await mcp.list()) ?? '', 10);
          const { text } = await mcp.tool.call('evaluate_script', { pageId, function: '() => !!opener' });
          expect(text).toContain(String(kind === 'open'));
          await mcp.tool.call('close_page', { pageId });
        }
      });
      expect((await mcp.list()).length).toBe(before);
    },
  },
  {
    name: 'alert and prompt',
    run: (mcp) =>
      mcp.page('/', async (page) => {
        await page.evaluate(
          '{ document.querySelector("#button").onclick = () => { window.said = prompt("who?"); }; }',
        );
        expect((await page.click('button "go"')).text).toContain('prompt: who?');
        await page.call('handle_dialog', { action: 'accept', promptText: mcp.place.who });
        expect(await page.evaluate('window.said')).toBe(mcp.place.who);
        const { text } = await page.call('evaluate_script', {
          function: '() => { alert("there"); return "after"; }',
          dialogAction: 'accept',
        });
        expect(text).toContain('"after"');
      }),
  },
  {
    name: 'two pages and one in a context of its own, in any order',
    run: (mcp) =>
      mcp.page('/', (first) =>
        mcp.page('/', async (second) => {
          const apart = await DevtoolsPage.open(mcp.tool, mcp.place.site.page('/', mcp.place.who), {
            isolatedContext: 'apart',
          });
          await first.evaluate('{ localStorage.mine = "first"; document.cookie = "mine=first"; }');
          expect(await second.evaluate('localStorage.mine + document.cookie')).toBe('firstmine=first');
          expect(await apart.evaluate('localStorage.mine + document.cookie')).toBe('undefined');
          for (const page of [first, apart, second]) {
            await page.call('select_page', { bringToFront: true });
            await page.click('button "go"');
            expect((await page.call('take_screenshot')).pictures).toHaveLength(1);
          }
          await apart.call('close_page');
        }),
      ),
  },
];

const MORE: Step<DevtoolsMcp>[] = [
  {
    name: 'console',
    run: (mcp) =>
      mcp.page('/', async (page) => {
        await page.evaluate('console.warn("said by", document.title)');
        const { text } = await page.call('list_console_messages', { types: ['warn'] });
        expect(text).toContain(`[warn] said by page of ${mcp.place.who} (2 args)`);
        const [, msgid] = /msgid=(\d+)/.exec(text) ?? [];
        expect((await page.call('get_console_message', { msgid: Number(msgid) })).text).toContain('said by');
      }),
  },
  {
    name: 'network',
    run: (mcp) =>
      mcp.page('/', async (page) => {
        const { who } = mcp.place;
        const ask = `fetch("/plain?who=${who}").then((reply) => reply.text())`;
        expect(await page.evaluate(ask)).toBe(`plain for ${who}`);
        const { text } = await page.call('list_network_requests', { resourceTypes: ['fetch'] });
        const [, reqid] = /reqid=(\d+) GET \S+\/plain\?\S+ \[200\]/.exec(text) ?? [];
        const request = await page.call('get_network_request', { reqid: Number(reqid) });
        expect(request.text).toContain(`### Response Body\nplain for ${who}`);
      }),
  },
  {
    name: 'upload',
    run: (mcp) =>
      mcp.page('/', async (page) => {
        const path = join(mcp.place.folder, 'upload.txt');
        await writeFile(path, `from ${mcp.place.who}`);
        await page.call('upload_file', { uid: await page.element('Choose File'), filePaths: [path] });
        expect(await page.evaluate(ASK.upload)).toBe(`from ${mcp.place.who}`);
      }),
  },
  {
    name: 'emulation, undone',
    run: (mcp) =>
      mcp.page('/', async (page) => {
        const before = await page.evaluate(ASK.screen);
        await page.call('emulate', {
          colorScheme: 'dark',
          userAgent: mcp.place.who,
          viewport: '500x400x2',
          networkConditions: 'Fast 4G',
          cpuThrottlingRate: 2,
          extraHttpHeaders: JSON.stringify({ 'x-mine': mcp.place.who }),
        });
        expect([
          await page.evaluate(ASK.dark),
          await page.evaluate('navigator.userAgent'),
          await page.evaluate(ASK.screen),
        ]).toEqual([true, mcp.place.who, '500,400,2']);
        await page.call('emulate', {});
        expect([await page.evaluate(ASK.dark), await page.evaluate(ASK.screen)]).toEqual([false, before]);
      }),
  },
  {
    name: 'screenshots of the view, of an element and of the whole page',
    run: (mcp) =>
      mcp.page('/tall', async (page) => {
        await page.call('resize_page', { width: 800, height: 600 });
        const [width, height] = String(await page.evaluate(ASK.screen)).split(',');
        const view = await page.call('take_screenshot');
        expect(view.pictures.map(pictureSize)).toEqual([{ width: Number(width), height: Number(height) }]);
        const path = join(mcp.place.folder, 'whole.png');
        await page.call('take_screenshot', { fullPage: true, filePath: path });
        expect(pictureSize(await readFile(path)).height).toBeGreaterThanOrEqual(3000);
      }),
  },
  {
    name: 'an init script',
    run: (mcp) =>
      mcp.page('/', async (page) => {
        const url = mcp.place.site.page('/popup', mcp.place.who);
        await page.call('navigate_page', { type: 'url', url, initScript: 'window.early = "before it"' });
        expect(await page.evaluate('window.seen')).toBe('before it');
      }),
  },
  {
    name: 'heap snapshot',
    run: (mcp) =>
      mcp.page('/', async (page) => {
        const filePath = join(mcp.place.folder, 'heap.heapsnapshot');
        await page.call('take_heapsnapshot', { filePath });
        expect((await readFile(filePath, 'utf8')).startsWith('{"snapshot":')).toBe(true);
      }),
  },
];

/** Where pages share a window, as on Chrome itself, both hang. */
const BEHIND: Step<DevtoolsMcp> = {
  name: 'a page that another came after is clicked and seen',
  run: (mcp) =>
    mcp.page('/', (first) =>
      mcp.page('/', async () => {
        await first.click('button "go"');
        expect(await first.evaluate(ASK.button)).toBe('clicked');
        expect((await first.call('take_screenshot')).pictures).toHaveLength(1);
      }),
    ),
};

const LAST: Step<DevtoolsMcp> = {
  name: 'the page that was there all the time is as it was, and nobody else’s was ever named',
  async run(mcp) {
    expect(await mcp.own.evaluate(ASK.button)).toBe('go');
    await mcp.own.click('button "go"');
    expect(await mcp.own.evaluate(ASK.button)).toBe('clicked');
    await mcp.list();
    expect(namedIn(mcp.tool.transcript)).toEqual([mcp.place.who]);
    await mcp.own.call('close_page');
  },
};

/** What takes many seconds: a trace, and audits by the Lighthouse that is built in. */
const LONG: Step<DevtoolsMcp>[] = [
  {
    name: 'a performance trace',
    alone: true,
    run: (mcp) =>
      mcp.page('/', async (page) => {
        const { text } = await page.call('performance_start_trace', { reload: true, autoStop: true });
        expect(text).toContain(`URL: ${mcp.place.site.page('/', mcp.place.who)}`);
        expect(text).toMatch(/LCP: \d+ ms/);
        const [, set, name] = /insight set id: (\S+)[\s\S]*?insight name: (\S+)/.exec(text) ?? [];
        const insight = { insightSetId: set, insightName: name };
        expect((await page.call('performance_analyze_insight', insight)).text).toContain('## Insight Title');
      }),
  },
];

const byUrl = (place: Place) => DevtoolsMcp.start(place, ['--browserUrl', place.http]);
const byWebSocket = (place: Place) => DevtoolsMcp.start(place, ['--wsEndpoint', place.ws]);

export const devtoolsMcp = {
  byUrl: script(byUrl, [...CORE, ...MORE, LAST]),
  byWebSocket: script(byWebSocket, [...CORE, ...MORE, LAST]),
  apart: script(byUrl, [...CORE, ...MORE, BEHIND, LAST]),
  core: script(byUrl, [...CORE, BEHIND, LAST]),
  long: script(byUrl, [...LONG, LAST]),
};

/** The scores that the audit of a page came to, by category. */
export async function auditedByMcp(place: Place, mode: 'navigation' | 'snapshot'): Promise<string[]> {
  await using mcp = await DevtoolsMcp.start(place, ['--browserUrl', place.http]);
  const { text } = await mcp.own.call('lighthouse_audit', { mode, outputDirPath: place.folder });
  await mcp.own.call('close_page');
  return text.split('\n').filter((line) => /^- .*: (\d+|n\/a) \(/.test(line));
}
