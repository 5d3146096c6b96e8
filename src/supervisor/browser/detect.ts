import { accessSync, closeSync, constants, openSync, readSync, realpathSync, statSync } from 'node:fs';
import { release } from 'node:os';
import { join, resolve } from 'node:path';
import { Browser, getInstalledBrowsers } from '@puppeteer/browsers';
import { Launcher } from 'chrome-launcher';
import { HubError } from '../../shared/errors.ts';
import { candidatePaths, KNOWN_BROWSERS } from './well-known.ts';

/** A browser on this machine that a hub can start. */
export interface FoundBrowser {
  path: string;
  /** `chrome`, `chromium`, `edge`, …; `browser` where only its path is known. */
  name: string;
  /** As people call it: `Chromium`, `Chrome for Testing`. */
  title: string;
  /** Who named it: the user, the system, or this project's own download. */
  source: 'named' | 'system' | 'cache';
}

/** Where the project's own downloads lie, below the state folder's cache. */
export function downloadFolder(cache: string): string {
  return join(cache, 'browsers');
}

/**
 * Every browser that can be started here, the one that `up` takes first. Looks at files only: nothing is run
 * save the few shell commands of chrome-launcher's finder.
 */
export async function findBrowsers(
  cache: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<FoundBrowser[]> {
  const known = wellKnown(env);
  const all = [...known, ...(finderWorthwhile(known) ? finder() : []), ...(await downloaded(cache))];
  const seen = new Set<string>();
  const unique = all.filter(({ path }) => {
    const real = realpathSync(path);
    return !seen.has(real) && seen.add(real);
  });
  // CHROME_PATH is the name by which users of chrome-launcher point at theirs.
  const chosen = env.CHROME_PATH ? unique.filter(({ path }) => path === env.CHROME_PATH) : [];
  return [...chosen, ...unique.filter((found) => !chosen.includes(found))];
}

/** The browser that the user named (`--browser-path`). Throws NO_BROWSER where it cannot be one. */
export function namedBrowser(given: string): FoundBrowser {
  const path = resolve(given);
  const refuse = (what: string, hint: string) =>
    new HubError(
      'NO_BROWSER',
      `the browser that was named (--browser-path, CDP_HUB_BROWSER_PATH), ${path}, ${what}`,
      hint,
    );
  const give =
    'Give the path of the executable, e.g. --browser-path /usr/bin/chromium, or leave it out to have one found.';
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) throw refuse('does not exist', give);
  if (!stat.isFile()) throw refuse('is not a file', give);
  if (!runnable(path)) throw refuse('may not be executed', `Type: chmod +x ${path}`);
  return { path, ...titleOf(path), source: 'named' };
}

function wellKnown(env: NodeJS.ProcessEnv): FoundBrowser[] {
  return KNOWN_BROWSERS.flatMap((browser) => {
    const path = candidatePaths(browser, process.platform, env).find((candidate) => runnable(candidate));
    return path ? [{ path, name: browser.name, title: browser.title, source: 'system' as const }] : [];
  });
}

/**
 * Under WSL chrome-launcher sees Windows' browsers alone, which cannot be given a pipe, and sets variables of
 * ours; on macOS it takes seconds (lsregister), for what mostly lies in /Applications.
 */
function finderWorthwhile(known: FoundBrowser[]): boolean {
  if (process.platform === 'darwin') return known.length === 0;
  return !/microsoft/i.test(release());
}

/** chrome-launcher knows desktop entries and CHROME_PATH; it throws where it finds nothing. */
function finder(): FoundBrowser[] {
  try {
    return Launcher.getInstallations()
      .filter((path) => runnable(path))
      .map((path) => ({ path, ...titleOf(path), source: 'system' as const }));
  } catch {
    return [];
  }
}

async function downloaded(cache: string): Promise<FoundBrowser[]> {
  const installed = await getInstalledBrowsers({ cacheDir: downloadFolder(cache) }).catch(() => []);
  return installed
    .filter(({ browser, executablePath }) => browser === Browser.CHROME && runnable(executablePath))
    .sort((a, b) => b.buildId.localeCompare(a.buildId, 'en', { numeric: true }))
    .map(({ executablePath }) => ({
      path: executablePath,
      name: 'chrome-for-testing',
      title: 'Chrome for Testing',
      source: 'cache' as const,
    }));
}

/** What a path's last part says about the browser behind it. */
function titleOf(path: string): { name: string; title: string } {
  const file =
    path
      .split(/[\\/]/)
      .at(-1)
      ?.replace(/\.exe$/i, '') ?? '';
  const known = KNOWN_BROWSERS.find(
    ({ commands, apps }) => commands.includes(file) || apps.some((app) => app.endsWith(`/${file}`)),
  );
  return known ? { name: known.name, title: known.title } : { name: 'browser', title: file || 'browser' };
}

/** An executable file that is no stand-in: Ubuntu ships a `chromium-browser` that only names a snap to install. */
function runnable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile() && !/requires the chromium snap/.test(head(path));
  } catch {
    return false;
  }
}

function head(path: string): string {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(4096);
    return buffer.toString('latin1', 0, readSync(file, buffer));
  } finally {
    closeSync(file);
  }
}
