import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, Cut, Unreachable } from './http.ts';
import type { Link } from './link.ts';
import { asLine } from './messages.ts';
import type { Output } from './output.ts';

/** Milliseconds between two tries: doubling, with jitter. */
const PAUSE = { first: 250, longest: 10_000 } as const;

/**
 * The stream on which the server says what belongs to no call, kept open as long as there is a session. It never starts a
 * hub and never makes a session: only something that the client wants does.
 */
export class Listener {
  readonly #link: Link;
  readonly #out: Output;
  readonly #end = new AbortController();
  /** Cuts a pause short: the hub is there. */
  #wake = new AbortController();
  #running: Promise<void> | null = null;
  #stream: Answer | null = null;
  /** The session in which the server said that it has no such stream. */
  #without = -1;

  constructor(link: Link, out: Output) {
    this.#link = link;
    this.#out = out;
  }

  /** There is a session, perhaps another one than before. */
  start(): void {
    this.#stream?.cut();
    this.#wake.abort();
    if (this.#end.signal.aborted) return;
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
  }

  /** The hub has just answered: where the stream was given up, it may be had again. */
  nudge(): void {
    if (!this.#running && this.#link.session.number !== this.#without) this.start();
  }

  close(): void {
    this.#end.abort();
    this.#wake.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#end;
    let cursor: string | null = null;
    let session = -1;
    for (let pause: number = PAUSE.first; !signal.aborted; ) {
      const { number } = this.#link.session;
      // What was heard in another session says nothing in this one.
      if (number !== session) cursor = null;
      session = number;
      this.#wake = new AbortController();
      const heard = await this.#listen(cursor);
      if (heard.over && this.#link.session.number === session) return;
      if (heard.cursor !== cursor) pause = PAUSE.first;
      cursor = heard.cursor;
      const wait = heard.retry ?? pause * (0.5 + Math.random() / 2);
      pause = Math.min(2 * pause, PAUSE.longest);
      await sleep(wait, undefined, { signal: this.#wake.signal }).catch(() => {});
    }
  }

  /** Until the stream ends. `over`: there is none to be had in this session. */
  async #listen(
    after: string | null,
  ): Promise<{ cursor: string | null; retry: number | null; over: boolean }> {
    const heard = { cursor: after, retry: null as number | null, over: false };
    try {
      const answer = await this.#link.get(after, this.#end.signal);
      if (answer.status !== 200 || !answer.isStream) {
        await answer.words();
        // Of a gateway that was restarted: it knows the session, and none of what was said in it.
        if (answer.status === 400 && after !== null) return { ...heard, cursor: null };
        if (answer.status === 404) return { ...heard, over: true };
        const without = [200, 400, 405, 501].includes(answer.status);
        if (without) this.#without = this.#link.session.number;
        return { ...heard, over: without };
      }
      this.#stream = answer;
      for await (const { id, data, retry } of answer.events()) {
        if (id !== null) heard.cursor = id;
        if (retry !== null) heard.retry = retry;
        if (data !== '') await this.#out.write(asLine(data));
      }
    } catch (error) {
      if (!(error instanceof Cut || error instanceof Unreachable)) heard.over = true;
    } finally {
      this.#stream = null;
    }
    return heard;
  }
}
