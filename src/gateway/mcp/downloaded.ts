import type { Download, Downloads } from './browser/downloads.ts';
import type { SessionBrowser } from './browser/session-browser.ts';
import type { Tab } from './browser/tab.ts';
import { ToolError } from './browser/tool-error.ts';
import type { ToolResult } from './tools/tool.ts';

/** How long is waited for what a call has the browser download, milliseconds. */
const WAIT = {
  /** Until the browser says whose it is. */
  begin: 2000,
  /** Until the whole file is there. */
  end: 3000,
} as const;

/** What a call has downloaded, by what its page and the browser tell of it. */
export class Downloaded {
  readonly #names: string[] = [];
  #acted = false;
  readonly #downloads: Downloads;
  readonly #mark: number;
  readonly #browser: SessionBrowser;
  readonly #tab: () => Tab | null;

  /** `tab`: the page of the call, where it is of one. */
  constructor(browser: SessionBrowser, tab: () => Tab | null) {
    this.#browser = browser;
    this.#tab = tab;
    this.#downloads = browser.downloads;
    this.#mark = browser.downloads.last;
  }

  /** The answer, with what was downloaded meanwhile; what is small has ended by then. */
  async addTo(result: ToolResult, signal: AbortSignal): Promise<ToolResult> {
    const begun = this.#acted ? await this.#settled(signal, this.#names.length) : this.#begun;
    const told =
      begun.length === 0 ? this.#names.map((name) => `It downloads ${name}.`) : begun.map(downloadLine);
    if (told.length === 0) return result;
    for (const download of begun) download.told = download.state !== 'running';
    const links = [...(result.links ?? []), ...begun.flatMap(({ artifact }) => artifact ?? [])];
    return { ...result, text: [result.text, ...told].join('\n'), links };
  }

  /** A navigation that came to nothing because what was there was a file is no failure. */
  async insteadOf(error: unknown, signal: AbortSignal): Promise<ToolResult> {
    if (!(error instanceof ToolError) || !error.message.includes('net::ERR_ABORTED')) throw error;
    const begun = await this.#settled(signal, 1);
    if (begun.length === 0) throw error;
    const page = this.#tab() ? 'the page stays where it was' : 'no page was opened for it';
    return this.addTo({ text: `There is no page at this URL but a file: ${page}.` }, signal);
  }

  /** Something was done to the page, which said that it downloads these, by the names that the site gave them. */
  heard(names: readonly string[]): void {
    this.#acted = true;
    this.#names.push(...names);
  }

  get #begun(): Download[] {
    const tab = this.#tab();
    // Of other pages another call may tell; those of no page are of one that was opened for them and went at once.
    const elsewhere = this.#browser.tabs.filter((each) => tab !== null && each !== tab);
    return this.#downloads
      .since(this.#mark)
      .filter(({ frameId, told }) => !told && !elsewhere.some((each) => each.hasFrame(frameId)));
  }

  async #settled(signal: AbortSignal, expected: number): Promise<Download[]> {
    await this.#until(WAIT.begin, signal, () => this.#begun.length >= expected);
    await this.#until(WAIT.end, signal, () => this.#begun.every(({ state }) => state !== 'running'));
    return this.#begun;
  }

  async #until(ms: number, signal: AbortSignal, done: () => boolean): Promise<void> {
    if (done()) return;
    await this.#downloads.until(AbortSignal.any([signal, AbortSignal.timeout(ms)]), done).catch(() => {});
    signal.throwIfAborted();
  }
}

/** How a download stands, as answers say it. */
export function downloadLine({ name, state, artifact, detail }: Download): string {
  switch (state) {
    case 'running':
      return `It downloads ${name}, which goes on: list_artifacts shows it once it is there.`;
    case 'kept':
      return `Downloaded ${artifact?.name ?? name} (${artifact?.size ?? 0} bytes), an artifact of this session.`;
    case 'elsewhere':
      return `Downloaded ${name} to ${detail}, where the browser put it: the hub does not see the files of the browser's machine. download_file brings files here.`;
    case 'failed':
      return `The download of ${name} failed: ${detail}.`;
    default:
      return state satisfies never;
  }
}
