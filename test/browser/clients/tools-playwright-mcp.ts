import { McpTool, PROGRAM } from './mcp-tool.ts';
import type { Place } from './steps.ts';

/** @playwright/mcp, called as an agent calls it. It has one current page. */
export class PlaywrightMcp implements AsyncDisposable {
  readonly place: Place;
  readonly tool: McpTool;

  private constructor(place: Place, tool: McpTool) {
    this.place = place;
    this.tool = tool;
  }

  /** With a page that stays for as long as the tool does: the second one, after the one that is there. */
  static async start(place: Place, endpoint: string): Promise<PlaywrightMcp> {
    const args = ['--cdp-endpoint', endpoint, '--caps', 'vision,pdf,devtools', '--output-dir', place.folder];
    const tool = await McpTool.start(PROGRAM.playwright, args, place.folder);
    const mcp = new PlaywrightMcp(place, tool);
    await mcp.call('tabs', { action: 'new', url: place.site.page('/', place.who) });
    return mcp;
  }

  call(name: string, params: object = {}) {
    return this.tool.call(`browser_${name}`, params);
  }

  /** In a page for one step. */
  async page<T>(path: string, use: () => Promise<T>): Promise<T> {
    const url = this.place.site.page(path, this.place.who);
    await this.call('tabs', { action: 'new', url });
    try {
      return await use();
    } finally {
      await this.call('tabs', { action: 'close' });
    }
  }

  async list(): Promise<string[]> {
    const { text } = await this.call('tabs', { action: 'list' });
    return text.split('\n').filter((line) => /^- \d+: /.test(line));
  }

  async evaluate(expression: string): Promise<unknown> {
    const { text } = await this.call('evaluate', { function: `() => ${expression}` });
    return resultOf(text);
  }

  /** Playwright's own words for what the tools have no word for. */
  async run(code: string): Promise<unknown> {
    const { text } = await this.call('run_code_unsafe', { code: `async (page) => { ${code} }` });
    return resultOf(text);
  }

  click(target: string) {
    return this.call('click', { element: 'it', target });
  }

  /** The reference of the first element in the tree of the page that this describes. */
  async element(what: string): Promise<string> {
    const { text } = await this.call('snapshot');
    const found = text.split('\n').find((line) => line.includes(what));
    const [, ref] = /\[ref=(\S+)\]/.exec(found ?? '') ?? [];
    if (ref === undefined) throw new Error(`no ${what} in ${text}`);
    return ref;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.tool[Symbol.asyncDispose]();
  }
}

function resultOf(text: string): unknown {
  const [, json = 'undefined'] = /### Result\n([\s\S]*?)\n### /.exec(text) ?? [];
  return json === 'undefined' ? undefined : JSON.parse(json);
}
