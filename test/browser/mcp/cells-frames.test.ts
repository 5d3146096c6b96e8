import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { Chrome } from '../../helpers/chrome.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';
import { Agent, type Site, site } from './agent.ts';

const INNER = (socket: string) => `<title>inner</title><link rel=icon href="data:,">
<style>* { margin: 1px } #box { height: 40px; width: 80px; overflow: auto } #deep { height: 400px }</style>
<h1>Inner words</h1><button id=press>Press</button> <button id=ask>Ask</button> <a href="/report.csv">Report</a>
<img alt=Dot src="/dot.svg" width=20 height=20><br>
<input aria-label=Name> <input aria-label=Other> <select aria-label=Size><option>Small<option>Large</select><br>
<input type=file aria-label=One> <input type=file aria-label=Several multiple><br>
<div id=from role=button draggable=true aria-label=From style="width:60px;height:20px">from</div>
<div id=to role=button aria-label=To style="width:60px;height:20px">to</div>
<div id=box role=group aria-label=Box><div id=deep></div><button>Deep</button></div>
<script>window.said = [];
const byId = (id) => document.getElementById(id);
byId('press').onclick = () => said.push('pressed');
byId('press').onmouseenter = () => said.push('hovered');
byId('ask').onclick = () => said.push('answered ' + prompt('Your name?'));
byId('from').ondragstart = (event) => event.dataTransfer.setData('text/plain', 'cargo');
byId('to').ondragover = (event) => event.preventDefault();
byId('to').ondrop = (event) => { event.preventDefault(); said.push('dropped ' + event.dataTransfer.getData('text/plain')) };
addEventListener('keydown', ({ key }) => said.push('key ' + key));
console.error('inner error'); fetch('/missing');
const socket = new WebSocket('${socket}'); socket.onopen = () => socket.send('from the frame')</script>`;

/** Goes elsewhere a moment after something was done to it, and comes there a moment later. */
const LEAVING = `<title>leaving</title><link rel=icon href="data:,">
<input aria-label=Name> <select aria-label=Size><option>Small<option>Large</select> <input type=file aria-label=One>
<script>for (const event of ['change', 'poke']) addEventListener(event, () => setTimeout(() => { location = '/landed' }))</script>`;

