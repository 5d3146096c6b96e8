import { stateFolder } from '../../src/shared/state-folder.ts';
import { findBrowsers, namedBrowser } from '../../src/supervisor/browser/detect.ts';
import { installBrowser } from '../../src/supervisor/browser/install.ts';

/**
 * Vitest's global set-up of the projects that need a real browser: finds one, or installs one, by the very
 * code of the product, and names it in CDP_HUB_TEST_BROWSER for the workers, which inherit the environment.
 * Two projects may call it at once: the installation has a lock. The user's own cache is used, so that a
 * download serves all later runs.
 */
export default async function setup(): Promise<void> {
  const named = process.env.CDP_HUB_TEST_BROWSER || process.env.CDP_HUB_BROWSER_PATH;
  process.env.CDP_HUB_TEST_BROWSER = named ? namedBrowser(named).path : await findOrInstall();
}

async function findOrInstall(): Promise<string> {
  const { cache } = stateFolder();
  const [first] = await findBrowsers(cache);
  if (first) return first.path;
  const say = (message: string) => process.stderr.write(`[browser] ${message}\n`);
  const { path } = await installBrowser({
    cache,
    // Whoever runs the tests has asked for a browser; there is nobody to ask in CI.
    mayInstall: true,
    confirm: () => Promise.resolve(true),
    onProgress: quietly(say),
    log: (_level, message) => say(message),
    signal: new AbortController().signal,
  });
  return path;
}

/** A line per task and tenth, not per kilobyte. */
function quietly(say: (message: string) => void): Parameters<typeof installBrowser>[0]['onProgress'] {
  let last = '';
  return ({ task, fraction, message }) => {
    const step = `${task} ${fraction === null ? message : Math.floor(fraction * 10)}`;
    if (step === last) return;
    last = step;
    say(message);
  };
}
