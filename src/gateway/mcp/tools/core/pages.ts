import { z } from 'zod';
import { type Effects, withEffects } from '../../browser/effects.ts';
import { sessionOf } from '../../browser/internals.ts';
import { ToolError } from '../../browser/tool-error.ts';
import { pageLines, pageList, said } from '../said.ts';
import type { PageContext } from '../tool.ts';
import { ACTS, PAGE_ID, pageTool, READS, SETS, sessionTool, type Tool } from '../tool.ts';

const PAGES = z.object({
  pages: z.array(z.object({ pageId: z.number(), url: z.string(), title: z.string(), selected: z.boolean() })),
});

/** Milliseconds that a page may take to load. */
const LOAD = 20_000;

/** Milliseconds for where a page goes on to by itself once it has loaded. */
const AFTER = 3000;

const TIMEOUT = z.number().int().min(1).max(300_000).optional().describe('Milliseconds to wait at most.');

const listPages = sessionTool({
  name: 'list_pages',
  title: 'List pages',
  description: 'Lists the pages of this session. Other agents have pages of their own, which are not shown.',
  input: z.object({}),
  output: PAGES,
  annotations: READS,
  run: async ({ browser, signal }) => {
    await browser.list(signal);
    return { text: pageLines(browser), structured: { pages: pageList(browser) } };
  },
});

const newPage = sessionTool({
  name: 'new_page',
  title: 'New page',
  description: 'Opens a new page, selects it, and loads the URL.',
  input: z.object({
    url: z.string().describe('The URL to load, e.g. https://example.com'),
    timeout: TIMEOUT,
  }),
  annotations: ACTS,
  timeout: LOAD + 10_000,
  run: async ({ browser, files, signal }, { url, timeout }) => {
    const address = urlOf(url);
    await files.url(address);
    const tab = await browser.open(signal);
    const page = await tab.page(signal);
    const act: PageContext['act'] = (work, options) => withEffects(browser, tab, page, signal, work, options);
    const { effects, loaded, refused } = await tab.lane.run(signal, () =>
      travel(act, () => load(page.goto(address, { waitUntil: 'load', timeout: timeout ?? LOAD }))),
    );
    if (refused !== undefined) {
      // Nobody asked for an empty one. The session says which page is selected then.
      if (isEmpty(page.url()) && tab.ended === null) await browser.close(tab, signal);
      throw refused;
    }
    const done = `Page ${tab.id} is open and selected, at ${page.url()}${loaded ? '' : ', and still loading'}.`;
    return { text: said(done, { ...effects, navigated: null, loading: false }) };
  },
});

const selectPage = sessionTool({
  name: 'select_page',
  title: 'Select page',
  description: 'Selects the page that calls without a pageId are for.',
  input: z.object({ pageId: PAGE_ID.unwrap() }),
  annotations: SETS,
  run: async ({ browser, signal }, { pageId }) => {
    const tab = await browser.tab(pageId, signal);
    browser.select(tab);
    return { text: `Page ${tab.id} is selected: ${tab.url}` };
  },
});

const closePage = sessionTool({
  name: 'close_page',
  title: 'Close page',
  description: 'Closes a page. Its unsaved changes are lost.',
  input: z.object({ pageId: PAGE_ID.unwrap() }),
  annotations: { ...ACTS, openWorldHint: false },
  run: async ({ browser, signal }, { pageId }) => {
    const tab = await browser.tab(pageId, signal);
    await browser.close(tab, signal);
    return { text: [`Page ${pageId} is closed.`, pageLines(browser)].join('\n').trim() };
  },
});

