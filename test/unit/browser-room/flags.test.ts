import { describe, expect, it } from 'vitest';
import { hubOf, profileOf } from '../../../src/supervisor/browser/command-line.ts';
import { browserFlags, type FlagFacts } from '../../../src/supervisor/browser/flags.ts';

const facts: FlagFacts = {
  port: 9222,
  profile: '/home/u/profiles/default',
  headless: false,
  noSandbox: false,
  smallShm: false,
  platform: 'linux',
  home: '/home/u/state',
};

/** The names of switches that occur more than once: Chromium takes the last and drops the rest in silence. */
function repeated(flags: string[]): string[] {
  const names = flags.map((flag) => flag.split('=')[0] ?? '');
  return names.filter((name, i) => names.indexOf(name) !== i);
}

describe('browserFlags', () => {
  it('names every switch once, whatever the facts', () => {
    for (const headless of [true, false])
      for (const platform of ['linux', 'darwin', 'win32'] as const)
        expect(
          repeated(browserFlags({ ...facts, headless, platform, noSandbox: true, smallShm: true })),
        ).toEqual([]);
  });

  it('opens the port and holds the pipe', () => {
    const flags = browserFlags(facts);
    expect(flags).toContain('--remote-debugging-port=9222');
    expect(flags).toContain('--remote-debugging-pipe');
    expect(flags.join(' ')).not.toContain('--remote-allow-origins');
  });

  it('switches the omnibox popups off', () => {
    const features = browserFlags(facts).find((flag) => flag.startsWith('--disable-features='));
    for (const name of [
      'WebUIOmniboxPopup',
      'WebUIOmniboxAimPopup',
      'WebUIOmniboxFullPopup',
      'OmniboxWebUIPopup',
      'Translate',
      'OptimizationHints',
      'MediaRouter',
    ])
      expect(features?.slice('--disable-features='.length).split(',')).toContain(name);
  });

  it('leaves a person’s extensions, sound and keychain alone', () => {
    const names = browserFlags({ ...facts, platform: 'darwin' }).map((flag) => flag.split('=')[0]);
    for (const name of ['--disable-extensions', '--mute-audio', '--use-mock-keychain', '--password-store'])
      expect(names).not.toContain(name);
  });

  it.each([
    ['headless', '--headless=new'],
    ['noSandbox', '--no-sandbox'],
    ['smallShm', '--disable-dev-shm-usage'],
  ] as const)('%s only where it is asked for', (fact, flag) => {
    expect(browserFlags(facts)).not.toContain(flag);
    expect(browserFlags({ ...facts, [fact]: true })).toContain(flag);
  });
});

describe('profileOf', () => {
  it('reads the profile that a browser was told to use, blanks and all', () => {
    const flags = '--remote-debugging-port=9222 --user-data-dir=/home/u/my profile';
    expect(profileOf(`/usr/bin/chromium ${flags} --headless about:blank`)).toBe('/home/u/my profile');
    expect(profileOf(`/usr/bin/chromium ${flags} about:blank`)).toBe('/home/u/my profile');
    expect(profileOf(`/usr/bin/chromium ${flags}`)).toBe('/home/u/my profile');
    expect(profileOf('/usr/bin/chromium --headless')).toBeNull();
  });
});

describe('hubOf', () => {
  it('reads the hub from a command line, and none from a person’s Chrome', () => {
    const flags = browserFlags({ ...facts, home: '/home/u/my state' });
    expect(hubOf(`/usr/bin/chromium ${flags.join(' ')} about:blank`)).toBe('/home/u/my state');
    expect(hubOf('/usr/bin/chromium --remote-debugging-port=9222 about:blank')).toBeNull();
    expect(hubOf('')).toBeNull();
  });
});
