import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { detectBrowserPlatform } from '@puppeteer/browsers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FoundBrowser } from '../../../src/supervisor/browser/detect.ts';
import { downloadFolder, findBrowsers } from '../../../src/supervisor/browser/detect.ts';
import { type InstallOptions, installBrowser } from '../../../src/supervisor/browser/install.ts';
import { zip } from './zip.ts';

const VERSION = '156.0.8078.79';
const RUNS = `#!/bin/sh\necho "Google Chrome for Testing ${VERSION}"\n`;
const LACKS =
  '#!/bin/sh\necho "$0: error while loading shared libraries: libnss3.so: no such file" >&2; exit 127\n';

/** Where the builds lie for this platform: `linux64`, `mac-arm64`, … as in the addresses of the real host. */
const FOLDER = new Map([
  ['linux', 'linux64'],
  ['linux_arm', 'linux-arm64'],
]).get(detectBrowserPlatform() ?? '');
const canUnzip = (() => {
  try {
    execFileSync('unzip', ['-v'], { stdio: 'ignore' });
    return FOLDER !== undefined;
  } catch {
    return false;
  }
})();

let home: string;
let bin: string;
let server: Server;
let mirror: string;
let asked: string[];
/** What the mirror does with the archive: serves this program as `chrome`, or breaks off. */
let program: string | 'breaks off';

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'cdp-hub-test-'));
  bin = join(home, 'bin');
  mkdirSync(bin);
  asked = [];
  program = RUNS;
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (request.url === '/last-known-good-versions.json') {
      response.end(
        JSON.stringify({ channels: { Stable: { channel: 'Stable', version: VERSION }, Beta: {} } }),
      );
      return;
    }
    if (request.url !== `/${VERSION}/${FOLDER}/chrome-${FOLDER}.zip`) {
      response.writeHead(404).end();
      return;
    }
    const archive = zip([
      { name: `chrome-${FOLDER}/chrome`, text: program, mode: 0o755 },
      { name: `chrome-${FOLDER}/resources.pak`, text: 'x'.repeat(300_000), mode: 0o644 },
    ]);
    response.setHeader('content-length', archive.length);
    if (request.method === 'HEAD') response.end();
    else if (program !== 'breaks off') response.end(archive);
    else response.write(archive.subarray(0, 1000), () => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  mirror = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(home, { recursive: true, force: true });
});

function executable(name: string, script: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, name), 0o755);
}

/** An apt-get in the system's place; it keeps what it was asked for. */
function fakeApt(onInstall: string): void {
  executable('sudo', 'shift; exec "$@"');
  executable(
    'apt-get',
    `echo "$@" >> ${home}/apt.log
case "$*" in
  --version) echo apt 2.6;;
  *update*) echo "Hit:1 http://deb.example stable";;
  *) ${onInstall};;
esac`,
  );
}

interface Run {
  options: InstallOptions;
  progress: { task: string; fraction: number | null; message: string }[];
  questions: string[];
}

/** On a machine whose only browsers are the cache's and those in `bin`. */
function run(extra: Partial<InstallOptions> & { answer?: boolean } = {}): Run {
  const progress: Run['progress'] = [];
  const questions: string[] = [];
  const cache = join(home, 'cache');
  const { answer = false, ...rest } = extra;
  return {
    progress,
    questions,
    options: {
      cache,
      mayInstall: false,
      confirm: (question) => {
        questions.push(question);
        return Promise.resolve(answer);
      },
      onProgress: (p) => progress.push(p),
      log: () => {},
      signal: new AbortController().signal,
      env: { PATH: `${bin}:/usr/bin:/bin`, CDP_HUB_CFT_BASE_URL: mirror },
      find: async () => {
        const cached = (await findBrowsers(cache)).filter(({ source }) => source === 'cache');
        const path = join(bin, 'chromium');
        const system: FoundBrowser[] = existsSync(path)
          ? [{ path, name: 'chromium', title: 'Chromium', source: 'system' }]
          : [];
        return [...cached, ...system];
      },
      ...rest,
    },
  };
}

/** A mirror that nobody answers at. */
const nowhere = () => ({ PATH: `${bin}:/usr/bin:/bin`, CDP_HUB_CFT_BASE_URL: 'http://127.0.0.1:1' });

