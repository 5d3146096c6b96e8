import { readFile } from 'node:fs/promises';
import { messageOf } from '../../shared/errors.ts';
import type { BrowserEndpoint } from '../../shared/ipc.ts';

/** Chrome's own approval mode: the WebSocket's handshake waits for a person, or is refused by one. */

/** A handshake that is open for longer than this waits for somebody, milliseconds. */
export const ASKING = 1000;

export const ASKS = 'the browser asks for permission: press Allow in its window';

/** Why there is no connection, after an attempt that ended with this error. */
export function whyNot(endpoint: BrowserEndpoint, error: Error): string {
  const { message } = error;
  if (!endpoint.http) {
    if (/response: 403/.test(message)) return 'the person at the browser did not allow the connection';
    if (/handshake has timed out/.test(message))
      return 'nobody allowed the connection in the browser’s window in time';
  }
  return `the browser cannot be reached: ${messageOf(error)}`;
}

/**
 * Where such a browser is now: each of its runs announces its port and another path in its profile, and nothing else
 * does. The address known last where the file is not there.
 */
export async function announcedNow({ wsUrl, announcedIn }: BrowserEndpoint): Promise<string> {
  if (announcedIn === undefined) return wsUrl;
  const text = await readFile(announcedIn, 'utf8').catch(() => '');
  const [port = '', path = ''] = text.split('\n').map((line) => line.trim());
  const url = new URL(wsUrl);
  if (!path.startsWith('/devtools/browser') || !/^\d{1,5}$/.test(port)) return wsUrl;
  url.port = port;
  url.pathname = path;
  return url.href;
}