describe('in a frame of another site', () => {
  let agent: Agent;
  let pages: Site;
  let folder: string;
  let file: string;
  let sockets: WebSocketServer;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cdp-hub-frames-'));
    file = join(folder, 'file.txt');
    await writeFile(file, 'file');
    sockets = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(sockets, 'listening');
    const outer =
      (path: string) =>
      (_: unknown, response: { setHeader(name: string, value: string): void; end(text: string): void }) => {
        response.setHeader('content-type', 'text/html');
        response.end(`<title>outer</title><link rel=icon href="data:,"><p>Outer words</p>
          <iframe src="${pages.other}${path}" width=700 height=350></iframe>`);
      };
    pages = await site({
      '/': outer('/inner'),
      '/leave': outer('/leaving'),
      '/inner': INNER(`ws://127.0.0.1:${(sockets.address() as AddressInfo).port}`),
      '/leaving': LEAVING,
      '/landed': (_, response) => void setTimeout(() => response.end('landed'), 200),
      '/report.csv': (_, response) => response.writeHead(200, { 'content-type': 'text/csv' }).end('a,b'),
      '/dot.svg': (_, response) =>
        response
          .writeHead(200, { 'content-type': 'image/svg+xml' })
          .end('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="9"/></svg>'),
    });
    agent = await Agent.connect(await gatewayOn(await Chrome.start()), 'tools=all');
  });
  afterAll(async () => {
    await agent[Symbol.asyncDispose]();
    for (const client of sockets.clients) client.terminate();
    sockets.close();
    await rm(folder, { recursive: true });
  });

  /** What an expression is in the frame. */
  const inner = async (expression: string): Promise<unknown> => {
    const uid = await agent.uid('heading', 'Inner words');
    return JSON.parse(
      await agent.call('evaluate_script', { function: `() => (${expression})`, args: [uid] }),
    );
  };

  describe('everything works', () => {
    beforeEach(async () => {
      await agent.call('navigate_page', { url: `${pages.url}/` });
    });

    it('click, hover, drag and scroll', async () => {
      expect(await agent.call('hover', { uid: await agent.uid('"Press"') })).toContain('The mouse is over');
      expect(await agent.call('click', { uid: await agent.uid('"Press"') })).toBe('Clicked button "Press".');
      await agent.call('drag', { from_uid: await agent.uid('"From"'), to_uid: await agent.uid('"To"') });
      expect(await inner('said')).toEqual(['hovered', 'pressed', 'dropped cargo']);
      const box = /uid=(\S+)/.exec(await agent.call('find_elements', { css: '#box' }))?.[1] ?? '';
      expect(await agent.call('scroll', { uid: box, direction: 'bottom' })).toContain(
        '<div#box> is scrolled',
      );
      expect(await inner(`document.getElementById('box').scrollTop > 300`)).toBe(true);
      await agent.call('scroll', { uid: box, direction: 'top' });
      expect(await agent.call('scroll', { uid: await agent.uid('"Deep"') })).toBe('The element is in view.');
      expect(await inner(`document.getElementById('box').scrollTop > 300`)).toBe(true);
    });

    it('fill, fill_form, select_option, type_text and press_key', async () => {
      const [name, other, size] = [
        await agent.uid('"Name"'),
        await agent.uid('"Other"'),
        await agent.uid('"Size"'),
      ];
      const values = () =>
        inner(
          `['Name', 'Other', 'Size'].map((each) => document.querySelector('[aria-label=' + each + ']').value)`,
        );
      expect(await agent.call('fill', { uid: name, value: 'Ada' })).toBe('Filled in textbox "Name".');
      expect(await agent.call('select_option', { uid: size, values: ['Large'] })).toContain('Selected in');
      expect(await values()).toEqual(['Ada', '', 'Large']);
      const elements = [
        { uid: other, value: 'Bob' },
        { uid: size, value: 'Small' },
      ];
      expect(await agent.call('fill_form', { elements })).toContain('Filled in 2 of 2 fields.');
      await agent.call('click', { uid: other });
      expect(await agent.call('press_key', { key: 'End' })).toBe('Pressed End.');
      expect(await agent.call('type_text', { text: 'by' })).toBe('Typed 2 characters into <input> "Other".');
      expect(await values()).toEqual(['Ada', 'Bobby', 'Small']);
      expect(await inner('said.slice(-3)')).toEqual(['key End', 'key b', 'key y']);
    });

    it('upload_file, upload_files, download_file and download_files', async () => {
      const [one, several] = [await agent.uid('"One"'), await agent.uid('"Several"')];
      expect(await agent.call('upload_file', { uid: one, filePaths: [file] })).toContain('has file.txt now.');
      expect(await agent.call('upload_files', { inputs: [{ uid: several, files: [file] }] })).toContain(
        'Gave ',
      );
      expect(
        await inner(
          `Promise.all([...document.querySelectorAll('[type=file]')].map((each) => each.files[0].text()))`,
        ),
      ).toEqual(['file', 'file']);
      const [link, image] = [await agent.uid('link', '"Report"'), await agent.uid('image', '"Dot"')];
      expect(await agent.call('download_file', { uid: link })).toContain(
        'Downloaded report.csv (text/csv, 3 bytes)',
      );
      expect(await agent.call('download_files', { uids: [link, image] })).toMatch(
        /^Downloaded 2 of 2 files\.\nreport \(1\)\.csv .*\ndot\.svg /,
      );
    });

    it('select_frame, evaluate_script, get_text, find_elements, wait_for and console_command', async () => {
      const heading = await agent.uid('heading', 'Inner words');
      expect(await agent.call('get_text', { uid: heading })).toBe('Inner words');
      expect(await agent.call('get_text')).toMatch(
        /^Outer words[\s\S]*\[frame http:\/\/localhost[\s\S]*Inner words/,
      );
      expect(
        await agent.call('evaluate_script', {
          function: '(el) => [document.title, el.innerText]',
          args: [heading],
        }),
      ).toBe('["inner","Inner words"]');
      expect(
        await agent.call('console_command', {
          command: '[document.title, $0.innerText].join()',
          uid: heading,
        }),
      ).toContain('inner,Inner words');
      expect(await agent.call('wait_for', { text: ['inner words'] })).toContain('inner words');
      expect(await agent.call('select_frame', { uid: await agent.uid('Iframe') })).toBe(
        `The frame is selected: ${pages.other}/inner`,
      );
      expect(await agent.call('get_text')).not.toContain('Outer words');
      expect(await agent.value('document.title')).toBe('inner');
      expect(await agent.call('console_command', { command: 'document.title' })).toBe('"inner"');
      expect(await agent.call('find_elements', { css: 'h1' })).toContain(
        `uid=${heading} heading "Inner words"`,
      );
      await agent.call('select_frame', { uid: 'main' });
      expect(await agent.value('document.title')).toBe('outer');
    });

    it('take_snapshot, take_screenshot, debug_element and get_clickable_elements', async () => {
      const uid = await agent.uid('"Press"');
      expect(await agent.call('take_snapshot')).toContain(`uid=${uid} button "Press"`);
      const { content } = await agent.ask('take_screenshot', { uid });
      const [said, picture] = content;
      expect(said).toMatchObject({ text: expect.stringMatching(/^A picture of button "Press", \d+ kB\.$/) });
      if (picture?.type !== 'image') throw new Error('there is no picture');
      const png = Buffer.from(picture.data, 'base64');
      const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
      const box = (await inner(
        `(({ width, height }) => [width, height])(document.getElementById('press').getBoundingClientRect())`,
      )) as number[];
      expect([Math.abs(width - (box[0] ?? 0)) <= 1, Math.abs(height - (box[1] ?? 0)) <= 1]).toEqual([
        true,
        true,
      ]);
      expect(await agent.call('debug_element', { uid })).toContain(`Its frame: ${pages.other}/inner`);
      expect(await agent.call('get_clickable_elements')).toContain(`uid=${uid} button "Press" at `);
    });

    it('handle_dialog', async () => {
      expect(await agent.call('click', { uid: await agent.uid('"Ask"') })).toContain(
        'A prompt dialog is open: "Your name?"',
      );
      expect(await agent.call('handle_dialog', { action: 'accept', promptText: 'Ada' })).toBe(
        'The prompt "Your name?" was accepted.',
      );
      expect(await inner('said')).toEqual(['answered Ada']);
    });

    it('diagnose_page, monitor_websocket, and what lists messages and requests', async () => {
      await expect.poll(() => agent.call('monitor_websocket')).toMatch(/#1 sent: from the frame$/m);
      const requests = await agent.call('list_network_requests', { resourceTypes: ['fetch'] });
      const reqid = Number(/reqid=(\d+)/.exec(requests)?.[1]);
      await expect
        .poll(() => agent.call('get_network_request', { reqid }))
        .toContain('Response body:\nnothing at /missing');
      const said = await agent.call('diagnose_page');
      expect(said).toContain('inner error');
      expect(said).toMatch(/GET http:\/\/localhost:\d+\/missing \[404\]/);
      expect(said).toContain(`Frames: 1\n- ${pages.other}/inner`);
      const messages = await agent.call('list_console_messages', { types: ['error'] });
      const msgid = Number(/msgid=(\d+) \[error\] inner error/.exec(messages)?.[1]);
      expect(await agent.call('get_console_message', { msgid })).toContain(`At ${pages.other}/inner:`);
    });
  });

  describe('what an action sets off is waited for, as it is in the page', () => {
    let uids: { name: string; size: string; one: string };

    beforeEach(async () => {
      await agent.call('navigate_page', { url: `${pages.url}/leave` });
      uids = {
        name: await agent.uid('"Name"'),
        size: await agent.uid('"Size"'),
        one: await agent.uid('"One"'),
      };
    });

    it.each([
      ['fill', () => ({ uid: uids.name, value: 'x' })],
      ['fill_form', () => ({ elements: [{ uid: uids.name, value: 'x' }] })],
      ['select_option', () => ({ uid: uids.size, values: ['Large'] })],
      ['upload_file', () => ({ uid: uids.one, filePaths: [file] })],
      ['upload_files', () => ({ inputs: [{ uid: uids.one, files: [file] }] })],
      [
        'evaluate_script',
        () => ({ function: `() => { dispatchEvent(new Event('poke')) }`, args: [uids.one] }),
      ],
      ['console_command', () => ({ command: `dispatchEvent(new Event('poke'))`, uid: uids.one })],
    ])('%s', async (name, args) => {
      await agent.call(name, args());
      expect(await agent.call('get_text')).toContain('landed');
    });
  });
});
