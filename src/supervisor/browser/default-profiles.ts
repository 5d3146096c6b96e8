import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The profile folders that browsers use by themselves. Chrome 136 and later ignores the DevTools port on its
 * own, and "allow remote debugging" (chrome://inspect, Chrome 144) announces its port in them.
 */
export function defaultProfiles(
  platform: NodeJS.Platform = process.platform,
  env: NodeJS.ProcessEnv = process.env,
): string[] {
  const home = env.HOME || homedir();
  if (platform === 'win32') {
    const base = env.LOCALAPPDATA || join(home, 'AppData', 'Local');
    return [
      'Google/Chrome',
      'Google/Chrome Beta',
      'Google/Chrome Dev',
      'Google/Chrome SxS',
      'Chromium',
      'Microsoft/Edge',
      'BraveSoftware/Brave-Browser',
      'Perplexity/Comet',
    ].map((name) => join(base, name, 'User Data'));
  }
  if (platform === 'darwin') {
    const base = join(home, 'Library', 'Application Support');
    return [
      'Google/Chrome',
      'Google/Chrome Beta',
      'Google/Chrome Dev',
      'Google/Chrome Canary',
      'Chromium',
      'Microsoft Edge',
      'BraveSoftware/Brave-Browser',
      'Comet',
    ].map((name) => join(base, name));
  }
  const base = env.CHROME_CONFIG_HOME || env.XDG_CONFIG_HOME || join(home, '.config');
  return [
    'google-chrome',
    'google-chrome-beta',
    'google-chrome-unstable',
    'google-chrome-canary',
    'chromium',
    'microsoft-edge',
    'BraveSoftware/Brave-Browser',
    'comet',
  ].map((name) => join(base, name));
}
