import type { RequestId } from '@modelcontextprotocol/sdk/types.js';
import { MAX_DEPTH, tooDeep } from '../contract/depth.ts';
import { MAX_BODY, TOO_LARGE } from '../contract/refusal.ts';
import { refused, rpcError } from './answers.ts';

/** What one POST says. */
export interface Messages {
  /** As it is in JSON; that it is JSON-RPC the SDK looks at. */
  body: unknown;
  /** The ids of the requests in it. */
  ids: RequestId[];
}

/** From this revision on a POST is one message (MCP 2025-06-18, changes). */
const NO_BATCHES = '2025-06-18';

/** What an `initialize` may be, bytes: what it says is kept for as long as its session. */
const MAX_INITIALIZE = 64 * 1024;

/**
 * Reads what a POST says, or gives the answer to one that says nothing that can be served. The SDK would read it as
 * well, but then it is too late to tell a second request of one id from the first.
 */
export async function readMessages(request: Request): Promise<Messages | Response> {
  const text = await textOf(request);
  if (text === null) return refused(TOO_LARGE);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return rpcError(400, -32700, 'Parse error: Invalid JSON');
  }
  if (typeof body !== 'object' || body === null) {
    return rpcError(400, -32700, 'Parse error: Invalid JSON-RPC message');
  }
  if (tooDeep(body)) return rpcError(400, -32600, `Invalid Request: nested deeper than ${MAX_DEPTH}`);
  const messages: unknown[] = Array.isArray(body) ? body : [body];
  if (Array.isArray(body)) {
    const version = request.headers.get('mcp-protocol-version');
    if (body.length === 0 || (version !== null && version >= NO_BATCHES)) {
      return rpcError(400, -32600, 'Invalid Request: a POST is one message');
    }
  }
  if (text.length > MAX_INITIALIZE && messages.some((message) => methodOf(message) === 'initialize')) {
    return refused({ ...TOO_LARGE, message: 'an initialize of over 64 KiB is not taken' });
  }
  return { body, ids: messages.flatMap(idOf) };
}

/** Null where it is too large; no more of it is read then. */
async function textOf({ headers, body }: Request): Promise<string | null> {
  if (Number(headers.get('content-length')) > MAX_BODY) return null;
  if (body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BODY) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function methodOf(message: unknown): unknown {
  return typeof message === 'object' && message !== null && 'method' in message ? message.method : undefined;
}

function idOf(message: unknown): RequestId[] {
  if (typeof methodOf(message) !== 'string') return [];
  const { id } = message as { id?: unknown };
  return typeof id === 'string' || typeof id === 'number' ? [id] : [];
}
