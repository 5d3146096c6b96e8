import type { Readable } from 'node:stream';
import type { BrowserEndpoint } from '../../shared/ipc.ts';
import { hostHeader } from './upstream.ts';

/** How long the browser may take to begin its answer, and between any two parts of it, milliseconds. */
const SILENCE = 5000;

export interface BrowserAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  /** Must be read or dumped: the connection is held until then. */
  body: Readable & { text(): Promise<string>; dump(): Promise<void> };
}

/** Asks the HTTP that a browser has beside its WebSocket. `path` must be free of queries and dots. Rejects with undici's errors. */
export async function askBrowser(
  endpoint: BrowserEndpoint,
  path: string,
  { method = 'GET', signal }: { method?: 'GET' | 'HEAD'; signal?: AbortSignal } = {},
): Promise<BrowserAnswer> {
  const { request } = await import('undici');
  const at = new URL(endpoint.wsUrl);
  const { statusCode, headers, body } = await request(
    `${at.protocol === 'wss:' ? 'https' : 'http'}://${at.host}${path}`,
    {
      method,
      headers: hostHeader(at),
      headersTimeout: SILENCE,
      bodyTimeout: SILENCE,
      ...(signal && { signal }),
    },
  );
  // One that breaks off while nobody reads it yet must not end the process.
  body.on('error', () => {});
  return { status: statusCode, headers, body };
}
