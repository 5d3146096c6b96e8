import type { Bodies, Body } from '../../shared/events.ts';
import { MAX_SUBJECT } from '../../shared/filter/subject.ts';
import { MASK, type Secrets } from '../../shared/secrets/secrets.ts';
import { maskMessage } from './redact.ts';
import type { Row } from './watchers.ts';

/** Characters of one message's text that are kept. */
export const BODY_LIMIT = 256 * 1024;

/** Of V8's strings; most texts take half of it. */
const BYTES_PER_CHARACTER = 2;

type Part = keyof Bodies;

/** A message's text, or its beginning. `method`: of the command, where it is an answer. */
export interface Message {
  method: string;
  text: string;
  /** Its full size. */
  bytes: number;
}

interface Kept extends Bodies {
  method: string;
  weight: number;
}

/** Bodies of the latest rows, within a number of bytes. Kept as they passed; {@link masked} is what may leave. */
export class BodyStore {
  readonly #maxBytes: number;
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** `row`: a name of its own for each row. */
  put(row: string, part: Part, message: Message): void {
    const { method, bytes } = message;
    const cut = message.text.length >= BODY_LIMIT;
    // A slice would keep all that it was cut from.
    const text = cut ? Buffer.from(message.text.slice(0, BODY_LIMIT)).toString() : message.text;
    const weight = text.length * BYTES_PER_CHARACTER;
    const kept = this.#kept.get(row) ?? { method, weight: 0, command: null, answer: null, event: null };
    kept[part] = { text, bytes, cut };
    kept.weight += weight;
    this.#kept.set(row, kept);
    this.#bytes += weight;
    for (const [oldest] of this.#kept) {
      if (this.#bytes <= this.#maxBytes) return;
      this.drop(oldest);
    }
  }

  get(row: string): { method: string; bodies: Bodies } | null {
    const kept = this.#kept.get(row);
    if (!kept) return null;
    const { method, command, answer, event } = kept;
    return { method, bodies: { command, answer, event } };
  }

  drop(row: string): void {
    const kept = this.#kept.get(row);
    if (!kept) return;
    this.#kept.delete(row);
    this.#bytes -= kept.weight;
  }

  clear(): void {
    this.#kept.clear();
    this.#bytes = 0;
  }
}

/** Bodies fit to leave the hub for streams and files. */
export function masked({ method, bodies }: { method: string; bodies: Bodies }, secrets: Secrets): Bodies {
  const mask = (body: Body | null) => body && { ...body, text: maskBody(method, body, secrets) };
  return { command: mask(bodies.command), answer: mask(bodies.answer), event: mask(bodies.event) };
}

/** The message that a row is of; of an exchange both, so much of the command that the answer is read as well. */
export function textOf(row: Row, { command, answer, event }: Bodies): string | null {
  if ('dir' in row) return { command, answer, event }[row.dir]?.text ?? null;
  if (!command || !answer) return (command ?? answer)?.text ?? null;
  return `${command.text.slice(0, MAX_SUBJECT / 2)}\n${answer.text}`;
}

function maskBody(method: string, { text, cut }: Body, secrets: Secrets): string {
  let message: unknown;
  try {
    message = JSON.parse(cut ? closeJson(text) : text);
  } catch {
    return MASK;
  }
  if (typeof message !== 'object' || message === null || Array.isArray(message)) return MASK;
  return JSON.stringify(maskMessage(method, message as Record<string, unknown>, secrets));
}

/** A JSON text that was cut, made whole by leaving out what the cut left unfinished. */
export function closeJson(text: string): string {
  const closers: string[] = [];
  let end = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (inString) {
      if (character === '\\') at += 1;
      else if (character === '"') inString = false;
      continue;
    }
    switch (character) {
      case '"':
        inString = true;
        break;
      case '{':
      case '[':
        closers.push(character === '{' ? '}' : ']');
        end = at + 1;
        break;
      case '}':
      case ']':
        closers.pop();
        end = at + 1;
        break;
      case ',':
        end = at;
        break;
    }
  }
  return text.slice(0, end) + closers.reverse().join('');
}
