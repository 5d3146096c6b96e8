import { isIP } from 'node:net';

/**
 * Which `Host` and `Origin` headers may pass. The rule answers DNS rebinding: a page on evil.example that
 * resolves to 127.0.0.1 sends its own name as Host, so names are listed and everything else is refused,
 * while IP literals and localhost cannot be rebound. Chrome has the same rule for its own DevTools port
 * (content/browser/devtools/devtools_http_handler.cc, RequestIsSafeToServe).
 */
const LISTED = ['localhost', 'host.docker.internal', 'host.containers.internal'];

/** `[::1]:9222` → `::1`, `Localhost.:80` → `localhost`; null when it is no host at all. */
export function hostName(hostHeader: string): string | null {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([\w-]+(?:\.[\w-]+)*\.?))(?::\d{1,5})?$/.exec(hostHeader.trim());
  const name = match?.[1] ?? match?.[2];
  return name ? name.toLowerCase().replace(/\.$/, '') : null;
}

/** True for IP literals, `localhost`, `*.localhost`, the container names and what the user listed. */
export function hostAllowed(hostHeader: string | undefined, extra: readonly string[] = []): boolean {
  if (hostHeader === undefined) return false;
  const name = hostName(hostHeader);
  if (name === null) return false;
  return (
    (isIP(name) !== 0 && !isUnspecified(name)) ||
    name.endsWith('.localhost') ||
    LISTED.includes(name) ||
    extra.some((entry) => entry.toLowerCase() === name)
  );
}

/**
 * 0.0.0.0, `::` and their other spellings. A page can reach loopback by these too, and its browser sends none of
 * the Sec-Fetch headers there that tell where a request comes from (0.0.0.0-day).
 */
function isUnspecified(name: string): boolean {
  if (isIP(name) === 4) return name.startsWith('0.');
  const address = URL.parse(`http://[${name}]`)?.hostname;
  return address === '[::]' || /^\[::ffff:0:[0-9a-f]+\]$/.test(address ?? '');
}

/**
 * True where no Origin was sent (not a page), where it is the very server that is asked, `http://<Host>` with a Host that
 * {@link hostAllowed} lets pass, or where it is one of `origins`. `Origin: null` (sandboxed frames, file pages) is never
 * allowed. `https://<Host>` is not the same: another server may answer there.
 */
export function originAllowed(
  origin: string | undefined,
  hostHeader: string | undefined,
  hosts: readonly string[] = [],
  origins: readonly string[] = [],
): boolean {
  if (origin === undefined) return true;
  if (origin === 'null') return false;
  if (origins.includes(origin)) return true;
  return hostHeader !== undefined && hostAllowed(hostHeader, hosts) && origin === `http://${hostHeader}`;
}

/**
 * False where a request target in absolute form names another host than the Host header: RFC 9112 §3.2.2 lets the
 * target win, most servers look at the header.
 */
export function sameAuthority(target: string, hostHeader: string): boolean {
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(target)?.[1];
  return authority === undefined || authority.toLowerCase() === hostHeader.toLowerCase();
}

/** True for 127.0.0.0/8, ::1 and `localhost`: what a listener may bind to without further conditions. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  return name === 'localhost' || name === '::1' || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name);
}

/** What an address that stands for all of the machine's is reached by from here: `0.0.0.0` → `127.0.0.1`. */
export function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

/** `::1` → `[::1]`, anything else as it is: for URLs. */
export function urlHost(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}
