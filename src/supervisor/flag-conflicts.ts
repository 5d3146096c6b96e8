import { rateLimit, rateText } from '../shared/access-settings.ts';
import type { HubConfig } from '../shared/config.ts';
import type { BrowserEndpoint } from '../shared/ipc.ts';
import type { ListenSpec } from '../shared/isolation.ts';
import { listenSpec, listenText } from '../shared/isolation-settings.ts';
import { idleText, sessionIdle } from '../shared/session-settings.ts';
import { fingerprint } from '../shared/tokens.ts';

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
    token: config.token === null ? '' : fingerprint(config.token),
    'cors-origin': config.corsOrigins.join(','),
    'rate-limit': rateText(config.rateLimit),
    isolation: config.isolation,
    'keep-tabs': String(config.keepTabs),
    badge: String(config.badge),
    'session-idle': idleText(config.sessionIdle),
    'upload-dir': config.uploadDirs.join(','),
    listen: running.listen.map(listenText).join(' '),
  };
  const had = ([name, value]: readonly [string, string]) => {
    if (name === 'listen') return listens(value, running.listen);
    const asked = plain(name, value);
    return actual[name] === asked || (name.endsWith('port') && value === '0');
  };
  return flags
    .filter((flag) => !had(flag))
    .map(([name, value]) => {
      if (name === 'token')
        return `--token (not shown), it has ${config.token === null ? 'none' : 'another one'}`;
      if (name === 'badge') return '--no-badge, it has none of it';
      return `--${name} ${value}, it has ${actual[name] || 'none'}`;
    });
}

/** One spelling of what may be said in several. */
function plain(name: string, value: string): string {
  if (name === 'rate-limit') return rateText(rateLimit(value, false));
  if (name === 'session-idle') return idleText(sessionIdle({ value, from: '--session-idle' }));
  return value;
}

/** It may have others besides. */
function listens(value: string, running: readonly ListenSpec[]): boolean {
  const wanted = listenSpec({ value, from: `--listen ${value}` });
  return running.some(
    (spec) => listenText(wanted.port === 0 ? { ...spec, port: 0 } : spec) === listenText(wanted),
  );
}
