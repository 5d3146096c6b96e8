import { join } from 'node:path';

/** A browser that we know by name: what to call it and where it lies. */
export interface KnownBrowser {
  /** As `--browser NAME` and `browser list` call it. */
  name: string;
  /** As people call it. */
  title: string;
  /** Executables on PATH, Linux and the like. */
  commands: string[];
  /** Folders of `/Applications/NAME.app`. */
  apps: string[];
  /** Below %LOCALAPPDATA% and %PROGRAMFILES%. */
  windows: string[];
}

/** Best first: this is the order in which one is chosen. */
export const KNOWN_BROWSERS: KnownBrowser[] = [
  known('chrome', 'Chrome', ['google-chrome-stable', 'google-chrome'], 'Google Chrome', 'Google/Chrome'),
  known('chromium', 'Chromium', ['chromium', 'chromium-browser'], 'Chromium', 'Chromium'),
  known('chrome-beta', 'Chrome Beta', ['google-chrome-beta'], 'Google Chrome Beta', 'Google/Chrome Beta'),
  {
    ...known('edge', 'Edge', ['microsoft-edge-stable', 'microsoft-edge'], 'Microsoft Edge', ''),
    windows: ['Microsoft/Edge/Application/msedge.exe'],
  },
  {
    ...known('brave', 'Brave', ['brave-browser-stable', 'brave-browser', 'brave'], 'Brave Browser', ''),
    windows: ['BraveSoftware/Brave-Browser/Application/brave.exe'],
  },
  {
    ...known('comet', 'Comet', ['comet-browser', 'comet'], 'Comet', ''),
    windows: ['Perplexity/Comet/Application/comet.exe'],
  },
  known('chrome-dev', 'Chrome Dev', ['google-chrome-unstable'], 'Google Chrome Dev', 'Google/Chrome Dev'),
  known(
    'chrome-canary',
    'Chrome Canary',
    ['google-chrome-canary'],
    'Google Chrome Canary',
    'Google/Chrome SxS',
  ),
];

function known(name: string, title: string, commands: string[], app: string, windows: string): KnownBrowser {
  return {
    name,
    title,
    commands,
    apps: [`${app}.app/Contents/MacOS/${app}`],
    windows: [`${windows}/Application/chrome.exe`],
  };
}

/** Every path at which this browser may lie on this platform, in the order in which they are tried. */
export function candidatePaths(
  browser: KnownBrowser,
  platform: NodeJS.Platform,
  env: NodeJS.ProcessEnv,
): string[] {
  if (platform === 'win32') {
    const bases = [env.LOCALAPPDATA, env.PROGRAMFILES, env['PROGRAMFILES(X86)']];
    return bases.flatMap((base) => (base ? browser.windows.map((path) => join(base, path)) : []));
  }
  if (platform === 'darwin') {
    const bases = ['/Applications', ...(env.HOME ? [join(env.HOME, 'Applications')] : [])];
    return bases.flatMap((base) => browser.apps.map((path) => join(base, path)));
  }
  const folders = (env.PATH ?? '').split(':').filter((folder) => folder.startsWith('/'));
  // Windows' own folders are on WSL's PATH: a browser there cannot be given a pipe from here.
  const own = folders.filter((folder) => !/^\/mnt\/[a-z]\//.test(folder));
  return browser.commands.flatMap((command) =>
    [...own, '/usr/bin', '/usr/local/bin', '/snap/bin'].map((folder) => join(folder, command)),
  );
}
