import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { HubError, messageOf } from '../../shared/errors.ts';
import { isLoopback, urlHost } from '../../shared/hosts.ts';
import type { BrowserEndpoint } from '../../shared/ipc.ts';
import { describeHolder, portHolder } from '../../shared/port-holder.ts';
import { accepts, announcedUrl, askVersion, type DevTools, PROBE_TIMING } from './probe.ts';

/** An endpoint that somebody else's browser has, and what it says of itself. */
export interface Attached {
  endpoint: BrowserEndpoint;
  detail: string;
}

/** How long a browser on another machine may take. Milliseconds. */
const REMOTE = { connectMs: 5000, answerMs: 10_000 };

/**
 * Finds the endpoint behind `--browser-url` (mode `attach`) or `CDP_PROXY_HOST`/`CDP_PROXY_PORT` (`remote`).
 * Throws BROWSER_UNREACHABLE with the reason and the fix.
 */
export async function attachTo(address: string, mode: 'attach' | 'remote'): Promise<Attached> {
  const url = new URL(address);
  return /^wss?:$/.test(url.protocol) ? socketUrl(url, mode) : httpUrl(url, mode);
}

/** `Chromium 156`, by what `/json/version` says; Edge and others name themselves only in the user agent. */
export function describe(devtools: DevTools): string {
  const edge = /\bEdg\/(\d+)/.exec(devtools.userAgent);
  if (edge) return `Edge ${edge[1]}`;
  const [name = 'browser', version = ''] = devtools.product.split('/');
  return `${name} ${version.split('.')[0]}`.trim();
}

/** A WebSocket address is used as it is. Only TCP is tried: a WebSocket could cost an approval prompt. */
async function socketUrl(url: URL, mode: 'attach' | 'remote'): Promise<Attached> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = portOf(url);
  if (!(await accepts(host, port, REMOTE.connectMs))) {
    throw unreachable(url, `nothing accepts connections on ${urlHost(host)}:${port}`, mode);
  }
  return {
    endpoint: { host, port, wsUrl: url.href, http: false, launched: false },
    detail: `attached to ${url.host}`,
  };
}

async function httpUrl(url: URL, mode: 'attach' | 'remote'): Promise<Attached> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = portOf(url);
  const local = isLoopback(host);
  const ms = local ? PROBE_TIMING.answerMs : REMOTE.answerMs;

  let asked = url;
  let answer = await askVersion(url.href, ms);
  if (answer.kind === 'none' && answer.status !== null && !local && isIP(host) === 0) {
    // Chrome answers 500 to a Host that is a name: its address does.
    const byAddress = await resolved(url);
    const second = byAddress && (await askVersion(byAddress.href, ms));
    if (byAddress && second?.kind === 'devtools') {
      asked = byAddress;
      answer = second;
    }
  }
  if (answer.kind === 'devtools') {
    const wsUrl = reachableFrom(asked, answer.devtools.wsUrl);
    const name = asked.hostname.replace(/^\[|\]$/g, '');
    return {
      endpoint: { host: name, port, wsUrl, http: true, launched: false },
      detail: `${describe(answer.devtools)}, attached at ${asked.host}`,
    };
  }

  const announced = answer.status === 404 && local ? await announcedUrl(host, port) : null;
  if (announced) {
    return {
      endpoint: { host, port, ...announced, http: false, launched: false },
      detail: `a browser that asks for permission, attached at ${url.host}`,
    };
  }
  const refused = answer.status === null && /ECONNREFUSED/.test(answer.reason);
  const holder = local && !refused ? ` (it is ${describeHolder(await portHolder(port))})` : '';
  throw unreachable(url, refused ? 'nothing listens there' : `${answer.reason}${holder}`, mode);
}

/**
 * Where the endpoint says its WebSocket is, as seen from here: an answer that names its own loopback came
 * through a forwarder, so the way in is the address that was asked.
 */
export function reachableFrom(asked: URL, wsUrl: string): string {
  const ws = new URL(wsUrl);
  const own = isLoopback(ws.hostname) || ws.hostname === '0.0.0.0' || ws.hostname === '[::]';
  if (own) {
    ws.host = asked.host;
    if (asked.port === '') ws.port = '';
  }
  if (asked.protocol === 'https:') ws.protocol = 'wss:';
  return ws.href;
}

async function resolved(url: URL): Promise<URL | null> {
  if (url.protocol === 'https:') return null;
  try {
    const { address } = await lookup(url.hostname);
    const copy = new URL(url.href);
    copy.hostname = urlHost(address);
    return copy;
  } catch {
    return null;
  }
}

function portOf(url: URL): number {
  return url.port ? Number(url.port) : /^(https|wss):$/.test(url.protocol) ? 443 : 80;
}

function unreachable(url: URL, reason: unknown, mode: 'attach' | 'remote'): HubError {
  // A token in the query is nobody's business in a message.
  const shown = `${url.protocol}//${url.host}`;
  const text = typeof reason === 'string' ? reason : messageOf(reason);
  return mode === 'attach'
    ? new HubError(
        'BROWSER_UNREACHABLE',
        `no browser can be reached at ${shown} (--browser-url): ${text}`,
        `Start it with a DevTools port, e.g. chromium --remote-debugging-port=${portOf(url)} --user-data-dir=/tmp/profile, or drop --browser-url to have the hub start one.`,
      )
    : new HubError(
        'BROWSER_UNREACHABLE',
        `no browser can be reached at ${shown} (CDP_PROXY_HOST, CDP_PROXY_PORT): ${text}`,
        'Start the forwarder and the browser there, or unset CDP_PROXY_HOST and CDP_PROXY_PORT to have the hub start a browser here.',
      );
}
