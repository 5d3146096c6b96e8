import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startBrowser } from '../../../src/supervisor/browser/browser.ts';
import { groupLives } from '../../../src/supervisor/browser/process-group.ts';
import { readRecord } from '../../../src/supervisor/browser/record.ts';
import { configOf, freshState, hooksOf, testBrowser, until } from './kit.ts';

let state: ReturnType<typeof freshState>;
beforeEach(() => {
  state = freshState();
});
afterEach(() => state.remove());

/** A program in the browser's place. */
function standIn(script: string): string {
  const path = join(state.home, 'stand-in');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('a browser that dies', () => {
  it('is seen within a second of SIGKILL, with its last words, and nothing of it is left', async () => {
    const browser = await startBrowser(configOf(), state, hooksOf());
    const from = performance.now();
    process.kill(browser.pid ?? 0, 'SIGKILL');
    const exit = await browser.exited;
    expect(performance.now() - from).toBeLessThan(1000);
    expect(exit).toMatchObject({ code: null, signal: 'SIGKILL' });
    expect(exit.stderrTail.length).toBeLessThanOrEqual(20);
    expect(groupLives(browser.pid ?? 0)).toBe(false);
  });

  it('dies at once by kill()', async () => {
    const browser = await startBrowser(configOf({ isolated: true }), state, hooksOf());
    browser.kill();
    await expect(browser.exited).resolves.toMatchObject({ signal: 'SIGKILL' });
    expect(groupLives(browser.pid ?? 0)).toBe(false);
    await browser.close(1000);
  });
});

describe('a browser that stands still', () => {
  const watch = { intervalMs: 250, deadlineMs: 500, misses: 3 };

  it('is killed after three unanswered questions; each is told', async () => {
    const hooks = hooksOf({ watch });
    const browser = await startBrowser(configOf(), state, hooks);
    process.kill(browser.pid ?? 0, 'SIGSTOP');
    await expect(browser.exited).resolves.toMatchObject({ signal: 'SIGKILL' });
    expect(hooks.health.map(({ answering }) => answering)).toEqual([false, false, false]);
    expect(hooks.health.at(-1)?.silentMs).toBeGreaterThanOrEqual(3 * watch.deadlineMs);
    expect(groupLives(browser.pid ?? 0)).toBe(false);
  });

  it('lives on where it goes on in time', async () => {
    const hooks = hooksOf({ watch });
    await using browser = await startBrowser(configOf(), state, hooks);
    process.kill(browser.pid ?? 0, 'SIGSTOP');
    await until('two unanswered questions', () => hooks.health.length === 2);
    process.kill(browser.pid ?? 0, 'SIGCONT');
    await until('the recovery', () => hooks.health.at(-1)?.answering === true);
    expect(groupLives(browser.pid ?? 0)).toBe(true);
  });

  it('is never restarted by the default timing for 4 s', async () => {
    const hooks = hooksOf();
    await using browser = await startBrowser(configOf(), state, hooks);
    process.kill(browser.pid ?? 0, 'SIGSTOP');
    // The length of the stop is what is tested here, so this is a wait by the clock.
    await new Promise((resolve) => setTimeout(resolve, 4000));
    process.kill(browser.pid ?? 0, 'SIGCONT');
    const version = await fetch(`http://127.0.0.1:${browser.endpoint.port}/json/version`);
    expect(version.status).toBe(200);
    expect(hooks.health).toEqual([]);
  });

  it('is closed by force, within its grace and the kill', async () => {
    const browser = await startBrowser(configOf(), state, hooksOf());
    process.kill(browser.pid ?? 0, 'SIGSTOP');
    const from = performance.now();
    await browser.close(600);
    expect(performance.now() - from).toBeLessThan(3000);
    expect(groupLives(browser.pid ?? 0)).toBe(false);
  });
});

describe('a supervisor that is killed', () => {
  it('leaves no browser behind, and the next start removes the temporary profile', async () => {
    const program = join(import.meta.dirname, 'lifeline-parent.ts');
    const parent = spawn(process.execPath, [program, state.home, testBrowser()], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, CDP_HUB_TEST_BROWSER: testBrowser() },
    });
    const [line] = await Promise.race([
      createInterface({ input: parent.stdout })
        [Symbol.asyncIterator]()
        .next()
        .then(({ value }) => [value]),
      new Promise<never>((_, reject) => parent.once('exit', () => reject(new Error('the program ended')))),
    ]);
    const { pid } = JSON.parse(String(line)) as { pid: number };
    expect(groupLives(pid)).toBe(true);
    const profile = readRecord(state.browserRecord)?.profile ?? '';
    parent.kill('SIGKILL');
    const ms = await until('the end of the browser', () => !groupLives(pid), 10_000);
    expect(ms).toBeLessThan(5000);

    expect(existsSync(profile)).toBe(true);
    await using _next = await startBrowser(configOf(), state, hooksOf());
    expect(existsSync(profile)).toBe(false);
  });
});

