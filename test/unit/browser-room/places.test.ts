import { describe, expect, it } from 'vitest';
import { defaultProfiles } from '../../../src/supervisor/browser/default-profiles.ts';
import { refuseDefaultProfile } from '../../../src/supervisor/browser/profile.ts';
import { candidatePaths, KNOWN_BROWSERS } from '../../../src/supervisor/browser/well-known.ts';

const byName = (name: string) => {
  const found = KNOWN_BROWSERS.find((browser) => browser.name === name);
  if (!found) throw new Error(`no ${name}`);
  return found;
};

describe('candidatePaths', () => {
  it('looks along PATH and in the usual folders on Linux', () => {
    const paths = candidatePaths(byName('chromium'), 'linux', { PATH: '/opt/bin:relative:/usr/games' });
    expect(paths).toContain('/opt/bin/chromium');
    expect(paths).toContain('/usr/bin/chromium');
    expect(paths).toContain('/snap/bin/chromium');
    expect(paths.every((path) => path.startsWith('/'))).toBe(true);
  });

  it('never takes a Windows browser from WSL: it could be given no pipe', () => {
    const paths = candidatePaths(byName('comet'), 'linux', { PATH: '/mnt/c/Program Files/Comet:/usr/bin' });
    expect(paths.filter((path) => path.startsWith('/mnt/'))).toEqual([]);
  });

  it.each([
    ['chrome', 'win32', /Google[\\/]Chrome[\\/]Application[\\/]chrome\.exe$/],
    ['edge', 'win32', /msedge\.exe$/],
    ['brave', 'win32', /BraveSoftware/],
    ['chrome-canary', 'darwin', /Google Chrome Canary\.app\/Contents\/MacOS\/Google Chrome Canary$/],
    ['edge', 'darwin', /^\/Applications\/Microsoft Edge\.app/],
    ['comet', 'darwin', /Comet\.app/],
  ] as const)('knows %s on %s', (name, platform, pattern) => {
    const env = { LOCALAPPDATA: 'C:\\Local', PROGRAMFILES: 'C:\\Programs', HOME: '/Users/u' };
    expect(candidatePaths(byName(name), platform, env).some((path) => pattern.test(path))).toBe(true);
  });
});

describe('a browser’s own profile', () => {
  it('is refused with the reason', () => {
    const known = defaultProfiles('linux', { HOME: '/home/u' });
    expect(known).toContain('/home/u/.config/google-chrome');
    for (const path of ['/home/u/.config/google-chrome', '/home/u/.config/chromium/Default'])
      expect(() => refuseDefaultProfile(path, known)).toThrow(/since version 136/);
    expect(() => refuseDefaultProfile('/home/u/.local/state/cdp-hub/profiles/default', known)).not.toThrow();
  });

  it('follows XDG_CONFIG_HOME, and is known on the other systems', () => {
    expect(defaultProfiles('linux', { XDG_CONFIG_HOME: '/c' })[0]).toBe('/c/google-chrome');
    expect(defaultProfiles('darwin', { HOME: '/Users/u' })[0]).toBe(
      '/Users/u/Library/Application Support/Google/Chrome',
    );
    expect(defaultProfiles('win32', { LOCALAPPDATA: '/l' })[0]).toBe('/l/Google/Chrome/User Data');
  });
});