describe.skipIf(!canUnzip)('Chrome for Testing', () => {
  it('is fetched into the cache with progress, runs, and is found from then on', async () => {
    const { options, progress, questions } = run();
    const browser = await installBrowser(options);
    expect(browser).toMatchObject({ name: 'chrome-for-testing', source: 'cache' });
    expect(execFileSync(browser.path, ['--version'], { encoding: 'utf8' })).toContain(VERSION);
    expect(progress.filter(({ fraction }) => fraction !== null).at(-1)?.fraction).toBe(1);
    expect(progress.some(({ message }) => /156\.0\.8078\.79: \S+ of 300k/.test(message))).toBe(true);
    expect(questions).toEqual([]);
    const found = await findBrowsers(options.cache);
    expect(found).toContainEqual(browser);
    expect(readdirSync(downloadFolder(options.cache))).toEqual(['chrome']);
  });

  it('is fetched once by two that need it at the same time', async () => {
    const [first, second] = await Promise.all([installBrowser(run().options), installBrowser(run().options)]);
    expect(first.path).toBe(second.path);
    expect(asked.filter((line) => line.startsWith('GET') && line.endsWith('.zip'))).toHaveLength(1);
  });

  it('that lacks a library is not kept: apt is next, and the reason is said', async () => {
    program = LACKS;
    fakeApt(`printf '#!/bin/sh\\necho Chromium 156\\n' > ${bin}/chromium; chmod +x ${bin}/chromium`);
    const { options, questions } = run({ answer: true });
    const browser = await installBrowser(options);
    expect(browser.path).toBe(join(bin, 'chromium'));
    expect(questions.join()).toContain('it lacks the system library libnss3.so');
    expect(existsSync(join(downloadFolder(options.cache), 'chrome'))).toBe(false);
  });

  it('that breaks off leaves nothing behind that could be found', async () => {
    program = 'breaks off';
    const { options } = run();
    await expect(installBrowser(options)).rejects.toMatchObject({
      code: 'INSTALL_FAILED',
      message: expect.stringContaining('Chrome for Testing: '),
    });
    await expect(options.find?.()).resolves.toEqual([]);
    expect(existsSync(join(downloadFolder(options.cache), '.incoming'))).toBe(false);
    expect(existsSync(join(options.cache, 'install.lock'))).toBe(false);
  });
});

describe('where nothing can be fetched', () => {
  it('apt is asked for leave first; no means no, with what to type', async () => {
    fakeApt('exit 7');
    const { options, questions } = run({ env: nowhere() });
    const from = performance.now();
    await expect(installBrowser(options)).rejects.toMatchObject({
      code: 'INSTALL_FAILED',
      message: expect.stringMatching(/Chrome for Testing: .*; apt-get: not without your leave \(--yes\)/s),
      hint: expect.stringMatching(/apt-get update && .*apt-get install -y --no-install-recommends chromium/),
    });
    expect(performance.now() - from).toBeLessThan(5000);
    expect(questions).toHaveLength(1);
    expect(readApt()).not.toContain('install');
  });

  it('apt is run without asking where the user said --yes, and its lines are progress', async () => {
    fakeApt(
      `echo "pmstatus:chromium:50.0:Unpacking chromium (amd64)"; echo "Setting up chromium"
       printf '#!/bin/sh\\necho Chromium 156\\n' > ${bin}/chromium; chmod +x ${bin}/chromium`,
    );
    const { options, progress, questions } = run({ env: nowhere(), mayInstall: true });
    await expect(installBrowser(options)).resolves.toMatchObject({ name: 'chromium' });
    expect(questions).toEqual([]);
    expect(progress).toContainEqual({
      task: 'browser-install',
      fraction: 0.5,
      message: 'Unpacking chromium (amd64)',
    });
    expect(progress.map(({ message }) => message)).toContain('Hit:1 http://deb.example stable');
    expect(readApt()).toMatch(/update\n.*install -y --no-install-recommends chromium/s);
  });

  it('a failing apt is quoted', async () => {
    fakeApt('echo "E: Unable to locate package chromium" >&2; exit 100');
    const { options } = run({ env: nowhere(), mayInstall: true });
    await expect(installBrowser(options)).rejects.toMatchObject({
      code: 'INSTALL_FAILED',
      message: expect.stringContaining('apt-get: E: Unable to locate package chromium'),
    });
  });

  it('a package that brings no browser that runs is no success', async () => {
    fakeApt(
      `printf '#!/bin/sh\\necho needs a snap >&2; exit 1\\n' > ${bin}/chromium; chmod +x ${bin}/chromium`,
    );
    const { options } = run({ env: nowhere(), mayInstall: true });
    await expect(installBrowser(options)).rejects.toMatchObject({
      message: expect.stringContaining('it does not run: needs a snap'),
    });
  });

  it('an abort ends it, apt and all', async () => {
    fakeApt('exec sleep 60');
    const abort = new AbortController();
    const { options, progress } = run({ env: nowhere(), mayInstall: true, signal: abort.signal });
    const refused = expect(installBrowser(options)).rejects.toThrow('enough');
    const { promise: updated, resolve } = Promise.withResolvers<void>();
    const timer = setInterval(
      () => progress.some(({ message }) => message.startsWith('Hit:')) && resolve(),
      10,
    );
    await updated;
    clearInterval(timer);
    abort.abort(new Error('enough'));
    await refused;
  });
});

function readApt(): string {
  return execFileSync('cat', [join(home, 'apt.log')], { encoding: 'utf8' });
}

describe('the lock of installations', () => {
  it('of a process that is gone does not stop one', async () => {
    const { options } = run({
      find: () => Promise.resolve([{ path: '/x', name: 'x', title: 'x', source: 'system' }]),
    });
    mkdirSync(options.cache, { recursive: true });
    writeFileSync(join(options.cache, 'install.lock'), '999999999 boot:1');
    await expect(installBrowser(options)).resolves.toMatchObject({ path: '/x' });
    expect(existsSync(join(options.cache, 'install.lock'))).toBe(false);
  });
});