describe('a browser that cannot be started', () => {
  it.each([
    ['exit 1', 'echo "went wrong: disk on fire" >&2; exit 1', /exited with code 1.*disk on fire/s, /by hand/],
    [
      'exit 21',
      'echo "The profile appears to be in use by another Chromium process (7) on another computer (x)." >&2; exit 21',
      /exited with code 21.*in use/s,
      /--isolated/,
    ],
    [
      'a missing library',
      'echo "$0: error while loading shared libraries: libnss3.so: cannot open shared object file" >&2; exit 127',
      /libnss3\.so/,
      /lacks libnss3\.so.*apt-get install/,
    ],
    ['a signal', 'kill -SEGV $$', /was ended by SIGSEGV/, /by hand/],
  ])('says so at once: %s', async (_name, script, message, hint) => {
    const from = performance.now();
    const start = startBrowser(configOf({ path: standIn(script) }), state, hooksOf());
    await expect(start).rejects.toMatchObject({
      code: 'BROWSER_FAILED',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
    expect(performance.now() - from).toBeLessThan(2000);
  });

  it.skipIf(process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY)(
    'says so where it was to show itself and there is no display',
    async () => {
      await expect(startBrowser(configOf({ headless: false }), state, hooksOf())).rejects.toMatchObject({
        code: 'BROWSER_FAILED',
        hint: expect.stringContaining('--headless'),
      });
    },
  );

  it('says so where the binary is missing', async () => {
    const path = join(state.home, 'nowhere');
    await expect(startBrowser(configOf({ path }), state, hooksOf())).rejects.toMatchObject({
      code: 'NO_BROWSER',
      message: expect.stringContaining(`${path}, does not exist`),
    });
  });

  it('says so where the binary may not be executed, or its interpreter is missing', async () => {
    const path = join(state.home, 'plain');
    writeFileSync(path, '#!/nowhere/sh\n');
    await expect(startBrowser(configOf({ path }), state, hooksOf())).rejects.toMatchObject({
      code: 'NO_BROWSER',
      hint: `Type: chmod +x ${path}`,
    });
    chmodSync(path, 0o755);
    await expect(startBrowser(configOf({ path }), state, hooksOf())).rejects.toMatchObject({
      code: 'BROWSER_FAILED',
      message: expect.stringContaining('interpreter'),
    });
  });
});

describe('a profile with a stale lock', () => {
  function lock(value: string): void {
    const profile = join(state.profiles, 'default');
    mkdirSync(profile, { recursive: true });
    symlinkSync(value, join(profile, 'SingletonLock'));
  }

  it('of another machine is unlocked, and that is said', async () => {
    lock('another-machine.example-4711');
    await using browser = await startBrowser(configOf(), state, hooksOf());
    expect(browser.notes.join('\n')).toContain('another-machine.example');
  });

  it('of this machine, with a pid that another process has by now, does not stop a start', async () => {
    const { hostname } = await import('node:os');
    lock(`${hostname()}-${process.pid}`);
    await using browser = await startBrowser(configOf(), state, hooksOf());
    expect(browser.pid).toBeGreaterThan(0);
  });
});
