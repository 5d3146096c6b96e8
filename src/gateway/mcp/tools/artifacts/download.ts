import { z } from 'zod';
import type { Artifact } from '../../browser/artifacts.ts';
import { beginFetch, type Fetching, type Wanted } from '../../browser/fetching.ts';
import { ToolError } from '../../browser/tool-error.ts';
import { type Annotations, type PageContext, pageTool, type Tool } from '../tool.ts';

/** Milliseconds that a download may take. */
const TIME = 5 * 60_000;

/** Files that one call may ask for. */
const MAX_FILES = 100;

const FETCHES: Annotations = { readOnlyHint: false, destructiveHint: false, openWorldHint: true };

const TIMEOUT = z.number().int().min(1).max(3_600_000).optional().describe('Milliseconds. Default: 300000.');

const downloadFile = pageTool({
  name: 'download_file',
  title: 'Download file',
  description:
    "Downloads a file with the page's cookies into the artifacts: a URL, or what an element links to or shows. For a button that downloads, call click.",
  input: z.object({
    url: z.string().optional().describe("Absolute, or relative to the page's."),
    uid: z.string().optional().describe('The uid of a link, image or video.'),
    name: z.string().max(255).optional().describe('Name of the artifact. Default: as the site names it.'),
    timeout: TIMEOUT,
  }),
  annotations: FETCHES,
  timeout: TIME,
  run: async (context, { url, uid, name = '' }) => {
    const wanted = await wantedOf(context, { url, uid });
    const { done } = await begin(context, { ...wanted, name: name || wanted.name }, context.progress);
    const artifact = await done;
    return { text: `Downloaded ${line(artifact)}`, links: [artifact] };
  },
});

const downloadFiles = pageTool({
  name: 'download_files',
  title: 'Download files',
  description: 'Downloads many files at once, as download_file does each. Those that fail are named.',
  input: z.object({
    urls: z.array(z.string()).max(MAX_FILES).optional(),
    uids: z.array(z.string()).max(MAX_FILES).optional().describe('uids of links, images or videos.'),
    timeout: TIMEOUT,
  }),
  annotations: FETCHES,
  timeout: TIME,
  run: async (context, { urls = [], uids = [] }) => {
    const asked = [...urls.map((url) => ({ url })), ...uids.map((uid) => ({ uid }))];
    if (asked.length === 0) throw NOTHING;
    let ended = 0;
    const whole: Promise<Artifact | string>[] = [];
    for (const each of asked) {
      const what = 'url' in each ? each.url : each.uid;
      const { done } = await wantedOf(context, each)
        .then((wanted) => begin(context, wanted, () => {}))
        .catch((error: unknown): Fetching => {
          context.signal.throwIfAborted();
          return { done: Promise.reject(error) };
        });
      const settled = done
        .catch((error: unknown) => `${what}: ${error instanceof ToolError ? error.message : String(error)}`)
        .then((result) => {
          ended += 1;
          context.progress(ended, asked.length, what);
          return result;
        });
      whole.push(settled);
    }
    const results = await Promise.all(whole);
    context.signal.throwIfAborted();
    const artifacts = results.filter((result) => typeof result !== 'string');
    const failures = results.filter((result) => typeof result === 'string');
    return {
      text: [
        `Downloaded ${artifacts.length} of ${asked.length} files.`,
        ...artifacts.map(line),
        ...(failures.length > 0 ? ['Failed:', ...failures] : []),
      ].join('\n'),
      links: artifacts,
    };
  },
});

const NOTHING = new ToolError(
  'It was not said what to download.',
  'Give a url, or the uid of a link from take_snapshot.',
);

async function wantedOf(
  { tab, frame }: PageContext,
  { url, uid }: { url?: string | undefined; uid?: string | undefined },
): Promise<Wanted> {
  if (url !== undefined) {
    const base = frame.url();
    if (!URL.canParse(url, base))
      throw new ToolError(`${JSON.stringify(url)} is no URL.`, 'Give a whole one.');
    return { url: new URL(url, base).href, name: '', frame };
  }
  if (uid === undefined) throw NOTHING;
  const element = await tab.element(uid);
  try {
    const found = await element.evaluate((node) => {
      const link = node.closest('a[href], area[href]') as HTMLAnchorElement | null;
      if (link) return { url: link.href, name: link.download };
      const media = node as HTMLMediaElement;
      const shown = media.currentSrc || media.src || node.getAttribute('data') || '';
      return { url: shown && new URL(shown, document.baseURI).href, name: '' };
    });
    if (found.url) return { ...found, frame: element.frame };
    throw new ToolError(
      `The element ${uid} (${tab.snapshots.describe(uid)}) neither links to a file nor shows one.`,
      'If it starts a download, call click: what pages download becomes an artifact.',
    );
  } finally {
    element.dispose().catch(() => {});
  }
}

function begin(
  { browser, artifacts, signal }: PageContext,
  wanted: Wanted,
  progress: PageContext['progress'],
): Promise<Fetching> {
  return beginFetch(browser, artifacts, wanted, signal, (received, total) =>
    progress(received, total, `${received} bytes`),
  );
}

function line({ name, mimeType, size }: Artifact): string {
  return `${name} (${mimeType}, ${size} bytes)`;
}

export const download: readonly Tool[] = [downloadFile, downloadFiles];
