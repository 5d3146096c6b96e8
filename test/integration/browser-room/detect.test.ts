import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Browser, computeExecutablePath } from '@puppeteer/browsers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { downloadFolder, findBrowsers, namedBrowser } from '../../../src/supervisor/browser/detect.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'cdp-hub-test-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function program(path: string, text = '#!/bin/sh\n', mode = 0o755): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

/** Those found below the test's own folder: the machine may have browsers of its own. */
async function ours(env: NodeJS.ProcessEnv = {}): Promise<{ path: string; name: string; source: string }[]> {
  const found = await findBrowsers(join(home, 'cache'), { PATH: join(home, 'bin'), ...env });
  return found.filter(({ path }) => path.startsWith(home));
}

describe.skipIf(process.platform !== 'linux')('findBrowsers', () => {
  it('knows browsers by their names on PATH, the best first, each once', async () => {
    program(join(home, 'bin/brave-browser'));
    program(join(home, 'bin/microsoft-edge'));
    const chrome = program(join(home, 'opt/google-chrome'));
    symlinkSync(chrome, join(home, 'bin/google-chrome-stable'));
    symlinkSync(chrome, join(home, 'bin/google-chrome'));
    expect((await ours()).map(({ name }) => name)).toEqual(['chrome', 'edge', 'brave']);
  });

  it('passes over what cannot run: no mode, a folder, Ubuntu’s stand-in for a snap', async () => {
    program(join(home, 'bin/google-chrome'), '#!/bin/sh\n', 0o644);
    mkdirSync(join(home, 'bin/chromium'), { recursive: true });
    program(
      join(home, 'bin/chromium-browser'),
      '#!/bin/sh\necho "$0 requires the chromium snap to be installed."\n',
    );
    expect(await ours()).toEqual([]);
  });

  it('finds the project’s own downloads, the newest first, after the system’s', async () => {
    const cacheDir = downloadFolder(join(home, 'cache'));
    for (const buildId of ['99.0.1.0', '156.0.1.0'])
      program(computeExecutablePath({ browser: Browser.CHROME, buildId, cacheDir }));
    program(join(home, 'bin/comet'));
    const found = await ours();
    expect(found.map(({ source }) => source)).toEqual(['system', 'cache', 'cache']);
    expect(found[1]?.path).toContain('156.0.1.0');
  });

  it('takes CHROME_PATH before all others', async () => {
    program(join(home, 'bin/google-chrome'));
    const CHROME_PATH = program(join(home, 'bin/brave-browser'));
    expect((await ours({ CHROME_PATH }))[0]?.path).toBe(CHROME_PATH);
  });
});

describe('namedBrowser', () => {
  it('takes any executable, and knows it by its file name', () => {
    expect(namedBrowser(program(join(home, 'microsoft-edge')))).toMatchObject({
      name: 'edge',
      source: 'named',
    });
    expect(namedBrowser(program(join(home, 'my-build')))).toMatchObject({
      name: 'browser',
      title: 'my-build',
    });
  });

  it('says what is wrong with a path', () => {
    expect(() => namedBrowser(join(home, 'no'))).toThrow('does not exist');
    expect(() => namedBrowser(home)).toThrow('is not a file');
    expect(() => namedBrowser(program(join(home, 'plain'), 'x', 0o600))).toThrow('may not be executed');
  });
});
