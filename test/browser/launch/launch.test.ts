import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Browser, startBrowser } from '../../../src/supervisor/browser/browser.ts';
import { groupLives } from '../../../src/supervisor/browser/process-group.ts';
import { readRecord } from '../../../src/supervisor/browser/record.ts';
import { configOf, freePort, freshState, hooksOf, takePort, until } from './kit.ts';

describe('a launched browser', () => {
  const state = freshState();
  const hooks = hooksOf();
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser(configOf(), state, hooks);
  });
  afterAll(async () => {
    await browser.close(5000);
    state.remove();
  });

  it('answers on the port that it names, under the id that it announced', async () => {
    const { port, wsUrl } = browser.endpoint;
    const version = await (await fetch(`http://127.0.0.1:${port}/json/version`)).json();
    expect(version).toMatchObject({ webSocketDebuggerUrl: wsUrl });
    expect(browser.endpoint).toMatchObject({ host: '127.0.0.1', http: true, launched: true });
    expect(browser.detail).toMatch(/^\S.* \d+ headless, own profile$/);
  });

  it('answers over its WebSocket while the pipe is held', async () => {
    const socket = new WebSocket(browser.endpoint.wsUrl);
    const answer = await new Promise<string>((resolve, reject) => {
      socket.onopen = () => socket.send(JSON.stringify({ id: 1, method: 'Browser.getVersion' }));
      socket.onmessage = (event) => resolve(String(event.data));
      socket.onerror = () => reject(new Error('the WebSocket failed'));
    });
    socket.close();
    expect(JSON.parse(answer)).toMatchObject({ id: 1, result: { protocolVersion: '1.3' } });
  });

  it('is recorded with its pid, its id and its profile', () => {
    expect(readRecord(state.browserRecord)).toMatchObject({
      pid: browser.pid,
      port: browser.endpoint.port,
      profile: join(state.profiles, 'default'),
      temporary: false,
      supervisor: process.pid,
    });
    expect(browser.endpoint.wsUrl).toContain(readRecord(state.browserRecord)?.guid);
  });

  it('has a private profile and one list of disabled features, marked as this hub’s', () => {
    const profile = join(state.profiles, 'default');
    expect(statSync(profile).mode & 0o777).toBe(0o700);
    const flags = readFileSync(`/proc/${browser.pid}/cmdline`, 'utf8').split('\0');
    expect(flags).toContain('--remote-debugging-pipe');
    expect(flags).toContain(`--cdp-hub-home=${state.home}`);
    const features = flags.filter((flag) => flag.startsWith('--disable-features='));
    expect(features.at(-1)).toContain('WebUIOmniboxPopup');
    expect(flags).not.toContain('--disable-extensions');
    expect(flags).not.toContain('--mute-audio');
  });

  it('lets no second browser onto its profile: who has it is named', async () => {
    await expect(startBrowser(configOf(), state, hooksOf(), { port: 0 })).rejects.toMatchObject({
      code: 'BROWSER_FAILED',
      message: expect.stringContaining(`pid ${browser.pid}`),
      hint: expect.stringContaining('--isolated'),
    });
  });

  it('closes within its grace, group and all, and leaves its profile', async () => {
    const { pid } = browser;
    await browser.close(5000);
    expect(pid && groupLives(pid)).toBe(false);
    await expect(browser.exited).resolves.toMatchObject({ code: 0, signal: null });
    expect(existsSync(join(state.profiles, 'default', 'Local State'))).toBe(true);
    expect(readRecord(state.browserRecord)).toBeNull();
  });
});

describe('an isolated browser', () => {
  it('takes its profile with it', async () => {
    using state = freshState();
    await using browser = await startBrowser(configOf({ isolated: true }), state, hooksOf());
    const profile = readRecord(state.browserRecord)?.profile ?? '';
    expect(browser.detail).toContain('temporary profile');
    expect(existsSync(profile)).toBe(true);
    await browser.close(5000);
    expect(existsSync(profile)).toBe(false);
  });

  it('keeps its profile and its port over a crash and a restart', async () => {
    using state = freshState();
    const config = configOf({ isolated: true });
    const first = await startBrowser(config, state, hooksOf());
    const profile = readRecord(state.browserRecord)?.profile;
    process.kill(first.pid ?? 0, 'SIGKILL');
    await first.exited;
    await using second = await startBrowser(config, state, hooksOf(), { port: first.endpoint.port });
    expect(readRecord(state.browserRecord)?.profile).toBe(profile);
    expect(second.endpoint.port).toBe(first.endpoint.port);
    await second.close(5000);
    expect(existsSync(profile ?? '')).toBe(false);
  });
});

