import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { namedIn } from './mcp-tool.ts';
import { ASK, type Place, pictureSize, type Step, script } from './steps.ts';
import { PlaywrightMcp } from './tools-playwright-mcp.ts';

/** A popup is told of when it is there. */
const SOON = { timeout: 10_000 };

/** What `npm test` has time for. */
const CORE: Step<PlaywrightMcp>[] = [
  {
    name: 'pages: what there is, a new one, where it goes and back, where it is gone',
    async run(mcp) {
      const before = await mcp.list();
      expect(before.at(-1)).toContain(`(current) [page of ${mcp.place.who}]`);
      await mcp.page('/', async () => {
        expect(await mcp.list()).toHaveLength(before.length + 1);
        await mcp.call('navigate', { url: mcp.place.site.page('/tall', mcp.place.who) });
        expect(await mcp.evaluate('document.title')).toBe(`tall page of ${mcp.place.who}`);
        await mcp.call('navigate_back');
        expect(await mcp.evaluate('document.title')).toBe(`page of ${mcp.place.who}`);
      });
      expect(await mcp.list()).toEqual(before);
    },
  },
  {
    name: 'click, type, press, hover, mouse',
    run: (mcp) =>
      mcp.page('/', async () => {
        await mcp.click(await mcp.element('button "go"'));
        expect(await mcp.evaluate(ASK.button)).toBe('clicked');
        await mcp.call('type', { element: 'it', target: '#field', text: 'typed' });
        await mcp.call('press_key', { key: 'A' });
        await mcp.call('type', { element: 'it', target: '#field', text: 'slowly', slowly: true });
        expect(await mcp.evaluate(ASK.field)).toMatch(/^(typedAslowly|slowlytypedA|slowly)$/);
        await mcp.call('hover', { element: 'it', target: '#button' });
        expect(await mcp.evaluate('document.querySelector("#button").matches(":hover")')).toBe(true);
        await mcp.call('mouse_move_xy', { x: 1, y: 1 });
        expect(await mcp.evaluate('document.querySelector("#button").matches(":hover")')).toBe(false);
        await mcp.call('wait_for', { text: 'clicked' });
      }),
  },
  {
    name: 'snapshot of a cross-origin frame, and a click in it',
    run: (mcp) =>
      mcp.page('/framed', async () => {
        await mcp.click(await mcp.element('button "go"'));
        expect(await mcp.element('button "clicked"')).not.toBe('');
      }),
  },
  {
    name: 'popups with and without an opener',
    async run(mcp) {
      const before = await mcp.list();
      await mcp.page('/openers', async () => {
        for (const [target, kind] of [
          ['#open', 'open'],
          ['#link', 'noopener'],
        ] as const) {
          await mcp.click(target);
          const popup = (lines: string[]) => lines.findIndex((line) => line.includes(`kind=${kind}`));
          await expect.poll(async () => popup(await mcp.list()), SOON).toBe(before.length + 1);
          await mcp.call('tabs', { action: 'select', index: before.length + 1 });
          expect(await mcp.evaluate('!!opener')).toBe(kind === 'open');
          await mcp.call('tabs', { action: 'close' });
          await mcp.call('tabs', { action: 'select', index: before.length });
        }
      });
      expect(await mcp.list()).toHaveLength(before.length);
    },
  },
  {
    name: 'alert and prompt',
    run: (mcp) =>
      mcp.page('/', async () => {
        await mcp.evaluate(
          '{ document.querySelector("#button").onclick = () => { window.said = prompt("who?"); alert("there"); }; }',
        );
        expect((await mcp.click('#button')).text).toContain('["prompt" dialog with message "who?"]');
        const next = await mcp.call('handle_dialog', { accept: true, promptText: mcp.place.who });
        expect(next.text).toContain('["alert" dialog with message "there"]');
        await mcp.call('handle_dialog', { accept: true });
        expect(await mcp.evaluate('window.said')).toBe(mcp.place.who);
      }),
  },
  {
    name: 'two pages, clicked and seen in any order',
    run: (mcp) =>
      mcp.page('/', async () => {
        const second = (await mcp.list()).length - 1;
        await mcp.click('#button');
        await mcp.call('tabs', { action: 'select', index: second - 1 });
        await mcp.call('hover', { element: 'it', target: '#button' });
        expect((await mcp.call('take_screenshot', { scale: 'css' })).pictures).toHaveLength(1);
        expect(await mcp.evaluate(ASK.button)).toBe('go');
        await mcp.call('tabs', { action: 'select', index: second });
        expect(await mcp.evaluate(ASK.button)).toBe('clicked');
        expect((await mcp.call('take_screenshot', { scale: 'css' })).pictures).toHaveLength(1);
      }),
  },
];

