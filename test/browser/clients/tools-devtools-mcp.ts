import { McpTool, PROGRAM } from './mcp-tool.ts';
import type { Place } from './steps.ts';

/** chrome-devtools-mcp, called as an agent calls it. */
export class DevtoolsMcp implements AsyncDisposable {
  readonly place: Place;
  readonly tool: McpTool;
  /** A page that stays for as long as the tool does. */
  readonly own: DevtoolsPage;

  private constructor(place: Place, tool: McpTool, own: DevtoolsPage) {
    this.place = place;
    this.tool = tool;
    this.own = own;
  }

  static async start(place: Place, endpoint: string[]): Promise<DevtoolsMcp> {
    const args = [...endpoint, '--no-usage-statistics', '--no-performance-crux', '--workspace', place.folder];
    const tool = await McpTool.start(PROGRAM.chromeDevtools, args, place.folder);
    return new DevtoolsMcp(place, tool, await DevtoolsPage.open(tool, place.site.page('/', place.who)));
  }

  /** A page for one step. */
  async page<T>(path: string, use: (page: DevtoolsPage) => Promise<T>): Promise<T> {
    const page = await DevtoolsPage.open(this.tool, this.place.site.page(path, this.place.who));
    try {
      return await use(page);
    } finally {
      await page.call('close_page');
    }
  }

  async list(): Promise<string[]> {
    const { text } = await this.tool.call('list_pages');
    return text.split('\n').filter((line) => /^\d+: /.test(line));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.tool[Symbol.asyncDispose]();
  }
}

/** One page, by the number that the tool gives it. */
export class DevtoolsPage {
  readonly #tool: McpTool;
  readonly id: number;

  private constructor(tool: McpTool, id: number) {
    this.#tool = tool;
    this.id = id;
  }

  static async open(tool: McpTool, url: string, more: object = {}): Promise<DevtoolsPage> {
    const { text } = await tool.call('new_page', { url, ...more });
    return new DevtoolsPage(tool, Number(/^(\d+): .*\[selected\]/m.exec(text)?.[1]));
  }

  call(name: string, params: object = {}) {
    return this.#tool.call(name, { pageId: this.id, ...params });
  }

  /** What the expression comes to. */
  async evaluate(expression: string): Promise<unknown> {
    const { text } = await this.call('evaluate_script', { function: `() => ${expression}` });
    const [, json = ''] = /```json\n([\s\S]*)\n```/.exec(text) ?? [];
    return json === 'undefined' ? undefined : JSON.parse(json);
  }

  /** The id of the first element in the tree of the page that this describes. */
  async element(what: string): Promise<string> {
    const { text } = await this.call('take_snapshot');
    const found = text.split('\n').find((line) => line.includes(what));
    const [, id] = /uid=(\S+)/.exec(found ?? '') ?? [];
    if (id === undefined) throw new Error(`no ${what} in ${text}`);
    return id;
  }

  async click(what: string) {
    return this.call('click', { uid: await this.element(what) });
  }
}
