import type { Writable } from 'node:stream';

/**
 * Standard output, where nothing but messages goes. It is a pipe that somebody reads at their own pace:
 * {@link write} waits until there is room, and who produces messages waits for it.
 */
export class Output {
  readonly #stream: Writable;
  readonly #gone = Promise.withResolvers<void>();
  #isGone = false;
  #drained: Promise<void> | null = null;

  constructor(stream: Writable) {
    this.#stream = stream;
    const gone = () => {
      this.#isGone = true;
      this.#gone.resolve();
    };
    // EPIPE: the reader has gone, and nobody is left to tell.
    stream.on('error', gone);
    stream.on('close', gone);
  }

  /** Resolves when nobody reads any more. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  async write(line: string): Promise<void> {
    // All that wait hear of the same room, and the first of them takes it.
    while (!this.#isGone && this.#stream.writableNeedDrain) await this.drained();
    if (!this.#isGone) this.#stream.write(`${line}\n`);
  }

  /** Resolves when what was written has been taken, or when nobody takes it any more. */
  async drained(): Promise<void> {
    if (this.#isGone || !this.#stream.writableNeedDrain) return;
    this.#drained ??= this.#nextDrain();
    await this.#drained;
  }

  /** All that was written has left, or `ms` milliseconds are over. */
  async flush(ms: number): Promise<void> {
    if (this.#isGone || this.#stream.writableLength === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const late = setTimeout(resolve, ms);
    // Writes are done in order: this one is after all others.
    this.#stream.write('', () => resolve());
    await Promise.race([promise, this.gone]);
    clearTimeout(late);
  }

  async #nextDrain(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#stream.once('drain', resolve);
    await Promise.race([promise, this.gone]);
    this.#stream.off('drain', resolve);
    this.#drained = null;
  }
}
