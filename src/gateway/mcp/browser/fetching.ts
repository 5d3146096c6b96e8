import type { Artifact, Artifacts } from './artifacts.ts';
import type { Download } from './downloads.ts';
import { frameIdOf, sessionOfFrame } from './internals.ts';
import { untilAborted } from './lane.ts';
import type { Frame } from './puppeteer.ts';
import type { SessionBrowser } from './session-browser.ts';
import { ToolError } from './tool-error.ts';

/** How long the browser may take to begin a download that was asked for, milliseconds: after that it has blocked it. */
const BEGIN = 3000;

/** Bytes of a file that the browser is asked for at once. */
const CHUNK = 512 * 1024;

export interface Wanted {
  /** An absolute URL. */
  url: string;
  /** Of the artifact; empty: as the site names it. */
  name: string;
  /** Whose cookies go along. */
  frame: Frame;
}

export interface Fetching {
  /** Rejects where there is no such file, and with the signal. */
  done: Promise<Artifact>;
}

/** Of `Network.responseReceived` (CDP). */
interface Visited {
  type: string;
  frameId?: string;
  response: { url: string };
}

type OnProgress = (received: number, total: number | undefined) => void;

/**
 * Begins to bring a file from where a page says it is into the artifacts, with the page's cookies. What is of the
 * page's own origin the browser itself downloads; it does not download from elsewhere what a page may also show, so
 * that is read from the browser, as is what the browser puts on a machine whose files the hub does not see. Resolves
 * when another may begin.
 */
export async function beginFetch(
  browser: SessionBrowser,
  artifacts: Artifacts,
  wanted: Wanted,
  signal: AbortSignal,
  progress: OnProgress,
): Promise<Fetching> {
  const { url, frame, name } = wanted;
  const { protocol, origin } = new URL(url);
  const web = protocol === 'http:' || protocol === 'https:';
  if (!web && protocol !== 'blob:' && protocol !== 'data:') {
    throw new ToolError(`${protocol}// is nothing that can be downloaded.`, 'Give an http or https URL.');
  }
  const read = () => loaded(artifacts, wanted, signal, progress);
  if (web && origin !== originOf(frame)) return { done: read() };
  const download = await begun(browser, frame, url, name, signal);
  if (!download && !web) throw new ToolError(`The browser does not download ${brief(url)}.`, SEE);
  if (!download) return { done: read() };
  return {
    done: ended(browser, download, signal, progress).then((kept) => kept ?? (web ? read() : away(download))),
  };
}

/** Null where the browser begins none. */
async function begun(
  browser: SessionBrowser,
  frame: Frame,
  url: string,
  name: string,
  signal: AbortSignal,
): Promise<Download | null> {
  await browser.downloads.turn(signal);
  const over = AbortSignal.any([signal, AbortSignal.timeout(BEGIN)]);
  const session = sessionOfFrame(frame);
  const id = frameIdOf(frame);
  // Where the page went by itself, for a file as well. Of what is asked for here, nothing is told but the download.
  const visited = new Set<string>();
  const hear = ({ type, frameId, response }: Visited) => {
    if (type === 'Document' && frameId === id) visited.add(response.url);
  };
  session.on('Network.responseReceived', hear);
  try {
    const next = browser.downloads.next(id, { url, name, isOther: (each) => visited.has(each) }, over);
    await untilAborted(
      signal,
      frame.evaluate(
        (href, download) => Object.assign(document.createElement('a'), { href, download }).click(),
        url,
        name,
      ),
    );
    return await next;
  } finally {
    session.off('Network.responseReceived', hear);
  }
}

/** Null where it is on a machine whose files the hub does not see. */
async function ended(
  { downloads }: SessionBrowser,
  download: Download,
  signal: AbortSignal,
  progress: OnProgress,
): Promise<Artifact | null> {
  const over = () => {
    if (download.state === 'running') progress(download.received, download.total || undefined);
    return download.state !== 'running';
  };
  try {
    await downloads.until(signal, over);
  } catch (error) {
    downloads.cancel(download);
    throw error;
  }
  if (download.state === 'failed') {
    throw new ToolError(`The download of ${download.name} failed: ${download.detail}.`, SEE);
  }
  return download.artifact;
}

function away({ name, detail }: Download): never {
  throw new ToolError(
    `${name} was downloaded to ${detail} on the browser's machine, whose files the hub does not see.`,
    'Read it in the page with evaluate_script.',
  );
}

/** Reads it from the browser, piece by piece. */
async function loaded(
  artifacts: Artifacts,
  { url, name, frame }: Wanted,
  signal: AbortSignal,
  progress: OnProgress,
): Promise<Artifact> {
  const session = sessionOfFrame(frame);
  const options = { disableCache: false, includeCredentials: true };
  const { resource } = await untilAborted(
    signal,
    session.send('Network.loadNetworkResource', { frameId: frameIdOf(frame), url, options }),
  );
  const { stream, httpStatusCode, netErrorName } = resource;
  if (!resource.success || stream === undefined) {
    const why = httpStatusCode ? `the server answered ${httpStatusCode}` : (netErrorName ?? 'unknown');
    throw new ToolError(`${brief(url)} could not be downloaded: ${why}.`, SEE);
  }
  const headers = new Map(
    Object.entries(resource.headers ?? {}).map(([key, value]) => [key.toLowerCase(), String(value)]),
  );
  const mimeType = headers.get('content-type') ?? 'application/octet-stream';
  const total = Number(headers.get('content-length')) || undefined;
  const writing = await artifacts.create(name || nameOf(url, headers.get('content-disposition')), mimeType);
  try {
    for (let received = 0, eof = false; !eof; ) {
      const piece = await untilAborted(signal, session.send('IO.read', { handle: stream, size: CHUNK }));
      const data = Buffer.from(piece.data, piece.base64Encoded ? 'base64' : 'utf8');
      await writing.write(data);
      received += data.length;
      eof = piece.eof;
      progress(received, total);
    }
  } catch (error) {
    await writing.abort();
    throw error;
  } finally {
    session.send('IO.close', { handle: stream }).catch(() => {});
  }
  return writing.finish();
}

const SEE = 'Call navigate_page with the URL to see what is there: a site may want a login of its own.';

function originOf(frame: Frame): string | null {
  const url = frame.url();
  return URL.canParse(url) ? new URL(url).origin : null;
}

/** What a server or the address calls a file (RFC 6266, the forms that are in use). */
function nameOf(url: string, disposition = ''): string {
  const [, coded] = /filename\*\s*=\s*UTF-8''([^;]+)/i.exec(disposition) ?? [];
  const [, quoted, bare] = /filename\s*=\s*(?:"([^"]*)"|([^;\s]+))/i.exec(disposition) ?? [];
  const given = coded === undefined ? (quoted ?? bare) : decoded(coded);
  return given || decoded(new URL(url).pathname.split('/').at(-1) ?? '') || new URL(url).hostname;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function brief(url: string): string {
  return url.length > 200 ? `${url.slice(0, 200)}…` : url;
}
