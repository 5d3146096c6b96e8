import { HubError, messageOf } from '../../shared/errors.ts';
import { APT_COMMANDS, aptInstallChromium, findApt } from './apt.ts';
import { downloadChrome, mustRun } from './chrome-for-testing.ts';
import { type FoundBrowser, findBrowsers } from './detect.ts';
import { withInstallLock } from './install-lock.ts';

export interface InstallOptions {
  /** The state folder's cache: downloads are kept there, for all hubs of the user. */
  cache: string;
  /** A system package may be installed without asking. */
  mayInstall: boolean;
  confirm(question: string): Promise<boolean>;
  onProgress(p: { task: string; fraction: number | null; message: string }): void;
  log(level: 'info' | 'warn' | 'error', message: string): void;
  signal: AbortSignal;
  env?: NodeJS.ProcessEnv;
  /** How browsers are looked for; all of the machine where absent. */
  find?: () => Promise<FoundBrowser[]>;
}

/**
 * Gets a browser onto a machine that has none: Chrome for Testing into the project's own cache, or, where that
 * cannot be, Debian's `chromium` by apt, with leave. One at a time on a machine: who comes second finds what
 * the first one got. Throws INSTALL_FAILED that names what was tried and what to type.
 */
export function installBrowser(options: InstallOptions): Promise<FoundBrowser> {
  return withInstallLock(options.cache, options.signal, async () => {
    const [meanwhile] = await look(options);
    if (meanwhile) return meanwhile;
    const tried: string[] = [];
    return (await byDownload(options, tried)) ?? (await byApt(options, tried));
  });
}

function look({ cache, env, find }: InstallOptions): Promise<FoundBrowser[]> {
  return find ? find() : findBrowsers(cache, env);
}

async function byDownload(options: InstallOptions, tried: string[]): Promise<FoundBrowser | null> {
  const { cache, signal, env = process.env } = options;
  const task = 'browser-download';
  options.onProgress({ task, fraction: null, message: 'no browser found: fetching Chrome for Testing' });
  try {
    const browser = await downloadChrome({
      cache,
      signal,
      mirror: env.CDP_HUB_CFT_BASE_URL?.replace(/\/$/, '') || null,
      onProgress: (fraction, message) => options.onProgress({ task, fraction, message }),
    });
    options.onProgress({ task, fraction: 1, message: `Chrome for Testing is in ${browser.path}` });
    return browser;
  } catch (error) {
    signal.throwIfAborted();
    tried.push(`Chrome for Testing: ${messageOf(error)}`);
    options.log('warn', `Chrome for Testing could not be fetched: ${messageOf(error)}`);
    return null;
  }
}

async function byApt(options: InstallOptions, tried: string[]): Promise<FoundBrowser> {
  const { signal, env = process.env } = options;
  const task = 'browser-install';
  const apt = await findApt(env);
  if (!apt) {
    tried.push('apt-get: not here, or not without a password');
    throw failed(tried);
  }
  const question = `No browser on this machine, and ${tried.join('; ')}. Install the system package chromium with apt-get?`;
  if (!options.mayInstall && !(await options.confirm(question))) {
    tried.push('apt-get: not without your leave (--yes)');
    throw failed(tried);
  }
  try {
    const onProgress = (fraction: number | null, message: string) =>
      options.onProgress({ task, fraction, message });
    await aptInstallChromium(apt, { onProgress, signal, env });
    const [browser] = await look(options);
    if (!browser) throw new Error('apt-get installed chromium, but there is no browser on PATH');
    await mustRun(browser.path);
    options.onProgress({ task, fraction: 1, message: `${browser.title} is in ${browser.path}` });
    return browser;
  } catch (error) {
    signal.throwIfAborted();
    tried.push(messageOf(error));
    throw failed(tried);
  }
}

function failed(tried: string[]): HubError {
  const sudo = process.getuid?.() === 0 ? '' : 'sudo ';
  const commands = APT_COMMANDS.replaceAll('apt-get', `${sudo}apt-get`);
  const how =
    process.platform === 'linux' ? `type: ${commands}` : 'install Chrome from https://www.google.com/chrome/';
  return new HubError(
    'INSTALL_FAILED',
    `there is no browser on this machine, and none could be installed. Tried: ${tried.join('; ')}`,
    `To have one, ${how} — or name one with --browser-path PATH, or attach to one with --browser-url URL.`,
  );
}
