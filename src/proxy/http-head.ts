import { sameAuthority } from '../shared/hosts.ts';
import { badRequest, OTHER_AUTHORITY, type Refusal } from '../shared/refusal.ts';

/** Longest request or answer head, in bytes, its final empty line included. */
export const MAX_HEAD = 64 * 1024;

/** How the body behind a head ends (RFC 9112 §6). */
export type Framing = { kind: 'length'; length: number } | { kind: 'chunked' } | { kind: 'close' };

export const NO_BODY: Framing = { kind: 'length', length: 0 };

export interface RequestHead {
  method: string;
  path: string;
  /** The value of its one Host header, as it was sent, and where it stands in the head's bytes. */
  host: string;
  hostStart: number;
  body: Framing;
  /** It asks to leave HTTP (WebSocket, h2c): what follows it must wait for the answer. */
  upgrade: boolean;
  userAgent: string;
}

export interface AnswerHead {
  status: number;
  body: Framing;
  /** Where the value of Content-Length stands in the head's bytes; null without one. */
  lengthSpan: { start: number; end: number } | null;
}

/** RFC 9110 §5.6.2 */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this refuses
const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([^\x00-\x20\x7f]+) HTTP\/1\.[01]$/;
const STATUS_LINE = /^HTTP\/1\.[01] ([1-9]\d\d)(?: |$)/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this refuses
const VALUE = /^[^\x00-\x08\x0a-\x1f\x7f]*$/;
const LF = 0x0a;
const CR = 0x0d;

/**
 * Collects the bytes of one head, up to and with its empty line. Bare line feeds count as line ends here, so
 * that a head written with them is refused at once instead of being waited for.
 */
export class HeadCollector {
  #parts: Buffer[] = [];
  #size = 0;
  /** 1 after a line end, 2 after a line end and CR. */
  #line = 0;

  /** Bytes collected so far. */
  get size(): number {
    return this.#size;
  }

  /**
   * The head and what follows it; null while it is not complete; 'too-large' past {@link MAX_HEAD}, and then
   * {@link take} gives every byte there was.
   */
  push(chunk: Buffer): { head: Buffer; rest: Buffer } | 'too-large' | null {
    const end = this.#findEnd(chunk);
    const part = end === -1 ? chunk : chunk.subarray(0, end);
    const tooLarge = this.#size + part.length > MAX_HEAD;
    this.#parts.push(tooLarge ? chunk : part);
    this.#size += part.length;
    if (tooLarge) return 'too-large';
    return end === -1 ? null : { head: this.take(), rest: chunk.subarray(end) };
  }

  /** What has been collected; the collector is empty afterwards. */
  take(): Buffer {
    const [only] = this.#parts;
    const bytes = this.#parts.length === 1 && only ? only : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#size = 0;
    this.#line = 0;
    return bytes;
  }

  #findEnd(chunk: Buffer): number {
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i];
      if (byte === LF) {
        if (this.#line !== 0) return i + 1;
        this.#line = 1;
      } else {
        this.#line = byte === CR && this.#line === 1 ? 2 : 0;
      }
    }
    return -1;
  }
}

/**
 * Whether the first bytes of a connection are the beginning of an HTTP/1.x request: a method, a space, and what
 * a request target begins with. Null: too few bytes to tell.
 */
