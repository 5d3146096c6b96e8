import type { Framing } from './http-head.ts';

const LF = 0x0a;
const CR = 0x0d;
const SEMICOLON = 0x3b;

/** Longest chunk-size line or trailer section, in bytes. */
const MAX_LINE = 16 * 1024;
/** 2^52 bytes: longer sizes would not be exact numbers. */
const MAX_SIZE_DIGITS = 13;

/** Where in a chunked body the next byte stands (RFC 9112 §7.1). */
type ChunkState = 'size' | 'extension' | 'data' | 'data-cr' | 'data-lf' | 'trailer';

/** Follows one body through any chunking of its bytes; the bytes themselves stay the caller's. */
export class BodyReader {
  readonly #framing: Framing;
  #left: number;
  #state: ChunkState = 'size';
  #digits = '';
  /** Bytes of the current line; in trailers, of all lines. */
  #line = 0;
  /** Bytes of the current trailer line, its CR left out. */
  #trailer = 0;
  done: boolean;

  constructor(framing: Framing) {
    this.#framing = framing;
    this.#left = framing.kind === 'length' ? framing.length : 0;
    this.done = framing.kind === 'length' && framing.length === 0;
  }

  /** How many bytes at the chunk's beginning belong to this body; 'bad' where the framing is broken. */
  take(chunk: Buffer): number | 'bad' {
    if (this.done) return 0;
    if (this.#framing.kind === 'close') return chunk.length;
    if (this.#framing.kind === 'chunked') return this.#takeChunked(chunk);
    const taken = Math.min(this.#left, chunk.length);
    this.#left -= taken;
    this.done = this.#left === 0;
    return taken;
  }

  #takeChunked(chunk: Buffer): number | 'bad' {
    let at = 0;
    while (at < chunk.length && !this.done) {
      if (this.#state === 'data') {
        const taken = Math.min(this.#left, chunk.length - at);
        this.#left -= taken;
        at += taken;
        if (this.#left === 0) this.#enter('data-cr');
        continue;
      }
      if (!this.#takeByte(chunk[at] ?? 0)) return 'bad';
      at++;
    }
    return at;
  }

  #takeByte(byte: number): boolean {
    if (++this.#line > MAX_LINE) return false;
    switch (this.#state) {
      case 'size':
        if (byte === CR || byte === SEMICOLON) this.#state = 'extension';
        else this.#digits += String.fromCharCode(byte);
        return this.#digits.length <= MAX_SIZE_DIGITS;
      case 'extension':
        return byte !== LF || this.#sizeRead();
      case 'data-cr':
        this.#enter('data-lf');
        return byte === CR;
      case 'data-lf':
        this.#enter('size');
        return byte === LF;
      case 'trailer':
        if (byte === LF) {
          this.done = this.#trailer === 0;
          this.#trailer = 0;
        } else if (byte !== CR) {
          this.#trailer++;
        }
        return true;
      case 'data':
        return true;
    }
  }

  #sizeRead(): boolean {
    if (!/^[0-9a-fA-F]+$/.test(this.#digits)) return false;
    this.#left = Number.parseInt(this.#digits, 16);
    this.#enter(this.#left === 0 ? 'trailer' : 'data');
    return true;
  }

  #enter(state: ChunkState): void {
    this.#state = state;
    this.#digits = '';
    this.#line = 0;
    this.#trailer = 0;
  }
}
