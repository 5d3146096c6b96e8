import { isIP } from 'node:net';
import { z } from 'zod';
import { corsOrigins, hostNames, RateLimit, rateLimit, refuseOpenBind } from './access-settings.ts';
import { durationSetting } from './duration-setting.ts';
import { HubError } from './errors.ts';
import { checkToken } from './given-token.ts';
import { isLoopback } from './hosts.ts';
import { Isolation, ListenSpec } from './isolation.ts';
import { isolationSetting, listenSettings, type Setting } from './isolation-settings.ts';
import { sessionIdle } from './session-settings.ts';
import { fingerprint } from './tokens.ts';

/** How the gateway reaches the browser. */
export type BrowserMode =
  /** Attach to DevTools on `port` where it answers, else launch there. */
  | 'auto'
  /** Always start an own browser. */
  | 'launch'
  /** Only ever attach, to `url`. */
  | 'attach'
  /** Somebody else's forwarder is the way (the Windows side): nothing is started here. */
  | 'remote';

const Port = z.number().int().min(0).max(65535);

/** A port and whether a person named it: a named port that is taken is an error, a default one steps on by ten. */
const NamedPort = z.object({ port: Port, named: z.boolean() });

/** Everything that decides how a hub starts. Plain JSON: `up` hands it to the supervisor it spawns. */
export const HubConfig = z.object({
  version: z.string(),
  gateway: NamedPort.extend({ host: z.string() }),
  forwarder: NamedPort.extend({ host: z.string(), allow: z.array(z.string()) }),
  browser: NamedPort.extend({
    mode: z.enum(['auto', 'launch', 'attach', 'remote']),
    /** `attach`, `remote`: where; http(s)://host:port or ws(s)://…. */
    url: z.string().nullable(),
    path: z.string().nullable(),
    /** Null: headless where there is no display. */
    headless: z.boolean().nullable(),
    isolated: z.boolean(),
  }),
  /** The gateway goes through our own forwarder instead of straight to the browser (seed 1's chain). */
  throughForwarder: z.boolean(),
  allowedHosts: z.array(z.string()),
  /** What every client must have; null: none is asked for. Never to be shown or logged. */
  token: z.string().nullable(),
  /** Where the person finds it; null: nowhere but with who gave it. */
  tokenFile: z.string().nullable(),
  /** The web pages that may use the gateway. */
  corsOrigins: z.array(z.string()),
  rateLimit: RateLimit.nullable(),
  /** What a client gets that asks for none. */
  isolation: Isolation,
  /** The tabs of clients that leave stay open. */
  keepTabs: z.boolean(),
  /** The hub's own tabs in front of clients' windows say whose they are. */
  badge: z.boolean(),
  /** Milliseconds without use after which an MCP session ends; 0: never. */
  sessionIdle: z.number().int().min(0),
  /** The folders whose files agents may upload; empty: nobody named any. */
  uploadDirs: z.array(z.string()),
  /** Further ports of the gateway. */
  listen: z.array(ListenSpec),
  /** Milliseconds without any client after which the hub ends by itself; null: never. */
  idleExit: z.number().int().nullable(),
  /** A system package may be installed without asking. */
  mayInstall: z.boolean(),
  /** The flags as given, for the comparison with a hub that already runs. */
  flags: z.array(z.tuple([z.string(), z.string()])),
});
export type HubConfig = z.infer<typeof HubConfig>;

/** What the command line gives, by the flags' long names; absent means not given. */
export interface UpFlags {
  port?: string;
  host?: string;
  proxyPort?: string;
  proxyHost?: string;
  proxyAllow?: string[];
  browserPort?: string;
  browserUrl?: string;
  browserPath?: string;
  headless?: boolean;
  isolated?: boolean;
  allowedHosts?: string[];
  /** The token itself, wherever it came from; never `auto`. */
  token?: string;
  tokenFile?: string;
  corsOrigin?: string[];
  rateLimit?: string;
  isolation?: string;
  keepTabs?: boolean;
  badge?: boolean;
  sessionIdle?: string;
  listen?: string[];
  uploadDir?: string[];
  idleExit?: string;
  yes?: boolean;
}

export const DEFAULTS = {
  host: '127.0.0.1',
  gatewayPort: 9223,
  forwarderPort: 9224,
  browserPort: 9222,
} as const;

