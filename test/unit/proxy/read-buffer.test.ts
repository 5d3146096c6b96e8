import { Writable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReadBuffer } from '../../../src/proxy/read-buffer.ts';

/** A stream that takes some writes at once and keeps others until it is let go, as a socket does. */
class Sink extends Writable {
  readonly taken: Buffer[] = [];
  #waiting: (() => void)[] = [];
  slow = false;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const take = () => {
      // Copied only now, as the system does with what waits in a socket.
      this.taken.push(Buffer.from(chunk));
      done();
    };
    if (this.slow) this.#waiting.push(take);
    else take();
  }

  async letGo(): Promise<void> {
    this.slow = false;
    while (this.writableLength > 0) {
      for (const take of this.#waiting.splice(0)) take();
      await new Promise(setImmediate);
    }
  }
}

/** Plays the socket that reads: the bytes go into the buffer that is asked for, as many as fit. */
function reader(sink: Sink) {
  const memory = new ReadBuffer();
  let goOn = true;
  const options = memory.options((bytes) => memory.send(bytes, sink));
  const next = () => (typeof options.buffer === 'function' ? options.buffer() : options.buffer);
  let buffer = next();
  const used = new Set([buffer.buffer]);
  return {
    used,
    /** Returns how many of the bytes were read; none while it is paused. */
    read(bytes: Buffer): number {
      if (!goOn && sink.writableNeedDrain) return 0;
      const length = bytes.copy(buffer);
      goOn = options.callback(length, buffer);
      buffer = next();
      used.add(buffer.buffer);
      return length;
    },
  };
}

describe('the read buffer', () => {
  it('never reads into bytes that still wait', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(1, 100, 3000, 4096, 70_000, 131_072), fc.boolean()), {
          maxLength: 30,
        }),
        async (steps) => {
          const sink = new Sink({ highWaterMark: 65_536 });
          const { read } = reader(sink);
          const sent: Buffer[] = [];
          for (const [index, [size, slow]] of steps.entries()) {
            if (slow) sink.slow = true;
            else await sink.letGo();
            const bytes = Buffer.alloc(size, index + 1);
            const length = read(bytes);
            sent.push(bytes.subarray(0, length));
          }
          await sink.letGo();
          expect(Buffer.concat(sink.taken).equals(Buffer.concat(sent))).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('uses one small buffer for small messages, and a large one after a full read', async () => {
    const sink = new Sink();
    const { read, used } = reader(sink);
    for (let i = 0; i < 100; i++) read(Buffer.alloc(1000, i));
    expect([...used].map((memory) => memory.byteLength)).toEqual([4096]);
    read(Buffer.alloc(4096));
    for (let i = 0; i < 100; i++) read(Buffer.alloc(131_072, i));
    expect([...used].map((memory) => memory.byteLength)).toEqual([4096, 131_072]);
  });

  it('gives no large buffer away for each of many bytes that wait', async () => {
    const sink = new Sink({ highWaterMark: 65_536 });
    const { read, used } = reader(sink);
    read(Buffer.alloc(4096));
    read(Buffer.alloc(131_072));
    await sink.letGo();
    sink.slow = true;
    let waiting = 0;
    for (let i = 0; i < 70_000; i++) waiting += read(Buffer.alloc(1, i));
    expect(waiting).toBe(65_536);
    expect(used.size).toBeLessThanOrEqual(4);
    await sink.letGo();
  });
});
