import type { HubConfig } from '../shared/config.ts';
import type { BrowserEndpoint } from '../shared/ipc.ts';
import type { ListenSpec } from '../shared/isolation.ts';
import { listenSpec, listenText } from '../shared/isolation-settings.ts';

interface Running {
  gateway: { host: string; port: number } | null;
  forwarder: { host: string; port: number } | null;
  browser: BrowserEndpoint | null;
  headless: boolean | null;
  /** With the ports that were bound. */
  listen: readonly ListenSpec[];
}

/**
 * What the flags of a second `up` ask for and the running hub does not have, one sentence each. A flag that
 * names what is already so is no conflict, and port 0 is content with any port.
 */
export function flagConflicts(
  flags: readonly [string, string][],
  config: HubConfig,
  running: Running,
): string[] {
  const actual: Record<string, string> = {
    port: String(running.gateway?.port ?? config.gateway.port),
    host: config.gateway.host,
    'proxy-port': String(running.forwarder?.port ?? config.forwarder.port),
    'proxy-host': config.forwarder.host,
    'proxy-allow': config.forwarder.allow.join(','),
    'browser-port': String(running.browser?.port ?? config.browser.port),
    'browser-url': config.browser.url ?? 'none',
    'browser-path': config.browser.path ?? 'the one found',
    headless: String(running.headless ?? config.browser.headless ?? false),
    isolated: String(config.browser.isolated),
    'allowed-hosts': config.allowedHosts.join(','),
    isolation: config.isolation,
    'keep-tabs': String(config.keepTabs),
    listen: running.listen.map(listenText).join(' '),
  };
  const had = ([name, value]: readonly [string, string]) =>
    name === 'listen'
      ? listens(value, running.listen)
      : actual[name] === value || (name.endsWith('port') && value === '0');
  return flags
    .filter((flag) => !had(flag))
    .map(([name, value]) => `--${name} ${value}, it has ${actual[name] || 'none'}`);
}

/** It may have others besides. */
function listens(value: string, running: readonly ListenSpec[]): boolean {
  const wanted = listenSpec({ value, from: `--listen ${value}` });
  return running.some(
    (spec) => listenText(wanted.port === 0 ? { ...spec, port: 0 } : spec) === listenText(wanted),
  );
}
