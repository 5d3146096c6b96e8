import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type BrowserEndpoint,
  FromGateway,
  type GatewayConfig,
  type ToGateway,
} from '../../../src/shared/ipc.ts';
import type { Journal } from '../../../src/shared/isolation.ts';
import type { SavedSession } from '../../../src/shared/mcp.ts';

const MAIN = fileURLToPath(new URL('../../../src/gateway/main.ts', import.meta.url));

/** What `/api/v2` of every gateway of the tests is asked with. */
export const CONTROL_TOKEN = 'the-control-token-of-the-tests';

export const BROWSER_ID = '11111111-2222-4333-8444-555555555555';

/** What a gateway of the tests is told, where nothing else is said. */
export const GATEWAY_CONFIG: GatewayConfig = {
  artifactsDir: join(tmpdir(), 'cdp-hub-artifacts-of-tests'),
  stateDir: join(tmpdir(), 'cdp-hub-state-of-tests'),
  uploadDirs: [],
  host: '127.0.0.1',
  port: 0,
  allowedHosts: [],
  controlToken: CONTROL_TOKEN,
  token: null,
  corsOrigins: [],
  rateLimit: null,
  version: '1.2.3',
  browserId: BROWSER_ID,
  isolation: 'tabs',
  keepTabs: false,
  badge: true,
  listen: [],
  sessionIdle: 30 * 60_000,
  preload: false,
};

type Of<Type extends FromGateway['type']> = Extract<FromGateway, { type: Type }>;

/** A gateway process as its supervisor sees it. */
export class GatewayProcess implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly messages: FromGateway[] = [];
  readonly exited: Promise<[number | null, NodeJS.Signals | null]>;
  port = 0;
  stderr = '';
  /** What its MCP sessions keep; gone with it. */
  readonly #artifacts = mkdtempSync(join(tmpdir(), 'cdp-hub-artifacts-'));
  #wake: (() => void)[] = [];

  /** `descriptors`: how many files and sockets it may have open. */
  constructor(descriptors?: number) {
    const shell = descriptors !== undefined && {
      execPath: '/bin/sh',
      execArgv: ['-c', `ulimit -n ${descriptors}; exec "$0" "$@"`, process.execPath],
    };
    this.child = fork(MAIN, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], ...shell });
    this.exited = new Promise((resolve) => this.child.once('exit', (...how) => resolve(how)));
    // Node calls it an error that the other end closes the channel while this one does.
    this.child.on('error', () => {});
    this.child.stderr?.on('data', (chunk) => {
      this.stderr += chunk;
    });
    this.child.on('message', (raw) => {
      this.messages.push(FromGateway.parse(raw));
      for (const wake of this.#wake.splice(0)) wake();
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get cdp(): string {
    return `ws://127.0.0.1:${this.port}/devtools/browser/${BROWSER_ID}`;
  }

  /** Starts one and waits until it listens; `journal`: what the one before it told last. */
  static async start(
    browser: BrowserEndpoint | null,
    config: Partial<GatewayConfig> = {},
    journal: Journal | null = null,
    descriptors?: number,
  ): Promise<GatewayProcess> {
    const gateway = new GatewayProcess(descriptors);
    gateway.config(browser, config, journal);
    gateway.port = (await gateway.next('ready')).port;
    return gateway;
  }

  config(
    browser: BrowserEndpoint | null,
    config: Partial<GatewayConfig> = {},
    journal: Journal | null = null,
    sessions: SavedSession[] = [],
  ): void {
    this.send({
      type: 'config',
      browser,
      journal,
      sessions,
      config: { ...GATEWAY_CONFIG, artifactsDir: this.#artifacts, ...config },
    });
  }

  send(message: ToGateway): void {
    this.child.send(message);
  }

  /** The first message of this type that matches, past or to come. */
  async next<Type extends FromGateway['type']>(
    type: Type,
    matches: (message: Of<Type>) => boolean = () => true,
  ): Promise<Of<Type>> {
    const deadline = Date.now() + 15_000;
    for (;;) {
      const found = this.messages.find(
        (message): message is Of<Type> => message.type === type && matches(message as Of<Type>),
      );
      if (found) return found;
      const left = deadline - Date.now();
      if (left <= 0 || this.child.exitCode !== null) {
        throw new Error(`no ${type} from the gateway; its stderr: ${this.stderr || '(empty)'}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(left, 500));
        this.#wake.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  async execute(body: unknown, clientId?: string): Promise<{ status: number; body: ExecuteAnswer }> {
    const response = await fetch(`${this.url}/execute`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(clientId && { 'x-client-id': clientId }) },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as ExecuteAnswer };
  }

  /** It goes when its supervisor does, and then what it compiled is kept for the next one; a hung one is killed. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.connected) this.child.disconnect();
    const late = setTimeout(() => this.child.kill('SIGKILL'), 2000);
    await this.exited;
    clearTimeout(late);
    rmSync(this.#artifacts, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

/** What `/execute` answers: with 200 the first three, else the others. */
export interface ExecuteAnswer {
  id: unknown;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  result: any;
  error: { code: number; message: string } | null;
  message: string;
  hint: string;
}
