import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { dirname, join, relative } from 'node:path';
import {
  Browser,
  type BrowserPlatform,
  detectBrowserPlatform,
  getDownloadUrl,
  type InstalledBrowser,
  install,
} from '@puppeteer/browsers';
import { execa } from 'execa';
import { Agent, EnvHttpProxyAgent, request } from 'undici';
import { bytes, oneLine } from '../../shared/text.ts';
import { downloadFolder, type FoundBrowser } from './detect.ts';

export interface DownloadOptions {
  cache: string;
  /** A mirror of the builds, which also serves `last-known-good-versions.json`; null: Google's own hosts. */
  mirror: string | null;
  onProgress(fraction: number | null, message: string): void;
  signal: AbortSignal;
  /** Milliseconds until a first answer, and without a byte during the download. */
  answerMs?: number;
  stallMs?: number;
}

const VERSIONS = 'https://googlechromelabs.github.io/chrome-for-testing';

/** A first start of a browser reads some 400 MB from disk. */
const RUN = 60_000;

/**
 * Fetches the stable Chrome for Testing into the cache and makes sure that it runs. Throws a plain Error whose
 * message is the reason: no build for this platform, no network, a library that the system lacks.
 */
export async function downloadChrome(options: DownloadOptions): Promise<FoundBrowser> {
  const platform = detectBrowserPlatform();
  if (!platform) throw new Error(`there is none for ${process.platform} on ${process.arch}`);
  if (!(await canUnpack())) throw new Error('its archive cannot be unpacked: unzip is not installed');
  const folder = downloadFolder(options.cache);
  const incoming = join(folder, '.incoming');
  try {
    const buildId = await stableVersion(options);
    const url = getDownloadUrl(Browser.CHROME, platform, buildId, options.mirror ?? undefined);
    // Asked before the download, because the library waits for a host that never answers as long as TCP does.
    await ask(url.href, 'HEAD', options);
    const installed = await fetchBuild(incoming, { buildId, platform }, options);
    await mustRun(installed.executablePath);
    return { path: settle(incoming, folder, installed), ...NAMED };
  } finally {
    rmSync(incoming, { recursive: true, force: true });
  }
}

const NAMED = { name: 'chrome-for-testing', title: 'Chrome for Testing', source: 'cache' } as const;

/** What @puppeteer/browsers unpacks with: known before 180 MB are fetched in vain. */
async function canUnpack(): Promise<boolean> {
  if (process.platform === 'win32' || hasPackage('yauzl')) return true;
  const { failed } = await execa('unzip', ['-v'], { reject: false });
  return !failed;
}

function hasPackage(name: string): boolean {
  try {
    return findPackageJSON(name, import.meta.url) !== undefined;
  } catch {
    return false;
  }
}

/** Throws where a browser does not even tell its version: a library is missing, or it is a stand-in. */
export async function mustRun(path: string): Promise<void> {
  // On Windows chrome.exe has no --version: it would open a window.
  if (process.platform === 'win32') return;
  const { exitCode, failed, stderr, shortMessage } = await execa(path, ['--version'], {
    reject: false,
    timeout: RUN,
  });
  if (!failed && exitCode === 0) return;
  const library = /error while loading shared libraries: ([^:\s]+)/.exec(stderr)?.[1];
  const said = oneLine(stderr.trim().split('\n').at(-1) ?? '');
  throw new Error(
    library ? `it lacks the system library ${library}` : `it does not run: ${said || shortMessage}`,
  );
}

interface Build {
  buildId: string;
  platform: BrowserPlatform;
}

async function stableVersion(options: DownloadOptions): Promise<string> {
  const text = await ask(`${options.mirror ?? VERSIONS}/last-known-good-versions.json`, 'GET', options);
  const version = /"Stable"\s*:\s*\{[^}]*?"version"\s*:\s*"([\d.]+)"/.exec(text)?.[1];
  if (!version) throw new Error('the list of versions names no stable one');
  return version;
}

/** Fails fast where the network is closed. Honours the proxy variables, as every download does. */
async function ask(url: string, method: 'GET' | 'HEAD', options: DownloadOptions): Promise<string> {
  const ms = options.answerMs ?? 8000;
  const local = options.mirror !== null && /^http:\/\/(127\.|localhost|\[::1\])/.test(options.mirror);
  const dispatcher = local ? new Agent() : new EnvHttpProxyAgent();
  const signal = AbortSignal.any([AbortSignal.timeout(ms), options.signal]);
  try {
    const { statusCode, body } = await request(url, { dispatcher, method, signal });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`${url} answered HTTP ${statusCode}`);
    return text;
  } catch (error) {
    options.signal.throwIfAborted();
    if (error instanceof Error && error.name === 'TimeoutError') {
      throw new Error(`${new URL(url).host} did not answer within ${ms / 1000} s`);
    }
    throw error;
  } finally {
    await dispatcher.destroy();
  }
}

/** Into a folder of its own: what is half unpacked must never be found as a browser. */
async function fetchBuild(
  incoming: string,
  build: Build,
  options: DownloadOptions,
): Promise<InstalledBrowser> {
  rmSync(incoming, { recursive: true, force: true });
  mkdirSync(incoming, { recursive: true, mode: 0o700 });
  const stallMs = options.stallMs ?? 60_000;
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => {});
  const stalled = () => failure.reject(new Error(`the download stood still for ${stallMs / 1000} s`));
  let timer = setTimeout(stalled, stallMs);
  const onAbort = () => failure.reject(options.signal.reason);
  options.signal.addEventListener('abort', onAbort);
  try {
    const installing = install({
      browser: Browser.CHROME,
      ...build,
      cacheDir: incoming,
      ...(options.mirror ? { baseUrl: options.mirror } : {}),
      downloadProgressCallback: (done, total) => {
        clearTimeout(timer);
        if (!total || done < total) timer = setTimeout(stalled, stallMs);
        const of = total ? ` of ${bytes(total)}` : '';
        options.onProgress(
          total ? done / total : null,
          `Chrome for Testing ${build.buildId}: ${bytes(done)}${of}`,
        );
      },
    });
    installing.catch(() => {});
    const installed = await Promise.race([installing, failure.promise]);
    if (!existsSync(installed.executablePath)) throw new Error('the archive holds no browser');
    return installed;
  } finally {
    clearTimeout(timer);
    options.signal.removeEventListener('abort', onAbort);
  }
}

/** Moves a build that runs to where it is found, in one step; returns its executable there. */
function settle(incoming: string, folder: string, installed: InstalledBrowser): string {
  const to = join(folder, relative(incoming, installed.path));
  rmSync(to, { recursive: true, force: true });
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
  renameSync(installed.path, to);
  return join(folder, relative(incoming, installed.executablePath));
}
