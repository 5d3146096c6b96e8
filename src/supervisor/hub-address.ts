import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HubConfig } from '../shared/config.ts';
import type { HubUrls } from '../shared/events.ts';
import { reachableHost, urlHost } from '../shared/hosts.ts';
import type { BrowserEndpoint } from '../shared/ipc.ts';
import type { StateFolder } from '../shared/state-folder.ts';

interface Address {
  host: string;
  port: number;
}

/** The addresses that a hub gives out, and the way from its gateway to the browser. */
export class HubAddress {
  /** The hub's own `<id>` of `/devtools/browser/<id>`: kept in the state folder, so that no URL ever goes stale. */
  readonly browserId: string;
  readonly #config: HubConfig;

  constructor(config: HubConfig, state: StateFolder) {
    this.#config = config;
    this.browserId = readOrMakeId(state);
  }

  urls(at: {
    gateway: Address;
    forwarder: Address | null;
    browser: BrowserEndpoint | null;
    listen: HubUrls['listen'];
  }): HubUrls {
    const { gateway, forwarder, browser, listen } = at;
    const address = `${urlHost(reachableHost(gateway.host))}:${gateway.port}`;
    return {
      gateway: `http://${address}`,
      cdp: `ws://${address}/devtools/browser/${this.browserId}`,
      mcp: `http://${address}/mcp`,
      forwarder: forwarder ? `${urlHost(forwarder.host)}:${forwarder.port}` : '',
      browser: browser ? `http://${urlHost(browser.host)}:${browser.port}` : '',
      listen,
    };
  }

  /** Straight to the browser, or by way of our forwarder where seed 1's chain is asked for. */
  upstreamOf(browser: BrowserEndpoint | null, forwarder: Address | null): BrowserEndpoint | null {
    if (!browser || !this.#config.throughForwarder || !forwarder) return browser;
    const url = new URL(browser.wsUrl);
    const host = reachableHost(forwarder.host);
    url.host = `${urlHost(host)}:${forwarder.port}`;
    return { ...browser, host, port: forwarder.port, wsUrl: url.href };
  }
}

function readOrMakeId(state: StateFolder): string {
  const path = join(state.home, 'hub-id');
  try {
    const id = readFileSync(path, 'utf8').trim();
    if (/^[0-9a-f-]{36}$/.test(id)) return id;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const id = randomUUID();
  mkdirSync(state.home, { recursive: true, mode: 0o700 });
  writeFileSync(path, `${id}\n`, { mode: 0o600 });
  return id;
}