const navigatePage = pageTool({
  name: 'navigate_page',
  title: 'Navigate page',
  description: 'Loads a URL in the page, goes back or forward in its history, or reloads it.',
  input: z.object({
    type: z.enum(['url', 'back', 'forward', 'reload']).optional().describe('Default: url.'),
    url: z.string().optional().describe('The URL to load; only with type url.'),
    ignoreCache: z.boolean().optional().describe('Reload without the cache.'),
    timeout: TIMEOUT,
  }),
  annotations: ACTS,
  timeout: LOAD + 10_000,
  run: async (context, { type = 'url', url, ignoreCache = false, timeout = LOAD }) => {
    const go = navigation(context, { type, url, ignoreCache, timeout });
    const { page, files } = context;
    if (url !== undefined) await files.url(urlOf(url));
    const { effects, loaded, refused } = await travel(context.act, go);
    if (refused !== undefined && effects.downloads.length === 0) throw refused;
    const still = loaded ? '' : ', which is still loading';
    let done = `Went to ${page.url()}${still}.`;
    if (effects.dialog) done = `The page is at ${page.url()}.`;
    else if (effects.downloads.length > 0) {
      done = `There is no page at this URL but a file: the page stays at ${page.url()}.`;
    }
    return {
      text: said(effects.gone ? 'The page did not load.' : done, {
        ...effects,
        navigated: null,
        loading: false,
      }),
    };
  },
});

/** Nothing came of its first navigation. */
function isEmpty(url: string): boolean {
  return url === 'about:blank' || url.startsWith('chrome-error:');
}

/** Goes somewhere, until it has loaded, a dialog opens or it turns out to be a file; `refused`: why it did not load. */
async function travel(
  act: PageContext['act'],
  go: () => Promise<boolean>,
): Promise<{ effects: Effects; loaded: boolean; refused: unknown }> {
  let loaded = true;
  let refused: unknown;
  const effects = await act(
    async () => {
      try {
        loaded = await go();
      } catch (error) {
        refused = error;
      }
    },
    { load: AFTER },
  );
  return { effects, loaded: loaded && !effects.loading, refused };
}

/** Resolves true where it has loaded, false where that took too long. */
function navigation(
  { page, tab }: PageContext,
  {
    type,
    url,
    ignoreCache,
    timeout,
  }: { type: string; url: string | undefined; ignoreCache: boolean; timeout: number },
): () => Promise<boolean> {
  const options = { waitUntil: 'load', timeout } as const;
  switch (type) {
    case 'back':
    case 'forward':
      return async () => {
        const { currentIndex, entries } = await sessionOf(page).send('Page.getNavigationHistory');
        if (!entries[currentIndex + (type === 'back' ? -1 : 1)]) {
          throw new ToolError(`There is nothing to go ${type} to.`, 'Call navigate_page with a url.');
        }
        return load(type === 'back' ? page.goBack(options) : page.goForward(options));
      };
    case 'reload':
      return () => load(page.reload({ ...options, ignoreCache }));
    default: {
      if (url === undefined)
        throw new ToolError('There is no url to go to.', 'Call navigate_page with a url.');
      const address = urlOf(url);
      tab.select(null);
      return () => load(page.goto(address, options));
    }
  }
}

/** True where it has loaded, false where that took too long; what the browser says of a bad address is passed on. */
async function load(going: Promise<unknown>): Promise<boolean> {
  try {
    await going;
    return true;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof Error && error.name === 'TimeoutError') return false;
    const [, reason] = /^(net::\w+)/.exec(message) ?? [];
    if (reason === undefined) throw error;
    throw new ToolError(
      `The page did not load: ${reason}.`,
      reason === 'net::ERR_ABORTED'
        ? 'It was a download, or another navigation came between. Call list_pages to see where the page is.'
        : 'Check the URL, and whether its server runs.',
      error,
    );
  }
}

/** A URL as people write it: without its scheme, it is one of the web. */
function urlOf(text: string): string {
  const given = text.trim();
  const local = /^(localhost|127\.|\[::1\])/.test(given);
  const whole = /^[a-z][a-z0-9+.-]*:(?!\d)/i.test(given) ? given : `${local ? 'http' : 'https'}://${given}`;
  if (URL.canParse(whole)) return whole;
  throw new ToolError(
    `${JSON.stringify(text)} is no URL.`,
    'Give a whole one, e.g. https://example.com/page',
  );
}

export const pages: readonly Tool[] = [listPages, newPage, selectPage, closePage, navigatePage];
