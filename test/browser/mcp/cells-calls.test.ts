import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toolsOf } from '../../../src/gateway/mcp/tools/all.ts';
import { GROUPS } from '../../../src/gateway/mcp/tools/tool.ts';
import { Chrome } from '../../helpers/chrome.ts';
import { gatewayOn } from '../../integration/gateway/for-this-file.ts';
import { Agent, site } from './agent.ts';

const tools = toolsOf(GROUPS);

/** The least that each takes: nothing, where it is not in here. */
const LEAST: Record<string, Record<string, unknown>> = {
  new_page: { url: 'about:blank' },
  select_page: { pageId: 1 },
  close_page: { pageId: 1 },
  navigate_page: { url: 'about:blank' },
  wait_for: { text: ['never'] },
  click: { uid: 'x' },
  hover: { uid: 'x' },
  drag: { from_uid: 'x', to_uid: 'y' },
  handle_dialog: { action: 'accept' },
  fill: { uid: 'x', value: '' },
  select_option: { uid: 'x', values: ['a'] },
  fill_form: { elements: [{ uid: 'x', value: '' }] },
  type_text: { text: 'x' },
  press_key: { key: 'x' },
  upload_file: { uid: 'x', filePaths: ['/x'] },
  select_frame: { uid: 'main' },
  evaluate_script: { function: '() => 1' },
  get_console_message: { msgid: 1 },
  console_command: { command: '1' },
  get_network_request: { reqid: 1 },
  debug_element: { uid: 'x' },
  resize_page: { width: 800, height: 600 },
  read_artifact: { name: 'x' },
  upload_files: { inputs: [{ uid: 'x', files: ['x'] }] },
};

const least = (name: string) => LEAST[name] ?? {};

describe('every tool', () => {
  let agent: Agent;
  let url: string;

  beforeAll(async () => {
    const web = await site({
      '/': '<title>untouched</title><link rel=icon href="data:,">',
      '/alert':
        '<link rel=icon href="data:,"><script>console.log("before"); setTimeout(() => alert("stop"))</script>',
    });
    url = web.url;
    const gateway = await gatewayOn(await Chrome.start());
    agent = await Agent.connect(gateway, 'tools=all');
    await agent.call('navigate_page', { url: `${url}/` });
  });
  afterAll(() => agent[Symbol.asyncDispose]());

  it('says which argument is wrong, missing or none of its own, and does nothing then', async () => {
    const pages = await agent.call('list_pages');
    for (const { name, input } of tools) {
      const given = least(name);
      expect({ name, ...input.safeParse(given) }).toMatchObject({ success: true });
      const says = async (args: object, said: string) => {
        const text = await agent.fails(name, args);
        expect(text).toContain(`The arguments of ${name} are wrong: ${said}`);
        expect(text).toContain(`It takes: ${Object.keys(input.shape).join(', ') || 'none'}.`);
      };
      await says({ ...given, nothing: 1 }, 'nothing: there is no such argument.');
      // No argument of any tool is an object.
      for (const key of Object.keys(input.shape)) await says({ ...given, [key]: {} }, `${key}: `);
      for (const key of Object.keys(given)) {
        const { [key]: _, ...rest } = given;
        if (!input.safeParse(rest).success) await says(rest, `${key}: `);
      }
    }
    expect(await agent.call('list_pages')).toBe(pages);
    expect(pages).toContain('untouched');
  });

  it('says that its page is closed, and what there is', async () => {
    await agent.call('new_page', { url: `${url}/` });
    await agent.call('close_page', { pageId: 2 });
    const ofPages = tools.filter(({ input }) => 'pageId' in input.shape);
    expect(ofPages.length).toBeGreaterThan(30);
    for (const { name } of ofPages) {
      expect(await agent.fails(name, { ...least(name), pageId: 2 })).toMatch(
        /^There is no page 2: the pages are 1\. Call list_pages /,
      );
    }
  });

  it('says that a dialog is open, where it needs the page, and works where it does not', async () => {
    expect(await agent.call('navigate_page', { url: `${url}/alert` })).toContain('An alert dialog is open');
    for (const { name } of tools.filter((tool) => tool.of === 'page')) {
      expect(await agent.fails(name, least(name))).toMatch(
        new RegExp(
          `^${name} cannot work on page 1 now\\. An alert dialog is open: "stop"\\. Call handle_dialog`,
        ),
      );
    }
    const id = async (list: string, of: RegExp) => Number(of.exec(await agent.call(list))?.[1]);
    const works: Record<string, [args: object, says: string]> = {
      list_console_messages: [{}, '[log] before'],
      get_console_message: [{ msgid: await id('list_console_messages', /msgid=(\d+)/) }, '[log] before'],
      list_network_requests: [{}, `GET ${url}/alert [200]`],
      get_network_request: [
        { reqid: await id('list_network_requests', /reqid=(\d+)/) },
        'Response body: it cannot be had while',
      ],
      monitor_websocket: [{}, 'has opened no WebSocket'],
      diagnose_page: [{}, 'An alert dialog is open: "stop"'],
      handle_dialog: [{ action: 'accept' }, 'The alert "stop" was accepted.'],
    };
    const names = tools.filter((tool) => tool.of === 'dialog').map(({ name }) => name);
    expect(Object.keys(works).sort()).toEqual(names.sort());
    for (const [name, [args, says]] of Object.entries(works)) {
      expect(await agent.call(name, args)).toContain(says);
    }
    expect(await agent.fails('handle_dialog', { action: 'accept' })).toContain('Page 1 has no dialog open.');
  });
});