describe('the port', () => {
  it('that a person named and something else has, is an error that says who', async () => {
    using state = freshState();
    const { port, server } = await takePort();
    await expect(startBrowser(configOf({ port }), state, hooksOf())).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: expect.stringContaining(`pid ${process.pid}`),
      hint: expect.stringContaining('--browser-port 0'),
    });
    server.close();
  });

  it.each(['127.0.0.1', '::1'])('by default and taken on %s, steps on by ten and says so', async (host) => {
    using state = freshState();
    const { port, server } = await takePort(0, host);
    const config = configOf({ port, named: false, mode: 'auto' });
    await using browser = await startBrowser(config, state, hooksOf());
    expect((browser.endpoint.port - port) % 10).toBe(0);
    expect(browser.endpoint.port).toBeGreaterThan(port);
    // Others may have the next ones.
    expect(browser.notes.join('\n')).toMatch(
      new RegExp(
        `^port ${port} is taken by pid ${process.pid}[\\s\\S]*: using ${browser.endpoint.port}$`,
        'm',
      ),
    );
    server.close();
    await browser.close(5000);
  });

  it('is shared out between two hubs that start at the same time', async () => {
    using one = freshState();
    using other = freshState();
    const port = await freePort();
    const config = configOf({ port, named: false });
    const [a, b] = await Promise.all([
      startBrowser(config, one, hooksOf()),
      startBrowser(config, other, hooksOf()),
    ]);
    await using _a = a;
    await using _b = b;
    expect([a.endpoint.port, b.endpoint.port].sort()).toEqual([port, port + 10].sort());
    expect([a.endpoint.host, b.endpoint.host]).toEqual(['127.0.0.1', '127.0.0.1']);
  });

  it('lost between the look and the start is noticed: Chrome listens on [::1] and says nothing', async () => {
    using state = freshState();
    const { launchChrome, PortLost } = await import('../../../src/supervisor/browser/launch.ts');
    const { browserFlags } = await import('../../../src/supervisor/browser/flags.ts');
    const { port, server } = await takePort();
    const { path } = configOf().browser;
    const profile = join(state.profiles, 'default');
    const { persistentProfile } = await import('../../../src/supervisor/browser/profile.ts');
    persistentProfile(state.profiles);
    const flags = browserFlags({
      port,
      profile,
      headless: true,
      noSandbox: process.getuid?.() === 0,
      smallShm: false,
      platform: process.platform,
      home: state.home,
    });
    const start = launchChrome({
      path: path ?? '',
      profile,
      flags,
      readyMs: 20_000,
      signal: new AbortController().signal,
    });
    await expect(start).rejects.toBeInstanceOf(PortLost);
    server.close();
  });
});

describe('a start that is interrupted', () => {
  it('ends with HUB_STOPPING and leaves no process', async () => {
    using state = freshState();
    const abort = new AbortController();
    const port = await freePort();
    const start = startBrowser(configOf({ port }), state, hooksOf({ signal: abort.signal }));
    const refused = expect(start).rejects.toMatchObject({ code: 'HUB_STOPPING' });
    const profile = join(state.profiles, 'default');
    await until('a process on the profile', () => pidFileOf(profile) !== null);
    const pid = pidFileOf(profile) ?? 0;
    abort.abort();
    await refused;
    expect(groupLives(pid)).toBe(false);
  });
});

describe('descriptors', () => {
  it('are not leaked by launches', async () => {
    using state = freshState();
    const count = () => readdirSync('/proc/self/fd').length;
    const round = async () => {
      const browser = await startBrowser(configOf(), state, hooksOf());
      await browser.close(5000);
    };
    await round();
    const before = count();
    for (let i = 0; i < 3; i++) await round();
    expect(count()).toBeLessThanOrEqual(before + 1);
  });
});

function pidFileOf(profile: string): number | null {
  const file = join(profile, 'chrome.pid');
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return text === '' ? null : Number(text);
}
