/** One event of a stream: `id` where this event set one, `retry` in milliseconds where it came with one. */
export interface SseEvent {
  id: string | null;
  data: string;
  retry: number | null;
}

/** Longest event, in characters: far over what any client takes for one message. */
const MAX_EVENT = 64 * 1024 * 1024;

/**
 * Server-sent events out of a stream of text, as the HTML standard reads them (§9.2.6), but that an event without data
 * is told as well, with '' for its data: MCP's servers send one to give the stream its first id. What the stream ends
 * in the middle of is dropped. Throws RangeError on an event over 64 MiB.
 */
export class SseReader {
  #rest = '';
  /** The last chunk ended in a carriage return, which a line feed may belong to. */
  #afterReturn = false;
  #started = false;
  #data: string[] = [];
  #size = 0;
  #id: string | null = null;
  #retry: number | null = null;
  #any = false;

  push(chunk: string): SseEvent[] {
    let text = chunk;
    if (!this.#started && text !== '') {
      this.#started = true;
      if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
    }
    if (this.#afterReturn && text.startsWith('\n')) text = text.slice(1);
    if (text === '') return [];
    this.#afterReturn = text.endsWith('\r');
    const lines = text.split(/\r\n|\n|\r/);
    lines[0] = this.#rest + (lines[0] ?? '');
    this.#rest = lines.pop() ?? '';
    if (this.#size + this.#rest.length > MAX_EVENT) throw new RangeError('an event of over 64 MiB');
    return lines.flatMap((line) => this.#line(line));
  }

  #line(line: string): SseEvent[] {
    if (line === '') return this.#take();
    const colon = line.indexOf(':');
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    switch (name) {
      case 'data':
        this.#data.push(value);
        this.#size += value.length;
        if (this.#size > MAX_EVENT) throw new RangeError('an event of over 64 MiB');
        break;
      case 'id':
        if (!value.includes('\0')) this.#id = value;
        break;
      case 'retry':
        if (/^\d+$/.test(value)) this.#retry = Number(value);
        break;
      default:
        return [];
    }
    this.#any = true;
    return [];
  }

  #take(): SseEvent[] {
    const event = { id: this.#id, data: this.#data.join('\n'), retry: this.#retry };
    const any = this.#any;
    this.#data = [];
    this.#size = 0;
    this.#id = null;
    this.#retry = null;
    this.#any = false;
    return any ? [event] : [];
  }
}
