import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { messageOf } from '../../shared/errors.ts';
import { urlHost } from '../../shared/hosts.ts';
import { portHolder } from '../../shared/port-holder.ts';
import { commandLine, profileOf } from './command-line.ts';
import { defaultProfiles } from './default-profiles.ts';
import { readLock } from './profile.ts';

/** A DevTools endpoint that answers over HTTP. */
export interface DevTools {
  /** `Chrome/156.0.8078.79` */
  product: string;
  userAgent: string;
  /** As the endpoint itself gives it: its host is the one that was asked. */
  wsUrl: string;
}

/** What is on a loopback port. */
export type PortProbe =
  | { kind: 'nothing' }
  | { kind: 'devtools'; host: string; devtools: DevTools }
  /** Chrome's approval mode (144 and later): it listens, `/json/*` is 404, the path lies in its profile. */
  | ({ kind: 'websocket-only'; host: string } & Announced)
  /** It accepts connections and is no DevTools endpoint, or does not answer (a stopped Chrome, too). */
  | { kind: 'other'; host: string; reason: string };

/** A stopped process still accepts connections: every wait has an end. Milliseconds. */
export interface ProbeTiming {
  connectMs: number;
  answerMs: number;
}

export const PROBE_TIMING: ProbeTiming = { connectMs: 1000, answerMs: 3000 };

/** Largest answer that is read; Chrome's has half a kilobyte. */
const MAX_BODY = 256 * 1024;

/** Looks at 127.0.0.1 first, then at [::1]: what listens on either has the port. */
export async function probePort(
  port: number,
  timing: ProbeTiming = PROBE_TIMING,
  profiles: string[] = defaultProfiles(),
): Promise<PortProbe> {
  for (const host of ['127.0.0.1', '::1']) {
    if (!(await accepts(host, port, timing.connectMs))) continue;
    const answer = await askVersion(`http://${urlHost(host)}:${port}`, timing.answerMs);
    if (answer.kind === 'devtools') return { kind: 'devtools', host, devtools: answer.devtools };
    const announced = answer.status === 404 ? await announcedUrl(host, port, profiles) : null;
    if (announced) return { kind: 'websocket-only', host, ...announced };
    return { kind: 'other', host, reason: answer.reason };
  }
  return { kind: 'nothing' };
}

export type VersionAnswer =
  | { kind: 'devtools'; devtools: DevTools }
  /** `status` is null where no HTTP answer came at all. */
  | { kind: 'none'; status: number | null; reason: string };

/** `GET <base>/json/version`; never rejects. `base` may carry a path and a query (a token). */
export async function askVersion(base: string, ms: number): Promise<VersionAnswer> {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/json/version`;
  // An agent of its own: no connection outlives the question, and `*_proxy` variables play no part.
  const dispatcher = new Agent({ connect: { timeout: ms } });
  try {
    const { statusCode, body } = await request(url, { dispatcher, signal: AbortSignal.timeout(ms) });
    let text = '';
    for await (const chunk of body.setEncoding('utf8')) {
      text += chunk;
      if (text.length > MAX_BODY) break;
    }
    const devtools = statusCode === 200 ? readVersion(text) : null;
    if (devtools) return { kind: 'devtools', devtools };
    const said = text.split('\n')[0]?.slice(0, 120) ?? '';
    const reason =
      statusCode === 200
        ? 'it answers HTTP, but not as a DevTools endpoint'
        : `it answered /json/version with HTTP ${statusCode}${said ? ` (${said})` : ''}`;
    return { kind: 'none', status: statusCode, reason };
  } catch (error) {
    const timedOut = error instanceof Error && error.name === 'TimeoutError';
    const reason = timedOut
      ? `it accepted the connection and did not answer within ${ms} ms`
      : messageOf(error);
    return { kind: 'none', status: null, reason };
  } finally {
    await dispatcher.destroy();
  }
}

/** True where a TCP connection is accepted within `ms`. */
export function accepts(host: string, port: number, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const done = (accepted: boolean) => {
      socket.destroy();
      resolve(accepted);
    };
    socket.setTimeout(ms, () => done(false));
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}

/** The id in a browser-level WebSocket address, which no two runs of a browser share; empty where there is none. */
export function guidOf(wsUrl: string): string {
  return /\/devtools\/browser\/([\w-]+)$/.exec(wsUrl)?.[1] ?? '';
}

/** Where a browser in approval mode is, and the file that says so. */
export interface Announced {
  wsUrl: string;
  announcedIn: string;
}

/**
 * The address that Chrome's approval mode leaves in the profile: the port, then the WebSocket's path. Looked for in
 * the profile of whoever has the port, where the system tells, and in `profiles`.
 */
export async function announcedUrl(
  host: string,
  port: number,
  profiles: string[] = defaultProfiles(),
): Promise<Announced | null> {
  const holder = await portHolder(port);
  const named = holder && profileOf(commandLine(holder.pid));
  for (const profile of named === null ? profiles : [named, ...profiles]) {
    const announcedIn = join(profile, 'DevToolsActivePort');
    const [announced, path] = readLines(announcedIn);
    if (Number(announced) !== port || !path?.startsWith('/devtools/browser')) continue;
    // The file outlives its Chrome: where the system tells who listens, it must be the one with this profile.
    const lock = readLock(profile);
    if (holder && lock && holder.pid !== lock.pid) continue;
    return { wsUrl: `ws://${urlHost(host)}:${port}${path}`, announcedIn };
  }
  return null;
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}

function readVersion(text: string): DevTools | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    const version = value as Record<string, unknown>;
    const wsUrl = version.webSocketDebuggerUrl;
    if (typeof wsUrl !== 'string' || !URL.canParse(wsUrl)) return null;
    return { product: String(version.Browser ?? ''), userAgent: String(version['User-Agent'] ?? ''), wsUrl };
  } catch {
    return null;
  }
}
