import { kept } from './ledger.ts';
import type { Protocol } from './puppeteer.ts';

const LIMITS = {
  /** Frames of one socket, and characters of one frame and of all of them. */
  frames: 500,
  frame: 10_000,
  chars: 256 * 1024,
} as const;

/** One frame of a WebSocket. */
export interface SocketFrame {
  /** Running, from 1. */
  n: number;
  sent: boolean;
  /** A text, or base64 where the frame is binary; what failed where `error`. */
  text: string;
  binary: boolean;
  error: boolean;
  /** As long as it was, in characters of `text`. */
  length: number;
  /** Seconds on the browser's own clock. */
  at: number;
}

/** What went over one WebSocket, the latest frames of it. */
export class SocketLog {
  #frames: SocketFrame[] = [];
  #chars = 0;
  #count = 0;
  open = true;

  /** All that there were so far. */
  get count(): number {
    return this.#count;
  }

  /** Characters of the frames that are kept. */
  get chars(): number {
    return this.#chars;
  }

  /** The latest, the oldest of them first. */
  get frames(): readonly SocketFrame[] {
    return this.#frames;
  }

  add(sent: boolean, at: number, { opcode, payloadData }: Protocol.Network.WebSocketFrame): SocketFrame {
    return this.#push({ sent, at, text: payloadData, binary: opcode === 2, error: false });
  }

  fail(at: number, text: string): SocketFrame {
    return this.#push({ sent: false, at, text, binary: false, error: true });
  }

  #push(said: Omit<SocketFrame, 'n' | 'length'>): SocketFrame {
    this.#count += 1;
    const frame = { ...said, n: this.#count, length: said.text.length, text: kept(said.text, LIMITS.frame) };
    this.#frames.push(frame);
    this.#chars += frame.text.length;
    let gone = 0;
    while (this.#frames.length - gone > LIMITS.frames || this.#chars > LIMITS.chars) {
      this.#chars -= this.#frames[gone]?.text.length ?? 0;
      gone += 1;
    }
    if (gone > 0) this.#frames = this.#frames.slice(gone);
    return frame;
  }
}
