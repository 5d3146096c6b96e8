import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserEndpoint } from '../../src/shared/ipc.ts';
import { until } from './hub.ts';

/** As the hub's own browser: see src/supervisor/browser/flags.ts. */
const NO_OMNIBOX =
  '--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup,OmniboxWebUIPopup';

/** What keeps windows painting behind others: of the hub's own flags, see src/supervisor/browser/flags.ts. */
const WINDOWED = [
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  '--disable-background-timer-throttling',
  '--disable-search-engine-choice-screen',
  '--no-default-browser-check',
];

/** A Chromium that no hub started: what a user has running before `cdp-hub up`. */
export class Chrome implements AsyncDisposable {
  readonly process: ChildProcess;
  readonly endpoint: BrowserEndpoint;
  readonly #profile: string;
  readonly #gone: Promise<unknown>;

  private constructor(process_: ChildProcess, endpoint: BrowserEndpoint, profile: string) {
    this.process = process_;
    this.endpoint = endpoint;
    this.#profile = profile;
    this.#gone = new Promise((resolve) => process_.once('close', resolve));
  }

  /**
   * Port 0: any free one. `env` is added to the environment; with `display` it has windows there; with `omnibox` each
   * window has the pages of its address bar, as in a browser that the hub did not start. `flags` come on top.
   */
  static async start(
    port = 0,
    {
      env = {},
      display,
      omnibox = false,
      flags = [],
    }: {
      env?: NodeJS.ProcessEnv;
      display?: string | undefined;
      omnibox?: boolean;
      flags?: readonly string[];
    } = {},
  ): Promise<Chrome> {
    const profile = mkdtempSync(join(tmpdir(), 'cdp-hub-chrome-'));
    const process_ = spawn(
      process.env.CDP_HUB_TEST_BROWSER ?? 'chromium',
      [
        ...(display === undefined ? ['--headless'] : WINDOWED),
        '--no-sandbox',
        '--disable-gpu',
        '--disable-dev-shm-usage',
        '--no-first-run',
        ...(omnibox ? [] : [NO_OMNIBOX]),
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        `--remote-debugging-port=${port}`,
        // Its other end is ours: Chromium goes with a test runner that is cut off.
        '--remote-debugging-pipe',
        `--user-data-dir=${profile}`,
        ...flags,
        'about:blank',
      ],
      {
        stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
        detached: true,
        // What it makes there and leaves when it is killed goes with the profile.
        env: { ...process.env, TMPDIR: profile, ...env, ...(display !== undefined && { DISPLAY: display }) },
      },
    );
    let wsUrl = '';
    await until(
      'Chromium opened its port',
      async () => {
        // Only a port that Chromium chose itself is written to the file.
        const found = port || activePort(profile);
        if (found !== 0)
          wsUrl = await fetch(`http://127.0.0.1:${found}/json/version`).then(ownAddress, () => '');
        return wsUrl !== '';
      },
      20_000,
    );
    const endpoint = {
      host: '127.0.0.1',
      port: Number(new URL(wsUrl).port),
      wsUrl,
      http: true,
      launched: true,
    };
    return new Chrome(process_, endpoint, profile);
  }

  get port(): number {
    return this.endpoint.port;
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** To it and all its helpers. */
  signal(signal: NodeJS.Signals): void {
    if (this.pid) process.kill(-this.pid, signal);
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

async function ownAddress(version: Response): Promise<string> {
  return ((await version.json()) as { webSocketDebuggerUrl: string }).webSocketDebuggerUrl;
}

function activePort(profile: string): number {
  try {
    return Number(readFileSync(join(profile, 'DevToolsActivePort'), 'utf8').split('\n')[0]);
  } catch {
    return 0;
  }
}
