import { MAX_DEPTH, tooDeep } from '../contract/depth.ts';
import { CODE } from './errors.ts';
import type { Answer, CdpEvent, Command, MalformedAnswer, Outgoing } from './messages.ts';
import { RawAnswer, RawEvent, readRaw } from './raw.ts';

export type { Answer, CdpEvent, Command, MalformedAnswer, Outgoing } from './messages.ts';

/**
 * Reading and writing CDP messages. Everything else sees only these shapes, whether a message was parsed or goes on as
 * the bytes that it came in (see raw.ts).
 */

const KNOWN = new Set(['id', 'method', 'params', 'sessionId']);

/**
 * A client's message as a command, or the answer that it gets without Chrome ever seeing it. Chrome answers
 * malformed messages on the shared connection, most of them without an id: nobody could tell whose they were.
 */
export function readCommand(text: string): Command | MalformedAnswer {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { error: { code: CODE.parse, message: `JSON: ${(error as Error).message}` } };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return invalid(undefined, 'Message must be an object');
  }
  const { id, method, params, sessionId } = value as Record<string, unknown>;
  if (typeof id !== 'number' || (id | 0) !== id) {
    return invalid(ownId(id, text), "Message must have integer 'id' property");
  }
  if (typeof method !== 'string' || method === '') {
    return invalid(id, "Message must have string 'method' property");
  }
  if (sessionId !== undefined && typeof sessionId !== 'string') {
    return invalid(id, "Message may have string 'sessionId' property");
  }
  if (params !== undefined && typeof params !== 'object') {
    return invalid(id, "Message may have object 'params' property");
  }
  for (const key in value) {
    if (!KNOWN.has(key)) {
      return invalid(id, "Message has property other than 'id', 'method', 'sessionId', 'params'");
    }
  }
  // Shorter texts cannot be that deep: every level takes an opening and a closing character.
  if (text.length > 2 * MAX_DEPTH && tooDeep(value)) {
    return { id, error: { code: CODE.parse, message: 'JSON: stack limit exceeded' } };
  }
  return { id, method, params: params ?? undefined, sessionId: sessionId || undefined };
}

export function isMalformed(read: Command | MalformedAnswer): read is MalformedAnswer {
  return 'error' in read;
}

/**
 * A message of the browser, as the bytes of a text frame, which are the message's from here on. Throws a SyntaxError on
 * what is no CDP: whoever is there, it is no browser.
 */
export function readMessage(bytes: Buffer): Answer | CdpEvent {
  const raw = readRaw(bytes);
  if (raw) return raw;
  const message: unknown = JSON.parse(bytes.toString());
  if (typeof message !== 'object' || message === null) throw new SyntaxError('a message that is no object');
  return message as Answer | CdpEvent;
}

export function isAnswer(message: Answer | CdpEvent): message is Answer {
  return 'id' in message;
}

/** A command as the browser gets it: our id, and the session that it belongs to. */
export function writeCommand(id: number, command: Omit<Command, 'id'>): string {
  return JSON.stringify({
    id,
    method: command.method,
    params: command.params,
    sessionId: command.sessionId,
  });
}

/** `answer` with another id, and the session that the client knows it by; everything else as Chrome said it. */
export function readdress(answer: Answer, id: number, sessionId: string | undefined): Answer {
  if (answer instanceof RawAnswer) return answer.readdressed(id, sessionId);
  const message: Answer = { id };
  if (answer.error !== undefined) message.error = answer.error;
  else message.result = answer.result ?? {};
  if (sessionId !== undefined) message.sessionId = sessionId;
  return message;
}

/** `event` without its session: how the owner of the session's top level sees it. */
export function withoutSession(event: CdpEvent): CdpEvent {
  if (event instanceof RawEvent) return event.withoutSession();
  return event.params === undefined
    ? { method: event.method }
    : { method: event.method, params: event.params };
}

/** A message as a text frame to a client. */
export function encode(message: Outgoing): Buffer | string {
  return message instanceof RawAnswer || message instanceof RawEvent
    ? message.toBytes()
    : JSON.stringify(message);
}

/** A message's text as it goes to a client, or its first `limit` characters, none of which is over 3 bytes of UTF-8. */
export function textOf(message: Outgoing, limit: number): string {
  const encoded = encode(message);
  return typeof encoded === 'string'
    ? encoded.slice(0, limit)
    : encoded.toString('utf8', 0, 3 * limit).slice(0, limit);
}

/** An answer as a text frame to a caller who gave it this id, and knows nothing of its session. */
export function encodeAnswer(answer: Answer, id: number | string): Buffer | string {
  if (answer instanceof RawAnswer) return answer.rewritten(JSON.stringify(id), undefined);
  return JSON.stringify(
    answer.error === undefined ? { id, result: answer.result ?? {} } : { id, error: answer.error },
  );
}

/** A message as a plain object, for whoever wants another one like it. */
export function plain(message: Outgoing): Exclude<Outgoing, RawAnswer | RawEvent> {
  return message instanceof RawAnswer || message instanceof RawEvent
    ? (message.toJSON() as unknown as Answer | CdpEvent)
    : message;
}

function invalid(id: number | string | undefined, message: string): MalformedAnswer {
  const error = { code: CODE.invalid, message };
  return id === undefined ? { error } : { id, error };
}

/** An id that Chrome refuses, given back where it can be, byte for byte: a number may have lost digits. */
function ownId(id: unknown, text: string): number | string | undefined {
  if (typeof id === 'string') return id;
  return typeof id === 'number' && text.includes(String(id)) ? id : undefined;
}
