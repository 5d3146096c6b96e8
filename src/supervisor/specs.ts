import type { HubConfig } from '../shared/config.ts';
import type { HubEvent } from '../shared/events.ts';
import { urlHost } from '../shared/hosts.ts';
import {
  type BrowserEndpoint,
  FromForwarder,
  FromGateway,
  type ToForwarder,
  type ToGateway,
} from '../shared/ipc.ts';
import type { StateFolder } from '../shared/state-folder.ts';
import { type Browser, startBrowser } from './browser/browser.ts';
import type { JournalKeeper } from './journal.ts';
import type { ListenPorts } from './listen-ports.ts';
import type { PartOptions } from './part.ts';
import type { Running, ServiceSpec } from './service.ts';

/** What the three supervised processes are: how each is started and what it is told first. */

interface BrowserPartHooks {
  emit(event: HubEvent): void;
  /** Into the log alone. */
  log(level: 'info' | 'warn' | 'error', message: string): void;
  /** To the people. */
  say(message: string): void;
  confirm(text: string): Promise<boolean>;
  onHealth(health: { answering: boolean; silentMs: number }): void;
}

/** The browser through its lives: later ones come back to the port of the first. */
export class BrowserPart {
  readonly #config: HubConfig;
  readonly #state: StateFolder;
  readonly #hooks: BrowserPartHooks;
  #browser: Browser | null = null;
  #port: number | null = null;

  constructor(config: HubConfig, state: StateFolder, hooks: BrowserPartHooks) {
    this.#config = config;
    this.#state = state;
    this.#hooks = hooks;
  }

  get endpoint(): BrowserEndpoint | null {
    return this.#browser?.endpoint ?? null;
  }

  /** Null where none runs, or somebody else started it. */
  get headless(): boolean | null {
    return this.#browser?.headless ?? null;
  }

  /** False for a browser that somebody else started. */
  get launched(): boolean {
    return this.#browser?.launched ?? true;
  }

  get spec(): ServiceSpec {
    const { mode, url, port } = this.#config.browser;
    return {
      name: 'browser',
      detail: url ?? `${mode} on port ${port}`,
      start: (signal) => this.#start(signal),
    };
  }

  async #start(signal: AbortSignal): Promise<Running> {
    const again = this.#port === null ? undefined : { port: this.#port };
    const browser = await startBrowser(
      this.#config,
      this.#state,
      {
        signal,
        onProgress: (progress) => this.#hooks.emit({ type: 'progress', ...progress }),
        onHealth: (health) => this.#hooks.onHealth(health),
        log: (level, message) => this.#hooks.log(level, message),
        confirmInstall: (question) => this.#hooks.confirm(question),
      },
      again,
    );
    this.#browser = browser;
    this.#port = browser.endpoint.port;
    if (!again) for (const note of browser.notes) this.#hooks.say(note);
    void browser.exited.then(() => {
      if (this.#browser === browser) this.#browser = null;
    });
    return {
      pid: browser.pid,
      detail: browser.detail,
      attached: !browser.launched,
      exited: browser.exited.then(({ code, signal: by, stderrTail }) => ({
        code,
        signal: by,
        lines: stderrTail,
      })),
      stop: (graceMs) => browser.close(graceMs),
      kill: () => browser.kill(),
    };
  }
}

interface PartHooks<In> {
  endpoint(): BrowserEndpoint | null;
  onMessage(message: In): void;
  say(message: string): void;
  note(line: string): void;
}

export function forwarderOptions(
  config: HubConfig,
  hooks: PartHooks<FromForwarder>,
): PartOptions<FromForwarder, ToForwarder> {
  const { host, port, named, allow } = config.forwarder;
  const target = () => {
    const browser = hooks.endpoint();
    return browser && { host: browser.host, port: browser.port };
  };
  return {
    name: 'forwarder',
    folder: 'proxy',
    // It only passes bytes on: a small nursery keeps thousands of short connections from piling up garbage
    // (measured: 170 instead of 295 MB resident after 30,000 of them).
    nodeOptions: ['--max-semi-space-size=2'],
    schema: FromForwarder,
    wish: {
      host,
      port,
      named,
      what: 'forwarder',
      flag: '--proxy-port',
      avoid: config.listen.map((each) => each.port),
    },
    config: (chosen) => ({
      type: 'config',
      config: { host, port: chosen, allow, allowedHosts: config.allowedHosts },
      target: target(),
    }),
    detail: (address) => forwarderDetail(address, hooks.endpoint()),
    onMessage: hooks.onMessage,
    say: hooks.say,
    note: hooks.note,
  };
}

/** `127.0.0.1:9224 → 127.0.0.1:9222`; the first alone while no browser runs. */
export function forwarderDetail(address: string, browser: BrowserEndpoint | null): string {
  return browser ? `${address} → ${urlHost(browser.host)}:${browser.port}` : address;
}

export function gatewayOptions(
  config: HubConfig,
  hooks: PartHooks<FromGateway> & {
    browserId: string;
    controlToken: string;
    artifactsDir: string;
    stateDir: string;
    journal(): JournalKeeper;
  },
  further: ListenPorts,
): PartOptions<FromGateway, ToGateway> {
  const { host, port, named } = config.gateway;
  const {
    version,
    allowedHosts,
    token,
    corsOrigins,
    rateLimit,
    isolation,
    keepTabs,
    badge,
    sessionIdle,
    uploadDirs,
  } = config;
  return {
    name: 'gateway',
    folder: 'gateway',
    schema: FromGateway,
    wish: {
      host,
      port,
      named,
      what: 'gateway',
      flag: '--port',
      avoid: config.listen.map((each) => each.port),
    },
    further,
    config: (chosen) => ({
      type: 'config',
      config: {
        host,
        port: chosen,
        allowedHosts,
        controlToken: hooks.controlToken,
        token,
        corsOrigins,
        rateLimit,
        version,
        browserId: hooks.browserId,
        isolation,
        keepTabs,
        badge,
        listen: [...further.specs],
        sessionIdle,
        artifactsDir: hooks.artifactsDir,
        stateDir: hooks.stateDir,
        uploadDirs,
        preload: true,
      },
      browser: hooks.endpoint(),
      journal: hooks.journal().journal,
      sessions: hooks.journal().sessions,
    }),
    detail: (address) => `http://${address}`,
    onMessage: hooks.onMessage,
    say: hooks.say,
    note: hooks.note,
  };
}
