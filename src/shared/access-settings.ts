import { z } from 'zod';
import { parseCidr } from './allow-list.ts';
import { HubError } from './errors.ts';
import { hostName, isLoopback } from './hosts.ts';

/** How many requests one client may make; null instead of it: any number. */
export const RateLimit = z.object({
  perSecond: z.number().int().min(1),
  /** How many at once, after a pause. */
  burst: z.number().int().min(1),
});
export type RateLimit = z.infer<typeof RateLimit>;

/** Where others than the person at this machine may come in. */
const DEFAULT_RATE = 100;

/** `--allowed-hosts`: names alone. Throws USAGE. */
export function hostNames(given: readonly string[]): string[] {
  const wrong = given.find((each) => hostName(each) !== each.toLowerCase());
  if (wrong === undefined) return [...given];
  throw new HubError(
    'USAGE',
    `--allowed-hosts ${wrong} is no host name`,
    wrong.includes('://')
      ? `Web pages of another origin are let in by --cors-origin ${wrong}`
      : 'Give the name alone, without a port, e.g. --allowed-hosts box.lan; there are no wildcards.',
  );
}

/** `--cors-origin`: origins as browsers send them. Throws USAGE. */
export function corsOrigins(given: readonly string[]): string[] {
  const wrong = given.find((each) => !isOrigin(each));
  if (wrong === undefined) return [...given];
  const meant = URL.parse(wrong)?.origin ?? 'null';
  throw new HubError(
    'USAGE',
    `--cors-origin ${wrong} is no origin of a web page`,
    `Give it exactly as the browser sends it, without a path, e.g. --cors-origin ${meant === 'null' ? 'https://app.example' : meant}; there are no wildcards, and null is never let in.`,
  );
}

function isOrigin(text: string): boolean {
  if (/^[a-z-]+-extension:\/\/[\w-]+$/.test(text)) return true;
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === text && !text.includes('*');
}

/** `--rate-limit N[/s][,burst:M]` or `off`; absent: none for a hub that is for this machine alone. Throws USAGE. */
export function rateLimit(given: string | undefined, open: boolean): RateLimit | null {
  if (given === undefined) return open ? { perSecond: DEFAULT_RATE, burst: 2 * DEFAULT_RATE } : null;
  if (given === 'off') return null;
  const [, n, m] = /^(\d{1,6})(?:\/s)?(?:,burst:(\d{1,6}))?$/.exec(given) ?? [];
  const perSecond = Number(n);
  const read = RateLimit.safeParse({ perSecond, burst: m === undefined ? 2 * perSecond : Number(m) });
  if (read.success) return read.data;
  throw new HubError(
    'USAGE',
    `--rate-limit ${given} is no limit`,
    'Say how many requests a second each client may make, e.g. --rate-limit 100/s or --rate-limit 100/s,burst:300; or off.',
  );
}

export function rateText(limit: RateLimit | null): string {
  return limit ? `${limit.perSecond}/s,burst:${limit.burst}` : 'off';
}

/** Throws BIND_REFUSED for an address that others reach, unless it is said who may use what listens there. */
export function refuseOpenBind(
  gateway: { host: string; token: string | null },
  forwarder: { host: string; allow: readonly string[] },
): void {
  if (!isLoopback(gateway.host) && gateway.token === null) {
    throw new HubError(
      'BIND_REFUSED',
      `the gateway would listen on ${gateway.host}, where anybody who reaches this machine could drive the browser`,
      'Ask for a token of everybody: add --token auto (or CDP_HUB_TOKEN, or --token-file). Or leave --host (MCP_HTTP_HOST) at 127.0.0.1 and reach it through a tunnel, e.g. ssh -L 9223:127.0.0.1:9223 HOST',
    );
  }
  for (const cidr of forwarder.allow) parseCidr(cidr);
  if (!isLoopback(forwarder.host) && forwarder.allow.length === 0) {
    throw new HubError(
      'BIND_REFUSED',
      `the forwarder would listen on ${forwarder.host} for everybody: its connections are raw and unisolated`,
      `Name who may connect, e.g. --proxy-host ${forwarder.host} --proxy-allow 172.16.0.0/12`,
    );
  }
}
