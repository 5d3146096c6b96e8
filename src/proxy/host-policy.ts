import { isIP } from 'node:net';
import { hostAllowed, hostName, isLoopback, urlHost } from '../shared/hosts.ts';
import { hostRefused, type Refusal } from '../shared/refusal.ts';

/** Where the browser's DevTools port is. */
export interface Target {
  host: string;
  port: number;
}

/** What becomes of a request's Host: it passes, it is replaced by one that Chrome accepts, or it is refused. */
export type HostVerdict = { kind: 'pass' } | { kind: 'rewrite' } | { kind: 'refuse'; refusal: Refusal };

/**
 * Chrome serves IP literals and localhost names only, which is its guard against DNS rebinding. Names that were
 * listed are put in Chrome's terms; every other name is refused here, so that the guard stays closed.
 */
export function hostVerdict(host: string, allowedHosts: readonly string[]): HostVerdict {
  if (!hostAllowed(host, allowedHosts)) return { kind: 'refuse', refusal: hostRefused(host) };
  return chromeAccepts(host) ? { kind: 'pass' } : { kind: 'rewrite' };
}

/** RequestIsSafeToServe in content/browser/devtools/devtools_http_handler.cc: IP literals, localhost, *.localhost. */
function chromeAccepts(host: string): boolean {
  const name = hostName(host) ?? '';
  return isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost');
}

/** The target as a Host header that Chrome accepts, also where it is reached under another name. */
export function authority(target: Target): string {
  const host = urlHost(target.host);
  return `${chromeAccepts(host) ? host : 'localhost'}:${target.port}`;
}

/** True where a forwarder that listens on `bound` would connect to itself, over and over. */
export function pointsAtItself(target: Target, bound: Target): boolean {
  if (target.port !== bound.port) return false;
  const [to, own] = [target.host, bound.host].map((host) => (host === 'localhost' ? '127.0.0.1' : host));
  return to === own || (isLoopback(target.host) && (own === '0.0.0.0' || own === '::'));
}
