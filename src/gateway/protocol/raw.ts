import type { Answer, CdpEvent } from './messages.ts';

/**
 * Messages of the browser as the bytes that they came in. Chrome writes an id first, the method second and the
 * sessionId last (content/browser/devtools/devtools_session.cc, third_party/inspector_protocol/crdtp/dispatch.cc), so
 * that what routes a message is found without a look at the rest, and the rest goes on as it is. What a message says
 * is parsed when somebody asks for it.
 */

const ANSWER = '{"id":';
const RESULT = ',"result":{';
const EVENT = '{"method":"';
const SESSION = ',"sessionId":"';
/** Of a session's id, in hexadecimal digits; base::UnguessableToken::ToString. */
const SESSION_ID = 32;
const TAIL = SESSION.length + SESSION_ID + 2;
/** `{"id":2147483647,"result":{` and the longest method fit in. */
const HEAD = 96;

const DIGIT_0 = 0x30;
const SPACE = 0x20;
const COMMA = 0x2c;
const CLOSING = 0x7d;
const QUOTE = 0x22;

/** The part of a message that is the same for answers and events. */
class Raw {
  protected bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  protected parse(): Record<string, unknown> {
    return JSON.parse(this.bytes.toString()) as Record<string, unknown>;
  }

  /** The message as it goes to a client; nobody may change these bytes. */
  toBytes(): Buffer {
    return this.bytes;
  }

  /** For whoever writes it as a part of something else. */
  toJSON(): Record<string, unknown> {
    return this.parse();
  }

  /** Puts another session in the place of the one at the end, or takes it out. */
  protected setSession(sessionId: string | undefined): void {
    const end = this.bytes.length - TAIL;
    if (sessionId?.length === SESSION_ID) {
      this.bytes.write(sessionId, end + SESSION.length, 'latin1');
      return;
    }
    this.bytes[end] = CLOSING;
    this.bytes = this.bytes.subarray(0, end + 1);
  }
}

/** An answer with a result. */
export class RawAnswer extends Raw implements Answer {
  id: number;
  sessionId?: string;
  #result: object | undefined;

  constructor(bytes: Buffer, id: number, sessionId: string | undefined) {
    super(bytes);
    this.id = id;
    if (sessionId !== undefined) this.sessionId = sessionId;
  }

  get result(): object {
    this.#result ??= this.parse().result as object;
    return this.#result;
  }

  /** The same with another id, and on another session or none. It is then void itself. */
  readdressed(id: number, sessionId: string | undefined): RawAnswer {
    return new RawAnswer(this.rewritten(String(id), sessionId), id, sessionId);
  }

  /** Its bytes with `id` as JSON in the place of its own, and on another session or none. It is then void itself. */
  rewritten(id: string, sessionId: string | undefined): Buffer {
    if (this.sessionId !== sessionId) this.setSession(sessionId);
    const from = ANSWER.length;
    // It may have been rewritten before, with spaces.
    const room = this.bytes.indexOf(COMMA, from) - from;
    // Characters beyond ASCII, in an id that is a string, are longer than they look.
    const length = Buffer.byteLength(id);
    if (length <= room) {
      // In its place, with spaces before it: megabytes behind it are not copied.
      this.bytes.fill(SPACE, from, from + room - length);
      this.bytes.write(id, from + room - length);
    } else {
      this.bytes = Buffer.concat([Buffer.from(ANSWER + id), this.bytes.subarray(from + room)]);
    }
    return this.bytes;
  }
}

export class RawEvent extends Raw implements CdpEvent {
  readonly method: string;
  sessionId?: string;
  #params: object | undefined;

  constructor(bytes: Buffer, method: string, sessionId: string | undefined) {
    super(bytes);
    this.method = method;
    if (sessionId !== undefined) this.sessionId = sessionId;
  }

  get params(): object | undefined {
    this.#params ??= this.parse().params as object | undefined;
    return this.#params;
  }

  /** The same without its session. It is then void itself. */
  withoutSession(): RawEvent {
    if (this.sessionId !== undefined) this.setSession(undefined);
    return new RawEvent(this.bytes, this.method, undefined);
  }
}

/**
 * The message where it is written as Chrome does it; null: it has to be parsed, as errors have to, which are short.
 * The bytes belong to the message from here on.
 */
export function readRaw(bytes: Buffer): RawAnswer | RawEvent | null {
  const { length } = bytes;
  if (length < 2 || bytes[length - 1] !== CLOSING) return null;
  const head = bytes.toString('latin1', 0, Math.min(HEAD, length));
  const session = sessionOf(bytes);
  if (head.startsWith(ANSWER)) {
    let at = ANSWER.length;
    let id = 0;
    for (; at < head.length; at += 1) {
      const digit = head.charCodeAt(at) - DIGIT_0;
      if (digit < 0 || digit > 9) break;
      id = id * 10 + digit;
    }
    if (at === ANSWER.length || !head.startsWith(RESULT, at)) return null;
    return session === null ? null : new RawAnswer(bytes, id, session);
  }
  if (!head.startsWith(EVENT)) return null;
  const end = head.indexOf('"', EVENT.length);
  // No method of CDP has anything in it that would be escaped.
  if (end < 0 || head.lastIndexOf('\\', end) >= 0) return null;
  return session === null ? null : new RawEvent(bytes, head.slice(EVENT.length, end), session);
}

/**
 * In JSON that closes with `"}` the last string is a value of the outermost object, and an unescaped quote after a
 * comma is in no string: what is in the body cannot pass for this. Null: there may be one that is written otherwise.
 */
function sessionOf(bytes: Buffer): string | undefined | null {
  const last = bytes[bytes.length - 2];
  if (last === CLOSING) return undefined;
  const from = bytes.length - TAIL;
  if (from < 0 || last !== QUOTE) return null;
  const tail = bytes.toString('latin1', from, bytes.length - 2);
  return tail.startsWith(SESSION) ? tail.slice(SESSION.length) : null;
}