/** Names that a `.env` in the working directory may set: these and no others are read from it. */
export const DOTENV_NAMES = [
  'MCP_HTTP_PORT',
  'MCP_HTTP_HOST',
  'CDP_PROXY_HOST',
  'CDP_PROXY_PORT',
  'CDP_HUB_HOME',
  'CDP_HUB_PROXY_PORT',
  'CDP_HUB_BROWSER_PORT',
  'CDP_HUB_BROWSER_PATH',
  'CDP_HUB_BROWSER_URL',
  'CDP_HUB_HEADLESS',
  'CDP_HUB_ISOLATION',
  'CDP_HUB_KEEP_TABS',
  'CDP_HUB_LISTEN',
  'CDP_HUB_SESSION_IDLE',
  'CDP_HUB_TOKEN',
] as const;

/**
 * Flag over environment over `.env` over default. Throws USAGE with the flag or variable to change.
 * `env` is the environment with the `.env`'s known names already under it.
 */
export function resolveConfig(
  flags: UpFlags,
  env: Record<string, string | undefined>,
  version: string,
): HubConfig {
  const pick = (flag: string, given: string | undefined, name: string): Setting | null => {
    if (given !== undefined) return { value: given, from: `--${flag} ${given}` };
    const value = env[name];
    return value ? { value, from: `${name}=${value}` } : null;
  };

  const gateway = {
    ...namedPort(pick('port', flags.port, 'MCP_HTTP_PORT'), DEFAULTS.gatewayPort),
    host: pick('host', flags.host, 'MCP_HTTP_HOST')?.value ?? DEFAULTS.host,
  };
  const forwarder = {
    ...namedPort(pick('proxy-port', flags.proxyPort, 'CDP_HUB_PROXY_PORT'), DEFAULTS.forwarderPort),
    host: flags.proxyHost ?? DEFAULTS.host,
    allow: flags.proxyAllow ?? [],
  };
  const url = pick('browser-url', flags.browserUrl, 'CDP_HUB_BROWSER_URL');
  const path = pick('browser-path', flags.browserPath, 'CDP_HUB_BROWSER_PATH');
  const headless = flags.headless ?? booleanSetting(env.CDP_HUB_HEADLESS, 'CDP_HUB_HEADLESS');
  const chain = chainOf(env, forwarder);

  const token = flags.token ?? null;
  if (token !== null) checkToken(token, '--token');

  refuseConflicts(flags, url);
  refuseOpenBind({ host: gateway.host, token }, forwarder);
  if (url) checkBrowserUrl(url);
  const browserPort = namedPort(
    pick('browser-port', flags.browserPort, 'CDP_HUB_BROWSER_PORT'),
    DEFAULTS.browserPort,
  );
  const listen = listenSettings(flags.listen, env.CDP_HUB_LISTEN);
  refuseSamePort([
    ['--port', gateway],
    ['--proxy-port', forwarder],
    ['--browser-port', browserPort],
    ...listen.map(({ from, spec }): PortUse => [from, { port: spec.port, named: true }]),
  ]);

  return {
    version,
    gateway,
    forwarder,
    browser: {
      ...browserPort,
      mode: modeOf(flags, url, chain, browserPort),
      url: url?.value ?? chain.remoteUrl,
      path: path?.value ?? null,
      headless,
      isolated: flags.isolated ?? false,
    },
    throughForwarder: chain.throughForwarder,
    allowedHosts: hostNames(flags.allowedHosts ?? []),
    token,
    tokenFile: flags.tokenFile ?? null,
    corsOrigins: corsOrigins(flags.corsOrigin ?? []),
    rateLimit: rateLimit(flags.rateLimit, token !== null || !isLoopback(gateway.host)),
    isolation: isolationSetting(pick('isolation', flags.isolation, 'CDP_HUB_ISOLATION')),
    keepTabs: flags.keepTabs ?? booleanSetting(env.CDP_HUB_KEEP_TABS, 'CDP_HUB_KEEP_TABS') ?? false,
    badge: flags.badge ?? true,
    sessionIdle: sessionIdle(pick('session-idle', flags.sessionIdle, 'CDP_HUB_SESSION_IDLE')),
    uploadDirs: flags.uploadDir ?? [],
    listen: listen.map(({ spec }) => spec),
    idleExit: durationSetting('--idle-exit', flags.idleExit),
    mayInstall: flags.yes ?? false,
    flags: givenFlags(flags),
  };
}

/** What a hub that runs has no need to have as well: it keeps its own. */
const NOT_COMPARED = ['yes', 'tokenFile', 'idleExit'];

