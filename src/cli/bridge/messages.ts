/** JSON-RPC 2.0 as far as the bridge must understand it; everything else passes as it came. */

export type Id = string | number;

interface Common {
  /** The message as one line, without its end. */
  line: string;
  params: unknown;
}
export type Request = Common & { kind: 'request'; id: Id; method: string };
export type Notification = Common & { kind: 'notification'; method: string };
/** The client's answer to a request of the server's. */
export type Response = Common & { kind: 'response'; id: Id };
export type Message = Request | Notification | Response;

/** Codes of JSON-RPC, and the one that servers have for themselves. */
export const CODE = { parse: -32700, invalid: -32600, internal: -32603, server: -32000 } as const;

/** What a line cannot be read as, ready to be answered. */
export interface Unreadable {
  kind: 'unreadable';
  answer: string;
}

/** The messages of one line; a batch (revisions up to 2025-03-26) is several. */
export function readMessages(line: string): (Message | Unreadable)[] {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return [unreadable(null, CODE.parse, 'Parse error: this line is not JSON')];
  }
  if (!Array.isArray(value)) return [readMessage(value, line)];
  if (value.length === 0) return [unreadable(null, CODE.invalid, 'Invalid request: an empty batch')];
  return value.map((each: unknown) => readMessage(each, JSON.stringify(each)));
}

function readMessage(value: unknown, line: string): Message | Unreadable {
  if (!isObject(value)) return unreadable(null, CODE.invalid, 'Invalid request: it is no object');
  const { id, method, params } = value;
  if (typeof method === 'string') {
    if (id === undefined) return { kind: 'notification', line, method, params };
    if (isId(id)) return { kind: 'request', line, id, method, params };
  } else if (isId(id) && ('result' in value || 'error' in value)) {
    return { kind: 'response', line, id, params };
  }
  const what = 'Invalid request: neither a request nor a notification nor an answer';
  return unreadable(isId(id) ? id : null, CODE.invalid, what);
}

function unreadable(id: Id | null, code: number, message: string): Unreadable {
  return { kind: 'unreadable', answer: errorLine(id, { code, message }) };
}

export interface RpcError {
  code: number;
  message: string;
  data?: unknown;
}

export function errorLine(id: Id | null, error: RpcError): string {
  return JSON.stringify({ jsonrpc: '2.0', id, error });
}

/** The answer to the request of this id, if the text is that. */
export function answerTo(id: Id, text: string): { result?: unknown; error?: unknown } | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const found = (Array.isArray(value) ? value : [value]).find(
    (each) => isObject(each) && each.id === id && !('method' in each),
  );
  return isObject(found) && ('result' in found || 'error' in found) ? found : null;
}

/** A message as one line: a line break can only stand between tokens, for in a string JSON escapes it. */
export function asLine(text: string): string {
  return /[\r\n]/.test(text) ? text.replace(/[\r\n]+/g, ' ').trim() : text;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isId(value: unknown): value is Id {
  return typeof value === 'string' || typeof value === 'number';
}