export function looksLikeHttp(bytes: Buffer): boolean | null {
  const text = bytes.toString('latin1', 0, MAX_METHOD + 2);
  const space = text.indexOf(' ');
  const method = space === -1 ? text : text.slice(0, space);
  if (method.length > MAX_METHOD || (method !== '' && !TOKEN.test(method))) return false;
  if (space === -1) return null;
  const next = text[space + 1];
  if (method === '') return false;
  return next === undefined ? null : method === 'CONNECT' || /[/*hH]/.test(next);
}

const MAX_METHOD = 32;

/** Reads one request head strictly; what two parsers could read differently is refused. */
export function parseRequestHead(bytes: Buffer): RequestHead | Refusal {
  const lines = splitHead(bytes);
  if (!lines) return badRequest('a line of the request head ends without CR LF');
  const line = REQUEST_LINE.exec(lines[0]?.text ?? '');
  if (!line) return badRequest('the first line is no HTTP/1.x request line');
  const [, method = '', path = ''] = line;
  const fields = parseFields(lines.slice(1));
  if (typeof fields === 'string') return badRequest(fields);

  const [host, ...more] = fields.filter((field) => field.name === 'host');
  if (!host || host.value === '') return badRequest('the request has no Host header');
  if (more.length > 0) return badRequest('the request has more than one Host header');
  if (/[^\x21-\x7e]/.test(host.value)) return badRequest('the Host header holds other than visible ASCII');
  if (!sameAuthority(path, host.value)) return badRequest(OTHER_AUTHORITY);
  const body = requestFraming(fields);
  if (typeof body === 'string') return badRequest(body);

  return {
    method,
    path,
    host: host.value,
    hostStart: host.start,
    body,
    upgrade: fields.some((field) => field.name === 'upgrade'),
    userAgent: fields.find((field) => field.name === 'user-agent')?.value ?? '',
  };
}

/** Reads one answer head; null where it is none that this can follow. */
export function parseAnswerHead(bytes: Buffer): AnswerHead | null {
  const lines = splitHead(bytes);
  const line = STATUS_LINE.exec(lines?.[0]?.text ?? '');
  const fields = lines && parseFields(lines.slice(1));
  if (!line || !fields || typeof fields === 'string') return null;
  const status = Number(line[1]);
  const codings = valuesOf(fields, 'transfer-encoding');
  const [length, ...more] = fields.filter((field) => field.name === 'content-length');
  if (codings.length > 0) {
    const chunked = codings.join(',').toLowerCase() === 'chunked';
    return { status, body: chunked ? { kind: 'chunked' } : { kind: 'close' }, lengthSpan: null };
  }
  if (!length || more.length > 0 || !/^\d{1,15}$/.test(length.value)) {
    return { status, body: { kind: 'close' }, lengthSpan: null };
  }
  return {
    status,
    body: { kind: 'length', length: Number(length.value) },
    lengthSpan: { start: length.start, end: length.start + length.value.length },
  };
}

/** The same head with the `length` bytes at `start` replaced. */
export function spliceHead(head: Buffer, start: number, length: number, value: string): Buffer {
  return Buffer.concat([
    head.subarray(0, start),
    Buffer.from(value, 'latin1'),
    head.subarray(start + length),
  ]);
}

interface Line {
  text: string;
  start: number;
}

interface Field {
  name: string;
  value: string;
  /** Offset of the value in the head. */
  start: number;
}

/** Lines without their CR LF, the last (empty) one left out; null where a CR or LF stands alone. */
function splitHead(bytes: Buffer): Line[] | null {
  const lines: Line[] = [];
  let start = 0;
  for (const text of bytes.toString('latin1').split('\r\n')) {
    if (text.includes('\n') || text.includes('\r')) return null;
    lines.push({ text, start });
    start += text.length + 2;
  }
  // A complete head ends in CR LF CR LF: two empty strings.
  return lines.at(-1)?.text === '' && lines.at(-2)?.text === '' ? lines.slice(0, -2) : null;
}

/** The header fields, names in lower case; a string says what is wrong with them. */
function parseFields(lines: readonly Line[]): Field[] | string {
  const fields: Field[] = [];
  for (const { text, start } of lines) {
    if (text.startsWith(' ') || text.startsWith('\t')) return 'a header is folded over two lines';
    const colon = text.indexOf(':');
    const name = text.slice(0, Math.max(0, colon));
    if (!TOKEN.test(name)) return 'a header line has no valid name';
    let from = colon + 1;
    let to = text.length;
    while (from < to && isBlank(text, from)) from++;
    while (to > from && isBlank(text, to - 1)) to--;
    const value = text.slice(from, to);
    if (!VALUE.test(value)) return `the header ${name} holds control characters`;
    fields.push({ name: name.toLowerCase(), value, start: start + from });
  }
  return fields;
}

function isBlank(text: string, at: number): boolean {
  return text[at] === ' ' || text[at] === '\t';
}

/** A body framed in two ways, or in one that Chrome could read otherwise, would smuggle a request past us. */
function requestFraming(fields: readonly Field[]): Framing | string {
  const codings = valuesOf(fields, 'transfer-encoding');
  const lengths = valuesOf(fields, 'content-length');
  if (codings.length > 0) {
    if (lengths.length > 0) return 'the request has both Content-Length and Transfer-Encoding';
    if (codings.join(',').toLowerCase() !== 'chunked')
      return 'the request has a Transfer-Encoding other than chunked';
    return { kind: 'chunked' };
  }
  const [length] = lengths;
  if (length === undefined) return NO_BODY;
  if (lengths.some((other) => other !== length) || !/^\d{1,15}$/.test(length)) {
    return 'the request has no valid Content-Length';
  }
  return { kind: 'length', length: Number(length) };
}

function valuesOf(fields: readonly Field[], name: string): string[] {
  return fields.filter((field) => field.name === name).map((field) => field.value);
}
