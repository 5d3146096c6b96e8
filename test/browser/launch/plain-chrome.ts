import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { groupGone, killGroup } from '../../../src/supervisor/browser/process-group.ts';
import { testBrowser } from './kit.ts';

/** A Chrome as a person starts it for DevTools: a port, a profile, no pipe, no hub. */
export async function plainChrome(): Promise<{
  pid: number;
  port: number;
  wsUrl: string;
  end(): Promise<void>;
}> {
  const profile = mkdtempSync(join(tmpdir(), 'cdp-hub-test-plain-'));
  const root = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const child = spawn(
    testBrowser(),
    ['--headless=new', '--remote-debugging-port=0', '--no-first-run', `--user-data-dir=${profile}`, ...root],
    { detached: true, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const pid = child.pid;
  if (!pid) throw new Error('no browser');
  let wsUrl: string | undefined;
  for await (const line of createInterface({ input: child.stderr })) {
    wsUrl = /DevTools listening on (\S+)/.exec(line)?.[1];
    if (wsUrl) break;
  }
  if (!wsUrl) throw new Error('the browser ended');
  // What it says later must not fill the pipe and stop it.
  child.stderr.resume();
  return {
    pid,
    port: Number(new URL(wsUrl).port),
    wsUrl,
    async end() {
      killGroup(pid, 'SIGKILL');
      await groupGone(pid, 5000);
      rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    },
  };
}
