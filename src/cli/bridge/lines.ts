/** Longest message that the hub takes, in bytes: its limit for a body. */
export const MAX_LINE = 4 * 1024 * 1024;
/** Up to here a line that is too long is kept, so that its id can be read; of a longer one nothing is. */
const MAX_READABLE = 4 * MAX_LINE;

/** One line of input without its end; `text` is null where it was too long to keep. `bytes` is its whole length. */
export interface Line {
  text: string | null;
  bytes: number;
}

/** Cuts a stream of bytes into lines. Empty ones are left out. */
export class LineReader {
  #parts: Buffer[] = [];
  #bytes = 0;

  push(chunk: Buffer): Line[] {
    const lines: Line[] = [];
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      this.#keep(chunk.subarray(start, end));
      lines.push(...this.#take());
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
    return lines;
  }

  /** What came after the last line end: a client that closes its end may leave the last one out. */
  end(): Line[] {
    return this.#take();
  }

  #keep(part: Buffer): void {
    if (part.length === 0) return;
    this.#bytes += part.length;
    if (this.#bytes > MAX_READABLE) this.#parts = [];
    else this.#parts.push(part);
  }

  #take(): Line[] {
    const bytes = this.#bytes;
    const text = bytes > MAX_READABLE ? null : Buffer.concat(this.#parts).toString('utf8');
    this.#parts = [];
    this.#bytes = 0;
    return text !== null && text.trim() === '' ? [] : [{ text, bytes }];
  }
}
