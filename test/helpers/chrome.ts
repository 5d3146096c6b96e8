import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './hub.ts';

/** A Chromium that no hub started: what a user has running before `cdp-hub up`. */
export class Chrome implements AsyncDisposable {
  readonly process: ChildProcess;
  readonly port: number;
  readonly #profile: string;
  readonly #gone: Promise<unknown>;

  private constructor(process_: ChildProcess, port: number, profile: string) {
    this.process = process_;
    this.port = port;
    this.#profile = profile;
    this.#gone = new Promise((resolve) => process_.once('close', resolve));
  }

  /** Port 0: any free one. */
  static async start(port = 0): Promise<Chrome> {
    const profile = mkdtempSync(join(tmpdir(), 'cdp-hub-chrome-'));
    const process_ = spawn(
      process.env.CDP_HUB_TEST_BROWSER ?? 'chromium',
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        `--remote-debugging-port=${port}`,
        `--user-data-dir=${profile}`,
        'about:blank',
      ],
      { stdio: 'ignore', detached: true },
    );
    let found = port;
    await until(
      'Chromium opened its port',
      async () => {
        // Only a port that Chromium chose itself is written to the file.
        if (found === 0) found = activePort(profile);
        return (
          found !== 0 && (await fetch(`http://127.0.0.1:${found}/json/version`).catch(() => null)) !== null
        );
      },
      20_000,
    );
    return new Chrome(process_, found, profile);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  signal(signal: NodeJS.Signals): void {
    if (this.process.pid) process.kill(-this.process.pid, signal);
  }

  async kill(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) this.signal('SIGKILL');
    await this.#gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

function activePort(profile: string): number {
  try {
    return Number(readFileSync(join(profile, 'DevToolsActivePort'), 'utf8').split('\n')[0]);
  } catch {
    return 0;
  }
}
