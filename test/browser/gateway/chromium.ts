import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserEndpoint } from '../../../src/shared/ipc.ts';

const PATH = process.env.CDP_HUB_TEST_BROWSER || '/usr/bin/chromium';

/** A real Chromium with a profile of its own, gone with everything when it is disposed of. */
export class Chromium implements AsyncDisposable {
  readonly process: ChildProcess;
  readonly profile: string;
  readonly endpoint: BrowserEndpoint;

  private constructor(process: ChildProcess, profile: string, endpoint: BrowserEndpoint) {
    this.process = process;
    this.profile = profile;
    this.endpoint = endpoint;
  }

  get url(): string {
    return `http://127.0.0.1:${this.endpoint.port}`;
  }

  static async start(): Promise<Chromium> {
    const profile = mkdtempSync(join(tmpdir(), 'cdp-hub-gateway-'));
    const child = spawn(
      PATH,
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-dev-shm-usage',
        '--no-first-run',
        '--remote-debugging-port=0',
        `--user-data-dir=${profile}`,
        'about:blank',
      ],
      // A group of its own: its helpers end with it.
      { stdio: 'ignore', detached: true },
    );
    const [port, path] = await activePort(child, join(profile, 'DevToolsActivePort'));
    return new Chromium(child, profile, {
      host: '127.0.0.1',
      port,
      wsUrl: `ws://127.0.0.1:${port}${path}`,
      http: true,
      launched: true,
    });
  }

  /** SIGKILL to it and its helpers; resolves when it is gone. */
  async kill(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const gone = once(this.process, 'exit');
    process.kill(-(this.process.pid ?? 0), 'SIGKILL');
    await gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
}

async function activePort(child: ChildProcess, file: string): Promise<[number, string]> {
  const deadline = Date.now() + 20_000;
  while (Date.now() < deadline && child.exitCode === null) {
    try {
      const [port, path] = readFileSync(file, 'utf8').split('\n');
      if (port && path) return [Number(port), path];
    } catch {
      // Not there yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${PATH} did not open a DevTools port`);
}
