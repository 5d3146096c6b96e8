import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HubConfig } from '../../../src/shared/config.ts';
import { makeStateFolder, type StateFolder, stateFolder } from '../../../src/shared/state-folder.ts';
import type { BrowserHooks } from '../../../src/supervisor/browser/browser.ts';

/** A state folder of a test's own, and what to do when the test is over. */
export function freshState(): StateFolder & Disposable & { remove(): void } {
  const home = mkdtempSync(join(tmpdir(), 'cdp-hub-test-'));
  const state = stateFolder({ CDP_HUB_HOME: home });
  makeStateFolder(state);
  const remove = () => rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  return { ...state, remove, [Symbol.dispose]: remove };
}

/** The browser that the suite's global set-up found or installed. */
export function testBrowser(): string {
  const path = process.env.CDP_HUB_TEST_BROWSER;
  if (!path) throw new Error('CDP_HUB_TEST_BROWSER is not set: test/helpers/browser-setup.ts did not run');
  return path;
}

/** A configuration of which only the browser matters here. */
export function configOf(browser: Partial<HubConfig['browser']> = {}): HubConfig {
  return {
    version: '0.0.0',
    gateway: { port: 0, named: true, host: '127.0.0.1' },
    forwarder: { port: 0, named: true, host: '127.0.0.1', allow: [] },
    browser: {
      port: 0,
      named: true,
      mode: 'launch',
      url: null,
      path: testBrowser(),
      headless: true,
      isolated: false,
      ...browser,
    },
    throughForwarder: false,
    allowedHosts: [],
    token: null,
    tokenFile: null,
    corsOrigins: [],
    rateLimit: null,
    isolation: 'tabs',
    keepTabs: false,
    badge: true,
    sessionIdle: 0,
    uploadDirs: [],
    listen: [],
    idleExit: null,
    mayInstall: false,
    flags: [],
  };
}

export interface HeardHooks extends BrowserHooks {
  health: { answering: boolean; silentMs: number }[];
  lines: string[];
}

/** Hooks that keep what they hear. */
export function hooksOf(extra: Partial<BrowserHooks> = {}): HeardHooks {
  const health: HeardHooks['health'] = [];
  const lines: string[] = [];
  return {
    health,
    lines,
    onProgress: () => {},
    onHealth: (h) => health.push(h),
    signal: new AbortController().signal,
    log: (_level, message) => lines.push(message),
    confirmInstall: () => Promise.resolve(false),
    ...extra,
  };
}

/** A listener that is no DevTools endpoint: accepts and says nothing. */
export async function takePort(port = 0, host = '127.0.0.1'): Promise<{ port: number; server: Server }> {
  const server = createServer((socket) => socket.on('error', () => {}).resume());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, server };
}

/** A port that nobody has at the moment. */
export async function freePort(): Promise<number> {
  const { port, server } = await takePort();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Waits for a condition; fails after `ms` with what was waited for. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  ms = 10_000,
): Promise<number> {
  const from = performance.now();
  for (;;) {
    if (await condition()) return performance.now() - from;
    if (performance.now() - from > ms) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