/** The flags that were given, as [name, value] pairs in a fixed order; of the token what tells it from others. */
export function givenFlags(flags: UpFlags): [string, string][] {
  return Object.entries(flags)
    .filter(([name, value]) => value !== undefined && !NOT_COMPARED.includes(name))
    .flatMap(([name, value]): [string, string][] => {
      const long = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      // One of these is a whole sentence, with commas of its own.
      if (name === 'listen' && Array.isArray(value)) return value.map((each) => [long, String(each)]);
      if (name === 'token') return [[long, fingerprint(String(value))]];
      return [[long, Array.isArray(value) ? value.join(',') : String(value)]];
    })
    .sort(([a], [b]) => a.localeCompare(b));
}

/** Mode by what was given: a description of a browser to start never attaches, a URL only attaches. */
function modeOf(
  flags: UpFlags,
  url: Setting | null,
  chain: Chain,
  browserPort: { port: number; named: boolean },
): BrowserMode {
  if (url) return 'attach';
  if (chain.remoteUrl) return 'remote';
  const describes = flags.isolated || flags.headless !== undefined || flags.browserPath !== undefined;
  return describes || (browserPort.named && browserPort.port === 0) ? 'launch' : 'auto';
}

interface Chain {
  throughForwarder: boolean;
  remoteUrl: string | null;
}

/**
 * `CDP_PROXY_HOST`/`CDP_PROXY_PORT` say where the gateway connects (seed 1). Our own forwarder's address means
 * through it; any other is a forwarder elsewhere, and no browser or forwarder is started here.
 */
function chainOf(env: Record<string, string | undefined>, forwarder: { host: string; port: number }): Chain {
  const host = env.CDP_PROXY_HOST;
  const port = env.CDP_PROXY_PORT;
  if (!host && !port) return { throughForwarder: false, remoteUrl: null };
  const to = {
    host: host || DEFAULTS.host,
    port: port ? portNumber({ value: port, from: `CDP_PROXY_PORT=${port}` }) : DEFAULTS.forwarderPort,
  };
  const sameHost = to.host === forwarder.host || (isLoopback(to.host) && isLoopback(forwarder.host));
  if (sameHost && to.port === forwarder.port) return { throughForwarder: true, remoteUrl: null };
  return {
    throughForwarder: false,
    remoteUrl: `http://${isIP(to.host) === 6 ? `[${to.host}]` : to.host}:${to.port}`,
  };
}

function refuseConflicts(flags: UpFlags, url: Setting | null): void {
  if (!url) return;
  const describes = (['isolated', 'headless', 'browserPath', 'browserPort'] as const).filter(
    (name) => flags[name] !== undefined,
  );
  if (describes.length === 0) return;
  const names = givenFlags(Object.fromEntries(describes.map((name) => [name, flags[name]])))
    .map(([name]) => `--${name}`)
    .join(', ');
  throw new HubError(
    'USAGE',
    `${url.from} attaches to a browser that runs, and ${names} describes one to start`,
    `Drop ${names} to attach, or drop ${url.from} to start a browser.`,
  );
}

type PortUse = [from: string, wish: { port: number; named: boolean }];

function refuseSamePort(wishes: PortUse[]): void {
  const named = wishes.filter(([, { port, named }]) => named && port !== 0);
  for (const [i, [from, { port }]] of named.entries()) {
    const other = named.slice(i + 1).find(([, wish]) => wish.port === port);
    if (!other) continue;
    throw new HubError(
      'USAGE',
      `${from} and ${other[0]} both say ${port}`,
      `Give each its own port; 0 is any free one.`,
    );
  }
}

function checkBrowserUrl(url: Setting): void {
  const parsed = URL.canParse(url.value) ? new URL(url.value) : null;
  if (!parsed || !['http:', 'https:', 'ws:', 'wss:'].includes(parsed.protocol)) {
    throw new HubError(
      'USAGE',
      `${url.from} is no http:// or ws:// address`,
      'Give the DevTools endpoint, e.g. --browser-url http://127.0.0.1:9222',
    );
  }
}

function namedPort(setting: Setting | null, fallback: number): { port: number; named: boolean } {
  return setting ? { port: portNumber(setting), named: true } : { port: fallback, named: false };
}

function portNumber(setting: Setting): number {
  const port = /^\d{1,5}$/.test(setting.value) ? Number(setting.value) : Number.NaN;
  if (!(port >= 0 && port <= 65535)) {
    throw new HubError(
      'USAGE',
      `${setting.from} is no port`,
      'Give a number from 0 (any free one) to 65535.',
    );
  }
  return port;
}

function booleanSetting(value: string | undefined, name: string): boolean | null {
  if (!value) return null;
  if (/^(1|true|yes|on)$/i.test(value)) return true;
  if (/^(0|false|no|off)$/i.test(value)) return false;
  throw new HubError('USAGE', `${name}=${value} is neither true nor false`, `Set ${name}=1 or ${name}=0.`);
}