const MORE: Step<PlaywrightMcp>[] = [
  {
    name: 'console',
    run: (mcp) =>
      mcp.page('/', async () => {
        await mcp.evaluate('console.warn("said by", document.title)');
        const { text } = await mcp.call('console_messages', { level: 'warning' });
        expect(text).toContain(`[WARNING] said by page of ${mcp.place.who}`);
      }),
  },
  {
    name: 'network, and a request that is answered in its place',
    run: (mcp) =>
      mcp.page('/', async () => {
        const { who } = mcp.place;
        const ask = `fetch("/plain?who=${who}").then((reply) => reply.text())`;
        expect(await mcp.evaluate(ask)).toBe(`plain for ${who}`);
        const { text } = await mcp.call('network_requests', { static: false, filter: '/plain' });
        const [, index] = /^(\d+)\. \[GET\] \S+\/plain\?\S+ => \[200\]/m.exec(text) ?? [];
        const body = await mcp.call('network_request', { index: Number(index), part: 'response-body' });
        expect(body.text).toContain(`plain for ${who}`);
        await mcp.run(`await page.route('**/plain*', (route) => route.fulfill({ body: 'made up' }))`);
        expect(await mcp.evaluate(ask)).toBe('made up');
      }),
  },
  {
    name: 'upload',
    run: (mcp) =>
      mcp.page('/', async () => {
        const path = join(mcp.place.folder, 'upload.txt');
        await writeFile(path, `from ${mcp.place.who}`);
        expect((await mcp.click('#file')).text).toContain('[File chooser]');
        await mcp.call('file_upload', { paths: [path] });
        expect(await mcp.evaluate(ASK.upload)).toBe(`from ${mcp.place.who}`);
      }),
  },
  {
    name: 'emulation',
    run: (mcp) =>
      mcp.page('/', async () => {
        await mcp.call('emulate_media', { colorScheme: 'dark' });
        await mcp.call('resize', { width: 500, height: 400 });
        expect(await mcp.evaluate(ASK.dark)).toBe(true);
        expect(await mcp.evaluate(ASK.screen)).toBe('500,400,1');
      }),
  },
  {
    name: 'geolocation and cookies of a context of its own',
    run: (mcp) =>
      mcp.page('/', async () => {
        const url = mcp.place.site.page('/', mcp.place.who);
        expect(
          await mcp.run(`
            const context = await page.context().browser().newContext({
              geolocation: { latitude: 1, longitude: 2 }, permissions: ['geolocation'] });
            const own = await context.newPage();
            await own.goto(${JSON.stringify(url)});
            await context.addCookies([{ name: 'mine', value: 'yes', url: ${JSON.stringify(url)} }]);
            const found = [await own.evaluate(${JSON.stringify(ASK.geolocation)}), await own.evaluate('document.cookie')];
            await context.close();
            return found;`),
        ).toEqual(['1,2', 'mine=yes']);
      }),
  },
  {
    name: 'screenshots of the view and of the whole page, pdf',
    run: (mcp) =>
      mcp.page('/tall', async () => {
        await mcp.call('resize', { width: 600, height: 400 });
        const view = await mcp.call('take_screenshot', { scale: 'css' });
        expect(view.pictures.map(pictureSize)).toEqual([{ width: 600, height: 400 }]);
        const path = join(mcp.place.folder, 'whole.png');
        await mcp.call('take_screenshot', { scale: 'css', fullPage: true, filename: path });
        expect(pictureSize(await readFile(path)).height).toBeGreaterThanOrEqual(3000);
        const pdf = join(mcp.place.folder, 'page.pdf');
        await mcp.call('pdf_save', { filename: pdf });
        expect((await readFile(pdf, 'latin1')).startsWith('%PDF-')).toBe(true);
      }),
  },
  {
    name: 'Playwright’s trace',
    alone: true,
    run: (mcp) =>
      mcp.page('/', async () => {
        await mcp.call('start_tracing');
        await mcp.click('#button');
        expect((await mcp.call('stop_tracing')).text).toContain('Trace recording stopped');
      }),
  },
];

const LAST: Step<PlaywrightMcp> = {
  name: 'the page that was there all the time is as it was, and nobody else’s was ever named',
  async run(mcp) {
    expect(await mcp.evaluate(ASK.button)).toBe('go');
    await mcp.click('#button');
    expect(await mcp.evaluate(ASK.button)).toBe('clicked');
    await mcp.list();
    expect(namedIn(mcp.tool.transcript)).toEqual([mcp.place.who]);
    await mcp.call('tabs', { action: 'close' });
  },
};

const byUrl = (place: Place) => PlaywrightMcp.start(place, place.http);
const byWebSocket = (place: Place) => PlaywrightMcp.start(place, place.ws);

export const playwrightMcp = {
  byUrl: script(byUrl, [...CORE, ...MORE, LAST]),
  byWebSocket: script(byWebSocket, [...CORE, ...MORE, LAST]),
};
